// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/nat/nat-catalogue.h"
#include "model/core/port/profile-catalogue.h"
#include "test/flow/nat-test-support.h"

#include <memory>

namespace portlab::test
{

using namespace std::chrono_literals;

namespace
{

enum Groups : std::uint32_t
{
    CLIENT,
    PODS,
    DESKTOP,
};

enum Services : std::uint32_t
{
    API,
    SHOP,
    CART,
    DATABASE,
    ARCHIVE,
    NAMES,
};

HostGroup
Group(const char* name, std::uint32_t count, const char* profile, const PortRange& ports)
{
    HostGroup group;
    group.name = name;
    group.count = count;
    group.profile = FindProfile(profile).profile;
    group.profile.ports.value = ports;
    return group;
}

void
AddHosts(Workload& load)
{
    load.hosts = {Group("client", 3, "linux-6.18", PortRange(40000, 40039)),
                  Group("pods", 4, "windows-11", PortRange(49152, 49171)),
                  Group("desktop", 2, "rfc6056-5", PortRange(10000, 10029))};
    load.hosts[PODS].hostsPerKernel = 2;
    load.hosts[DESKTOP].addresses = 2;
    load.hosts[CLIENT].profile.timestamps.value = false;
    load.hosts[CLIENT].profile.orphans.value = {70s, 3};
    load.hosts[CLIENT].profile.maxOrphans.value = 3;
}

void
AddServices(Workload& load)
{
    for (const char* name : {"api", "shop", "cart", "database", "archive", "names"})
    {
        load.services.push_back(ServiceCalled(name));
    }
    load.services[API].addresses = 2;
    load.services[API].balance = Balance::RoundRobin;
    load.services[API].profile = FindProfile("linux-6.18").profile;
    load.services[SHOP].runsOn = PODS;
    load.services[SHOP].vip = true;
    load.services[CART].runsOn = PODS;
    load.services[CART].port = 8081;
    load.services[DATABASE].silent = {{At(10s), At(20s)}};
    load.services[ARCHIVE].rtt = 100ms;
    load.services[ARCHIVE].profile = FindProfile("ns3-stock").profile;
}

Traffic
Stream(const char* name, Groups from, Services to, Arrivals arrivals, HoldTime hold)
{
    Traffic traffic;
    traffic.name = name;
    traffic.from = from;
    traffic.to = to;
    traffic.arrivals = std::move(arrivals);
    traffic.hold = std::move(hold);
    return traffic;
}

RecordedArrivals
BothTransports()
{
    auto connections = std::make_shared<std::vector<RecordedConnection>>();
    for (std::uint32_t number = 0; number < 300; ++number)
    {
        connections->push_back({At(number * 195ms),
                                number % 3 == 0 ? std::nullopt : std::optional<Duration>(50ms),
                                number % 2,
                                number / 2 % 2,
                                number % 5 == 0 ? Transport::Udp : Transport::Tcp});
    }
    return {std::move(connections)};
}

void
AddTraffic(Workload& load)
{
    const SteppedArrivals steps{{{At(1s), 1}, {At(20s), 0}, {At(25s), 4}, {At(55s), 0}}};
    load.traffic = {Stream("main", CLIENT, API, steps, LognormalHold{300ms, 1.2}),
                    Stream("pages", CLIENT, SHOP, UserArrivals{8, 2s}, ExponentialHold{15ms}),
                    Stream("store", DESKTOP, ARCHIVE, PoissonArrivals{3}, FixedHold{1s}),
                    Stream("lookups", DESKTOP, NAMES, ConstantArrivals{20}, FixedHold{100ms}),
                    Stream("replay", DESKTOP, API, BothTransports(), FixedHold{2s}),
                    Stream("reports", CLIENT, DATABASE, PoissonArrivals{2}, SampledHold{{1s, 9s}})};
    load.traffic[0].closes = {0.4, 0.3, 0.2, 0.1};
    load.traffic[0].sends = 100'000'000;
    load.traffic[0].retry = {3, 250ms, 1};
    load.traffic[1].socket.manner = PortManner::Bind;
    load.traffic[2].closes = Always(Ending::Server);
    load.traffic[2].connectTimeout = 5s;
    load.traffic[2].retry = {4, 100ms, 3};
    load.traffic[3].transport = Transport::Udp;
    load.traffic[5].closes = {0.8, 0, 0, 0.2};
    load.traffic[5].socket.range = PortRange(40010, 40029);
    load.traffic[5].connectTimeout = 3s;
}

/// Desktops have routers of their own behind a carrier's; clients share a NAT with too few ports
/// and a firewall; pods share nodes whose tables are too small.
void
AddBorder(Workload& load)
{
    load.nodes.push_back({"node", 2});
    load.hosts[PODS].nodes = 0;
    load.nats = {NatCalled("router", FindNatPreset("home-router")),
                 NatCalled("carrier", NatInOrder(2000, 2199)),
                 NatCalled("egress", FindNatPreset("linux-masquerade")),
                 NatCalled("snat", NatInOrder(1024, 65535))};
    load.nats[0].insideHosts = {DESKTOP};
    load.nats[0].span = NatSpan::Host;
    load.nats[1].insideHosts.clear();
    load.nats[1].insideNats = {0};
    load.nats[1].bypass = {NAMES};
    load.nats[2].insideHosts = {CLIENT};
    load.nats[2].addresses = 2;
    load.nats[2].preset.ports.value = PortRange(40000, 40024);
    load.nats[2].only = {API, DATABASE};
    load.nats[3].insideHosts = {PODS};
    load.nats[3].span = NatSpan::Node;
    load.nats[3].preset.ofTable.value = 20;
    load.nats[3].preset.tcp.timeWait.value = 1s;
    load.traffic[1].connectTimeout = 1s; // Or the firewall would keep all users busy.
    load.firewalls.push_back({"acl", {CLIENT}, false, PortList{PortRange(40000, 40036)}});
}

Call
CallFor(const char* name, Services at, Services to, std::uint32_t count)
{
    Call call;
    call.name = name;
    call.at = at;
    call.to = to;
    call.count = count;
    return call;
}

} // namespace

Workload
EverythingAtOnce()
{
    Workload load;
    AddHosts(load);
    AddServices(load);
    AddTraffic(load);
    load.calls = {CallFor("shop-cart", SHOP, CART, 2),
                  CallFor("cart-database", CART, DATABASE, 1),
                  CallFor("cart-api", CART, API, 2)};
    load.calls[1].connectTimeout = 2s;
    load.calls[1].retry = {2, 100ms, 1};
    load.calls[2].closes = {0.2, 0.8, 0};
    AddBorder(load);
    load.duration = 60s;
    load.warmup = 7500ms;
    load.seed = 7;
    return load;
}

} // namespace portlab::test
