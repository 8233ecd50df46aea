// SPDX-License-Identifier: GPL-2.0-only

// What TIME_WAIT keeps from whom, and when it lets go early. Its own length, a minute, is too long
// to be waited for here.

#include "test/machine/experiment.h"
#include "test/machine/scripts.h"
#include "test/machine/waiting.h"

#include <algorithm>
#include <array>
#include <chrono>

namespace portlab::test
{

namespace
{

using namespace std::chrono_literals;

constexpr Port LOW = 40000;
constexpr Endpoint AUTOMATIC{LOOPBACK, 0};
constexpr Endpoint CHOSEN{LOOPBACK, LOW};

/// Connects until no port is left, and then closes all of them first.
void
FillWithTimeWait(Machine& machine, const Endpoint& peer, const SocketSettings& settings)
{
    for (const SocketId socket :
         UntilRefused([&] { return ConnectNew(machine, peer, settings); }).sockets)
    {
        machine.Close(socket, Closing::First);
    }
}

Finding
TenPorts(Kernel& kernel)
{
    const auto machine = kernel.NewMachine();
    SetRange(*machine, LOW, LOW + 9);
    MustSet(*machine, "tcp_tw_reuse", "0");
    const Endpoint peer = NewServer(kernel, *machine);
    const Endpoint other = NewServer(kernel, *machine);
    FillWithTimeWait(*machine, peer, {});
    std::vector<std::string> answers;
    answers.push_back("connect() " + ToText(ConnectNew(*machine, peer)));
    answers.push_back("bind(0) " + ToText(BindNew(*machine, AUTOMATIC)));
    answers.push_back("with SO_REUSEADDR " + ToText(BindNew(*machine, AUTOMATIC, ReuseAddress())));
    const Harvest elsewhere = UntilRefused([&] { return ConnectNew(*machine, other); });
    answers.push_back("connect() elsewhere " + std::to_string(elsewhere.ports.size()));
    return {Joined(answers)};
}

Finding
TenPortsThatMayBeReused(Kernel& kernel)
{
    std::vector<std::string> answers;
    for (const char* const autobind : {"0", "1"})
    {
        const auto machine = kernel.NewMachine();
        SetRange(*machine, LOW, LOW + 9);
        MustSet(*machine, "tcp_tw_reuse", "0");
        MustSet(*machine, "ip_autobind_reuse", autobind);
        FillWithTimeWait(*machine, NewServer(kernel, *machine), ReuseAddress());
        answers.push_back(autobind + (": bind(0) " + ToText(BindNew(*machine, AUTOMATIC))) +
                          ", with SO_REUSEADDR " +
                          ToText(BindNew(*machine, AUTOMATIC, ReuseAddress())));
    }
    return {Joined(answers, "; ")};
}

Finding
ChosenPort(Kernel& kernel)
{
    std::vector<std::string> answers;
    for (const auto& [name, first, second] :
         std::array<std::tuple<const char*, SocketSettings, SocketSettings>, 4>{
             {{"none", Tcp(), Tcp()},
              {"first", ReuseAddress(), Tcp()},
              {"second", Tcp(), ReuseAddress()},
              {"both", ReuseAddress(), ReuseAddress()}}})
    {
        const auto machine = kernel.NewMachine();
        const Endpoint peer = NewServer(kernel, *machine);
        machine->Close(ConnectFrom(*machine, CHOSEN, peer, first).socket, Closing::First);
        answers.push_back(name + (" " + ToText(BindNew(*machine, CHOSEN, second))));
    }
    return {Joined(answers)};
}

/// The same with SO_REUSEPORT, and then a connection to the same peer.
Finding
ChosenPortByReusePort(Kernel& kernel)
{
    const auto machine = kernel.NewMachine();
    SetRange(*machine, LOW, LOW);
    MustSet(*machine, "tcp_tw_reuse", "0");
    const Endpoint peer = NewServer(kernel, *machine);
    machine->Close(ConnectNew(*machine, peer, ReusePort()).socket, Closing::First);
    const Opened bound = BindNew(*machine, CHOSEN, ReusePort());
    return {Joined(
        {"bind() " + ToText(bound), "connect() " + ToText(machine->Connect(bound.socket, peer))})};
}

/// connect() of a bound port, whose TIME_WAIT is towards the same peer.
Finding
ChosenPortAgain(Kernel& kernel)
{
    std::vector<std::string> answers;
    for (const char* const timestamps : {"1", "0"})
    {
        const auto machine = kernel.NewMachine();
        MustSet(*machine, "tcp_tw_reuse", "0");
        MustSet(*machine, "tcp_timestamps", timestamps);
        const Endpoint peer = NewServer(kernel, *machine);
        const Opened first = ConnectFrom(*machine, CHOSEN, peer, ReuseAddress());
        machine->Close(first.socket, Closing::First);
        answers.push_back(std::string("tcp_timestamps ") + timestamps + ": " +
                          ToText(ConnectFrom(*machine, CHOSEN, peer, ReuseAddress())));
    }
    return {Joined(answers)};
}

/// When connect() takes the one port again, by the settings.
Finding
Reuse(Kernel& kernel)
{
    std::vector<Occupied> ports;
    ports.push_back(Occupy(kernel, {{"tcp_tw_reuse", "2"}}, Closing::First));
    ports.push_back(Occupy(kernel, {{"tcp_tw_reuse", "1"}}, Closing::First, Network::Other));
    ports.push_back(
        Occupy(kernel, {{"tcp_tw_reuse", "2"}, {"tcp_tw_reuse_delay", "100"}}, Closing::First));
    Poll(kernel, ports, 2s);
    return {Joined({"2: " + HeldFor(ports[0], 1s),
                    "1, elsewhere: " + HeldFor(ports[1], 1s),
                    "2, delay 100 ms: " + HeldFor(ports[2], 100ms)}),
            Joined({LengthOf(ports[0]), LengthOf(ports[1]), LengthOf(ports[2])})};
}

/// Before 6.14 the clock counted seconds, so that the age is any up to one.
Finding
ReuseBySeconds(Kernel& kernel)
{
    std::vector<Occupied> ports;
    ports.push_back(Occupy(kernel, {{"tcp_tw_reuse", "2"}}, Closing::First));
    ports.push_back(Occupy(kernel, {{"tcp_tw_reuse", "1"}}, Closing::First, Network::Other));
    Poll(kernel, ports, 2s);
    const auto isInTime = [](const Occupied& port) {
        return port.freed && *port.freed - port.closed < 1250ms;
    };
    const bool fits = std::all_of(ports.begin(), ports.end(), isInTime);
    return {fits ? "within a second" : "later", Joined({LengthOf(ports[0]), LengthOf(ports[1])})};
}

/// Whether the one port is still kept after half a second, when reuse would come after 100 ms.
Finding
NoReuse(Kernel& kernel)
{
    const std::pair<std::string, std::string> soon("tcp_tw_reuse_delay", "100");
    std::vector<Occupied> ports;
    ports.push_back(Occupy(kernel, {soon, {"tcp_tw_reuse", "0"}}, Closing::First));
    ports.push_back(Occupy(kernel, {soon, {"tcp_tw_reuse", "2"}}, Closing::First, Network::Other));
    ports.push_back(
        Occupy(kernel, {soon, {"tcp_tw_reuse", "1"}, {"tcp_timestamps", "0"}}, Closing::First));
    kernel.Sleep(500ms);
    std::vector<std::string> answers;
    for (const Occupied& port : ports)
    {
        answers.push_back(ToText(ConnectNew(*port.machine, port.peer)));
    }
    return {Joined(
        {"0: " + answers[0], "2, elsewhere: " + answers[1], "1, no timestamps: " + answers[2]})};
}

/// So many TIME_WAITs at most: what 200 connections on 20 ports leave free.
Finding
LimitedNumber(Kernel& kernel)
{
    std::vector<std::string> answers;
    for (const char* const most : {"0", "5"})
    {
        const auto machine = kernel.NewMachine();
        SetRange(*machine, LOW, LOW + 19);
        MustSet(*machine, "tcp_tw_reuse", "0");
        MustSet(*machine, "tcp_max_tw_buckets", most);
        const Endpoint peer = NewServer(kernel, *machine);
        std::size_t connected = 0;
        for (int i = 0; i < 200; ++i)
        {
            const Opened opened = ConnectNew(*machine, peer);
            connected += opened.answer.port ? 1 : 0;
            machine->Close(opened.socket, Closing::First);
        }
        const Harvest left = UntilRefused([&] { return ConnectNew(*machine, peer); });
        answers.push_back(std::string(most) + ": " + OutOf(connected, 200) + ", then " +
                          OutOf(left.ports.size(), 20) + " ports");
    }
    return {Joined(answers, "; ")};
}

/// The server closes first, and meets a SYN of the same two addresses and ports at once.
Finding
ServersTimeWait(Kernel& kernel)
{
    std::vector<std::string> answers;
    std::vector<std::string> figures;
    for (const char* const timestamps : {"1", "0"})
    {
        const auto machine = kernel.NewMachine();
        SetRange(*machine, LOW, LOW);
        MustSet(*machine, "tcp_timestamps", timestamps);
        const Endpoint peer = NewServer(kernel, *machine);
        std::size_t connected = 0;
        Duration longest{0};
        for (int i = 0; i < 50; ++i)
        {
            const Instant start = kernel.Now();
            const Opened opened = ConnectNew(*machine, peer);
            longest = std::max(longest, kernel.Now() - start);
            connected += opened.answer.port ? 1 : 0;
            machine->Close(opened.socket, Closing::Second);
        }
        answers.push_back(OutOf(connected, 50) + (longest < 500ms ? " at once" : " late"));
        figures.push_back(WithDigits(InSeconds(longest) * 1000, 1) + " ms");
    }
    return {Joined(answers), "at most " + Joined(figures)};
}

} // namespace

// house-rules: long because it is a table.
Chapter
TimeWaits()
{
    return {
        "TIME_WAIT",
        {
            {"10 of 10 ports in TIME_WAIT, tcp_tw_reuse = 0",
             "connect() EADDRNOTAVAIL, bind(0) EADDRINUSE, with SO_REUSEADDR EADDRINUSE, connect() "
             "elsewhere 10",
             TenPorts},
            {"10 of 10 ports in TIME_WAIT, of sockets with SO_REUSEADDR, by ip_autobind_reuse",
             "0: bind(0) EADDRINUSE, with SO_REUSEADDR EADDRINUSE; 1: bind(0) EADDRINUSE, with "
             "SO_REUSEADDR OK",
             TenPortsThatMayBeReused,
             5007},
            {"bind() to a port in TIME_WAIT, by who has or had SO_REUSEADDR",
             "none EADDRINUSE, first EADDRINUSE, second EADDRINUSE, both OK",
             ChosenPort},
            {"bind() with SO_REUSEPORT to a port in TIME_WAIT that had it, and connect() to the "
             "same "
             "peer",
             "bind() OK, connect() OK",
             ChosenPortByReusePort},
            {"connect() of a bound port in TIME_WAIT to the same peer, tcp_tw_reuse = 0",
             "tcp_timestamps 1: OK, tcp_timestamps 0: EADDRNOTAVAIL",
             ChosenPortAgain},
            {"age at which connect() takes a port in TIME_WAIT, by tcp_tw_reuse",
             "2: 1 s, 1, elsewhere: 1 s, 2, delay 100 ms: 0.100 s",
             Reuse,
             6014},
            {"age at which connect() takes a port in TIME_WAIT, by tcp_tw_reuse, formerly",
             "within a second",
             ReuseBySeconds,
             4019,
             6014},
            {"a port in TIME_WAIT after 500 ms, tcp_tw_reuse_delay = 100, by tcp_tw_reuse",
             "0: EADDRNOTAVAIL, 2, elsewhere: EADDRNOTAVAIL, 1, no timestamps: EADDRNOTAVAIL",
             NoReuse,
             6014},
            {"200 connections on 20 ports, all closed first, by tcp_max_tw_buckets",
             "0: 200 of 200, then 20 of 20 ports; 5: 200 of 200, then 15 of 20 ports",
             LimitedNumber},
            {"connections on one port that the server closes first, with and without timestamps",
             "50 of 50 at once, 50 of 50 at once",
             ServersTimeWait},
        },
    };
}

} // namespace portlab::test
