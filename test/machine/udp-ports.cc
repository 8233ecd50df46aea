// SPDX-License-Identifier: GPL-2.0-only

// Which ports UDP sockets get.

#include "test/core/chance.h"
#include "test/machine/experiment.h"
#include "test/machine/scripts.h"

#include <set>

namespace portlab::test
{

namespace
{

constexpr Port LOW = 40000;
constexpr Endpoint AUTOMATIC{LOOPBACK, 0};

/// First ports of the free default range, in ten parts of each parity.
Finding
FirstPorts(Kernel& kernel)
{
    const auto machine = kernel.NewMachine();
    SetRange(*machine, 32768, 60999);
    std::vector<std::uint32_t> counts(20);
    for (int i = 0; i < 2000; ++i)
    {
        const Opened opened = BindNew(*machine, AUTOMATIC, Udp());
        const std::uint32_t offset = *opened.answer.port - 32768u;
        ++counts.at(offset * 10 / 28232 * 2 + offset % 2);
        machine->Close(opened.socket, Closing::First);
    }
    const double chance = ChanceOfEvenCounts(counts);
    return {"anywhere, odd or even, " + AsExpected(chance),
            "2,000 sockets, p = " + WithDigits(chance, 3)};
}

Finding
NarrowRanges(Kernel& kernel)
{
    std::vector<std::string> answers;
    for (const std::uint32_t count : {1u, 3u, 100u, 101u})
    {
        const auto machine = kernel.NewMachine();
        SetRange(*machine, LOW, static_cast<Port>(LOW + count - 1));
        const Harvest harvest = UntilRefused([&] { return BindNew(*machine, AUTOMATIC, Udp()); });
        answers.push_back(std::to_string(count) + ": " + std::to_string(harvest.ports.size()) +
                          " " + harvest.error);
    }
    return {Joined(answers)};
}

/// connect() of unbound sockets: one port is one socket, whatever the destination.
Finding
Connected(Kernel& kernel)
{
    const auto machine = kernel.NewMachine();
    SetRange(*machine, LOW, LOW + 99);
    std::vector<std::string> answers;
    for (int i = 0; i < 2; ++i)
    {
        const Endpoint peer = kernel.NewEndpoint(Network::Loopback);
        const Harvest harvest = UntilRefused([&] { return ConnectNew(*machine, peer, Udp()); });
        answers.push_back(std::to_string(harvest.ports.size()) + " " + harvest.error);
    }
    return {Joined(answers)};
}

Finding
TwoAddresses(Kernel& kernel)
{
    const auto machine = kernel.NewMachine();
    SetRange(*machine, LOW, LOW + 99);
    std::vector<std::string> counts;
    for (const Address address : {LOOPBACK, LOOPBACK + 1, ANY_ADDRESS})
    {
        const Harvest harvest = UntilRefused([&] {
            return BindNew(*machine, {address, 0}, Udp());
        });
        counts.push_back(std::to_string(harvest.ports.size()));
    }
    return {Joined(counts, " + ")};
}

/// With either option on all sockets, a port may be drawn again while others are free.
Finding
Shared(Kernel& kernel)
{
    std::vector<std::string> answers;
    for (const SocketSettings& settings : {ReuseAddress(Udp()), ReusePort(Udp())})
    {
        const auto machine = kernel.NewMachine();
        SetRange(*machine, LOW, LOW + 99);
        const Harvest harvest =
            UntilRefused([&] { return BindNew(*machine, AUTOMATIC, settings); }, 300);
        const std::set<Port> distinct(harvest.ports.begin(), harvest.ports.begin() + 100);
        answers.push_back(std::to_string(harvest.ports.size()) +
                          (distinct.size() < 100 ? " and more, repeated early" : " and more"));
    }
    return {Joined(answers)};
}

/// bind() to one port by two sockets, each by its options.
std::string
BindBoth(Kernel& kernel, const SocketSettings& first, const SocketSettings& second)
{
    const auto machine = kernel.NewMachine();
    const Endpoint own{LOOPBACK, LOW};
    BindNew(*machine, own, first);
    return ToText(BindNew(*machine, own, second));
}

Finding
ChosenPort(Kernel& kernel)
{
    const SocketSettings address = ReuseAddress(Udp());
    const SocketSettings port = ReusePort(Udp());
    const SocketSettings both = ReusePort(address);
    return {Joined({"A and none " + BindBoth(kernel, address, Udp()),
                    "A and A " + BindBoth(kernel, address, address),
                    "P and P " + BindBoth(kernel, port, port),
                    "A and P " + BindBoth(kernel, address, port),
                    "A and both " + BindBoth(kernel, address, both),
                    "P and both " + BindBoth(kernel, port, both)})};
}

/// bind(0) on one port, which a socket with SO_REUSEPORT has, by one with both options.
Finding
OnePortByBoth(Kernel& kernel)
{
    const auto machine = kernel.NewMachine();
    SetRange(*machine, LOW, LOW);
    BindNew(*machine, AUTOMATIC, ReusePort(Udp()));
    return {ToText(BindNew(*machine, AUTOMATIC, ReusePort(ReuseAddress(Udp()))))};
}

Finding
Mixed(Kernel& kernel)
{
    const auto machine = kernel.NewMachine();
    SetRange(*machine, LOW, LOW);
    const Endpoint peer = NewServer(kernel, *machine);
    const std::string udp = ToText(BindNew(*machine, AUTOMATIC, Udp()));
    return {Joined({"UDP " + udp, "TCP " + ToText(ConnectNew(*machine, peer))})};
}

} // namespace

Chapter
UdpPorts()
{
    return {
        "UDP",
        {
            {"UDP: the port of each bind(0) in the free default range",
             "anywhere, odd or even, evenly",
             FirstPorts},
            {"UDP: sockets that ranges of so many ports give to bind(0)",
             "1: 1 EADDRINUSE, 3: 3 EADDRINUSE, 100: 100 EADDRINUSE, 101: 101 EADDRINUSE",
             NarrowRanges},
            {"UDP: connect() to two destinations in turn on 100 ports",
             "100 EAGAIN, 0 EAGAIN",
             Connected},
            {"UDP: bind(0) on 100 ports: two addresses, then any", "100 + 100 + 0", TwoAddresses},
            {"UDP: bind(0) on 100 ports, all with SO_REUSEADDR, and all with SO_REUSEPORT",
             "300 and more, repeated early, 300 and more, repeated early",
             Shared},
            {"UDP: two bind() to one port, by SO_REUSEADDR (A) and SO_REUSEPORT (P)",
             "A and none EADDRINUSE, A and A OK, P and P OK, A and P EADDRINUSE, A and both OK, P "
             "and both OK",
             ChosenPort},
            {"UDP: bind(0) with both options on one port of a socket with SO_REUSEPORT",
             "OK",
             OnePortByBoth},
            {"UDP and TCP on one port", "UDP OK, TCP OK", Mixed},
        },
    };
}

} // namespace portlab::test
