// SPDX-License-Identifier: GPL-2.0-only

// What the engine does with SYNs that may go unanswered: silent services, and servers that still
// keep the same 4-tuple in TIME_WAIT.

#include "model/core/flow/flow-engine.h"

#include <algorithm>

namespace portlab
{

/// One handshake, whose SYNs reach the server one after another.
struct FlowEngine::Handshaking
{
    const Service& service;
    SynInTimeWait rule;
    bool isLinux;                           ///< The server.
    std::optional<FormerConnection> former; ///< Whose TIME_WAIT the SYNs meet; until it is over.
    NewSyn syn;
    bool endsTimeWait{false};
    Failure failure{Failure::ConnectTimeout}; ///< Why the last SYN was not answered.

    /// What the server makes of a SYN that reaches it at `now`.
    SynAnswer Answer(Instant now)
    {
        failure = Failure::ConnectTimeout;
        if (IsSilent(service, now))
        {
            return SynAnswer::Nothing;
        }
        if (!former || former->until <= now)
        {
            return SynAnswer::SynAck;
        }
        failure = Failure::PeerTimeWait;
        if (rule == SynInTimeWait::Ignore)
        {
            return SynAnswer::Nothing;
        }
        syn.sent = now - service.rtt / 2;
        if (!isLinux || IsNewer(syn, *former))
        {
            endsTimeWait = true;
            return SynAnswer::SynAck;
        }
        if (!service.profile.linuxSettings->rfc1337.value)
        {
            // The client's reset is back after a round trip, and ends it.
            former->until = std::min(former->until, now + service.rtt);
            endsTimeWait = true;
        }
        return SynAnswer::StrayAck;
    }
};

bool
FlowEngine::IsSilent(const Service& service, Instant now)
{
    return std::any_of(service.silent.begin(), service.silent.end(), [now](const TimeSpan& span) {
        return span.from <= now && now < span.until;
    });
}

/// How the SYNs fare; if they time out because of the server's TIME_WAIT, `failure` says so.
ConnectOutcome
FlowEngine::Handshake(const Intent& intent, Port port, Failure& failure)
{
    if (intent.transport == Transport::Udp)
    {
        return {Duration{0}, true};
    }
    const PathInfo& path = m_topology.paths[intent.path];
    const Pair& pair = m_topology.pairs[path.pair];
    const Service& service = m_workload.services[pair.service];
    const Stream& stream = m_topology.streams[m_topology.sources[intent.source].stream];
    const OsProfile& client = m_workload.hosts[pair.group].profile;
    const std::uint32_t host = m_topology.ledger.HostOf(intent.path);
    const TimerWheel wheel = m_topology.WheelOf(host);
    std::optional<FormerConnection> former;
    if (pair.serverCloses)
    {
        former = FormerOf(intent.path, port);
    }
    Handshaking handshake{service,
                          service.profile.synInTimeWait.value,
                          service.profile.linuxSettings.has_value(),
                          former,
                          {m_now, m_now, pair.timestamps, wheel.boot}};
    const ConnectOutcome outcome =
        TryToConnect({SegmentTimes(RuleOf(client.syn.value), wheel, m_now),
                      service.rtt,
                      stream.connectTimeout,
                      RepeatsAfterStrayAck(client)},
                     [&](Duration sinceAsk) { return handshake.Answer(m_now + sinceAsk); });
    if (handshake.endsTimeWait)
    {
        m_peerWaits.Forget(path.machine, intent.path, port, m_now);
    }
    failure = handshake.failure;
    return outcome;
}

/// The connection that the server keeps this 4-tuple in TIME_WAIT for, if it still does so when the
/// first SYN gets there.
std::optional<FormerConnection>
FlowEngine::FormerOf(std::uint32_t pathNumber, Port port)
{
    const PathInfo& path = m_topology.paths[pathNumber];
    const std::uint32_t number = m_topology.pairs[path.pair].service;
    const Duration rtt = m_workload.services[number].rtt;
    auto former = m_peerWaits.Find(path.machine, pathNumber, port, m_now, rtt);
    if (!former || former->until <= m_now + rtt / 2)
    {
        return std::nullopt;
    }
    m_statistics.tupleCollisions[number] += IsCounted(m_now) ? 1 : 0;
    return former;
}

} // namespace portlab
