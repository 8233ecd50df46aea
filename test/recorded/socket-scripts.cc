// SPDX-License-Identifier: GPL-2.0-only

#include "test/recorded/socket-scripts.h"

#include "test/machine/model-machine.h"
#include "test/machine/scripts.h"

#include <functional>
#include <map>
#include <memory>
#include <stdexcept>

namespace portlab::test
{

namespace
{

constexpr Endpoint LOOPBACK_ANY_PORT{LOOPBACK, 0};
constexpr Endpoint OTHER_LOOPBACK_ANY_PORT{LOOPBACK + 1, 0};
constexpr Endpoint ANY_PORT{ANY_ADDRESS, 0};

/// One machine of the model, on which a script runs.
struct Stage
{
    Stage(const PortRange& range, std::uint64_t seed)
        : kernel("linux-6.18", seed),
          machine(kernel.NewMachine())
    {
        SetRange(*machine, range.First(), range.Last());
        for (int i = 0; i < 3; ++i)
        {
            peers.push_back(NewServer(kernel, *machine));
        }
    }

    ModelKernel kernel;
    std::unique_ptr<Machine> machine;
    std::vector<Endpoint> peers{};
    Opened last{};
};

CallResult
ResultOf(const Opened& opened)
{
    return {opened.answer.port, opened.answer.error};
}

/// The call of a script in a given turn.
using Call = std::function<Opened(Stage&, std::size_t turn)>;

Call
Binding(const SocketSettings& settings, const Endpoint& own)
{
    return [=](Stage& stage, std::size_t) { return BindNew(*stage.machine, own, settings); };
}

Call
BindingInTurn(const SocketSettings& settings)
{
    return [=](Stage& stage, std::size_t turn) {
        return BindNew(*stage.machine,
                       turn % 2 == 0 ? LOOPBACK_ANY_PORT : OTHER_LOOPBACK_ANY_PORT,
                       settings);
    };
}

/// connect() to the first so many destinations in turn.
Call
Connecting(const SocketSettings& settings, std::size_t destinations = 1)
{
    return [=](Stage& stage, std::size_t turn) {
        return ConnectNew(*stage.machine, stage.peers.at(turn % destinations), settings);
    };
}

/// bind(0), and then connect() to three destinations in turn.
Call
ConnectingBound(const SocketSettings& settings)
{
    return [=](Stage& stage, std::size_t turn) {
        const Opened bound = BindNew(*stage.machine, LOOPBACK_ANY_PORT, settings);
        return bound.answer.error.empty()
                   ? Opened{bound.socket,
                            stage.machine->Connect(bound.socket, stage.peers.at(turn % 3))}
                   : bound;
    };
}

/// bind() to the port of a connection that chose it by itself.
Call
BindingConnected(const SocketSettings& connected, const SocketSettings& binding)
{
    return [=](Stage& stage, std::size_t) {
        const Opened first = ConnectNew(*stage.machine, stage.peers[0], connected);
        stage.last = BindNew(*stage.machine, {LOOPBACK, first.answer.port.value()}, binding);
        return stage.last;
    };
}

Opened
Listening(Stage& stage, std::size_t)
{
    const SocketId socket = stage.machine->Open({});
    return {socket, stage.machine->Listen(socket)};
}

SocketSettings
WithoutPort()
{
    SocketSettings settings;
    settings.bindAddressNoPort = true;
    return settings;
}

/// With IP_LOCAL_PORT_RANGE set to the run's range; the machine has the default one.
Call
Limited(const SocketSettings& settings, const PortRange& range, bool binds)
{
    return [=](Stage& stage, std::size_t) {
        const SocketId socket = stage.machine->Open(settings);
        stage.machine->LimitPorts(socket, {range.First(), range.Last()});
        return Opened{socket,
                      binds ? stage.machine->Bind(socket, LOOPBACK_ANY_PORT)
                            : stage.machine->Connect(socket, stage.peers[0])};
    };
}

const std::map<std::string, Call>&
Calls()
{
    static const std::map<std::string, Call> calls{
        {"plain", Binding(Tcp(), ANY_PORT)},
        {"plain_lo", Binding(Tcp(), LOOPBACK_ANY_PORT)},
        {"reuseaddr", Binding(ReuseAddress(), ANY_PORT)},
        {"reuseport", Binding(ReusePort(), ANY_PORT)},
        {"reuseboth", Binding(ReuseAddress(ReusePort()), ANY_PORT)},
        {"reuseaddr_autobindreuse", Binding(ReuseAddress(), ANY_PORT)},
        {"A_connect25_then_bind0_all__connect", Connecting(Tcp())},
        {"A_connect25_then_bind0_all__bind", Binding(Tcp(), LOOPBACK_ANY_PORT)},
        {"A_then_bind0_reuseaddr", Binding(ReuseAddress(), LOOPBACK_ANY_PORT)},
        {"A_then_connect", Connecting(Tcp())},
        {"A_then_connect_other_dest",
         [](Stage& stage, std::size_t) { return ConnectNew(*stage.machine, stage.peers[1]); }},
        {"B_bind50_then_connect__bind", Binding(Tcp(), LOOPBACK_ANY_PORT)},
        {"B_bind50_then_connect__connect", Connecting(Tcp())},
        {"C_noport_bind_connect_3dest", ConnectingBound(WithoutPort())},
        {"D_bind0_connect_3dest", ConnectingBound(Tcp())},
        {"D2_bind0_reuseaddr_connect_3dest", ConnectingBound(ReuseAddress())},
        {"E_listen_autobind", Listening},
        {"F_bind0_two_addresses", BindingInTurn(Tcp())},
        {"G_explicit_bind_on_connected_port_plain", BindingConnected(Tcp(), Tcp())},
        {"G_explicit_bind_on_connected_port_reuseaddr_new_only",
         BindingConnected(Tcp(), ReuseAddress())},
        {"G_explicit_bind_on_connected_port_reuseaddr_both",
         BindingConnected(ReuseAddress(), ReuseAddress())},
        {"G_then_connect_same_dest",
         [](Stage& stage, std::size_t) {
             const SocketId socket = stage.last.socket;
             return Opened{socket, stage.machine->Connect(socket, stage.peers[0])};
         }},
        {"udp_bind0_default", Binding(Udp(), ANY_PORT)},
        {"udp_connect_default", Connecting(Udp())},
        {"udp_sendto_default", Connecting(Udp())},
        {"udp_bind0", Binding(Udp(), ANY_PORT)},
        {"udp_connect", Connecting(Udp())},
        {"udp_sendto", Connecting(Udp())},
        {"udp_bind0_two_addr", BindingInTurn(Udp())},
        {"udp_bind0_reuseaddr", Binding(ReuseAddress(Udp()), ANY_PORT)},
        {"udp_bind0_reuseport", Binding(ReusePort(Udp()), ANY_PORT)},
        {"resv_connect", Connecting(Tcp())},
        {"resv_bind0", Binding(Tcp(), ANY_PORT)},
        {"resv_udp_bind0", Binding(Udp(), ANY_PORT)},
    };
    return calls;
}

/// A recorded sendto() is asked as connect(): both choose a port for a socket that has none.
Call
CallOf(const ScriptRun& run)
{
    if (HasOwnRange(run))
    {
        const bool isUdp = run.variant.find("udp") != run.variant.npos;
        const bool binds = run.variant.find("bind0") != run.variant.npos;
        return Limited(isUdp ? Udp() : Tcp(), run.range, binds);
    }
    const auto call = Calls().find(run.variant);
    if (call == Calls().end())
    {
        throw std::invalid_argument("no script for " + run.variant);
    }
    return call->second;
}

void
Prepare(Stage& stage, const ScriptRun& run)
{
    if (run.variant.rfind("resv_", 0) == 0)
    {
        std::vector<std::string> ports;
        for (const Port port : RecordedReservedPorts())
        {
            ports.push_back(std::to_string(port));
        }
        MustSet(*stage.machine, "ip_local_reserved_ports", Joined(ports, ","));
    }
    if (run.variant == "reuseaddr_autobindreuse")
    {
        MustSet(*stage.machine, "ip_autobind_reuse", "1");
    }
}

/// Whether the script goes on where the one before it ended.
bool
GoesOn(const ScriptRun& run)
{
    return run.variant.rfind("A_then", 0) == 0 ||
           run.variant == "A_connect25_then_bind0_all__bind" ||
           run.variant == "B_bind50_then_connect__connect" ||
           run.variant == "G_then_connect_same_dest" || run.variant == "lpr_60995_61010";
}

} // namespace

std::vector<ScriptRun>
AskModel(const std::vector<ScriptRun>& runs, std::uint64_t seed)
{
    std::vector<ScriptRun> answers;
    std::unique_ptr<Stage> stage;
    for (const ScriptRun& run : runs)
    {
        const Call call = CallOf(run);
        if (!GoesOn(run))
        {
            stage = std::make_unique<Stage>(HasOwnRange(run) ? DEFAULT_PORTS : run.range,
                                            seed * 1'000'000 + answers.size());
            Prepare(*stage, run);
        }
        answers.push_back({run.variant, run.repetition, run.range, {}});
        for (std::size_t turn = 0; turn < run.results.size(); ++turn)
        {
            answers.back().results.push_back(ResultOf(call(*stage, turn)));
        }
    }
    return answers;
}

} // namespace portlab::test
