// SPDX-License-Identifier: GPL-2.0-only

// A router of ns-3 that translates for kernels, in real time:
//
//   a kernel, 10.1.0.2 -- tap -- 10.1.0.1 NAT 203.0.113.1 -- tap -- 203.0.113.2, a kernel
//
// It is handed two open taps and needs no privileges itself. Every line on the standard input
// prints the NAT's table, with an empty line behind it, and the end of input ends the program. Who
// opens taps in two network namespaces and lets their TCP talk: test/kernel/real-endpoints-test.py.

#include "ns3/boolean.h"
#include "ns3/command-line.h"
#include "ns3/fd-net-device.h"
#include "ns3/global-value.h"
#include "ns3/internet-stack-helper.h"
#include "ns3/ipv4-address-helper.h"
#include "ns3/mac48-address.h"
#include "ns3/nat-helper.h"
#include "ns3/node.h"
#include "ns3/simulator.h"
#include "ns3/string.h"

#include <iostream>
#include <poll.h>
#include <unistd.h>

using namespace ns3;

namespace
{

/// Gives the router an interface that ends in a tap.
Ptr<NetDevice>
Attach(const Ptr<Node>& router, int tap, const char* network)
{
    const auto device = CreateObject<FdNetDevice>();
    device->SetAddress(Mac48Address::Allocate());
    device->SetFileDescriptor(tap);
    router->AddDevice(device);
    Ipv4AddressHelper(network, "255.255.255.0").Assign(NetDeviceContainer(device));
    return device;
}

/// Looks for lines on the standard input, again and again.
void
Listen(const Ptr<NatRouter>& nat)
{
    pollfd input{STDIN_FILENO, POLLIN, 0};
    while (poll(&input, 1, 0) > 0)
    {
        char letter = 0;
        if (read(STDIN_FILENO, &letter, 1) <= 0)
        {
            Simulator::Stop();
            return;
        }
        if (letter == '\n')
        {
            nat->PrintMappings(std::cout);
            std::cout << std::endl;
        }
    }
    Simulator::Schedule(MilliSeconds(20), [nat] { Listen(nat); });
}

} // namespace

int
main(int argc, char* argv[])
{
    int inside = -1;
    int outside = -1;
    std::string preset = "linux-masquerade";
    bool checksums = true;
    double duration = 60;
    CommandLine cmd(__FILE__);
    cmd.AddValue("inside-fd", "File descriptor of the tap of 10.1.0.2", inside);
    cmd.AddValue("outside-fd", "File descriptor of the tap of 203.0.113.2", outside);
    cmd.AddValue("preset", "The kind of NAT, a name that `portlab nats` prints", preset);
    cmd.AddValue("checksums", "Whether ns-3 computes checksums", checksums);
    cmd.AddValue("duration", "Seconds until it ends if the standard input does not", duration);
    cmd.Parse(argc, argv);
    if (inside < 0 || outside < 0)
    {
        std::cerr << "Give it two taps, as test/kernel/real-endpoints-test.py does.\n";
        return 2;
    }
    GlobalValue::Bind("SimulatorImplementationType", StringValue("ns3::RealtimeSimulatorImpl"));
    GlobalValue::Bind("ChecksumEnabled", BooleanValue(checksums));

    const auto router = CreateObject<Node>();
    InternetStackHelper stack;
    stack.SetIpv6StackInstall(false);
    stack.Install(router);
    Attach(router, inside, "10.1.0.0");
    const Ptr<NetDevice> device = Attach(router, outside, "203.0.113.0");
    NatHelper helper(preset);
    helper.AddForward(6, 8080, InetSocketAddress("10.1.0.2", 80));
    const Ptr<NatRouter> nat = helper.Install(router, device);
    Simulator::ScheduleNow([nat] { Listen(nat); });
    Simulator::Stop(Seconds(duration));
    Simulator::Run();
    Simulator::Destroy();
    return 0;
}
