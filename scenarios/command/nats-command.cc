// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/command/nats-command.h"

#include "model/core/nat/knobs/nat-words.h"
#include "model/core/nat/nat-catalogue.h"
#include "model/core/port/units.h"
#include "scenarios/command/catalogue-sheet.h"
#include "scenarios/output/text-table.h"

#include <fmt/format.h>

namespace portlab
{

namespace
{

Sheet
SheetOf(const NatPreset& row)
{
    return {row.name,
            row.family,
            row.title,
            "",
            Knobs(row),
            {Trait("addresses",
                   "External addresses of a device, where the scenario does not say.",
                   std::to_string(row.addresses.value),
                   row.addresses),
             Trait("most_addresses",
                   "How many a device can have.",
                   row.mostAddresses.value ? std::to_string(*row.mostAddresses.value) : "no limit",
                   row.mostAddresses),
             Trait("no_port",
                   "What the device calls a flow that got no port.",
                   row.counters.noPort.value,
                   row.counters.noPort),
             Trait("table_full",
                   "What it calls one for which its table had no room.",
                   row.counters.tableFull.value,
                   row.counters.tableFull)}};
}

/// The abbreviations that RFC 4787's readers use.
std::string
ShortMapping(MappingRule rule)
{
    switch (rule)
    {
    case MappingRule::EndpointIndependent:
        return "EIM";
    case MappingRule::AddressDependent:
        return "ADM";
    case MappingRule::AddressAndPortDependent:
        return "APDM";
    case MappingRule::InheritLatest:
        return "latest";
    }
    return "";
}

std::string
ShortFiltering(Dependence dependence)
{
    switch (dependence)
    {
    case Dependence::None:
        return "EIF";
    case Dependence::RemoteAddress:
        return "ADF";
    case Dependence::AddressAndPort:
        return "APDF";
    }
    return "";
}

std::string
Blocks(const NatPreset& row)
{
    switch (row.blocks.value)
    {
    case BlockMode::None:
        return "";
    case BlockMode::Deterministic:
        return ", computed blocks";
    case BlockMode::Static:
        return row.blockSizeByHosts.value.empty()
                   ? fmt::format(", a block of {}", row.blockSize.value)
                   : ", a block by table";
    case BlockMode::OnDemand:
        return fmt::format(", blocks of {}", row.blockSize.value);
    case BlockMode::Doubling:
        return fmt::format(", {} ports and doubling", row.blockSize.value);
    }
    return "";
}

std::string
Picks(const NatPreset& row)
{
    const std::string search = FormatNatWord(row.search.value);
    switch (row.pick.value)
    {
    case PortPick::Keep:
        return Marked("keeps address and port", row.pick);
    case PortPick::PreserveOnly:
        return Marked("preserves", row.pick) + Blocks(row);
    case PortPick::PreserveThenSearch:
    case PortPick::Search:
        break;
    }
    const bool preserves = row.pick.value == PortPick::PreserveThenSearch;
    const bool isSure = row.search.evidence != Evidence::Uncertain;
    return (preserves ? "preserves, else " : "") +
           (isSure ? Marked(search, row.pick) : Marked(search, row.search)) + Blocks(row);
}

template <typename First, typename Second>
std::string
Pair(const First& first, const Second& second)
{
    return Marked(FormatDuration(first.value), first) + " / " +
           Marked(FormatDuration(second.value), second);
}

/// The longest that a closed connection can matter: until its entry is gone, and its port rested.
std::string
Closing(const NatPreset& row)
{
    const Fact<Duration>& rest = row.rests.afterFin;
    return Pair(row.tcp.established, row.tcp.timeWait) +
           (rest.value > Duration{0} ? " + " + Marked(FormatDuration(rest.value), rest) : "");
}

/// A column of the overview: a fact, as `format` shows its value.
template <typename T, typename Format>
TextColumn<NatPreset>
Column(const std::string& heading, Fact<T> NatPreset::*fact, Format format)
{
    return {heading,
            [=](const NatPreset& row) { return Marked(format((row.*fact).value), row.*fact); },
            Align::Left};
}

void
WriteOverview(std::ostream& out, std::size_t width)
{
    const auto left = Align::Left;
    TableOf<NatPreset>(
        NatPresets(),
        {{"name", [](const auto& row) { return row.name; }, left},
         Column("ports", &NatPreset::ports, FormatPortRange),
         Column("unique per", &NatPreset::tcpUnique, FormatNatWord<NatUniqueness>),
         Column("mapping", &NatPreset::mapping, ShortMapping),
         Column("filters", &NatPreset::filtering, ShortFiltering),
         {"picks", Picks, left},
         {"TCP idle / closed", Closing, left},
         {"UDP new / stream",
          [](const auto& row) { return Pair(row.udpNew, row.udpStream); },
          left},
         {"without a port",
          [](const auto& row) { return Marked(row.counters.noPort.value, row.counters.noPort); },
          left},
         {"title", [](const auto& row) { return row.title; }, left}})
        .Write(out, width);
    out << "\n";
    WriteWrapped("? marks what the sources disagree on or do not say; `portlab nats NAME` gives "
                 "every value of a row with its source, its range, and the command that changes "
                 "it.",
                 out,
                 width);
    WriteWrapped("An external port serves one flow per destination, or one inside endpoint. "
                 "Mapping and filtering are endpoint-independent (EIM, EIF), address-dependent "
                 "(ADM, ADF) or address and port-dependent (APDM, APDF), RFC 4787; latest: that of "
                 "the latest flow where it is free. Closed + rest: how long the entry of a closed "
                 "connection stays, and then its port.",
                 out,
                 width);
}

} // namespace

int
RunNats(const std::vector<std::string>& names,
        OutputFormat format,
        std::ostream& out,
        std::size_t width)
{
    if (names.empty() && format == OutputFormat::Table)
    {
        WriteOverview(out, width);
        return 0;
    }
    std::vector<Sheet> sheets;
    for (const std::string& name : names)
    {
        sheets.push_back(SheetOf(FindNatPreset(name)));
    }
    for (std::size_t i = 0; names.empty() && i < NatPresets().size(); ++i)
    {
        sheets.push_back(SheetOf(NatPresets()[i]));
    }
    WriteSheets(sheets, {"nat", "beside the knobs"}, format, out, width);
    return 0;
}

} // namespace portlab
