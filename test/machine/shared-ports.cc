// SPDX-License-Identifier: GPL-2.0-only

// Ports that some sockets get by bind(), and others by connect().

#include "test/machine/experiment.h"
#include "test/machine/scripts.h"

#include <array>
#include <tuple>

namespace portlab::test
{

namespace
{

constexpr Port LOW = 40000;
constexpr Endpoint AUTOMATIC{LOOPBACK, 0};
constexpr Endpoint CHOSEN{LOOPBACK, LOW};

/// A connection took the port by itself; then somebody binds it.
Finding
BindConnected(Kernel& kernel)
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
        SetRange(*machine, LOW, LOW);
        ConnectNew(*machine, NewServer(kernel, *machine), first);
        answers.push_back(name + (" " + ToText(BindNew(*machine, CHOSEN, second))));
    }
    return {Joined(answers)};
}

/// bind(0) of all ports, then connect() of each to one of three destinations.
Finding
BindThenConnect(Kernel& kernel)
{
    std::vector<std::string> counts;
    for (const bool postpones : {false, true})
    {
        const auto machine = kernel.NewMachine();
        SetRange(*machine, LOW, LOW + 99);
        std::size_t connected = 0;
        for (int i = 0; i < 3; ++i)
        {
            const Endpoint peer = NewServer(kernel, *machine);
            connected += UntilRefused([&] {
                             SocketSettings settings;
                             settings.bindAddressNoPort = postpones;
                             const Opened bound = BindNew(*machine, AUTOMATIC, settings);
                             return bound.answer.error.empty()
                                        ? Opened{bound.socket, machine->Connect(bound.socket, peer)}
                                        : bound;
                         }).ports.size();
        }
        counts.push_back(std::to_string(connected));
    }
    return {Joined({"at once " + counts[0], "IP_BIND_ADDRESS_NO_PORT " + counts[1]})};
}

/// 25 connections first, or 50 sockets of bind(0) first; then all the rest the other way.
Finding
Mixed(Kernel& kernel)
{
    const auto machine = kernel.NewMachine();
    SetRange(*machine, LOW, LOW + 99);
    const Endpoint peer = NewServer(kernel, *machine);
    const auto connect = [&] { return ConnectNew(*machine, peer); };
    const auto bind = [&] { return BindNew(*machine, AUTOMATIC); };
    UntilRefused(connect, 25);
    const std::size_t bound = UntilRefused(bind).ports.size();
    const Endpoint other = NewServer(kernel, *machine);
    const Harvest others = UntilRefused([&] { return ConnectNew(*machine, other); });
    const auto fresh = kernel.NewMachine();
    SetRange(*fresh, LOW, LOW + 99);
    const Endpoint freshPeer = NewServer(kernel, *fresh);
    UntilRefused([&] { return BindNew(*fresh, AUTOMATIC); }, 50);
    const Harvest rest = UntilRefused([&] { return ConnectNew(*fresh, freshPeer); });
    return {"25 connect(), bind(0) " + std::to_string(bound) + ", connect() elsewhere " +
            std::to_string(others.ports.size()) + "; 50 bind(0), connect() " +
            Stretches(rest.ports, ParityOf)};
}

/// A connection shares its port with a socket that bound it, and outlives that.
Finding
Repaired(Kernel& kernel)
{
    const auto machine = kernel.NewMachine();
    SetRange(*machine, LOW, LOW);
    const Endpoint first = NewServer(kernel, *machine);
    const Endpoint second = NewServer(kernel, *machine);
    const Endpoint third = NewServer(kernel, *machine);
    std::vector<std::string> answers;
    answers.push_back("connect() " + ToText(ConnectNew(*machine, first, ReuseAddress())));
    const Opened owner = BindNew(*machine, CHOSEN, ReuseAddress());
    answers.push_back("bind() " + ToText(owner));
    answers.push_back("its connect() " + ToText(machine->Connect(owner.socket, second)));
    answers.push_back("another's " + ToText(ConnectNew(*machine, third)));
    machine->Close(owner.socket, Closing::Reset);
    answers.push_back("after close() " + ToText(ConnectNew(*machine, third)));
    return {Joined(answers)};
}

/// A range of one port, which bind(0) has taken.
Finding
OnePortBound(Kernel& kernel)
{
    const auto machine = kernel.NewMachine();
    SetRange(*machine, LOW, LOW);
    const Endpoint first = NewServer(kernel, *machine);
    const Endpoint second = NewServer(kernel, *machine);
    const Opened owner = BindNew(*machine, AUTOMATIC);
    return {Joined(
        {"connect() " + ToText(ConnectNew(*machine, first)),
         "the owner's " + ToText(machine->Connect(owner.socket, first)),
         "elsewhere " + ToText(ConnectNew(*machine, second)),
         "from another address " + ToText(ConnectFrom(*machine, {LOOPBACK + 2, 0}, second))})};
}

Finding
OnePortListening(Kernel& kernel)
{
    const auto machine = kernel.NewMachine();
    SetRange(*machine, LOW, LOW);
    const Endpoint peer = NewServer(kernel, *machine);
    const Opened listener = BindNew(*machine, CHOSEN, ReuseAddress());
    machine->Listen(listener.socket);
    const std::string listening = ToText(ConnectNew(*machine, peer, ReuseAddress()));
    machine->Close(listener.socket, Closing::First);
    return {Joined({"listening " + listening, "closed " + ToText(ConnectNew(*machine, peer))})};
}

/// One bound port towards two peers, and twice towards one.
Finding
BoundTuple(Kernel& kernel)
{
    const auto machine = kernel.NewMachine();
    const Endpoint first = NewServer(kernel, *machine);
    const Endpoint second = NewServer(kernel, *machine);
    const auto connect = [&](const Endpoint& peer) {
        return ToText(ConnectFrom(*machine, CHOSEN, peer, ReuseAddress()));
    };
    const std::string one = connect(first);
    const std::string two = connect(second);
    return {Joined({"first peer " + one, "second " + two, "first again " + connect(first)})};
}

/// Whether a port is free after the connect() of a socket that was bound to it has failed, by how
/// it was bound and why it failed.
std::string
BindAfterFailure(Kernel& kernel, const Endpoint& own, bool isRefused)
{
    const auto machine = kernel.NewMachine();
    SetRange(*machine, LOW, LOW);
    const Endpoint peer = kernel.NewEndpoint(Network::Loopback);
    machine->Serve(peer, isRefused ? Reply::Refuses : Reply::Accepts);
    const Opened failing = BindNew(*machine, own, ReuseAddress());
    const Opened other = BindNew(*machine, CHOSEN, ReuseAddress());
    if (!isRefused)
    {
        machine->Connect(other.socket, peer);
    }
    machine->Connect(failing.socket, peer);
    machine->Close(other.socket, Closing::Reset);
    return ToText(BindNew(*machine, CHOSEN));
}

Finding
PortAfterFailure(Kernel& kernel)
{
    return {Joined({"bind(0), EADDRNOTAVAIL: " + BindAfterFailure(kernel, AUTOMATIC, false),
                    "ECONNREFUSED: " + BindAfterFailure(kernel, AUTOMATIC, true),
                    "bind(), EADDRNOTAVAIL: " + BindAfterFailure(kernel, CHOSEN, false),
                    "ECONNREFUSED: " + BindAfterFailure(kernel, CHOSEN, true)})};
}

/// A socket that was bound to any address, and then connected from 127.0.0.1.
Finding
AnyAddressConnected(Kernel& kernel)
{
    const auto machine = kernel.NewMachine();
    const Opened opened = BindNew(*machine, {ANY_ADDRESS, LOW});
    const std::string before = ToText(BindNew(*machine, {LOOPBACK + 1, LOW}));
    machine->Connect(opened.socket, NewServer(kernel, *machine));
    return {Joined({"before " + before,
                    "after " + ToText(BindNew(*machine, {LOOPBACK + 1, LOW})),
                    "the same " + ToText(BindNew(*machine, CHOSEN))})};
}

/// A connection and a socket bound to any address share a port; the socket connects, too, and then
/// the connection leaves. The socket came to the bucket of 127.0.0.1, which the connection had
/// opened, and when that leaves, nothing there says that a bind() is left.
/// Source: __inet_bhash2_update_saddr() and inet_bind_bucket_destroy() in
/// net/ipv4/inet_hashtables.c, 6.18.
Finding
AnyAddressJoins(Kernel& kernel)
{
    const auto machine = kernel.NewMachine();
    SetRange(*machine, LOW, LOW);
    const Opened connection = ConnectNew(*machine, NewServer(kernel, *machine), ReuseAddress());
    const Opened owner = BindNew(*machine, {ANY_ADDRESS, LOW}, ReuseAddress());
    machine->Connect(owner.socket, NewServer(kernel, *machine));
    const Endpoint peer = NewServer(kernel, *machine);
    const std::string before = ToText(ConnectNew(*machine, peer));
    machine->Close(connection.socket, Closing::Reset);
    return {Joined({"shared " + before, "alone " + ToText(ConnectNew(*machine, peer))})};
}

} // namespace

// house-rules: long because it is a table.
Chapter
SharedPorts()
{
    return {
        "bind() and connect() on the same ports",
        {
            {"bind() to the port of a connection, by who has SO_REUSEADDR",
             "none EADDRINUSE, first EADDRINUSE, second EADDRINUSE, both OK",
             BindConnected},
            {"bind(0) and then connect() to three destinations on 100 ports",
             "at once 100, IP_BIND_ADDRESS_NO_PORT 300",
             BindThenConnect,
             4002},
            {"connect() and bind(0) on the same 100 ports",
             "25 connect(), bind(0) 75, connect() elsewhere 25; 50 bind(0), connect() 50 even",
             Mixed,
             4006},
            {"one port of a connection, bound and left again",
             "connect() OK, bind() OK, its connect() OK, another's EADDRNOTAVAIL, after close() OK",
             Repaired,
             6018},
            {"one port of a connection, bound and left again, formerly",
             "connect() OK, bind() OK, its connect() OK, another's EADDRNOTAVAIL, after close() "
             "EADDRNOTAVAIL",
             Repaired,
             0,
             6018},
            {"one port that bind(0) has taken",
             "connect() EADDRNOTAVAIL, the owner's OK, elsewhere EADDRNOTAVAIL, from another "
             "address EADDRNOTAVAIL",
             OnePortBound},
            {"one port on which somebody listens, and no more",
             "listening EADDRNOTAVAIL, closed OK",
             OnePortListening},
            {"one bound port towards two peers",
             "first peer OK, second OK, first again EADDRNOTAVAIL",
             BoundTuple},
            {"bind() to the port of a bound socket after its connect() has failed",
             "bind(0), EADDRNOTAVAIL: OK, ECONNREFUSED: OK, bind(), EADDRNOTAVAIL: EADDRINUSE, "
             "ECONNREFUSED: EADDRINUSE",
             PortAfterFailure},
            {"bind() to another address of a port bound to any, before and after its connect()",
             "before EADDRINUSE, after OK, the same EADDRINUSE",
             AnyAddressConnected},
            {"automatic connect() from a port of such a socket, and of a connection that leaves",
             "shared EADDRNOTAVAIL, alone OK",
             AnyAddressJoins,
             6018},
        },
    };
}

} // namespace portlab::test
