// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/command/profiles-command.h"

#include "model/core/port/knobs/knob-values.h"
#include "model/core/port/profile-aliases.h"
#include "model/core/port/profile-catalogue.h"
#include "model/core/port/units.h"
#include "scenarios/command/catalogue-sheet.h"
#include "scenarios/output/text-table.h"

#include <fmt/format.h>

namespace portlab
{

namespace
{

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
        return spec.firstPick > Port{0} ? fmt::format("one cursor, upward from {}", *spec.firstPick)
                                        : "one cursor, upward";
    case Algorithm::FallingCursor:
        return "one cursor, downward";
    case Algorithm::RateGated:
        return spec.ignoresGate ? "random start, upward"
                                : fmt::format("random, a cursor above {}/s", spec.gateRate);
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
SheetOf(const ProfileMatch& match)
{
    const OsProfile& row = match.profile;
    return {
        row.name,
        row.family,
        row.title,
        match.note,
        Knobs(row),
        {Trait("tcp_picks",
               "How connect() without bind() finds its port.",
               Picks(row.tcp.value),
               row.tcp),
         Trait("udp_picks", "The same for UDP.", Picks(row.udp.value), row.udp),
         Trait("no_port",
               "What connect() reports when no port is left.",
               ErrorText(row.noPort.value),
               row.noPort),
         Trait("udp_no_port", "The same for UDP.", ErrorText(row.udpNoPort.value), row.udpNoPort),
         Trait("collision",
               "What it reports when the only ports left are in TIME_WAIT towards this peer.",
               ErrorText(row.collision.value),
               row.collision)}};
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

/// "linux means linux-6.18, ... Also known: ubuntu-24.04, ..."
std::string
OtherNames()
{
    std::string plain;
    std::string others;
    for (const ProfileAlias& alias : ProfileAliases())
    {
        std::string& list = alias.reason.empty() ? plain : others;
        list.append(list.empty() ? "" : ", ").append(alias.name);
        list.append(alias.reason.empty() ? " means " + std::string(alias.row) : "");
    }
    return plain + ". Names of releases: " + others + ".";
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
        width);
    WriteWrapped(
        "Any Linux version is a name, too: linux-5.15.41 is the row of its era with its own "
        "settings. " +
            OtherNames(),
        out,
        width);
}

} // namespace

int
RunProfiles(const std::vector<std::string>& names,
            OutputFormat format,
            std::ostream& out,
            std::size_t width)
{
    if (names.empty() && format == OutputFormat::Table)
    {
        WriteOverview(out, width);
        return 0;
    }
    WriteSheets(SheetsOf(names), {"profile", "what nothing changes"}, format, out, width);
    return 0;
}

} // namespace portlab
