// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/port/profile-catalogue.h"
#include "model/core/port/units.h"
#include "scenarios/allocate.h"
#include "scenarios/command/command-line.h"
#include "scenarios/command/commands.h"
#include "scenarios/command/run-options.h"
#include "scenarios/output/text-table.h"
#include "scenarios/reader/socket.h"

#include <fmt/format.h>
#include <iostream>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace portlab
{

namespace po = boost::program_options;

namespace
{

using Words = std::vector<std::string>;

void
AddOptions(po::options_description& options)
{
    const auto text = [](const char* name) { return po::value<std::string>()->value_name(name); };
    const auto words = [](const char* name) { return po::value<Words>()->value_name(name); };
    options.add_options()("os", text("NAME"), "the system, as `portlab profiles` names it")(
        "count",
        po::value<std::uint32_t>()->value_name("N")->default_value(10),
        "requests")("to", words("ADDRESS:PORT"), "a destination; several are taken in turn")(
        "ports",
        text("FIRST-LAST"),
        "the range of automatic ports")("reserved",
                                        text("LIST"),
                                        "ports never handed out, as 40000-40009,50000")(
        "set",
        words("KEY=VALUE"),
        "change a knob of the profile, as time_wait=30s")("transport",
                                                          text("tcp|udp")->default_value("tcp"),
                                                          "whose ports")(
        "allocate",
        text("HOW")->default_value("connect"),
        "how the program asks: connect, bind, bind-no-port or fixed:PORT")("reuseaddr",
                                                                           "it sets SO_REUSEADDR")(
        "reuseport",
        "it sets SO_REUSEPORT")("local-port-range",
                                text("FIRST-LAST"),
                                "it sets IP_LOCAL_PORT_RANGE")("every",
                                                               text("TIME")->default_value("10ms"),
                                                               "between two requests")(
        "close",
        text("RULE")->default_value("never"),
        "never, client, reset or half-closed (the peer never closes), at once or as client:200ms")(
        "seed",
        po::value<std::uint64_t>()->value_name("N")->default_value(1),
        "random numbers")("explain", "add why this port was chosen")(
        "cost",
        "add how long the search took, in nanoseconds: an estimate for one machine")(
        "format",
        text("FORMAT")->default_value("csv"),
        "csv, table or json");
}

/// Adds the option's name to what the parser of its value has to say.
template <typename Parse>
auto
ReadOption(const std::string& name, Parse parse)
{
    try
    {
        return parse();
    }
    catch (const std::invalid_argument& error)
    {
        throw std::invalid_argument("--" + name + " " + error.what());
    }
}

void
Set(OsProfile& profile,
    const std::string& option,
    const std::string& knob,
    const std::string& value)
{
    const KnobResult result = ReadOption(option, [&] { return SetKnob(profile, knob, value); });
    if (!result.known)
    {
        throw std::invalid_argument("--" + option + " " + knob + ": " + profile.name +
                                    " has no such knob (portlab profiles " + profile.name + ")");
    }
    if (!result.note.empty())
    {
        std::cerr << "note: " << result.note << "\n";
    }
}

OsProfile
ReadProfile(const po::variables_map& found)
{
    if (found.count("os") == 0)
    {
        throw std::invalid_argument(
            "portlab allocate: which system? Usage: portlab allocate --os linux");
    }
    ProfileMatch match =
        ReadOption("os", [&] { return FindProfile(found["os"].as<std::string>()); });
    if (!match.note.empty())
    {
        std::cerr << "note: " << match.note << "\n";
    }
    for (const char* knob : {"ports", "reserved"})
    {
        if (found.count(knob) != 0)
        {
            Set(match.profile, knob, knob, found[knob].as<std::string>());
        }
    }
    for (const std::string& text : found.count("set") != 0 ? found["set"].as<Words>() : Words{})
    {
        const std::size_t equals = text.find('=');
        if (equals == std::string::npos)
        {
            throw std::invalid_argument("--set " + text +
                                        ": KEY=VALUE is needed, as time_wait=30s");
        }
        Set(match.profile, "set", text.substr(0, equals), text.substr(equals + 1));
    }
    return match.profile;
}

CloseRule
ReadCloseRule(const std::string& text)
{
    const std::size_t colon = text.find(':');
    const std::string who = text.substr(0, colon);
    CloseRule rule;
    if (who == "client")
    {
        rule.ending = Ending::Client;
    }
    else if (who == "reset")
    {
        rule.ending = Ending::Reset;
    }
    else if (who == "half-closed")
    {
        rule.ending = Ending::HalfClosed;
    }
    else if (who != "never" || colon != std::string::npos)
    {
        throw std::invalid_argument("--close " + text +
                                    ": never, client, reset or half-closed is needed, the last "
                                    "three also with a time, as client:200ms");
    }
    if (colon != std::string::npos)
    {
        rule.after = ReadOption("close", [&] { return ParseDuration(text.substr(colon + 1)); });
    }
    return rule;
}

[[noreturn]] void
RefuseSocket(const std::string& option, const std::string& why)
{
    throw std::invalid_argument("--" + option + ": " + why);
}

/// What the program asks of its sockets.
SocketOptions
ReadSocketOptions(const po::variables_map& found, const OsProfile& profile)
{
    const std::string allocate = found["allocate"].as<std::string>();
    SocketOptions socket =
        ReadOption("allocate " + allocate + ":", [&] { return ParseAllocate(allocate); });
    const auto check = [&](const std::string& option, const std::string& key) {
        const std::string why = WhyNoSuchSocket(profile, key, allocate);
        if (!why.empty())
        {
            RefuseSocket(option, why);
        }
    };
    check("allocate " + allocate, "allocate");
    socket.reuseAddress = found.count("reuseaddr") != 0;
    socket.reusePort = found.count("reuseport") != 0;
    if (socket.reuseAddress)
    {
        check("reuseaddr", "reuse_address");
    }
    if (socket.reusePort)
    {
        check("reuseport", "reuse_port");
    }
    if (found.count("local-port-range") == 0)
    {
        return socket;
    }
    const std::string text = found["local-port-range"].as<std::string>();
    const std::string option = "local-port-range " + text;
    check(option, "local_port_range");
    socket.range = ReadOption("local-port-range", [&] { return ParsePortRange(text); });
    const std::string why = socket.manner == PortManner::Fixed
                                ? "the program chooses the port: leave this out"
                                : WhyNoSuchRange(profile, *socket.range);
    if (!why.empty())
    {
        RefuseSocket(option, why);
    }
    return socket;
}

AllocateExperiment
ReadExperiment(const po::variables_map& found)
{
    AllocateExperiment experiment;
    experiment.profile = ReadProfile(found);
    const Words to = found.count("to") != 0 ? found["to"].as<Words>() : Words{"198.51.100.7:443"};
    for (const std::string& text : to)
    {
        experiment.destinations.push_back(ParseDestination(text));
    }
    experiment.count = found["count"].as<std::uint32_t>();
    experiment.every =
        ReadOption("every", [&] { return ParseDuration(found["every"].as<std::string>()); });
    const std::string transport = found["transport"].as<std::string>();
    if (transport != "tcp" && transport != "udp")
    {
        throw std::invalid_argument("--transport " + transport + ": tcp or udp is needed");
    }
    experiment.transport = transport == "tcp" ? Transport::Tcp : Transport::Udp;
    experiment.socket = ReadSocketOptions(found, experiment.profile);
    experiment.close = ReadCloseRule(found["close"].as<std::string>());
    experiment.seed = found["seed"].as<std::uint64_t>();
    return experiment;
}

/// The columns that are there if asked for.
struct Extra
{
    bool cost;
    bool why;
};

Words
Columns(const Extra& extra)
{
    Words columns{"request", "time_s", "destination", "port", "probes"};
    if (extra.cost)
    {
        columns.push_back("search_ns");
    }
    columns.push_back("outcome");
    if (extra.why)
    {
        columns.push_back("why");
    }
    return columns;
}

Words
Cells(const AllocateRow& row, const AllocateExperiment& experiment, const Extra& extra)
{
    Words cells{fmt::format("{}", row.request),
                fmt::format("{}", InSeconds(row.time)),
                experiment.destinations[row.destination].text,
                row.port ? fmt::format("{}", *row.port) : "",
                fmt::format("{}", row.probes)};
    if (extra.cost)
    {
        cells.push_back(row.searchNs ? fmt::format("{}", *row.searchNs) : "");
    }
    cells.push_back(row.outcome);
    if (extra.why)
    {
        cells.push_back(row.why);
    }
    return cells;
}

void
PrintCsv(const Words& columns, const std::vector<Words>& rows, std::ostream& out)
{
    out << fmt::format("{}\n", fmt::join(columns, ","));
    for (Words cells : rows)
    {
        for (std::string& cell : cells)
        {
            // No cell of ours holds a quote.
            cell = cell.find(',') == std::string::npos ? cell : '"' + cell + '"';
        }
        out << fmt::format("{}\n", fmt::join(cells, ","));
    }
}

nlohmann::ordered_json
ToJson(const std::vector<AllocateRow>& rows,
       const AllocateExperiment& experiment,
       const Extra& extra)
{
    auto list = nlohmann::ordered_json::array();
    for (const AllocateRow& row : rows)
    {
        nlohmann::ordered_json item;
        item["request"] = row.request;
        item["time_s"] = InSeconds(row.time);
        item["destination"] = experiment.destinations[row.destination].text;
        item["port"] = row.port ? nlohmann::ordered_json(*row.port) : nullptr;
        item["probes"] = row.probes;
        if (extra.cost)
        {
            item["search_ns"] = row.searchNs ? nlohmann::ordered_json(*row.searchNs) : nullptr;
        }
        item["outcome"] = row.outcome;
        if (extra.why)
        {
            item["why"] = row.why;
        }
        list.push_back(item);
    }
    return list;
}

void
Print(const std::vector<AllocateRow>& rows,
      const AllocateExperiment& experiment,
      OutputFormat format,
      const Extra& extra)
{
    if (format == OutputFormat::Json)
    {
        std::cout << ToJson(rows, experiment, extra).dump(1) << "\n";
        return;
    }
    std::vector<Words> cells;
    for (const AllocateRow& row : rows)
    {
        cells.push_back(Cells(row, experiment, extra));
    }
    if (format == OutputFormat::Csv)
    {
        PrintCsv(Columns(extra), cells, std::cout);
        return;
    }
    std::vector<TextTable::Column> columns;
    for (const std::string& heading : Columns(extra))
    {
        columns.push_back({heading, heading == "why" ? Align::Left : Align::Right});
    }
    TextTable table(columns);
    for (const Words& row : cells)
    {
        table.Add(row);
    }
    table.Write(std::cout, 100);
}

} // namespace

int
AllocateCommand(const Words& words)
{
    CommandLine line{"allocate",
                     "--os NAME [options]",
                     "Prints the ports that one host of a system picks, a line for each request.",
                     {},
                     0};
    AddOptions(line.options);
    const auto found = line.Read(words);
    if (line.isHelp)
    {
        return 0;
    }
    const OutputFormat format = ReadOutputFormat(found["format"].as<std::string>());
    const AllocateExperiment experiment = ReadExperiment(found);
    Print(RunAllocate(experiment),
          experiment,
          format,
          {found.count("cost") != 0, found.count("explain") != 0});
    return 0;
}

} // namespace portlab
