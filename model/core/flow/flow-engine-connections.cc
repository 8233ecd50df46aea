// SPDX-License-Identifier: GPL-2.0-only

// What the engine does with one connect(): the port and the handshake.

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
    const Grant grant = m_carrier != nullptr
                            ? m_carrier->Connect(request, intent)
                            : ledger.Ask(intent.path, m_now, m_topology.portDraws[host]);
    const std::uint32_t stream = m_topology.sources[intent.source].stream;
    m_statistics.Asked(stream,
                       m_topology.paths[intent.path].pair,
                       intent.transport == Transport::Udp ? Search::Udp
                                                          : m_topology.streams[stream].search,
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
    if (m_carrier != nullptr)
    {
        m_requests[request].port = *grant.port;
        m_requests[request].isAsking = true;
        return;
    }
    Connect(intent, *grant.port, request);
}

/// The handshake. A plain connection whose SYN is answered at once needs no further thought.
void
FlowEngine::Connect(const Intent& intent, Port port, std::uint32_t request)
{
    if (m_topology.paths[intent.path].route != Border::DIRECT)
    {
        ConnectAcross(intent, port, request);
        return;
    }
    const std::uint32_t number = m_topology.sources[intent.source].stream;
    const Stream& stream = m_topology.streams[number];
    const Duration rtt = intent.transport == Transport::Udp ? Duration{0} : stream.rtt;
    Failure failure = Failure::ConnectTimeout;
    const ConnectOutcome outcome =
        stream.isAnsweredAtOnce ? ConnectOutcome{rtt, true} : Handshake(intent, port, failure);
    if (request == Request::NONE && outcome.established && outcome.delay == rtt)
    {
        OpenPlainly(intent, port);
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

/// A plain connection that opens after one round trip, or at once if it is UDP.
void
FlowEngine::OpenPlainly(const Intent& intent, Port port)
{
    const std::uint32_t number = m_topology.sources[intent.source].stream;
    const bool isUdp = intent.transport == Transport::Udp;
    const Instant open = m_now + (isUdp ? Duration{0} : m_topology.streams[number].rtt);
    if (IsCounted(m_now))
    {
        m_statistics.HandshakeBegan(number, intent.transport, m_now, open);
    }
    Close(intent, port, m_now, open + intent.hold);
}

void
FlowEngine::Fail(std::uint32_t path, Failure reason, Instant asked)
{
    const PortLedger& ledger = m_topology.ledger;
    const std::uint32_t usable = ledger.Usable(path);
    m_statistics.Failed(path,
                        {m_now, reason, path, ledger.TakenFrom(path), usable},
                        IsCounted(asked));
    if (m_observer != nullptr)
    {
        m_observer->OnFailed(m_now, path, reason);
    }
}

} // namespace portlab
