// SPDX-License-Identifier: GPL-2.0-only

// Clients that share one external address: 10.0.N.1 -- NAT 203.0.113.1 -- 203.0.113.2, the server.
// All have the same local port, which only the first keeps on its way out. The NAT has one port too
// few and drops the last one's SYNs; FlowMonitor, on both its sides, misses just those.

#include "ns3/applications-module.h"
#include "ns3/core-module.h"
#include "ns3/flow-monitor-module.h"
#include "ns3/internet-module.h"
#include "ns3/point-to-point-module.h"
#include "ns3/portlab-module.h"

#include <iostream>

using namespace ns3;

void
PrintDrop(Ptr<const Packet> /* packet */, const Ipv4Header& header, std::string reason)
{
    std::cout << Simulator::Now().GetMilliSeconds() << " ms: a SYN of " << header.GetSource()
              << " was dropped (" << reason << ")\n";
}

int
main(int argc, char* argv[])
try
{
    uint32_t clients = 4;
    std::string preset = "linux-masquerade";
    std::string ports = "50000-50002";
    CommandLine cmd(__FILE__);
    cmd.AddValue("clients", "How many clients there are", clients);
    cmd.AddValue("preset", "The kind of NAT, a name that `portlab nats` prints", preset);
    cmd.AddValue("ports", "The ports of its external address", ports);
    cmd.Parse(argc, argv);

    const NodeContainer hosts(clients);
    const NodeContainer others(2); // The router and the server.
    PortlabHostHelper system("linux-6.18");
    system.Set("ports", "50000");
    system.Install(hosts);
    InternetStackHelper().Install(others);
    PointToPointHelper link;
    link.SetDeviceAttribute("DataRate", StringValue("100Mbps"));
    Ipv4AddressHelper network("10.0.0.0", "255.255.255.0");
    for (uint32_t i = 0; i < clients; ++i, network.NewNetwork())
    {
        network.Assign(link.Install(hosts.Get(i), others.Get(0)));
    }
    const NetDeviceContainer outside = link.Install(others);
    Ipv4AddressHelper("203.0.113.0", "255.255.255.0").Assign(outside);
    Ipv4GlobalRoutingHelper::PopulateRoutingTables();

    NatHelper helper(preset);
    helper.Set("ports", ports);
    const Ptr<NatRouter> nat = helper.Install(others.Get(0), outside.Get(0));
    helper.AssignStreams(others, 1);
    nat->TraceConnectWithoutContext("Dropped", MakeCallback(&PrintDrop));

    const InetSocketAddress service("203.0.113.2", 80);
    PacketSinkHelper server("ns3::TcpSocketFactory", service);
    const Ptr<Application> sink = server.Install(others.Get(1)).Get(0);
    BulkSendHelper client("ns3::TcpSocketFactory", service);
    client.SetAttribute("MaxBytes", UintegerValue(20000));
    client.Install(hosts);
    FlowMonitorHelper flows;
    const Ptr<FlowMonitor> monitor = flows.InstallAll();
    Simulator::Stop(Seconds(10));
    Simulator::Run();

    nat->PrintMappings(std::cout);
    uint32_t sent = 0;
    uint32_t received = 0;
    for (const auto& [id, flow] : monitor->GetFlowStats())
    {
        sent += flow.txPackets;
        received += flow.rxPackets;
    }
    std::cout << "FlowMonitor: " << sent << " packets sent, " << received << " received\n"
              << "Server: " << DynamicCast<PacketSink>(sink)->GetTotalRx() << " bytes received\n";
    Simulator::Destroy();
    return 0;
}

catch (const std::invalid_argument& mistake)
{
    std::cerr << mistake.what() << "\n";
    return 2;
}
