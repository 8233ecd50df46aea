// SPDX-License-Identifier: GPL-2.0-only

// What the engine does with SYNs that may go unanswered: silent services, and servers that still
// keep the same 4-tuple in TIME_WAIT.

#include "model/core/flow/flow-engine.h"
#include "model/core/flow/handshaking.h"

namespace portlab
{

/// The client's side of an attempt that begins now.
SynSender
FlowEngine::SenderOf(const Intent& intent) const
{
    const Pair& pair = m_topology.pairs[m_topology.paths[intent.path].pair];
    const OsProfile& client = m_workload.hosts[pair.group].profile;
    const TimerWheel wheel = m_topology.WheelOf(m_topology.ledger.HostOf(intent.path));
    return {SegmentTimes(RuleOf(client.syn.value), wheel, m_now),
            m_workload.services[pair.service].rtt,
            m_topology.streams[m_topology.sources[intent.source].stream].connectTimeout,
            RepeatsAfterStrayAck(client)};
}

/// The server's side of an attempt that began at `asked`, as it stands now.
Handshaking
FlowEngine::Await(const Intent& intent, const PeerTuple& tuple, Instant asked)
{
    const Pair& pair = m_topology.pairs[m_topology.paths[intent.path].pair];
    const Service& service = m_workload.services[pair.service];
    std::optional<FormerConnection> former;
    if (pair.serverCloses)
    {
        former = FormerOf(intent.path, tuple);
        m_statistics.tupleCollisions[pair.service] +=
            former && asked == m_now && IsCounted(m_now) ? 1 : 0;
    }
    const Duration clientUp = m_topology.ledger.Boot(m_topology.ledger.HostOf(intent.path));
    return {service,
            service.profile.synInTimeWait.value,
            service.profile.linuxSettings.has_value(),
            former,
            {asked, m_now, pair.timestamps, clientUp, intent.path}};
}

/// How the SYNs fare; if they time out because of the server's TIME_WAIT, `failure` says so.
ConnectOutcome
FlowEngine::Handshake(const Intent& intent, Port port, Failure& failure)
{
    if (intent.transport == Transport::Udp)
    {
        return {Duration{0}, true};
    }
    const PeerTuple tuple{intent.path, port};
    Handshaking handshake = Await(intent, tuple, m_now);
    const ConnectOutcome outcome = TryToConnect(SenderOf(intent), [&](Duration sinceAsk) {
        return handshake.Answer(m_now + sinceAsk);
    });
    if (handshake.endsTimeWait)
    {
        m_peerWaits.Forget(m_topology.paths[intent.path].machine, tuple, m_now);
    }
    failure = handshake.failure;
    return outcome;
}

/// The connection that the server keeps this tuple in TIME_WAIT for, if it still does so when a SYN
/// that leaves now gets there.
std::optional<FormerConnection>
FlowEngine::FormerOf(std::uint32_t pathNumber, const PeerTuple& tuple)
{
    const PathInfo& path = m_topology.paths[pathNumber];
    const Duration rtt = m_workload.services[m_topology.pairs[path.pair].service].rtt;
    const auto former = m_peerWaits.Find(path.machine, tuple, m_now, rtt);
    return former && former->until > m_now + rtt / 2 ? former : std::nullopt;
}

} // namespace portlab
