// SPDX-License-Identifier: GPL-2.0-only

#include "test/machine/model-machine.h"

#include "model/core/base/check.h"
#include "model/core/flow/connect-attempt.h"
#include "model/core/flow/fin-wait2.h"

#include <algorithm>
#include <chrono>

namespace portlab::test
{

namespace
{

using namespace std::chrono_literals;

constexpr Duration ROUND_TRIP = 20us; // On loopback.

Answer
Failure(const ErrorCode& error)
{
    return {std::nullopt, error.name};
}

Answer
Failure(const std::string& error)
{
    return {std::nullopt, error};
}

/// The source address that routing chooses for a destination on this machine.
Address
SourceFor(Address destination)
{
    return IsLoopback(destination) ? LOOPBACK : destination;
}

} // namespace

SocketId
ModelMachine::Open(const SocketSettings& settings)
{
    CatchUp();
    Socket socket;
    socket.port.transport = settings.transport;
    socket.port.options.reuseAddress = settings.reuseAddress;
    socket.port.options.reusePort = settings.reusePort;
    socket.port.options.timestamps = m_profile.timestamps.value;
    socket.postpones = settings.bindAddressNoPort;
    m_sockets.push_back(socket);
    return m_sockets.size() - 1;
}

std::string
ModelMachine::LimitPorts(SocketId socket, const PortBounds& bounds)
{
    if (bounds.low == 0 && bounds.high == 0)
    {
        m_sockets.at(socket).port.options.range.reset();
        return "";
    }
    const PortRange& all = m_profile.ports.value;
    const Port low = bounds.low == 0 ? all.First() : bounds.low;
    const Port high = bounds.high == 0 ? all.Last() : bounds.high;
    if (low > high || !all.Contains(low) || !all.Contains(high))
    {
        throw NotModelled("IP_LOCAL_PORT_RANGE is a part of the system's range");
    }
    m_sockets.at(socket).port.options.range = PortRange(low, high);
    return "";
}

Answer
ModelMachine::Bind(SocketId number, const Endpoint& own)
{
    Socket& socket = m_sockets.at(number);
    const std::optional<Address> address =
        own.address == ANY_ADDRESS ? std::nullopt : std::optional(own.address);
    if (own.port == 0 && socket.postpones)
    {
        socket.port.address = address;
        return {Port{0}, ""};
    }
    const Grant grant = Layer().Bind(socket.port, address, own.port, m_world.now);
    return grant.port ? Answer{grant.port, ""} : Failure(m_profile.inUse.value);
}

Answer
ModelMachine::Listen(SocketId number)
{
    Socket& socket = m_sockets.at(number);
    const Grant grant = Layer().Listen(socket.port, m_world.now);
    if (!grant.port && socket.port.port)
    {
        throw NotModelled("a listener that shares its port with others");
    }
    return grant.port ? Answer{grant.port, ""} : Failure(m_profile.inUse.value);
}

Answer
ModelMachine::Connect(SocketId number, const Endpoint& peer)
{
    CatchUp();
    Socket& socket = m_sockets.at(number);
    socket.port.options.place = IsLoopback(peer.address) ? PeerPlace::Loopback : PeerPlace::Remote;
    const Flow flow{socket.port.address.value_or(SourceFor(peer.address)), peer.address, peer.port};
    const Grant grant = Layer().Connect(socket.port, flow, m_world.now);
    if (socket.port.transport == Transport::Udp)
    {
        return grant.port ? Answer{grant.port, ""} : Failure(m_profile.udpNoPort.value);
    }
    return grant.port ? Reach(number, peer) : Failure(m_profile.noPort.value);
}

/// What becomes of the SYN.
Answer
ModelMachine::Reach(SocketId number, const Endpoint& peer)
{
    Socket& socket = m_sockets.at(number);
    socket.asked = m_world.now;
    const auto server = m_servers.find(peer);
    if (server != m_servers.end() && server->second == Reply::Accepts)
    {
        return Handshake(socket, peer);
    }
    if (server == m_servers.end() || server->second == Reply::Refuses)
    {
        Layer().Abandon(socket.port, m_world.now);
        m_world.now += ROUND_TRIP;
        return Failure("ECONNREFUSED");
    }
    const SynSender syn{SegmentTimes(RuleOf(m_profile.syn.value), Wheel(), m_world.now),
                        ROUND_TRIP,
                        std::nullopt};
    const auto silence = [](Duration) { return SynAnswer::Nothing; };
    socket.givesUp = m_world.now + TryToConnect(syn, silence).delay;
    m_unanswered.push_back(number);
    return Failure("EINPROGRESS");
}

/// As the flow engine does it, towards a server that may be in TIME_WAIT.
Answer
ModelMachine::Handshake(Socket& socket, const Endpoint& peer)
{
    const auto former = m_former.find({peer, socket.port.flow.local, socket.port.port.value()});
    const SynSender syn{SegmentTimes(RuleOf(m_profile.syn.value), Wheel(), m_world.now),
                        ROUND_TRIP,
                        std::nullopt,
                        RepeatsAfterStrayAck(m_profile)};
    bool wasReset = former == m_former.end();
    const auto answer = [&](Duration arrival) {
        const Instant sent = socket.asked + arrival - ROUND_TRIP / 2;
        const bool isNew =
            wasReset ||
            IsNewer(
                {socket.asked, sent, socket.port.options.timestamps, m_world.ledger.Boot(Host())},
                former->second);
        wasReset = true; // The client answers a stray ACK with a reset, which ends TIME_WAIT.
        return isNew ? SynAnswer::SynAck : SynAnswer::StrayAck;
    };
    const ConnectOutcome outcome = TryToConnect(syn, answer);
    Check(outcome.established, "nobody keeps a server in TIME_WAIT from answering");
    m_world.now += outcome.delay;
    if (former != m_former.end())
    {
        m_former.erase(former);
    }
    socket.isConnected = true;
    return {socket.port.port, ""};
}

Answer
ModelMachine::Progress(SocketId number)
{
    CatchUp();
    return Failure(m_sockets.at(number).hasTimedOut ? "ETIMEDOUT" : "EINPROGRESS");
}

void
ModelMachine::Close(SocketId number, Closing manner)
{
    CatchUp();
    Socket& socket = m_sockets.at(number);
    if (!socket.port.port || !socket.isConnected)
    {
        Leave(socket);
        return;
    }
    if (manner == Closing::HalfClosed)
    {
        return;
    }
    m_world.now += ROUND_TRIP;
    socket.isConnected = false;
    if (manner == Closing::Alone)
    {
        WaitForPeer(socket);
        return;
    }
    if (manner == Closing::Second)
    {
        const Instant until = Wheel().Expiry(m_world.now, m_profile.timeWait.value);
        const Flow& flow = socket.port.flow;
        const Tuple tuple({flow.remote, flow.remotePort}, flow.local, *socket.port.port);
        m_former[tuple] = {until, m_world.now, {socket.asked, 0}};
    }
    if (manner == Closing::First)
    {
        Layer().Wait(socket.port, m_world.now);
        return;
    }
    Leave(socket);
}

/// FIN_WAIT2 without a socket: its own timer, and then that of a time-wait entry.
void
ModelMachine::WaitForPeer(Socket& socket)
{
    const FinWait2Stages stages(m_profile);
    const Instant entered =
        stages.orphan > Duration{0} ? Wheel().Expiry(m_world.now, stages.orphan) : m_world.now;
    const Instant end = stages.entry > Duration{0} ? Wheel().Expiry(entered, stages.entry) : NEVER;
    m_halfClosed.push_back({socket.port.path, *socket.port.port, entered, end, false});
    socket.port.port.reset();
    CatchUp();
}

std::string
ModelMachine::Set(const std::string& name, const std::string& value)
{
    if (m_host)
    {
        CatchUp();
        const bool isIdle = m_world.ledger.Held(*m_host).Count() == 0 &&
                            m_world.ledger.Waiting(*m_host).Count() == 0;
        if (!isIdle)
        {
            throw NotModelled("settings of a machine whose ports are in use");
        }
        m_layer.reset();
        m_host.reset();
    }
    try
    {
        if (!SetKnob(m_profile, name, value).known)
        {
            throw NotModelled(name);
        }
        return "";
    }
    catch (const std::invalid_argument&)
    {
        return "EINVAL";
    }
}

void
ModelMachine::Serve(const Endpoint& own, Reply reply)
{
    m_servers[own] = reply;
}

} // namespace portlab::test
