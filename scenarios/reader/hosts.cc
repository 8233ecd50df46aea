// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/reader/hosts.h"

#include "model/core/port/profile-catalogue.h"
#include "scenarios/reader/limits.h"
#include "scenarios/reader/nodes.h"
#include "scenarios/reader/profile.h"
#include "scenarios/reader/tuned.h"
#include "scenarios/reader/values.h"

#include <algorithm>

namespace portlab
{

namespace
{

[[noreturn]] void
RefuseEmpty(const Section& top, const std::string& kind, const std::string& example)
{
    Refuse(top.Get(kind), "a scenario needs at least one, as [" + kind + "." + example + "]");
}

HostGroup
ReadGroup(const Entry& entry, const Workload& workload, std::vector<std::string>& notes)
{
    const Section section(entry.node, ScenarioFormat().host);
    HostGroup group{entry.key,
                    DEFAULT_COUNT,
                    ReadProfile(section.Get("os"), entry.node.path, notes)};
    group.count = CountOr(section, "count", group.count);
    group.addresses = CountOr(section, "addresses", group.addresses);
    group.hostsPerKernel = CountOr(section, "hosts_per_kernel", group.hostsPerKernel);
    ReadPlace(section, workload, group);
    if (const Node* tuned = section.Find("tuned"))
    {
        ReadTuned(*tuned, entry.node.path, group.profile, notes);
    }
    return group;
}

/// When a service is silent, in order and without overlap.
std::vector<TimeSpan>
ReadSilence(const Node& node)
{
    const std::string example = "[[\"60s\", \"120s\"]]";
    std::vector<TimeSpan> spans;
    for (const Node& member : ReadList(node, example))
    {
        const List& pair = ReadPair(member, "[\"60s\", \"120s\"]");
        const TimeSpan span{At(ReadDuration(pair[0], LikelyUnit::Seconds)),
                            At(ReadDuration(pair[1], LikelyUnit::Seconds))};
        if (span.from >= span.until)
        {
            Refuse(member, "the silence ends before it has begun: expected [FROM, UNTIL]");
        }
        if (!spans.empty() && span.from < spans.back().until)
        {
            Refuse(member, "this begins before the silence in front of it ends: put them in order");
        }
        spans.push_back(span);
    }
    return spans;
}

/// A service on hosts is what they are.
void
ReadRunsOn(const Section& section, const Workload& workload, Service& service)
{
    if (const Node* runsOn = section.Find("runs_on"))
    {
        service.runsOn = ReadReference(*runsOn, NamesOf(workload.hosts), "host group");
        const std::string group = "hosts." + workload.hosts[*service.runsOn].name;
        section.Forbid("os", "the service runs on " + group + ", whose os it has: leave this out");
        section.Forbid("tuned", "the service runs on " + group + ": tune that");
        section.Forbid("addresses",
                       "the service runs on " + group +
                           ", one address a host: leave this out, or "
                           "write vip = true for one address in front of all");
    }
    if (const Node* vip = section.Find("vip"))
    {
        service.vip = ReadFlag(*vip);
        if (service.vip && !service.runsOn)
        {
            Refuse(*vip, "vip needs runs_on; without it, one address is addresses = 1");
        }
    }
}

OsProfile
ReadServiceProfile(const Section& section, std::vector<std::string>& notes)
{
    const std::string& owner = section.Self().path;
    const Node* os = section.Find("os");
    OsProfile profile =
        os ? ReadProfile(*os, owner, notes) : FindProfile(DEFAULT_SERVICE_OS).profile;
    if (const Node* tuned = section.Find("tuned"))
    {
        ReadTuned(*tuned, owner, profile, notes);
    }
    return profile;
}

/// A port that a program listens on is no port for connect().
void
NotePortOfListener(Scenario& scenario, const Service& service)
{
    if (!service.runsOn)
    {
        return;
    }
    const HostGroup& group = scenario.workload.hosts[*service.runsOn];
    if (group.profile.ports.value.Contains(service.port))
    {
        scenario.notes.push_back("services." + service.name + ": it listens on port " +
                                 std::to_string(service.port) +
                                 ", which lies in the range of hosts." + group.name +
                                 ": nothing there is given that port.");
    }
}

/// Where the service is for those who talk to it.
PeerPlace
ReadPlace(const Section& section)
{
    const Node* loopback = section.Find("loopback");
    const Node* sameNetwork = section.Find("same_network");
    const bool isLoopback = loopback != nullptr && ReadFlag(*loopback);
    const bool isNear = sameNetwork != nullptr && ReadFlag(*sameNetwork);
    if (isLoopback && isNear)
    {
        Refuse(*sameNetwork, "loopback addresses are of no network: leave one of the two out");
    }
    return isLoopback ? PeerPlace::Loopback : isNear ? PeerPlace::SameNetwork : PeerPlace::Remote;
}

Service
ReadService(const Entry& entry, Scenario& scenario)
{
    const Section section(entry.node, ScenarioFormat().service);
    Service service{entry.key,
                    DEFAULT_ADDRESSES,
                    DEFAULT_PORT,
                    DEFAULT_RTT,
                    ReadServiceProfile(section, scenario.notes)};
    ReadRunsOn(section, scenario.workload, service);
    service.addresses = CountOr(section, "addresses", service.addresses);
    if (const Node* port = section.Find("port"))
    {
        service.port = static_cast<Port>(ReadWhole(*port, 1, 65535));
    }
    if (const Node* rtt = section.Find("rtt"))
    {
        service.rtt = ReadDuration(*rtt, LikelyUnit::Milliseconds, MAX_RTT);
    }
    if (const Node* balance = section.Find("balance"))
    {
        const bool random = ReadChoice(*balance, {"random", "round-robin"}) == 0;
        service.balance = random ? Balance::Random : Balance::RoundRobin;
    }
    if (const Node* silent = section.Find("silent"))
    {
        service.silent = ReadSilence(*silent);
    }
    service.place = ReadPlace(section);
    if (const Node* ip = section.Find("ip"))
    {
        service.ipv6 = ReadChoice(*ip, {"ipv4", "ipv6"}) == 1;
    }
    NotePortOfListener(scenario, service);
    return service;
}

} // namespace

std::uint32_t
CountOr(const Section& section, std::string_view key, std::uint32_t otherwise)
{
    const Node* node = section.Find(key);
    return node ? ReadCount(*node) : otherwise;
}

void
ReadHosts(const Section& top, Scenario& scenario)
{
    for (const Entry* entry : NamedTables(top, "hosts"))
    {
        scenario.workload.hosts.push_back(ReadGroup(*entry, scenario.workload, scenario.notes));
    }
    if (scenario.workload.hosts.empty())
    {
        RefuseEmpty(top, "hosts", "generator");
    }
}

void
ReadServices(const Section& top, Scenario& scenario)
{
    for (const Entry* entry : NamedTables(top, "services"))
    {
        scenario.workload.services.push_back(ReadService(*entry, scenario));
    }
    if (scenario.workload.services.empty())
    {
        RefuseEmpty(top, "services", "api");
    }
}

void
GiveServicesTheirHosts(Workload& workload)
{
    for (Service& service : workload.services)
    {
        if (service.runsOn)
        {
            const HostGroup& group = workload.hosts[*service.runsOn];
            service.profile = group.profile;
            service.addresses = service.vip ? 1 : group.count;
        }
    }
}

} // namespace portlab
