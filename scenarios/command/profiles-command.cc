// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/command/profiles-command.h"

#include "model/core/port/knobs/knob-values.h"
#include "model/core/port/profile-catalogue.h"
#include "model/core/port/units.h"
#include "scenarios/output/readable.h"
#include "scenarios/output/text-table.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace portlab
{

namespace
{

using Json = nlohmann::ordered_json;

/// What a row holds, knobs first, then what nothing can change.
struct Sheet
{
    ProfileMatch match;
    std::vector<Knob> knobs;
    std::vector<Knob> traits; ///< Without alias and command.
};

const char*
EvidenceName(Evidence evidence)
{
    switch (evidence)
    {
    case Evidence::Measured:
        return "measured";
    case Evidence::Documented:
        return "documented";
    case Evidence::Uncertain:
        return "uncertain";
    case Evidence::Chosen:
        return "chosen";
    }
    return "";
}

std::string
LinuxPicks(const PolicySpec& spec)
{
    const char* order = spec.parity == Parity::TwoPasses   ? "2 parity passes"
                        : spec.parity == Parity::EvenStart ? "even start"
                                                           : "upward";
    return fmt::format("hash+{} {}, {}", spec.cells, spec.cells == 1 ? "cell" : "cells", order);
}

/// A rule of choice in a few words.
std::string
Picks(const PolicySpec& spec)
{
    switch (spec.algorithm)
    {
    case Algorithm::LinuxConnect:
        return LinuxPicks(spec);
    case Algorithm::LinuxBind:
        return "random start, 2 parity passes, connect()'s parity last";
    case Algorithm::LinuxUdp:
        return fmt::format("random start, along {} hash slots", spec.slots);
    case Algorithm::RisingCursor:
        return spec.firstPick ? fmt::format("one cursor, upward from {}", *spec.firstPick)
                              : "one cursor, upward";
    case Algorithm::SimpleRandom:
        return "random start, upward";
    case Algorithm::RandomRetry:
        return "random port at each try";
    case Algorithm::SimpleHash:
    case Algorithm::DoubleHash:
        return LinuxPicks(spec);
    case Algorithm::RandomIncrement:
        return fmt::format("random steps of 1 to {}", spec.increment);
    }
    return "";
}

std::string
ErrorText(const ErrorCode& error)
{
    return fmt::format("{} ({})", error.name, error.number);
}

Sheet
SheetOf(ProfileMatch match)
{
    const OsProfile& row = match.profile;
    const auto trait =
        [](const char* name, const char* meaning, std::string value, const auto& fact) {
            return Knob{name, "", meaning, std::move(value), fact.evidence, fact.source, "", ""};
        };
    std::vector<Knob> traits{
        trait("tcp_picks",
              "How connect() without bind() finds its port.",
              Picks(row.tcp.value),
              row.tcp),
        trait("udp_picks", "The same for UDP.", Picks(row.udp.value), row.udp),
        trait("no_port",
              "What connect() reports when no port is left.",
              ErrorText(row.noPort.value),
              row.noPort),
        trait("udp_no_port", "The same for UDP.", ErrorText(row.udpNoPort.value), row.udpNoPort),
        trait("collision",
              "What it reports when the only ports left are in TIME_WAIT towards this peer.",
              ErrorText(row.collision.value),
              row.collision)};
    std::vector<Knob> knobs = Knobs(row);
    return {std::move(match), std::move(knobs), std::move(traits)};
}

std::vector<Sheet>
SheetsOf(const std::vector<std::string>& names)
{
    std::vector<Sheet> sheets;
    sheets.reserve(names.empty() ? Profiles().size() : names.size());
    for (const std::string& name : names)
    {
        sheets.push_back(SheetOf(FindProfile(name)));
    }
    if (names.empty())
    {
        for (const OsProfile& row : Profiles())
        {
            sheets.push_back(SheetOf({row, ""}));
        }
    }
    return sheets;
}

template <typename T>
std::string
Marked(const std::string& text, const Fact<T>& fact)
{
    return text + (fact.evidence == Evidence::Uncertain ? "?" : "");
}

void
WriteWrapped(const std::string& text, std::ostream& out, std::size_t width, std::size_t indent)
{
    const std::string margin(indent, ' ');
    for (const std::string& line : Wrap(text, width - indent))
    {
        out << margin << line << "\n";
    }
}

void
WriteOverview(std::ostream& out, std::size_t width)
{
    const auto left = Align::Left;
    TableOf<OsProfile>(
        Profiles(),
        {{"name", [](const auto& row) { return row.name; }, left},
         {"ports",
          [](const auto& row) { return Marked(FormatPortRange(row.ports.value), row.ports); },
          left},
         {"picks (TCP)",
          [](const auto& row) { return Marked(Picks(row.tcp.value), row.tcp); },
          left},
         {"TIME_WAIT",
          [](const auto& row) { return Marked(FormatDuration(row.timeWait.value), row.timeWait); },
          left},
         {"port shared by",
          [](const auto& row) {
              return Marked(FormatUniqueness(row.uniqueness.value), row.uniqueness);
          },
          left},
         {"without a port",
          [](const auto& row) { return Marked(row.noPort.value.name, row.noPort); },
          left},
         {"title", [](const auto& row) { return row.title; }, left}})
        .Write(out, width);
    out << "\n";
    WriteWrapped(
        "? marks what the sources disagree on or do not say; `portlab profiles NAME` gives every "
        "value of a row with its source, its range, and the command that changes it. A port is "
        "shared by sockets that differ in this; local-port: by none.",
        out,
        width,
        0);
    WriteWrapped(
        "Any Linux version is a name, too: linux-5.15.41 is the row of its era with its own "
        "settings. linux means linux-6.18, windows means windows-11.",
        out,
        width,
        0);
}

void
WriteKnob(const Knob& knob, std::ostream& out, std::size_t width)
{
    constexpr std::size_t indent = 4;
    const std::string between = knob.between.empty() ? "" : ": " + knob.between;
    WriteWrapped(fmt::format("{} = {}  ({}{})",
                             knob.name,
                             knob.value.empty() ? "\"\"" : knob.value,
                             EvidenceName(knob.evidence),
                             between),
                 out,
                 width,
                 0);
    WriteWrapped(knob.meaning, out, width, indent);
    if (!knob.alias.empty())
    {
        WriteWrapped("also called: " + knob.alias, out, width, indent);
    }
    WriteWrapped("source: " + knob.source, out, width, indent);
    if (!knob.command.empty())
    {
        // Not broken, so that it can be copied.
        out << std::string(indent, ' ') << "change: " << knob.command << "\n";
    }
}

void
WriteSheet(const Sheet& sheet, std::ostream& out, std::size_t width)
{
    const OsProfile& row = sheet.match.profile;
    WriteWrapped(row.name + ": " + row.title, out, width, 0);
    if (!sheet.match.note.empty())
    {
        WriteWrapped(sheet.match.note, out, width, 0);
    }
    out << "\n";
    for (const Knob& knob : sheet.knobs)
    {
        WriteKnob(knob, out, width);
    }
    out << "\nwhat nothing changes:\n\n";
    for (const Knob& trait : sheet.traits)
    {
        WriteKnob(trait, out, width);
    }
}

Json
ToJson(const std::vector<Knob>& knobs)
{
    const auto orNull = [](const std::string& text) { return text.empty() ? Json() : Json(text); };
    Json all = Json::array();
    for (const Knob& knob : knobs)
    {
        all.push_back({{"name", knob.name},
                       {"alias", orNull(knob.alias)},
                       {"value", knob.value},
                       {"evidence", EvidenceName(knob.evidence)},
                       {"between", orNull(knob.between)},
                       {"meaning", knob.meaning},
                       {"source", knob.source},
                       {"command", orNull(knob.command)}});
    }
    return all;
}

void
WriteJson(const std::vector<Sheet>& sheets, std::ostream& out)
{
    Json all = Json::array();
    for (const Sheet& sheet : sheets)
    {
        const OsProfile& row = sheet.match.profile;
        all.push_back({{"name", row.name},
                       {"family", row.family},
                       {"title", row.title},
                       {"note", sheet.match.note.empty() ? Json() : Json(sheet.match.note)},
                       {"knobs", ToJson(sheet.knobs)},
                       {"traits", ToJson(sheet.traits)}});
    }
    out << all.dump(2) << "\n";
}

/// A cell as RFC 4180 has it.
std::string
CsvCell(const std::string& text)
{
    if (text.find_first_of(",\"\r\n") == std::string::npos)
    {
        return text;
    }
    std::string quoted;
    for (const char letter : text)
    {
        quoted += letter == '"' ? "\"\"" : std::string(1, letter);
    }
    return '"' + quoted + '"';
}

void
WriteCsv(const std::vector<Sheet>& sheets, std::ostream& out)
{
    out << "profile,name,alias,value,evidence,between,source,command\n";
    for (const Sheet& sheet : sheets)
    {
        for (const auto* knobs : {&sheet.knobs, &sheet.traits})
        {
            for (const Knob& knob : *knobs)
            {
                out << fmt::format("{},{},{},{},{},{},{},{}\n",
                                   sheet.match.profile.name,
                                   knob.name,
                                   knob.alias,
                                   CsvCell(knob.value),
                                   EvidenceName(knob.evidence),
                                   CsvCell(knob.between),
                                   CsvCell(knob.source),
                                   CsvCell(knob.command));
            }
        }
    }
}

} // namespace

int
RunProfiles(const std::vector<std::string>& names,
            OutputFormat format,
            std::ostream& out,
            std::size_t width)
{
    const std::vector<Sheet> sheets = SheetsOf(names);
    switch (format)
    {
    case OutputFormat::Json:
        WriteJson(sheets, out);
        return 0;
    case OutputFormat::Csv:
        WriteCsv(sheets, out);
        return 0;
    case OutputFormat::Table:
        break;
    }
    if (names.empty())
    {
        WriteOverview(out, width);
    }
    for (std::size_t i = 0; i < names.size(); ++i)
    {
        out << (i == 0 ? "" : "\n");
        WriteSheet(sheets[i], out, width);
    }
    return 0;
}

} // namespace portlab
