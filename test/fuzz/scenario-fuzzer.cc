// SPDX-License-Identifier: GPL-2.0-only

// Any bytes at all are either a scenario whose workload keeps its promises, or one
// std::invalid_argument that can be shown on a line. Behind a NUL byte, which no TOML holds, each
// line is a --set option. Files that the scenario names are never opened.

#include "model/core/base/check.h"
#include "model/core/flow/inside-addresses.h"
#include "scenarios/reader/reader.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <sstream>
#include <stdexcept>

using namespace portlab;

namespace
{

ScenarioFiles
NoFiles()
{
    const auto trace = [](const std::string& path) {
        return ParseTrace("time_s,proto,src,src_port,dst,dst_port,duration_s\n"
                          "0,tcp,192.0.2.2,40000,2001:db8::1,443,1.5\n"
                          "2.5,udp,192.0.2.1,40002,198.51.100.7,53,\n",
                          path);
    };
    const auto holdTimes = [](const std::string&) {
        return std::vector<Duration>{std::chrono::seconds(1)};
    };
    return {trace, holdTimes};
}

Overrides
ReadOptions(const std::string& lines)
{
    Overrides overrides;
    std::istringstream stream(lines);
    for (std::string line; std::getline(stream, line);)
    {
        const std::size_t equals = line.find('=');
        if (equals != std::string::npos)
        {
            overrides.set.emplace_back(line.substr(0, equals), line.substr(equals + 1));
        }
    }
    return overrides;
}

void
CheckRecorded(const Traffic& traffic, const Workload& workload)
{
    const auto* recorded = std::get_if<RecordedArrivals>(&traffic.arrivals);
    if (recorded == nullptr)
    {
        return;
    }
    Check(!recorded->connections->empty(), "a replay has a connection");
    for (const RecordedConnection& row : *recorded->connections)
    {
        Check(row.start < At(workload.duration), "every connection starts before the end");
        Check(row.host < workload.hosts[traffic.from].count, "the source is a host");
        Check(row.endpoint < workload.services[traffic.to].recordedEndpoints.size(),
              "the destination is an endpoint");
    }
}

void
CheckBorder(const Workload& workload)
{
    for (const HostGroup& group : workload.hosts)
    {
        Check(!group.nodes || *group.nodes < workload.nodes.size(), "hosts are on nodes");
        Check(group.zones > 0, "hosts are in zones");
    }
    for (std::uint32_t nat = 0; nat < workload.nats.size(); ++nat)
    {
        const NatGroup& group = workload.nats[nat];
        Check(group.addresses > 0 && group.addresses <= 65536, "a NAT has addresses");
        Check(!group.insideHosts.empty() || !group.insideNats.empty(), "something is inside");
        Check(MostInsideAddresses(workload, nat) > 0, "and has addresses, too");
        Check(group.only.empty() || group.bypass.empty(), "services are named in one way");
    }
    for (const Firewall& firewall : workload.firewalls)
    {
        Check(!firewall.before.empty() && !firewall.allowed.empty(), "a firewall has work");
    }
}

void
CheckPromises(const Workload& workload)
{
    Check(workload.duration > Duration::zero(), "time passes");
    Check(workload.warmup < workload.duration, "the warm-up ends");
    Check(!workload.traffic.empty(), "somebody connects");
    for (const HostGroup& group : workload.hosts)
    {
        Check(group.count > 0 && group.addresses > 0 && group.hostsPerKernel > 0, "hosts exist");
    }
    for (const Service& service : workload.services)
    {
        Check(service.addresses > 0 && service.port > 0, "services can be reached");
        Check(!service.runsOn || *service.runsOn < workload.hosts.size(), "services run on hosts");
    }
    for (const Traffic& traffic : workload.traffic)
    {
        Check(traffic.from < workload.hosts.size(), "traffic comes from hosts");
        Check(traffic.to < workload.services.size(), "traffic goes to services");
        const auto& closes = traffic.closes;
        Check(std::abs(closes.client + closes.server + closes.reset - 1) < 1e-9, "all is closed");
        CheckRecorded(traffic, workload);
    }
    for (const Call& call : workload.calls)
    {
        Check(call.to < workload.services.size(), "calls go to services");
        Check(workload.services.at(call.at).runsOn.has_value(), "calls come from hosts");
    }
    CheckBorder(workload);
}

void
CheckMessage(const std::string& message)
{
    Check(!message.empty() && message.size() < 2000, "a message bears reading");
    for (const char letter : message)
    {
        Check(0x20 <= letter && letter < 0x7f, "a message is a line of ASCII");
    }
}

} // namespace

extern "C" int
LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string input(reinterpret_cast<const char*>(data), size);
    const std::size_t end = std::min(input.find('\0'), input.size());
    const auto options = ReadOptions(input.substr(std::min(end + 1, input.size())));
    try
    {
        CheckPromises(
            ParseScenarioWith(NoFiles(), input.substr(0, end), "input.toml", options).workload);
    }
    catch (const std::invalid_argument& error)
    {
        CheckMessage(error.what());
    }
    return 0;
}
