// SPDX-License-Identifier: GPL-2.0-only

// What the engine does with one connect(): the port, the handshake, the close.

#include "model/core/flow/flow-engine.h"

#include <algorithm>

namespace portlab
{

/// One connect(); `request` is NONE for a plain one.
void
FlowEngine::Ask(const Intent& intent, std::uint32_t request)
{
    PortLedger& ledger = m_topology.ledger;
    const std::uint32_t host = ledger.HostOf(intent.path);
    const Grant grant = ledger.Ask(intent.path, m_now, m_topology.portDraws[host]);
    m_statistics.Asked(m_topology.sources[intent.source].stream,
                       m_topology.paths[intent.path].pair,
                       grant.probes,
                       IsCounted(m_now));
    if (request != Request::NONE)
    {
        m_requests[request].lastAsk = m_now;
    }
    if (!grant.port)
    {
        const Failure reason =
            grant.refusal == Refusal::NoFreePort ? Failure::NoFreePort : Failure::TimeWaitCollision;
        Fail(intent.path, reason, m_now);
        OnAttemptFailed(intent, request, reason);
        return;
    }
    m_statistics.Granted(intent.path, *grant.port, m_now, IsCounted(m_now));
    if (m_observer != nullptr)
    {
        m_observer->OnGranted(m_now, intent.path, *grant.port, grant.probes);
    }
    Connect(intent, *grant.port, request);
}

/// The handshake. A plain connection whose SYN is answered at once needs no further thought.
void
FlowEngine::Connect(const Intent& intent, Port port, std::uint32_t request)
{
    const std::uint32_t number = m_topology.sources[intent.source].stream;
    const Stream& stream = m_topology.streams[number];
    const Duration rtt = intent.transport == Transport::Udp ? Duration{0} : stream.rtt;
    Failure failure = Failure::ConnectTimeout;
    const ConnectOutcome outcome =
        stream.isAnsweredAtOnce ? ConnectOutcome{rtt, true} : Handshake(intent, port, failure);
    if (request == Request::NONE && outcome.established && outcome.delay == rtt)
    {
        if (IsCounted(m_now))
        {
            m_statistics.HandshakeBegan(number, intent.transport, m_now, m_now + rtt);
        }
        Close(intent, port, m_now + rtt + intent.hold);
        return;
    }
    if (request == Request::NONE)
    {
        request = m_requests.Add({intent, m_now, m_now});
    }
    Request& asking = m_requests[request];
    asking.port = port;
    asking.failure = failure;
    asking.isAsking = true;
    Push(m_now + outcome.delay, outcome.established ? Kind::Established : Kind::TimedOut, request);
}

/// How the SYNs fare; if they time out because of the server's TIME_WAIT, `failure` says so.
ConnectOutcome
FlowEngine::Handshake(const Intent& intent, Port port, Failure& failure)
{
    if (intent.transport == Transport::Udp)
    {
        return {Duration{0}, true};
    }
    const Pair& pair = m_topology.pairs[m_topology.paths[intent.path].pair];
    const Service& service = m_workload.services[pair.service];
    const Stream& stream = m_topology.streams[m_topology.sources[intent.source].stream];
    const std::optional<Instant> waitsUntil =
        pair.serverCloses ? ServerIgnoresUntil(intent.path, port) : std::nullopt;
    const auto answers = [&](Duration sinceAsk) {
        const Instant now = m_now + sinceAsk;
        const bool isSilent =
            std::any_of(service.silent.begin(), service.silent.end(), [now](const TimeSpan& span) {
                return span.from <= now && now < span.until;
            });
        const bool isIgnored = waitsUntil && now < *waitsUntil;
        failure = isIgnored && !isSilent ? Failure::PeerTimeWait : Failure::ConnectTimeout;
        return !isSilent && !isIgnored;
    };
    return TryToConnect(m_workload.hosts[pair.group].profile.syn.value,
                        service.rtt,
                        stream.connectTimeout,
                        answers);
}

/// Until when the server drops SYNs of this 4-tuple because of its own TIME_WAIT; empty if it
/// takes them. A server that takes a SYN ends its TIME_WAIT.
std::optional<Instant>
FlowEngine::ServerIgnoresUntil(std::uint32_t pathNumber, Port port)
{
    const PathInfo& path = m_topology.paths[pathNumber];
    const std::uint32_t number = m_topology.pairs[path.pair].service;
    const Service& service = m_workload.services[number];
    const auto waitsUntil = m_peerWaits.WaitsUntil(path.machine, pathNumber, port, m_now);
    if (!waitsUntil || *waitsUntil <= m_now + service.rtt / 2)
    {
        return std::nullopt; // It is over when the SYN gets there.
    }
    m_statistics.tupleCollisions[number] += IsCounted(m_now) ? 1 : 0;
    if (service.profile.synInTimeWait.value == SynInTimeWait::Ignore)
    {
        return waitsUntil;
    }
    m_peerWaits.Forget(path.machine, pathNumber, port, m_now);
    return std::nullopt;
}

/// Plans the end of a connection whose first close() comes at `closed`.
void
FlowEngine::Close(const Intent& intent, Port port, Instant closed)
{
    const PathInfo& path = m_topology.paths[intent.path];
    const Duration rtt = m_workload.services[m_topology.pairs[path.pair].service].rtt;
    if (intent.transport == Transport::Udp || intent.ending == Ending::Reset)
    {
        Push(closed, Kind::PortIsFree, intent.path, port);
    }
    else if (intent.ending == Ending::Client)
    {
        Push(closed + rtt, Kind::PortWaits, intent.path, port);
    }
    else
    {
        Push(closed + rtt + rtt / 2, Kind::ServerWaits, intent.path, port);
    }
}

void
FlowEngine::GivePortBack(const Event& event)
{
    const auto kind = static_cast<Kind>(event.kind);
    if (kind == Kind::PortWaits)
    {
        m_topology.ledger.Wait(event.subject, event.port, m_now);
    }
    else
    {
        m_topology.ledger.Release(event.subject, event.port, m_now);
    }
    if (kind == Kind::ServerWaits)
    {
        const PathInfo& path = m_topology.paths[event.subject];
        const Duration rtt = m_workload.services[m_topology.pairs[path.pair].service].rtt;
        m_peerWaits.Enter(path.machine, event.subject, event.port, m_now - rtt / 2);
    }
    if (m_observer != nullptr)
    {
        m_observer->OnReleased(m_now, event.subject, event.port, kind == Kind::PortWaits);
    }
}

void
FlowEngine::Fail(std::uint32_t path, Failure reason, Instant asked)
{
    const PortLedger& ledger = m_topology.ledger;
    const std::uint32_t usable = ledger.Rules(ledger.HostOf(path)).usable;
    m_statistics.Failed(path,
                        {m_now, reason, path, ledger.TakenFrom(path), usable},
                        IsCounted(asked));
    if (m_observer != nullptr)
    {
        m_observer->OnFailed(m_now, path, reason);
    }
}

} // namespace portlab
