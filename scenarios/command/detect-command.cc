// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/command/detect-command.h"

#include "model/core/port/units.h"
#include "scenarios/detect/detected-machine.h"
#include "scenarios/output/readable.h"
#include "scenarios/output/text-table.h"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sstream>

namespace portlab
{

namespace
{

using Json = nlohmann::ordered_json;

constexpr std::size_t DESTINATIONS_SHOWN = 10;

/// Text as comments of TOML.
void
WriteComment(const std::string& text, std::ostream& out, std::size_t width)
{
    constexpr std::size_t mark = 2;
    for (const std::string& line : Wrap(Printable(text), width - mark))
    {
        out << "# " << line << "\n";
    }
}

/// A knob's value as TOML: a number stays one.
std::string
TomlValue(const std::string& value)
{
    const bool isNumber =
        !value.empty() && value.find_first_not_of("0123456789") == std::string::npos;
    return isNumber ? value : '"' + value + '"';
}

std::string
Joined(const std::vector<std::string>& words)
{
    return fmt::format("{}", fmt::join(words, ", "));
}

void
WriteHost(const Machine& machine, std::ostream& out, std::size_t width)
{
    out << "[hosts.this-machine]\nos = \"" << machine.os << "\"\n";
    if (!machine.match.note.empty())
    {
        WriteComment(machine.match.note + ".", out, width);
    }
    out << "\n";
    if (!machine.tuned.empty())
    {
        out << "[hosts.this-machine.tuned]\n";
        for (const auto& [knob, value] : machine.tuned)
        {
            out << knob << " = " << TomlValue(value) << "\n";
        }
    }
    if (!machine.asInProfile.empty())
    {
        WriteComment("As in the profile: " + Joined(machine.asInProfile) + ".", out, width);
    }
    for (const std::string& remark : machine.remarks)
    {
        WriteComment(remark, out, width);
    }
}

void
WriteDestinations(const std::vector<DestinationUse>& shown, std::ostream& out, std::size_t width)
{
    const auto left = Align::Left;
    using Use = DestinationUse;
    std::ostringstream table;
    TableOf<Use>(shown,
                 {{"from", [](const Use& u) { return u.from; }, left},
                  {"to", [](const Use& u) { return u.to; }, left},
                  {"port", [](const Use& u) { return std::to_string(u.port); }},
                  {"established", [](const Use& u) { return Thousands(u.established); }},
                  {"TIME_WAIT", [](const Use& u) { return Thousands(u.timeWait); }},
                  {"other", [](const Use& u) { return Thousands(u.other); }},
                  {"ports used", [](const Use& u) { return Thousands(u.portsUsed); }},
                  {"ports free", [](const Use& u) { return Thousands(u.portsFree); }}})
        .Write(table, width, 3);
    std::istringstream lines(table.str());
    for (std::string line; std::getline(lines, line);)
    {
        out << (line.empty() ? "#" : "# ") << line << "\n";
    }
}

void
WriteUsage(const Machine& machine, std::ostream& out, std::size_t width)
{
    const PortUsage& usage = *machine.usage;
    out << "\n";
    WriteComment(
        fmt::format("connect() can choose from {} of the {} ports {}: {} reserved, {} "
                    "listening. Each destination has them all, less what other bind()s own.",
                    Thousands(usage.usable),
                    Thousands(machine.match.profile.ports.value.Count()),
                    FormatPortRange(machine.match.profile.ports.value),
                    Thousands(usage.reserved),
                    Thousands(usage.listening)),
        out,
        width);
    if (usage.destinations.empty())
    {
        WriteComment("No connection was opened from here.", out, width);
        return;
    }
    const auto count = std::min(usage.destinations.size(), DESTINATIONS_SHOWN);
    WriteComment(fmt::format("The busiest {} of {} destinations:",
                             count,
                             Thousands(usage.destinations.size())),
                 out,
                 width);
    out << "#\n";
    const auto end = usage.destinations.begin() + static_cast<std::ptrdiff_t>(count);
    WriteDestinations({usage.destinations.begin(), end}, out, width);
}

Json
ToJson(const PortUsage& usage)
{
    Json destinations = Json::array();
    for (const DestinationUse& use : usage.destinations)
    {
        destinations.push_back({{"from", use.from},
                                {"to", use.to},
                                {"port", use.port},
                                {"established", use.established},
                                {"time_wait", use.timeWait},
                                {"other", use.other},
                                {"ports_used", use.portsUsed},
                                {"ports_free", use.portsFree}});
    }
    return {{"ports_usable", usage.usable},
            {"ports_reserved", usage.reserved},
            {"ports_listening", usage.listening},
            {"destinations", destinations}};
}

void
WriteJson(const Machine& machine, std::ostream& out)
{
    Json tuned = Json::object();
    for (const auto& [knob, value] : machine.tuned)
    {
        tuned[knob] = value;
    }
    const Json document{
        {"kernel", machine.kernel.empty() ? Json() : Json(Printable(machine.kernel))},
        {"os", machine.os},
        {"note", machine.match.note.empty() ? Json() : Json(machine.match.note)},
        {"tuned", tuned},
        {"as_in_profile", machine.asInProfile},
        {"remarks", machine.remarks},
        {"ports", FormatPortRange(machine.match.profile.ports.value)},
        {"usage", machine.usage ? ToJson(*machine.usage) : Json()}};
    out << document.dump(2, ' ', true, Json::error_handler_t::replace) << "\n";
}

void
WriteCsv(const Machine& machine, std::ostream& out)
{
    out << "from,to,port,established,time_wait,other,ports_used,ports_free\n";
    if (!machine.usage)
    {
        return;
    }
    for (const DestinationUse& use : machine.usage->destinations)
    {
        out << fmt::format("{},{},{},{},{},{},{},{}\n",
                           use.from,
                           use.to,
                           use.port,
                           use.established,
                           use.timeWait,
                           use.other,
                           use.portsUsed,
                           use.portsFree);
    }
}

} // namespace

int
RunDetect(const std::filesystem::path& root,
          OutputFormat format,
          std::ostream& out,
          std::size_t width)
{
    const Machine machine = ReadMachine(MachineFiles(root));
    switch (format)
    {
    case OutputFormat::Json:
        WriteJson(machine, out);
        return 0;
    case OutputFormat::Csv:
        WriteCsv(machine, out);
        return 0;
    case OutputFormat::Table:
        break;
    }
    WriteHost(machine, out, width);
    if (machine.usage)
    {
        WriteUsage(machine, out, width);
    }
    return 0;
}

} // namespace portlab
