// SPDX-License-Identifier: GPL-2.0-only

// Which ports bind() to port 0 and listen() give, and how many.

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

Harvest
BindAll(Machine& machine, const SocketSettings& settings = {}, const Endpoint& own = AUTOMATIC)
{
    return UntilRefused([&] { return BindNew(machine, own, settings); });
}

Finding
FirstPortOfEachBind(Kernel& kernel)
{
    const auto machine = kernel.NewMachine();
    SetRange(*machine, 32768, 60999);
    std::vector<std::uint32_t> counts(10);
    std::set<std::string> parities;
    for (int i = 0; i < 2000; ++i)
    {
        const Opened opened = BindNew(*machine, AUTOMATIC);
        const Port port = opened.answer.port.value();
        parities.insert(ParityOf(port));
        ++counts.at((port - 32768u) * 10 / 28232);
        machine->Close(opened.socket, Closing::First);
    }
    const double chance = ChanceOfEvenCounts(counts);
    return {Joined({parities.begin(), parities.end()}) + ", " + AsExpected(chance),
            "2,000 sockets, p = " + WithDigits(chance, 3)};
}

Finding
ParityOfBind(Kernel& kernel)
{
    const auto machine = kernel.NewMachine();
    std::vector<std::string> seen;
    for (const Port low : {LOW, static_cast<Port>(LOW + 1)})
    {
        SetRange(*machine, low, static_cast<Port>(low + 99));
        const Harvest harvest = BindAll(*machine);
        seen.push_back(Stretches(harvest.ports, ParityOf) + ", " + harvest.error);
        for (const SocketId socket : harvest.sockets)
        {
            machine->Close(socket, Closing::First);
        }
    }
    return {Joined(seen, "; ")};
}

Finding
NarrowBinds(Kernel& kernel)
{
    std::vector<std::string> counts;
    for (const std::uint32_t count : {1u, 2u, 3u, 4u, 100u, 101u})
    {
        std::set<std::size_t> seen;
        for (int i = 0; i < 10; ++i)
        {
            const auto machine = kernel.NewMachine();
            SetRange(*machine, LOW, static_cast<Port>(LOW + count - 1));
            seen.insert(BindAll(*machine).ports.size());
        }
        const bool isWide = count == 101 && *seen.begin() >= 100;
        counts.push_back(std::to_string(count) + ": " +
                         (isWide ? "100 or 101" : std::to_string(*seen.begin())));
    }
    return {Joined(counts)};
}

/// Stretches of halves and parities.
std::string
HalvesOf(Machine& machine, Port count)
{
    SetRange(machine, LOW, static_cast<Port>(LOW + count - 1));
    const Harvest harvest = BindAll(machine, ReuseAddress());
    const Port middle = static_cast<Port>(LOW + count / 4 * 2);
    const auto kind = [&](Port port) {
        return (port < middle ? "lower " : "upper ") + ParityOf(port);
    };
    for (const SocketId socket : harvest.sockets)
    {
        machine.Close(socket, Closing::First);
    }
    return Stretches(harvest.ports, kind) + ", " + harvest.error;
}

Finding
HalvesOfHundred(Kernel& kernel)
{
    return {HalvesOf(*kernel.NewMachine(), 100)};
}

Finding
HalvesOfFourAndThree(Kernel& kernel)
{
    const auto machine = kernel.NewMachine();
    SetRange(*machine, LOW, LOW + 2);
    const Harvest three = BindAll(*machine, ReuseAddress());
    const std::string withoutHalves = Stretches(three.ports, ParityOf) + ", " + three.error;
    return {HalvesOf(*kernel.NewMachine(), 4) + "; " + withoutHalves};
}

Finding
SharedByPort(Kernel& kernel)
{
    const auto machine = kernel.NewMachine();
    SetRange(*machine, LOW, LOW + 99);
    const Harvest harvest = BindAll(*machine, ReusePort());
    return {std::to_string(harvest.ports.size()) + ", " + harvest.error};
}

Finding
TwoAddresses(Kernel& kernel)
{
    const auto machine = kernel.NewMachine();
    SetRange(*machine, LOW, LOW + 99);
    std::vector<std::string> counts;
    for (const Address address : {LOOPBACK, LOOPBACK + 1, ANY_ADDRESS})
    {
        const Harvest harvest = BindAll(*machine, {}, {address, 0});
        counts.push_back(std::to_string(harvest.ports.size()));
    }
    return {Joined(counts, " + ")};
}

/// What a range gives with and without ip_autobind_reuse.
Finding
Relaxed(Kernel& kernel)
{
    std::vector<std::string> answers;
    for (const char* const value : {"0", "1"})
    {
        const auto machine = kernel.NewMachine();
        SetRange(*machine, LOW, LOW + 9);
        MustSet(*machine, "ip_autobind_reuse", value);
        const Harvest harvest =
            UntilRefused([&] { return BindNew(*machine, AUTOMATIC, ReuseAddress()); }, 30);
        answers.push_back(std::string(value) + ": " + std::to_string(harvest.ports.size()) + " " +
                          (harvest.error.empty() ? "and more" : harvest.error) +
                          ", then without SO_REUSEADDR " + ToText(BindNew(*machine, AUTOMATIC)));
    }
    return {Joined(answers, "; ")};
}

/// Two sockets that both have SO_REUSEPORT, too, do not share: inet_bind_conflict() in
/// net/ipv4/inet_connection_sock.c.
Finding
RelaxedWithBoth(Kernel& kernel)
{
    const auto machine = kernel.NewMachine();
    SetRange(*machine, LOW, LOW + 9);
    MustSet(*machine, "ip_autobind_reuse", "1");
    const Harvest harvest =
        UntilRefused([&] { return BindNew(*machine, AUTOMATIC, ReusePort(ReuseAddress())); }, 30);
    return {std::to_string(harvest.ports.size()) + " " +
            (harvest.error.empty() ? "and more" : harvest.error)};
}

/// listen() on a socket that was never bound.
Finding
ListenUnbound(Kernel& kernel)
{
    const auto machine = kernel.NewMachine();
    SetRange(*machine, LOW, LOW + 99);
    const Harvest harvest = UntilRefused([&] {
        const SocketId socket = machine->Open(Tcp());
        return Opened{socket, machine->Listen(socket)};
    });
    return {Stretches(harvest.ports, ParityOf) + ", " + harvest.error};
}

Finding
SocketRange(Kernel& kernel)
{
    const auto machine = kernel.NewMachine();
    const Harvest harvest = UntilRefused([&] {
        const SocketId socket = machine->Open(Tcp());
        machine->LimitPorts(socket, {LOW, LOW + 19});
        return Opened{socket, machine->Bind(socket, AUTOMATIC)};
    });
    return {Stretches(harvest.ports, ParityOf) + ", " + harvest.error};
}

} // namespace

// house-rules: long because it is a table.
Chapter
BindOrder()
{
    return {
        "bind() to port 0",
        {
            {"the port of each bind(0) in the free default range",
             "odd, evenly",
             FirstPortOfEachBind,
             4006},
            {"bind(0) on 100 ports, from 40000 and from 40001 on",
             "50 odd, 50 even, EADDRINUSE; 50 even, 50 odd, EADDRINUSE",
             ParityOfBind,
             4006},
            {"sockets that ranges of so many ports give to bind(0)",
             "1: 1, 2: 2, 3: 2, 4: 4, 100: 100, 101: 100 or 101",
             NarrowBinds,
             4006},
            {"bind(0) with SO_REUSEADDR on 100 ports",
             "25 lower odd, 25 lower even, 25 upper odd, 25 upper even, EADDRINUSE",
             HalvesOfHundred,
             4006},
            {"bind(0) with SO_REUSEADDR on 4 ports, and on 3",
             "1 lower odd, 1 lower even, 1 upper odd, 1 upper even, EADDRINUSE; 1 odd, 1 even, "
             "EADDRINUSE",
             HalvesOfFourAndThree,
             4006},
            {"bind(0) with SO_REUSEPORT on 100 ports", "100, EADDRINUSE", SharedByPort},
            {"bind(0) on 100 ports: two addresses, then any", "100 + 100 + 0", TwoAddresses},
            {"bind(0) with SO_REUSEADDR on 10 ports, by ip_autobind_reuse",
             "0: 10 EADDRINUSE, then without SO_REUSEADDR EADDRINUSE; 1: 30 and more, then without "
             "SO_REUSEADDR EADDRINUSE",
             Relaxed,
             5007},
            {"bind(0) with both options on 10 ports, ip_autobind_reuse = 1",
             "10 EADDRINUSE",
             RelaxedWithBoth,
             5007},
            {"listen() without bind() on 100 ports",
             "50 odd, 50 even, EADDRINUSE",
             ListenUnbound,
             4006},
            {"bind(0) within IP_LOCAL_PORT_RANGE of 20 ports",
             "10 odd, 10 even, EADDRINUSE",
             SocketRange,
             6003},
        },
    };
}

} // namespace portlab::test
