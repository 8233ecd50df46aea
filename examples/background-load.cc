// SPDX-License-Identifier: GPL-2.0-only

// Ten downloads a second, of which every packet is simulated, from a host that has other work:
// hundreds of connections a second to the same service, which exist as ports and times only.
//
// Both take their ports from the same 28,232. At 400 a second the load alone leaves 4,232 free, for
// a port comes back after the minute of TIME_WAIT; at 500 a second it would need 30,000.

#include "ns3/applications-module.h"
#include "ns3/core-module.h"
#include "ns3/internet-module.h"
#include "ns3/point-to-point-module.h"
#include "ns3/portlab-module.h"

#include <chrono>
#include <cstdio>
#include <iostream>

using namespace ns3;

/// A host that opens so many connections a second to a service.
portlab::Workload
MakeLoad(const std::string& system, double rate)
{
    portlab::Workload load;
    load.hosts.resize(1);
    load.hosts[0].name = "host";
    load.hosts[0].profile = portlab::FindProfile(system).profile;
    load.services.resize(1);
    load.services[0].name = "api";
    load.services[0].port = 80;
    load.services[0].profile = portlab::FindProfile("linux").profile;
    load.traffic.resize(1);
    load.traffic[0].name = "main";
    load.traffic[0].arrivals = portlab::PoissonArrivals{rate};
    load.duration = std::chrono::seconds(120);
    return load;
}

void
Download(Ptr<Node> host, uint32_t* tries)
{
    ++*tries;
    BulkSendHelper client("ns3::TcpSocketFactory", InetSocketAddress("192.0.2.2", 80));
    client.SetAttribute("MaxBytes", UintegerValue(1000));
    client.Install(host);
    Simulator::Schedule(MilliSeconds(100), &Download, host, tries);
}

void
Fail(double* first, const Address& /* peer */, std::string /* error */, uint32_t /* probes */)
{
    *first = *first < 0 ? Simulator::Now().GetSeconds() : *first;
}

int
main(int argc, char* argv[])
try
{
    std::string system = "linux-6.18";
    CommandLine cmd(__FILE__);
    cmd.AddValue("system", "The host's system, a name that `portlab profiles` prints", system);
    cmd.Parse(argc, argv);

    const PortlabHostHelper helper(system);
    std::printf("load/s  load failed  downloads  completed  first failure\n");
    for (const double rate : {400.0, 500.0})
    {
        BackgroundLoad load(MakeLoad(system, rate));
        const NodeContainer nodes(2); // The host and the service.
        helper.Install(nodes);
        PointToPointHelper link;
        link.SetDeviceAttribute("DataRate", StringValue("100Mbps"));
        Ipv4AddressHelper("192.0.2.0", "255.255.255.0").Assign(link.Install(nodes));
        load.ShareHost("host", nodes.Get(0));
        load.ShareService("api", InetSocketAddress("192.0.2.2", 80));

        const InetSocketAddress any(Ipv4Address::GetAny(), 80);
        PacketSinkHelper service("ns3::TcpSocketFactory", any);
        const auto sink = DynamicCast<PacketSink>(service.Install(nodes.Get(1)).Get(0));
        uint32_t tries = 0;
        double first = -1;
        nodes.Get(0)->GetObject<EphemeralPorts>()->TraceConnectWithoutContext(
            "Refused",
            MakeBoundCallback(&Fail, &first));
        Simulator::ScheduleNow(&Download, nodes.Get(0), &tries);
        Simulator::Stop(Seconds(120));
        Simulator::Run();
        const portlab::HostResult host = load.Engine()->GetResult().hosts[0];
        std::printf("%6.0f %10.1f %% %10u %10.0f  %s\n",
                    rate,
                    100 * host.failedShare.value_or(0),
                    tries,
                    static_cast<double>(sink->GetTotalRx()) / 1000,
                    first < 0 ? "none" : (std::to_string(std::lround(first)) + " s").c_str());
        Simulator::Destroy();
    }
    return 0;
}

catch (const std::invalid_argument& mistake)
{
    std::cerr << mistake.what() << "\n";
    return 2;
}
