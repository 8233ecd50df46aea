// SPDX-License-Identifier: GPL-2.0-only

// What the engine does with connections that cross NATs and firewalls. A NAT that has no port for a
// SYN drops it: the host's port stays held, the SYN is repeated as the host's system does it, and
// each time the NAT is asked anew.

#include "model/core/flow/flow-engine.h"

namespace portlab
{

/// One connect(), from the port that it was given on; `request` is NONE for a plain one.
void
FlowEngine::ConnectAcross(const Intent& intent, Port port, std::uint32_t request)
{
    const Stream& stream = m_topology.streams[m_topology.sources[intent.source].stream];
    const bool isSimple =
        request == Request::NONE && stream.isAnsweredAtOnce && stream.speaksEvery == Duration{0};
    const bool isTcp = intent.transport == Transport::Tcp;
    const Instant answer = m_now + stream.rtt;
    const Passage passage = m_topology.border.Send(m_topology.paths[intent.path].route,
                                                   port,
                                                   m_now,
                                                   m_now,
                                                   isSimple && isTcp ? answer : NEVER);
    if (isSimple && !passage.failure)
    {
        if (!passage.isForeseen)
        {
            ExpectAnswer(intent, port);
        }
        OpenPlainly(intent, port);
        return;
    }
    if (request == Request::NONE)
    {
        request = m_requests.Add({intent, m_now, m_now});
    }
    Request& asking = m_requests[request];
    asking.port = port;
    asking.failure = Failure::ConnectTimeout;
    asking.wasDropped = false;
    asking.isAsking = true;
    if (intent.transport == Transport::Udp)
    {
        SendDatagram(request, passage);
        return;
    }
    m_attempts.resize(std::max<std::size_t>(m_attempts.size(), request + 1));
    m_attempts[request].emplace(SenderOf(intent));
    AwaitAnswer(request, passage);
}

/// NATs see the answer to a first packet that passes now. A datagram's answer that comes when the
/// socket is gone changes nothing more.
void
FlowEngine::ExpectAnswer(const Intent& intent, Port port)
{
    const PathInfo& path = m_topology.paths[intent.path];
    const Duration rtt = m_workload.services[m_topology.pairs[path.pair].service].rtt;
    if (intent.transport == Transport::Tcp || intent.hold >= rtt)
    {
        Push(m_now + rtt, Kind::Answered, intent.path, port);
    }
}

void
FlowEngine::OnAnswered(const Event& event)
{
    m_topology.border.Answer(m_topology.paths[event.subject].route, event.port, Duration{0}, m_now);
}

/// A socket takes a datagram whether it arrives or not. Of one that was dropped the program learns
/// when it has waited long enough.
void
FlowEngine::SendDatagram(std::uint32_t number, const Passage& passage)
{
    Request& request = m_requests[number];
    if (!passage.failure)
    {
        Push(m_now, Kind::Established, number);
        return;
    }
    const Stream& stream = m_topology.streams[m_topology.sources[request.intent.source].stream];
    request.failure = *passage.failure;
    request.wasDropped = true;
    Push(m_now + stream.connectTimeout.value_or(request.intent.hold), Kind::TimedOut, number);
}

/// A request sends its next SYN.
void
FlowEngine::OnSynIsDue(std::uint32_t number)
{
    const Request& request = m_requests[number];
    const auto route = m_topology.paths[request.intent.path].route;
    AwaitAnswer(number, m_topology.border.Send(route, request.port, request.lastAsk, m_now));
}

/// What comes of a SYN that leaves now.
void
FlowEngine::AwaitAnswer(std::uint32_t number, const Passage& passage)
{
    Request& request = m_requests[number];
    SynAnswer answer = SynAnswer::Nothing;
    if (passage.failure)
    {
        request.failure = *passage.failure;
        request.wasDropped = true;
    }
    else
    {
        answer = AnswerTo(request, Outside(request.intent.path, passage.seen));
    }
    ConnectAttempt& attempt = *m_attempts[number];
    const std::optional<ConnectOutcome> outcome = attempt.Hear(answer);
    if (!outcome)
    {
        Push(request.lastAsk + attempt.Sent(), Kind::SynIsDue, number);
        return;
    }
    Push(request.lastAsk + outcome->delay,
         outcome->established ? Kind::Established : Kind::TimedOut,
         number);
}

/// The server's answer to a SYN that leaves now and comes from `tuple`.
SynAnswer
FlowEngine::AnswerTo(Request& request, const PeerTuple& tuple)
{
    const PathInfo& path = m_topology.paths[request.intent.path];
    const Duration rtt = m_workload.services[m_topology.pairs[path.pair].service].rtt;
    Handshaking server = Await(request.intent, tuple, request.lastAsk);
    const SynAnswer answer = server.Answer(m_now + rtt / 2);
    if (server.endsTimeWait)
    {
        m_peerWaits.Forget(path.machine, tuple, m_now);
    }
    request.failure = request.wasDropped ? request.failure : server.failure;
    return answer;
}

/// A request's connection is open: from now on NATs see its packets.
void
FlowEngine::OpenAcross(const Request& request)
{
    const Intent& intent = request.intent;
    const Stream& stream = m_topology.streams[m_topology.sources[intent.source].stream];
    const auto route = m_topology.paths[intent.path].route;
    if (route == Border::DIRECT)
    {
        return;
    }
    if (intent.transport == Transport::Udp && stream.speaksEvery == Duration{0})
    {
        ExpectAnswer(intent, request.port);
        return;
    }
    m_topology.border.Answer(route, request.port, stream.speaksEvery, m_now);
}

/// A connection ends as its event says, and NATs see its last packets.
void
FlowEngine::OnPortEnds(const Event& event)
{
    const auto route = m_topology.paths[event.subject].route;
    const auto kind = static_cast<Kind>(event.kind);
    if (route == Border::DIRECT)
    {
        GivePortBack(event);
    }
    else if (kind == Kind::PortIsFree)
    {
        m_topology.border.Cut(route, event.port, m_now);
        GivePortBack(event);
    }
    else if (kind == Kind::ServerWaits)
    {
        GivePortBack(event); // While the NATs know what the server sees.
        Tell(event, NatState::TimeWait);
    }
    else
    {
        const bool isKnown = Tell(event, NatState::TimeWait);
        GivePortBack(event, isKnown ? kind : Kind::PortIsFree);
    }
}

/// NATs on the way see where a connection of this path and port stands. False if one has forgotten
/// it, and tells the host so by a reset.
bool
FlowEngine::Tell(const Event& event, NatState state)
{
    const auto route = m_topology.paths[event.subject].route;
    return route == Border::DIRECT || m_topology.border.Close(route, event.port, state, m_now);
}

/// What a server tells this connection by.
PeerTuple
FlowEngine::TupleOf(std::uint32_t path, Port port)
{
    const auto route = m_topology.paths[path].route;
    return route == Border::DIRECT ? PeerTuple{path, port}
                                   : Outside(path, m_topology.border.Seen(route, port, m_now));
}

PeerTuple
FlowEngine::Outside(std::uint32_t path, const Endpoint& seen)
{
    constexpr std::uint32_t mark = 1u << 31; // Paths of hosts are fewer.
    const std::uint64_t ends = std::uint64_t{seen.address} << 32 | m_topology.paths[path].machine;
    const auto number = static_cast<std::uint32_t>(m_outside.size());
    return {m_outside.try_emplace(ends, mark | number).first->second, seen.port};
}

} // namespace portlab
