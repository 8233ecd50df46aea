// SPDX-License-Identifier: GPL-2.0-only

// How many connections narrow ranges give, and which ports are kept out of them.

#include "test/linux/hidden-state-filter.h"
#include "test/machine/experiment.h"
#include "test/machine/scripts.h"
#include "test/machine/steps.h"

#include <set>

namespace portlab::test
{

namespace
{

constexpr Port LOW = 40000;

/// Connects until it fails, and three times more; then resets everything. False if one of these
/// failed for another reason, or did not.
bool
RunDry(Machine& machine, const Endpoint& peer, Harvest& harvest)
{
    harvest = UntilRefused([&] { return ConnectNew(machine, peer); });
    bool isDry = harvest.error == "EADDRNOTAVAIL";
    for (int i = 0; i < 3; ++i)
    {
        isDry = isDry && ToText(ConnectNew(machine, peer)) == "EADDRNOTAVAIL";
    }
    for (const SocketId socket : harvest.sockets)
    {
        machine.Close(socket, Closing::Reset);
    }
    return isDry;
}

/// An odd range has one port that is reached from one start only, so that it gives one port less
/// most of the time or some of the time; every other range gives as many each time.
std::string
CountsOf(std::uint32_t count, const std::set<std::size_t>& seen)
{
    std::vector<std::string> counts;
    const bool isOdd = count % 2 == 1 && count > 3;
    for (std::size_t expected = isOdd ? count - 1 : *seen.begin(); expected <= count; ++expected)
    {
        if (isOdd || seen.count(expected) > 0)
        {
            counts.push_back(std::to_string(expected));
        }
    }
    const bool fits = *seen.begin() + 1 >= count && *seen.rbegin() <= count;
    return std::to_string(count) + ": " + (fits ? Joined(counts, " or ") : "other numbers");
}

Finding
NarrowRanges(Kernel& kernel)
{
    const auto machine = kernel.NewMachine();
    std::vector<std::string> answers;
    std::vector<std::string> figures;
    for (const std::uint32_t count : {1u, 2u, 3u, 4u, 9u, 99u, 100u})
    {
        SetRange(*machine, LOW, static_cast<Port>(LOW + count - 1));
        std::set<std::size_t> seen;
        std::size_t all = 0;
        for (int i = 0; i < 10; ++i)
        {
            Harvest harvest;
            if (!RunDry(*machine, NewServer(kernel, *machine), harvest))
            {
                return {"not EADDRNOTAVAIL"};
            }
            seen.insert(harvest.ports.size());
            all += harvest.ports.size() == count ? 1 : 0;
        }
        answers.push_back(CountsOf(count, seen));
        figures.push_back(OutOf(all, 10));
    }
    return {Joined(answers), "all ports in " + Joined(figures)};
}

Finding
ParityOfNarrowRanges(Kernel& kernel)
{
    const auto machine = kernel.NewMachine();
    std::vector<std::string> seen;
    for (const Port low : {LOW, static_cast<Port>(LOW + 1)})
    {
        SetRange(*machine, low, static_cast<Port>(low + 99));
        Harvest harvest;
        RunDry(*machine, NewServer(kernel, *machine), harvest);
        seen.push_back(Stretches(harvest.ports, ParityOf));
    }
    return {Joined(seen, "; ")};
}

/// Every choice of ranges that fill up, and the failure in the end, has to follow from one hidden
/// state; a change of the key may come in between.
Finding
HiddenStates(Kernel& kernel)
{
    const auto machine = kernel.NewMachine();
    Findings findings;
    for (const std::uint32_t count : {1u, 2u, 3u, 9u, 99u, 100u, 500u})
    {
        const PortRange range(LOW, static_cast<Port>(LOW + count - 1));
        SetRange(*machine, range.First(), range.Last());
        for (int i = 0; i < 5; ++i)
        {
            SequenceWitness witness({range}, 1);
            PortFlags busy;
            Harvest harvest;
            RunDry(*machine, NewServer(kernel, *machine), harvest);
            for (const Port port : harvest.ports)
            {
                witness.Observe(port, busy);
                busy.set(port);
            }
            witness.Observe(std::nullopt, busy);
            findings += witness.Found();
        }
    }
    return {WithCommas(findings.impossible) + " impossible",
            "of " + WithCommas(findings.choices) + " choices"};
}

Finding
FiveDestinations(Kernel& kernel)
{
    const auto machine = kernel.NewMachine();
    SetRange(*machine, LOW, LOW + 99);
    std::size_t connections = 0;
    std::vector<std::string> counts;
    for (int i = 0; i < 5; ++i)
    {
        const Endpoint peer = NewServer(kernel, *machine);
        const Harvest harvest = UntilRefused([&] { return ConnectNew(*machine, peer); });
        connections += harvest.ports.size();
        counts.push_back(std::to_string(harvest.ports.size()));
    }
    return {Joined(counts, " + ") + " = " + std::to_string(connections)};
}

/// Eight of twenty ports.
const char* const EIGHT_PORTS = "40002-40004,40007,40012-40015";

Finding
EightReserved(Kernel& kernel)
{
    const auto machine = kernel.NewMachine();
    const Endpoint peer = NewServer(kernel, *machine);
    SetRange(*machine, LOW, LOW + 19);
    MustSet(*machine, "ip_local_reserved_ports", EIGHT_PORTS);
    const Endpoint any{LOOPBACK, 0};
    const std::size_t udp =
        UntilRefused([&] { return BindNew(*machine, any, Udp()); }).ports.size();
    const Harvest connected = UntilRefused([&] { return ConnectNew(*machine, peer); });
    for (const SocketId socket : connected.sockets)
    {
        machine->Close(socket, Closing::Reset);
    }
    const std::size_t bound = UntilRefused([&] { return BindNew(*machine, any); }).ports.size();
    const std::string chosen = ToText(BindNew(*machine, {LOOPBACK, LOW + 2}));
    return {"connect() " + std::to_string(connected.ports.size()) + ", bind(0) " +
            std::to_string(bound) + ", UDP " + std::to_string(udp) + "; bind() to one: " + chosen};
}

Finding
AllReserved(Kernel& kernel)
{
    const auto machine = kernel.NewMachine();
    const Endpoint peer = NewServer(kernel, *machine);
    SetRange(*machine, LOW, LOW + 19);
    MustSet(*machine, "ip_local_reserved_ports", "40000-40019");
    const Endpoint any{LOOPBACK, 0};
    return {Joined({"connect() " + ToText(ConnectNew(*machine, peer)),
                    "bind(0) " + ToText(BindNew(*machine, any)),
                    "UDP connect() " + ToText(ConnectNew(*machine, peer, Udp())),
                    "UDP bind(0) " + ToText(BindNew(*machine, any, Udp()))})};
}

Opened
ConnectWithin(Machine& machine, const PortBounds& bounds, const Endpoint& peer)
{
    const SocketId socket = machine.Open(Tcp());
    const std::string error = machine.LimitPorts(socket, bounds);
    return error.empty() ? Opened{socket, machine.Connect(socket, peer)}
                         : Opened{socket, {std::nullopt, error}};
}

/// Ports of a range of the socket's own, each connection reset before the next.
Finding
StepsOfSocketRange(Kernel& kernel)
{
    const auto machine = kernel.NewMachine();
    const PortBounds bounds{LOW, LOW + 9999};
    Steps steps(PortRange(bounds.low, bounds.high), 16);
    for (int i = 0; i < 4; ++i)
    {
        const Endpoint peer = NewServer(kernel, *machine);
        std::vector<Port> ports;
        for (int connection = 0; connection < 500; ++connection)
        {
            const Opened opened = ConnectWithin(*machine, bounds, peer);
            ports.push_back(opened.answer.port.value());
            machine->Close(opened.socket, Closing::Reset);
        }
        steps.Add(ports);
    }
    return steps.Describe();
}

Finding
NarrowSocketRanges(Kernel& kernel)
{
    const auto machine = kernel.NewMachine();
    std::vector<std::string> counts;
    for (const std::uint32_t count : {1u, 2u, 3u, 20u, 21u})
    {
        const PortBounds bounds{LOW, static_cast<Port>(LOW + count - 1)};
        const Endpoint peer = NewServer(kernel, *machine);
        const Harvest harvest = UntilRefused([&] { return ConnectWithin(*machine, bounds, peer); });
        counts.push_back(std::to_string(count) + ": " + std::to_string(harvest.ports.size()));
    }
    return {Joined(counts)};
}

/// Where the ports lie with bounds inside, outside, and on one side only.
Finding
BoundsOfSocketRanges(Kernel& kernel)
{
    const auto machine = kernel.NewMachine();
    const Endpoint peer = NewServer(kernel, *machine);
    SetRange(*machine, LOW, LOW + 99);
    const auto count = [&](const PortBounds& bounds) {
        const Harvest harvest = UntilRefused([&] { return ConnectWithin(*machine, bounds, peer); });
        for (const SocketId socket : harvest.sockets)
        {
            machine->Close(socket, Closing::Reset);
        }
        const std::string error = harvest.error == "EADDRNOTAVAIL" ? "" : " " + harvest.error;
        return std::to_string(harvest.ports.size()) + error;
    };
    return {Joined({"none " + count({0, 0}),
                    "from the 80th " + count({LOW + 80, 0}),
                    "to the 20th " + count({0, LOW + 19}),
                    "outside " + count({LOW + 200, LOW + 300}),
                    "upside down " + count({LOW + 20, LOW + 10})})};
}

} // namespace

// house-rules: long because it is a table.
Chapter
ConnectRanges()
{
    return {
        "How many connections a range gives",
        {
            {"connections that ranges of so many ports give, then EADDRNOTAVAIL",
             "1: 1, 2: 2, 3: 2, 4: 4, 9: 8 or 9, 99: 98 or 99, 100: 100",
             NarrowRanges,
             4006},
            {"choices of the same that no hidden state leads to",
             "0 impossible",
             HiddenStates,
             5018},
            {"parities of 100 ports in their order, from 40000 and from 40001 on",
             "50 even, 50 odd; 50 odd, 50 even",
             ParityOfNarrowRanges,
             4006},
            {"connections to five destinations on 100 ports",
             "100 + 100 + 100 + 100 + 100 = 500",
             FiveDestinations},
            {"8 of 20 ports reserved",
             "connect() 12, bind(0) 12, UDP 12; bind() to one: OK",
             EightReserved},
            {"20 of 20 ports reserved",
             "connect() EADDRNOTAVAIL, bind(0) EADDRINUSE, UDP connect() EAGAIN, UDP bind(0) "
             "EADDRINUSE",
             AllReserved},
            {"steps within IP_LOCAL_PORT_RANGE",
             "steps of 1 2 3 4 5 6 7 8, evenly",
             StepsOfSocketRange,
             6008},
            {"steps within IP_LOCAL_PORT_RANGE, formerly",
             "steps of 2 4 6 8 10 12 14 16, evenly",
             StepsOfSocketRange,
             6003,
             6008},
            {"connections that IP_LOCAL_PORT_RANGE of so many ports gives",
             "1: 1, 2: 2, 3: 3, 20: 20, 21: 21",
             NarrowSocketRanges,
             6008},
            {"connections of 100 ports that other bounds of IP_LOCAL_PORT_RANGE give",
             "none 100, from the 80th 20, to the 20th 20, outside 100, upside down 0 EINVAL",
             BoundsOfSocketRanges,
             6008},
        },
    };
}

} // namespace portlab::test
