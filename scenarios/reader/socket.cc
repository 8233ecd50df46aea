// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/reader/socket.h"

#include "model/core/port/port-rules.h"
#include "model/core/port/profiles/families.h"
#include "model/core/port/units.h"
#include "scenarios/reader/values.h"

#include <charconv>
#include <stdexcept>

namespace portlab
{

namespace
{

constexpr const char* FIXED = "fixed:";

/// The releases of Linux that brought these options.
constexpr std::uint32_t SINCE_BIND_NO_PORT = LinuxRelease(4, 2);
constexpr std::uint32_t SINCE_LOCAL_PORT_RANGE = LinuxRelease(6, 3);
constexpr std::uint32_t SINCE_REUSE_PORT = LinuxRelease(3, 9);

/// 6003 as "Linux 6.3".
std::string
NameOf(std::uint32_t release)
{
    return "Linux " + std::to_string(release / 1000) + "." + std::to_string(release % 1000);
}

Port
ParseFixedPort(std::string_view text)
{
    std::uint32_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc{} || end != text.data() + text.size() || port < 1 || port > 65535)
    {
        throw std::invalid_argument("expected a port from 1 to 65535, as in \"fixed:40000\"");
    }
    return static_cast<Port>(port);
}

/// A port that a program on the same hosts listens on is nobody else's.
void
RefusePortOfListener(const Node& node,
                     const Workload& workload,
                     std::uint32_t group,
                     const SocketOptions& socket)
{
    for (const Service& service : workload.services)
    {
        if (service.runsOn == group && service.port == socket.fixedPort)
        {
            Refuse(node,
                   "services." + service.name + " listens there on hosts." +
                       workload.hosts[group].name + ": choose another port");
        }
    }
}

void
ReadAllocate(const Section& section,
             const Workload& workload,
             std::uint32_t group,
             SocketOptions& socket)
{
    const Node* node = section.Find("allocate");
    if (node == nullptr)
    {
        return;
    }
    const std::string text = ReadText(*node);
    try
    {
        socket = ParseAllocate(text);
    }
    catch (const std::invalid_argument& error)
    {
        Refuse(*node, error.what());
    }
    const std::string why = WhyNoSuchSocket(workload.hosts[group].profile, "allocate", text);
    if (!why.empty())
    {
        Refuse(*node, why);
    }
    if (socket.manner == PortManner::Fixed)
    {
        RefusePortOfListener(*node, workload, group, socket);
    }
}

bool
ReadOption(const Section& section, const std::string& key, const OsProfile& profile)
{
    const Node* node = section.Find(key);
    if (node == nullptr || !ReadFlag(*node))
    {
        return false;
    }
    const std::string why = WhyNoSuchSocket(profile, key, "");
    if (!why.empty())
    {
        Refuse(*node, why);
    }
    return true;
}

} // namespace

SocketOptions
ParseAllocate(const std::string& text)
{
    SocketOptions socket;
    if (text == "connect" || text == "bind-no-port")
    {
        return socket;
    }
    if (text == "bind")
    {
        socket.manner = PortManner::Bind;
        return socket;
    }
    if (text.rfind(FIXED, 0) == 0)
    {
        socket.manner = PortManner::Fixed;
        socket.fixedPort = ParseFixedPort(std::string_view(text).substr(std::string(FIXED).size()));
        return socket;
    }
    if (text.rfind("program:", 0) == 0)
    {
        throw std::invalid_argument(
            "this version does not model ports that programs choose by themselves yet: write "
            "\"fixed:PORT\" for one, or leave the key out");
    }
    throw std::invalid_argument("there is no such choice: expected \"connect\", \"bind\", "
                                "\"bind-no-port\" or \"fixed:PORT\"");
}

std::string
WhyNoSuchSocket(const OsProfile& profile, const std::string& key, const std::string& value)
{
    const auto linuxSince = [&](std::uint32_t release, const std::string& what) {
        const auto& settings = profile.linuxSettings;
        return settings && settings->release >= release
                   ? std::string()
                   : (settings ? NameOf(settings->release) : profile.name) + " does not have " +
                         what + " (" + NameOf(release) + " and later): leave this out";
    };
    if (key == "allocate")
    {
        return value == "bind-no-port" ? linuxSince(SINCE_BIND_NO_PORT, "IP_BIND_ADDRESS_NO_PORT")
                                       : "";
    }
    if (key == "local_port_range")
    {
        return linuxSince(SINCE_LOCAL_PORT_RANGE, "IP_LOCAL_PORT_RANGE");
    }
    if (key == "reuse_port")
    {
        return linuxSince(SINCE_REUSE_PORT, "SO_REUSEPORT");
    }
    return profile.linuxSettings ? ""
                                 : profile.name + "'s SO_REUSEADDR is not modelled, only that of "
                                                  "Linux: leave this out";
}

std::string
WhyNoSuchRange(const OsProfile& profile, const PortRange& range)
{
    const PortRange& ports = profile.ports.value;
    if (!ports.Contains(range.First()) || !ports.Contains(range.Last()))
    {
        return "the kernel ignores a bound that is outside of the host's ports: expected a part "
               "of " +
               FormatPortRange(ports);
    }
    return PortRules(profile).tcp.UsableIn(range) == 0
               ? "every port of it is reserved: leave some to "
                 "hand out"
               : "";
}

SocketOptions
ReadSocket(const Section& section, const Workload& workload, std::uint32_t group)
{
    const OsProfile& profile = workload.hosts[group].profile;
    SocketOptions socket;
    ReadAllocate(section, workload, group, socket);
    socket.reuseAddress = ReadOption(section, "reuse_address", profile);
    socket.reusePort = ReadOption(section, "reuse_port", profile);
    const Node* node = section.Find("local_port_range");
    if (node == nullptr)
    {
        return socket;
    }
    if (socket.manner == PortManner::Fixed)
    {
        Refuse(*node, "the program chooses the port: leave this out, or the port");
    }
    const std::string text = ReadText(*node);
    std::string why = WhyNoSuchSocket(profile, "local_port_range", text);
    if (why.empty())
    {
        try
        {
            socket.range = ParsePortRange(text);
        }
        catch (const std::invalid_argument& error)
        {
            Refuse(*node, text, error.what());
        }
        why = WhyNoSuchRange(profile, *socket.range);
    }
    if (!why.empty())
    {
        Refuse(*node, why);
    }
    return socket;
}

} // namespace portlab
