// SPDX-License-Identifier: GPL-2.0-only

// Writes which local port every connection got, or why it got none, as CSV.
//
// A host with four ports connects six times to one service, and then to another one. A port is
// taken towards one destination only, so the last connection gets one; the two before it do not.

#include "ns3/applications-module.h"
#include "ns3/core-module.h"
#include "ns3/internet-module.h"
#include "ns3/network-module.h"
#include "ns3/point-to-point-module.h"
#include "ns3/portlab-module.h"

#include <iostream>

using namespace ns3;

int
main(int argc, char* argv[])
try
{
    std::string system = "linux-6.18";
    std::string ports = "40000-40003";
    std::string file = "-";
    CommandLine cmd(__FILE__);
    cmd.AddValue("system", "The host's system, a name that `portlab profiles` prints", system);
    cmd.AddValue("ports", "Its ports; Windows wants 255 of them", ports);
    cmd.AddValue("file", "Where to write, as ports.csv; - is the standard output", file);
    cmd.Parse(argc, argv);

    const NodeContainer nodes(2);
    PortlabHostHelper host(system);
    host.Set("ports", ports);
    host.Install(nodes);
    host.AssignStreams(nodes, 1); // Another number, or --RngRun=2, is another machine.
    const NetDeviceContainer devices = PointToPointHelper().Install(nodes);
    Ipv4AddressHelper("192.0.2.0", "255.255.255.0").Assign(devices);

    const auto stream = file == "-" ? Create<OutputStreamWrapper>(&std::cout)
                                    : AsciiTraceHelper().CreateFileStream(file);
    PortTraceHelper().EnableCsv(stream, nodes.Get(0));

    const std::string tcp = "ns3::TcpSocketFactory";
    for (int second = 1; second <= 7; ++second)
    {
        const uint16_t service = second < 7 ? 80 : 443;
        BulkSendHelper client(tcp, InetSocketAddress("192.0.2.2", service));
        client.SetAttribute("MaxBytes", UintegerValue(1000));
        client.Install(nodes.Get(0)).Start(Seconds(second));
    }
    PacketSinkHelper(tcp, InetSocketAddress(Ipv4Address::GetAny(), 80)).Install(nodes.Get(1));
    PacketSinkHelper(tcp, InetSocketAddress(Ipv4Address::GetAny(), 443)).Install(nodes.Get(1));

    Simulator::Stop(Seconds(10));
    Simulator::Run();
    Simulator::Destroy();
    return 0;
}

catch (const std::invalid_argument& mistake)
{
    std::cerr << mistake.what() << "\n";
    return 2;
}
