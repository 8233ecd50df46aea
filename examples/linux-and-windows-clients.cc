// SPDX-License-Identifier: GPL-2.0-only

// The same work on two systems: a host with 256 ports opens 200 connections to each of two
// services.
//
// Linux may use a port for both services, as connections differ in one of their ends. On Windows
// each has a port of its own, and there are none for the last 144. Behind the connection, the port
// waits: on Linux for one minute, on Windows for two.

#include "ns3/applications-module.h"
#include "ns3/core-module.h"
#include "ns3/internet-module.h"
#include "ns3/point-to-point-module.h"
#include "ns3/portlab-module.h"

#include <cstdio>
#include <iostream>
#include <set>

using namespace ns3;

void
NotePort(std::set<uint16_t>* ports, const Address& /* peer */, uint16_t port, uint32_t /* probes */)
{
    ports->insert(port);
}

int
main(int argc, char* argv[])
try
{
    std::string systems[] = {"linux-6.18", "windows-11"};
    CommandLine cmd(__FILE__);
    cmd.AddValue("system", "A system, by a name that `portlab profiles` prints", systems[0]);
    cmd.AddValue("other", "The system to compare it with", systems[1]);
    cmd.Parse(argc, argv);

    Ptr<EphemeralPorts> ports[2];
    std::set<uint16_t> used[2];
    PointToPointHelper link;
    link.SetDeviceAttribute("DataRate", StringValue("10Mbps"));
    Ipv4AddressHelper network("10.0.0.0", "255.255.255.0");
    for (int i = 0; i < 2; ++i, network.NewNetwork())
    {
        const NodeContainer nodes(2); // The host, and who offers the services.
        PortlabHostHelper helper(systems[i]);
        helper.Set("ports", "50000-50255");
        helper.Install(nodes);
        helper.AssignStreams(nodes, 1); // Another number is another machine.
        const auto addresses = network.Assign(link.Install(nodes));
        for (const uint16_t service : std::vector<uint16_t>{80, 443})
        {
            const InetSocketAddress address(addresses.GetAddress(1), service);
            PacketSinkHelper("ns3::TcpSocketFactory", address).Install(nodes.Get(1));
            BulkSendHelper client("ns3::TcpSocketFactory", address);
            client.SetAttribute("MaxBytes", UintegerValue(1000));
            for (int connection = 0; connection < 200; ++connection)
            {
                client.Install(nodes.Get(0));
            }
        }
        ports[i] = nodes.Get(0)->GetObject<EphemeralPorts>();
        ports[i]->TraceConnectWithoutContext("Granted", MakeBoundCallback(&NotePort, &used[i]));
    }

    Simulator::Stop(MilliSeconds(1));
    Simulator::Run();
    const uint32_t open[] = {ports[0]->GetHeld(), ports[1]->GetHeld()};
    std::printf("%28s%13s%13s\n", "", systems[0].c_str(), systems[1].c_str());
    std::printf("%-28s%13u%13u\n", "connections with a port", open[0], open[1]);
    std::printf("%-28s%13u%13u\n", "connections without one", 400 - open[0], 400 - open[1]);
    const std::size_t count[] = {used[0].size(), used[1].size()};
    std::printf("%-28s%13zu%13zu\n", "ports used", count[0], count[1]);
    std::printf("%-28s%13zu%13zu\n", "ports used twice", open[0] - count[0], open[1] - count[1]);
    for (const int second : {10, 65, 125})
    {
        Simulator::Stop(Seconds(second) - Simulator::Now());
        Simulator::Run();
        const uint32_t waiting[] = {ports[0]->GetWaiting(), ports[1]->GetWaiting()};
        std::printf("in TIME_WAIT after %3d s    %13u%13u\n", second, waiting[0], waiting[1]);
    }
    Simulator::Destroy();
    return 0;
}

catch (const std::invalid_argument& mistake)
{
    std::cerr << mistake.what() << "\n";
    return 2;
}
