// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/output/run-tables.h"

#include "scenarios/output/readable.h"
#include "scenarios/output/text-table.h"

#include <algorithm>
#include <fmt/format.h>

namespace portlab
{

namespace
{

template <typename Row>
using ColumnsOf = std::vector<TextColumn<Row>>;

template <typename Row>
TextColumn<Row>
TextOf(const char* heading, std::string Row::*member)
{
    return {heading, [member](const Row& row) { return Printable(row.*member); }, Align::Left};
}

template <typename Row, typename Count>
TextColumn<Row>
CountOf(const char* heading, Count Row::*member)
{
    return {heading, [member](const Row& row) { return Thousands(row.*member); }};
}

template <typename Row>
TextColumn<Row>
CountOf(const char* heading, std::optional<std::uint64_t> Row::*member)
{
    return {heading, [member](const Row& row) { return OrNothing(row.*member, Thousands); }};
}

template <typename Row>
TextColumn<Row>
MeanOf(const char* heading, double Row::*member)
{
    return {heading, [member](const Row& row) { return Rounded(row.*member); }};
}

template <typename Row>
TextColumn<Row>
MeanOf(const char* heading, std::optional<double> Row::*member)
{
    return {heading, [member](const Row& row) { return OrNothing(row.*member, Rounded); }};
}

template <typename Row, typename Time>
TextColumn<Row>
TimeOf(const char* heading, std::optional<Time> Row::*member)
{
    return {heading, [member](const Row& row) {
                return OrNothing(row.*member, [](Time time) { return TimeText(InSeconds(time)); });
            }};
}

/// `words` as a heading of two lines.
std::string
BrokenInTwo(std::string words)
{
    const auto last = words.find_last_of(' ');
    if (last != std::string::npos)
    {
        words[last] = '\n';
    }
    return words;
}

/// One column for all failures and, if there are any, one for each reason and one for the first.
template <typename Row>
void
AddFailures(ColumnsOf<Row>& columns, const std::vector<Row>& rows)
{
    columns.push_back({"failed", [](const Row& row) {
                           if (row.attempts == 0)
                           {
                               return std::string(NOTHING);
                           }
                           return Percent(static_cast<double>(Total(row.failed)) /
                                          static_cast<double>(row.attempts));
                       }});
    for (std::size_t reason = 0; reason < FAILURE_COUNT; ++reason)
    {
        const auto occurred = [reason](const Row& row) { return row.failed[reason] > 0; };
        if (std::any_of(rows.begin(), rows.end(), occurred))
        {
            columns.push_back({BrokenInTwo(FailureWords(FAILURE_NAMES[reason])),
                               [reason](const Row& row) { return Thousands(row.failed[reason]); }});
        }
    }
    const auto failed = [](const Row& row) { return row.firstFailure.has_value(); };
    if (std::any_of(rows.begin(), rows.end(), failed))
    {
        columns.push_back(TimeOf("first\nfailure", &Row::firstFailure));
    }
}

template <typename Row>
ColumnsOf<Row>
operator+(ColumnsOf<Row> columns, const ColumnsOf<Row>& more)
{
    columns.insert(columns.end(), more.begin(), more.end());
    return columns;
}

ColumnsOf<HostResult>
AttemptColumns(const std::vector<HostResult>& hosts)
{
    using Host = HostResult;
    ColumnsOf<Host> columns{TextOf("group", &Host::name),
                            TextOf("os", &Host::os),
                            CountOf("hosts", &Host::count),
                            CountOf("attempts", &Host::attempts),
                            CountOf("connected", &Host::connected)};
    if (std::any_of(hosts.begin(), hosts.end(), [](const Host& host) { return host.pending > 0; }))
    {
        columns.push_back(CountOf("pending", &Host::pending));
    }
    AddFailures(columns, hosts);
    return columns;
}

ColumnsOf<HostResult>
PortColumns()
{
    using Host = HostResult;
    return {TextOf("group", &Host::name),
            MeanOf("held\nmean", &Host::portsHeldMean),
            CountOf("held\npeak", &Host::portsHeldPeak),
            MeanOf("TIME_WAIT\nmean", &Host::timeWaitMean),
            CountOf("TIME_WAIT\npeak", &Host::timeWaitPeak),
            MeanOf("probes\nmean", &Host::probesMean),
            CountOf("probes\np50", &Host::probesP50),
            CountOf("probes\np99", &Host::probesP99),
            CountOf("probes\nmax", &Host::probesMax),
            TimeOf("soonest\nreuse", &Host::portReuseMin)};
}

/// "an estimate of the time in port search per TCP connection of generator: ..."; empty where it is
/// not known.
std::string
SearchTimeOf(const HostResult& host)
{
    if (!host.searchNsMean)
    {
        return {};
    }
    const auto time = [](auto nanoseconds) {
        return TimeText(static_cast<double>(nanoseconds) / 1e9);
    };
    return fmt::format(
        "{}: a connect() spends {} looking for its port (p50 {}, p99 {}, max {}). An "
        "estimate: probes times probe_cost, measured on one machine (portlab "
        "profiles {}).",
        Printable(host.name),
        time(*host.searchNsMean),
        time(*host.searchNsP50),
        time(*host.searchNsP99),
        time(*host.searchNsMax),
        Printable(host.os));
}

void
WriteSearchTimes(const std::vector<HostResult>& hosts, std::ostream& out, std::size_t width)
{
    for (const HostResult& host : hosts)
    {
        const std::string text = SearchTimeOf(host);
        for (const std::string& line :
             text.empty() ? std::vector<std::string>{} : Wrap(text, width, 2))
        {
            out << line << '\n';
        }
    }
}

ColumnsOf<TrafficResult>
TrafficColumns()
{
    using Traffic = TrafficResult;
    return {TextOf("traffic", &Traffic::name),
            CountOf("requests", &Traffic::requests),
            CountOf("requests\nfailed", &Traffic::requestsFailed),
            CountOf("attempts", &Traffic::attempts),
            CountOf("retries", &Traffic::retries),
            TimeOf("connect delay\np50", &Traffic::connectDelayP50),
            TimeOf("connect delay\np99", &Traffic::connectDelayP99)};
}

/// "generator -> egress -> api"
std::string
WayOf(const PairResult& pair)
{
    std::string way = pair.from;
    for (const auto& nat : pair.through)
    {
        way += " -> " + nat;
    }
    return Printable(way + " -> " + pair.to);
}

ColumnsOf<PairResult>
PairColumns(const std::vector<PairResult>& pairs)
{
    using Pair = PairResult;
    ColumnsOf<Pair> columns{{"from -> to", WayOf, Align::Left},
                            CountOf("attempts", &Pair::attempts)};
    AddFailures(columns, pairs);
    const ColumnsOf<Pair> ports{
        CountOf("ports\npeak", &Pair::portsUsedPeak),
        CountOf("ports\nusable", &Pair::portsUsable),
        {"in use", [](const Pair& pair) { return Percent(pair.utilisationPeak); }}};
    return std::move(columns) + ports;
}

ColumnsOf<ServiceResult>
ServiceColumns()
{
    using Service = ServiceResult;
    return {TextOf("services", &Service::name),
            CountOf("accepted", &Service::accepted),
            CountOf("TIME_WAIT\npeak", &Service::timeWaitPeak),
            CountOf("tuple\ncollisions", &Service::tupleCollisions)};
}

/// "no_port 12, table_full 3"
std::string
DropsOf(const NatResult& nat)
{
    std::string drops;
    for (const auto& [reason, count] : nat.dropped)
    {
        if (count > 0)
        {
            drops += fmt::format("{}{} {}", drops.empty() ? "" : ", ", reason, Thousands(count));
        }
    }
    return drops.empty() ? "0" : Printable(drops);
}

/// Whether some NAT has something to tell in this column.
template <typename Tells>
bool
Any(const std::vector<NatResult>& nats, Tells tells)
{
    return std::any_of(nats.begin(), nats.end(), tells);
}

/// What became of first packets.
ColumnsOf<NatResult>
NatColumns(const std::vector<NatResult>& nats)
{
    using Nat = NatResult;
    ColumnsOf<Nat> columns{
        TextOf("nats", &Nat::name),
        TextOf("preset", &Nat::preset),
        CountOf("devices", &Nat::devices),
        CountOf("addresses", &Nat::addresses),
        CountOf("asked", &Nat::asked),
        CountOf("granted", &Nat::granted),
        {"dropped", DropsOf},
        {"port\nkept", [](const Nat& nat) { return OrNothing(nat.preservedShare, Percent); }},
        MeanOf("probes\nmean", &Nat::probesMean)};
    if (Any(nats, [](const Nat& nat) { return nat.evicted > 0; }))
    {
        columns.push_back(CountOf("evicted", &Nat::evicted));
    }
    if (Any(nats, [](const Nat& nat) { return nat.lost > 0; }))
    {
        columns.push_back(CountOf("open ones\nforgotten", &Nat::lost));
    }
    return columns;
}

/// What the devices had to keep.
ColumnsOf<NatResult>
NatLoadColumns(const std::vector<NatResult>& nats)
{
    using Nat = NatResult;
    ColumnsOf<Nat> columns{TextOf("nats", &Nat::name),
                           MeanOf("mappings\nmean", &Nat::mappingsMean),
                           CountOf("mappings\npeak", &Nat::mappingsPeak)};
    if (Any(nats, [](const Nat& nat) { return nat.mappingsMost.has_value(); }))
    {
        columns.push_back(CountOf("mappings\nmost", &Nat::mappingsMost));
    }
    const ColumnsOf<Nat> ports{CountOf("ports\npeak", &Nat::portsInUsePeak),
                               CountOf("ports\nusable", &Nat::portsUsable),
                               CountOf("inside\naddresses", &Nat::subscribers),
                               MeanOf("ports of each\nmean", &Nat::portsPerSubscriberMean),
                               CountOf("ports of each\np99", &Nat::portsPerSubscriberP99),
                               CountOf("ports of each\nmax", &Nat::portsPerSubscriberMax)};
    columns = std::move(columns) + ports;
    if (Any(nats, [](const Nat& nat) { return nat.blockUtilisationPeak.has_value(); }))
    {
        columns.push_back({"in blocks\npeak", [](const Nat& nat) {
                               return OrNothing(nat.blockUtilisationPeak, Percent);
                           }});
    }
    columns.push_back(CountOf("log\nrecords", &Nat::logRecords));
    return columns;
}

} // namespace

void
WriteRunTables(const RunResult& result, std::ostream& out, std::size_t width)
{
    const auto section = [&](const char* title, const auto& rows, const auto& columns) {
        if (!rows.empty())
        {
            out << '\n' << title << '\n';
            TableOf(rows, columns).Write(out, width);
        }
    };
    section("Connection attempts", result.hosts, AttemptColumns(result.hosts));
    section("Ports of a host (means per host, peaks of the worst one)",
            result.hosts,
            PortColumns());
    WriteSearchTimes(result.hosts, out, width);
    section("Requests", result.traffic, TrafficColumns());
    section("Ports towards one destination", result.pairs, PairColumns(result.pairs));
    section("Services (the busiest machine of each)", result.services, ServiceColumns());
    section("NATs: first packets of flows", result.nats, NatColumns(result.nats));
    section("What a NAT keeps (means per device, peaks of the worst one)",
            result.nats,
            NatLoadColumns(result.nats));
}

} // namespace portlab
