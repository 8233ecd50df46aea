// SPDX-License-Identifier: GPL-2.0-only

// client -- NAT -- server -- NAT -- client
//
// Which pairs of NATs let the clients reach each other by UDP (RFC 5128, section 3.3)? Each sends
// to the end that the server saw of the other, or answers to where it heard from. That fails where
// one NAT takes a new port for every destination, and the other filters by ports.

#include "ns3/core-module.h"
#include "ns3/internet-module.h"
#include "ns3/point-to-point-module.h"
#include "ns3/portlab-module.h"

#include <iostream>

using namespace ns3;

bool
Succeeds(const std::string& left, const std::string& right)
{
    const NodeContainer nodes(5); // From left to right.
    InternetStackHelper().Install(nodes);
    Ipv4AddressHelper network("192.0.2.0", "255.255.255.252");
    NetDeviceContainer links[4];
    for (uint32_t i = 0; i < 4; ++i, network.NewNetwork())
    {
        links[i] = PointToPointHelper().Install(nodes.Get(i), nodes.Get(i + 1));
        network.Assign(links[i]);
    }
    Ipv4GlobalRoutingHelper::PopulateRoutingTables();
    NatHelper(left).Install(nodes.Get(1), links[1].Get(0));
    NatHelper(right).Install(nodes.Get(3), links[2].Get(1));

    Ptr<Socket> sockets[5];
    Address heard[5]; // Where each heard from last.
    for (const int i : {0, 2, 4})
    {
        sockets[i] = Socket::CreateSocket(nodes.Get(i), UdpSocketFactory::GetTypeId());
        sockets[i]->Bind(InetSocketAddress(Ipv4Address::GetAny(), 3478));
        sockets[i]->SetRecvCallback([&, i](Ptr<Socket> socket) { socket->RecvFrom(heard[i]); });
    }
    const auto say = [&sockets](int i, const Address& to) {
        Simulator::ScheduleNow([&] { sockets[i]->SendTo(Create<Packet>(100), 0, to); });
        Simulator::Stop(Seconds(1));
        Simulator::Run();
    };
    const InetSocketAddress server("192.0.2.6", 3478);
    say(0, server);
    const Address leftEnd = heard[2];
    say(4, server);
    const Address rightEnd = heard[2];
    for (int attempt = 1; attempt <= 2; ++attempt)
    {
        say(0, heard[0].IsInvalid() ? rightEnd : heard[0]);
        say(4, heard[4].IsInvalid() ? leftEnd : heard[4]);
    }
    Simulator::Destroy();
    return !heard[0].IsInvalid() && !heard[4].IsInvalid();
}

int
main(int argc, char* argv[])
try
{
    std::vector<std::string> names{"full-cone", "restricted-cone", "port-restricted-cone"};
    names.insert(names.end(), {"symmetric", "home-router"});
    CommandLine cmd(__FILE__);
    cmd.AddValue("preset", "The last one, a name that `portlab nats` prints", names.back());
    cmd.Parse(argc, argv);

    std::string table = "can be punched with               1   2   3   4   5\n";
    for (std::size_t i = 0; i < names.size(); ++i)
    {
        table += std::to_string(i + 1) + " " + names[i] + std::string(30 - names[i].size(), ' ');
        for (const std::string& other : names)
        {
            table += Succeeds(names[i], other) ? " yes" : "   -";
        }
        table += "\n";
    }
    std::cout << table;
    return 0;
}

catch (const std::invalid_argument& mistake)
{
    std::cerr << mistake.what() << "\n";
    return 2;
}
