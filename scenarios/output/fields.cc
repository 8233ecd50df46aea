// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/output/fields.h"

#include <algorithm>
#include <cmath>
#include <type_traits>

namespace portlab
{

namespace
{

template <typename Value>
constexpr bool IS_OPTIONAL = false;

template <typename Value>
constexpr bool IS_OPTIONAL<std::optional<Value>> = true;

template <typename Value>
constexpr bool IS_TIME = std::is_same_v<Value, Instant> || std::is_same_v<Value, Duration>;

template <typename Value>
constexpr FieldKind
KindOf()
{
    if constexpr (IS_OPTIONAL<Value>)
    {
        return KindOf<typename Value::value_type>();
    }
    else if constexpr (IS_TIME<Value> || std::is_floating_point_v<Value>)
    {
        return FieldKind::Real;
    }
    else if constexpr (std::is_same_v<Value, Cell>)
    {
        return FieldKind::Structured;
    }
    else
    {
        return std::is_unsigned_v<Value> ? FieldKind::Whole : FieldKind::Text;
    }
}

template <typename Value>
Cell
CellOf(const Value& value)
{
    if constexpr (IS_OPTIONAL<Value>)
    {
        return value ? CellOf(*value) : Cell();
    }
    else if constexpr (IS_TIME<Value>)
    {
        return InSeconds(value);
    }
    else if constexpr (std::is_floating_point_v<Value>)
    {
        return std::isfinite(value) ? Cell(value) : Cell();
    }
    else if constexpr (std::is_same_v<Value, std::string>)
    {
        return ValidUtf8(value);
    }
    else
    {
        static_assert(std::is_same_v<Value, Cell> || std::is_unsigned_v<Value>);
        return value;
    }
}

template <typename Value>
Field
Make(std::string_view path, const Value& value)
{
    return {path, KindOf<Value>(), CellOf(value)};
}

void
AddFailed(Fields& fields, const FailureCounts& failed)
{
    static const auto PATHS = [] {
        std::array<std::string, FAILURE_COUNT> paths;
        for (std::size_t reason = 0; reason < FAILURE_COUNT; ++reason)
        {
            paths[reason] = std::string("failed.") + FAILURE_NAMES[reason];
        }
        return paths;
    }();
    for (std::size_t reason = 0; reason < FAILURE_COUNT; ++reason)
    {
        fields.push_back(Make(PATHS[reason], failed[reason]));
    }
}

/// An object from pairs of key and value; of two values for one key the later counts.
template <typename Pairs>
Cell
ObjectOf(const Pairs& pairs)
{
    auto object = Cell::object();
    for (const auto& [key, value] : pairs)
    {
        object[ValidUtf8(key)] = CellOf(value);
    }
    return object;
}

Cell
ArrayOf(const std::vector<std::string>& texts)
{
    auto array = Cell::array();
    for (const auto& text : texts)
    {
        array.push_back(ValidUtf8(text));
    }
    return array;
}

std::optional<double>
PerWallSecond(const RunRecord& record)
{
    if (record.wallSeconds > 0)
    {
        return static_cast<double>(record.result.connections) / record.wallSeconds;
    }
    return std::nullopt;
}

} // namespace

Fields
FieldsOf(const Report& report, const BuildInfo& build)
{
    return {
        Make("portlab", std::string(build.version)),
        Make("commit", std::string(build.commit)),
        Make("ns3", std::string(build.ns3Version)),
        Make("scenario.file", report.scenarioFile),
        Make("scenario.sha256", report.scenarioSha256),
        Make("scenario.name", report.scenarioName),
        Make("scenario.question", report.question),
        Make("notes", ArrayOf(report.notes)),
    };
}

Fields
FieldsOf(const RunRecord& record)
{
    const auto& verdict = record.result.verdict;
    return {
        Make("run", record.run),
        Field{"seed", FieldKind::WholeWide, record.seed},
        Make("set", ObjectOf(record.set)),
        Make("simulated_s", record.result.simulated),
        Make("wall_s", record.wallSeconds),
        Make("connections", record.result.connections),
        Make("connections_per_wall_s", PerWallSecond(record)),
        Make("verdict.sentence", verdict.sentence),
        Make("verdict.limit", verdict.limit),
        Make("verdict.where", verdict.where),
        Make("verdict.since_s", verdict.since),
        Make("verdict.used", verdict.used),
        Make("verdict.usable", verdict.usable),
        Make("verdict.next_limit", verdict.nextLimit),
        Make("verdict.next_limit_factor", verdict.nextLimitFactor),
    };
}

Fields
FieldsOf(const Report& report, const RunRecord& record, const BuildInfo& build)
{
    auto row = FieldsOf(report, build);
    const auto more = FieldsOf(record);
    row.insert(row.end(), more.begin(), more.end());
    return row;
}

Fields
FieldsOf(const HostResult& host)
{
    Fields fields{
        Make("name", host.name),
        Make("os", host.os),
        Make("count", host.count),
        Make("attempts", host.attempts),
        Make("connected", host.connected),
        Make("pending", host.pending),
    };
    AddFailed(fields, host.failed);
    const Field rest[]{
        Make("failed_share", host.failedShare),
        Make("first_failure_s", host.firstFailure),
        Make("ports_held_mean", host.portsHeldMean),
        Make("ports_held_peak", host.portsHeldPeak),
        Make("time_wait_mean", host.timeWaitMean),
        Make("time_wait_peak", host.timeWaitPeak),
        Make("probes_mean", host.probesMean),
        Make("probes_p50", host.probesP50),
        Make("probes_p99", host.probesP99),
        Make("probes_max", host.probesMax),
        Make("search_ns_mean", host.searchNsMean),
        Make("search_ns_p50", host.searchNsP50),
        Make("search_ns_p99", host.searchNsP99),
        Make("search_ns_max", host.searchNsMax),
        Make("port_reuse_min_s", host.portReuseMin),
    };
    fields.insert(fields.end(), std::begin(rest), std::end(rest));
    return fields;
}

Fields
FieldsOf(const TrafficResult& traffic)
{
    return {
        Make("name", traffic.name),
        Make("requests", traffic.requests),
        Make("requests_failed", traffic.requestsFailed),
        Make("attempts", traffic.attempts),
        Make("connect_delay_p50_s", traffic.connectDelayP50),
        Make("connect_delay_p99_s", traffic.connectDelayP99),
        Make("retries", traffic.retries),
    };
}

Fields
FieldsOf(const PairResult& pair)
{
    Fields fields{
        Make("from", pair.from),
        Make("through", ArrayOf(pair.through)),
        Make("to", pair.to),
        Make("attempts", pair.attempts),
    };
    AddFailed(fields, pair.failed);
    fields.push_back(Make("ports_used_peak", pair.portsUsedPeak));
    fields.push_back(Make("ports_usable", pair.portsUsable));
    fields.push_back(Make("utilisation_peak", pair.utilisationPeak));
    fields.push_back(Make("first_failure_s", pair.firstFailure));
    return fields;
}

Fields
FieldsOf(const ServiceResult& service)
{
    return {
        Make("name", service.name),
        Make("accepted", service.accepted),
        Make("time_wait_peak", service.timeWaitPeak),
        Make("tuple_collisions", service.tupleCollisions),
    };
}

Fields
FieldsOf(const NatResult& nat)
{
    return {
        Make("name", nat.name),
        Make("preset", nat.preset),
        Make("devices", nat.devices),
        Make("addresses", nat.addresses),
        Make("asked", nat.asked),
        Make("granted", nat.granted),
        Make("dropped", ObjectOf(nat.dropped)),
        Make("preserved_share", nat.preservedShare),
        Make("collisions", nat.collisions),
        Make("evicted", nat.evicted),
        Make("lost", nat.lost),
        Make("mappings_mean", nat.mappingsMean),
        Make("mappings_peak", nat.mappingsPeak),
        Make("mappings_most", nat.mappingsMost),
        Make("ports_in_use_peak", nat.portsInUsePeak),
        Make("ports_usable", nat.portsUsable),
        Make("probes_mean", nat.probesMean),
        Make("subscribers", nat.subscribers),
        Make("ports_per_subscriber_mean", nat.portsPerSubscriberMean),
        Make("ports_per_subscriber_p99", nat.portsPerSubscriberP99),
        Make("ports_per_subscriber_max", nat.portsPerSubscriberMax),
        Make("block_utilisation_peak", nat.blockUtilisationPeak),
        Make("log_records", nat.logRecords),
    };
}

Fields
FieldsOf(const Series& series, const Sample& sample)
{
    return {
        Make("entity", series.entity),
        Make("name", series.name),
        Make("quantity", series.quantity),
        Make("time_s", sample.time),
        Make("value", sample.value),
    };
}

Fields
FieldsOf(const Histogram& histogram, const Histogram::Bin& bin)
{
    return {
        Make("entity", histogram.entity),
        Make("name", histogram.name),
        Make("quantity", histogram.quantity),
        Make("low", bin.low),
        Make("high", bin.high),
        Make("count", bin.count),
    };
}

std::string
ColumnName(const Field& field)
{
    std::string name(field.path);
    std::replace(name.begin(), name.end(), '.', '_');
    return name;
}

std::string
FlatText(const Cell& cell)
{
    if (cell.is_null())
    {
        return "";
    }
    return cell.is_string() ? cell.get<std::string>() : cell.dump();
}

Cell
Nest(const Fields& fields)
{
    auto object = Cell::object();
    for (const auto& field : fields)
    {
        const auto dot = field.path.find('.');
        if (dot == std::string_view::npos)
        {
            object[std::string(field.path)] = field.value;
        }
        else
        {
            auto& inner = object[std::string(field.path.substr(0, dot))];
            inner[std::string(field.path.substr(dot + 1))] = field.value;
        }
    }
    return object;
}

std::string
ValidUtf8(const std::string& text)
{
    if (std::all_of(text.begin(), text.end(), [](char byte) { return byte >= 0; }))
    {
        return text;
    }
    // The JSON library's writer replaces such bytes, and its reader undoes the rest.
    const auto written = Cell(text).dump(-1, ' ', false, Cell::error_handler_t::replace);
    return Cell::parse(written).get<std::string>();
}

} // namespace portlab
