// SPDX-License-Identifier: GPL-2.0-only

// A front-end opens 100 short connections a second to a farm of servers, each in turn, until it has
// no port for the next one: a closed connection keeps its port for the minute of TIME_WAIT.
//
// A port is taken towards one destination only, so that twice the servers last twice as long. Real
// ranges are larger, and the rule is the same: Linux has 28,232 ports towards each destination, and
// can open 28,232 / 60 s = 470 connections to it every second, for ever.

#include "ns3/applications-module.h"
#include "ns3/core-module.h"
#include "ns3/internet-module.h"
#include "ns3/point-to-point-module.h"
#include "ns3/portlab-module.h"

#include <cstdio>
#include <iostream>

using namespace ns3;

/// Opens the connection of a number, and after a while the next one.
void
Open(Ptr<Node> frontEnd, uint32_t servers, uint32_t number)
{
    const auto port = static_cast<uint16_t>(8001 + number % servers);
    BulkSendHelper client("ns3::TcpSocketFactory", InetSocketAddress("192.0.2.2", port));
    client.SetAttribute("MaxBytes", UintegerValue(100));
    client.Install(frontEnd);
    Simulator::Schedule(MilliSeconds(10), &Open, frontEnd, servers, number + 1);
}

void
End(std::string* noted, const Address& /* peer */, std::string error, uint32_t /* probes */)
{
    *noted = error;
    Simulator::Stop();
}

int
main(int argc, char* argv[])
try
{
    std::string system = "linux-6.18";
    std::string range = "32768-33023";
    CommandLine cmd(__FILE__);
    cmd.AddValue("system", "The front-end's system, a name that `portlab profiles` prints", system);
    cmd.AddValue("ports", "The ports that it may choose from", range);
    cmd.Parse(argc, argv);

    PortlabHostHelper helper(system);
    helper.Set("ports", range);
    std::printf("servers  connections  the next one fails at  error\n");
    for (const uint16_t servers : std::vector<uint16_t>{1, 2, 4})
    {
        const NodeContainer nodes(2); // The front-end, and the farm: a port for each server.
        helper.Install(nodes);
        PointToPointHelper link;
        link.SetDeviceAttribute("DataRate", StringValue("10Mbps"));
        Ipv4AddressHelper("192.0.2.0", "255.255.255.0").Assign(link.Install(nodes));
        for (uint16_t port = 8001; port <= 8000 + servers; ++port)
        {
            const InetSocketAddress any(Ipv4Address::GetAny(), port);
            PacketSinkHelper("ns3::TcpSocketFactory", any).Install(nodes.Get(1));
        }
        std::string error = "none, for ports come back";
        const auto ports = nodes.Get(0)->GetObject<EphemeralPorts>();
        ports->TraceConnectWithoutContext("Refused", MakeBoundCallback(&End, &error));
        Simulator::ScheduleNow(&Open, nodes.Get(0), servers, 0);
        Simulator::Stop(Seconds(65));
        Simulator::Run();
        std::printf("%7u %12u %20.2f s  %s\n",
                    servers,
                    ports->GetHeld() + ports->GetWaiting(),
                    Simulator::Now().GetSeconds(),
                    error.c_str());
        Simulator::Destroy();
    }
    return 0;
}

catch (const std::invalid_argument& mistake)
{
    std::cerr << mistake.what() << "\n";
    return 2;
}
