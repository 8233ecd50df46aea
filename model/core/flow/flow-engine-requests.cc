// SPDX-License-Identifier: GPL-2.0-only

// What the engine does with requests that have to be remembered: fan-out, users who wait for
// answers, retries, and connections whose SYNs were not answered at once.

#include "model/core/flow/flow-engine.h"

#include <algorithm>

namespace portlab
{

namespace
{

/// Even a program that never thinks takes some time for a request of its own, so a closed loop
/// whose requests take no simulated time still lets time pass.
constexpr Duration LEAST_PAUSE = std::chrono::microseconds(1);
constexpr Duration LEAST_PAUSE_AFTER_FAILURE = std::chrono::milliseconds(1);

} // namespace

void
FlowEngine::OnEstablished(std::uint32_t number, Instant opened)
{
    Request& request = m_requests[number];
    request.isAsking = false;
    if (IsCounted(request.lastAsk))
    {
        const std::uint32_t stream = m_topology.sources[request.intent.source].stream;
        const Duration delay = opened - request.firstAsk;
        ++m_statistics.pairs[m_topology.paths[request.intent.path].pair].connected;
        m_statistics.streams[stream].connectDelay.Add(static_cast<std::uint64_t>(delay.count()));
    }
    Push(m_now + request.intent.hold, Kind::HoldIsOver, number);
    if (m_carrier == nullptr)
    {
        OpenAcross(request);
    }
    MakeCalls(number);
}

/// The requests that the server makes before it answers this one.
void
FlowEngine::MakeCalls(std::uint32_t number)
{
    const Intent intent = m_requests[number].intent;
    const PathInfo path = m_topology.paths[intent.path];
    const std::uint32_t service = m_topology.pairs[path.pair].service;
    const auto& calls = m_topology.callsOf[service];
    if (calls.empty())
    {
        return;
    }
    for (const std::uint32_t call : calls)
    {
        m_requests[number].children += m_topology.streams[call].callCount;
    }
    for (const std::uint32_t call : calls)
    {
        const Stream& stream = m_topology.streams[call];
        for (std::uint32_t copy = 0; copy < stream.callCount; ++copy)
        {
            StartRequest(stream.firstSource + intent.server, number);
        }
    }
}

void
FlowEngine::OnHoldIsOver(std::uint32_t number)
{
    Request& request = m_requests[number];
    request.holdIsOver = true;
    if (request.children == 0)
    {
        Answer(number);
    }
}

/// The request has its answer: the connection closes.
void
FlowEngine::Answer(std::uint32_t number)
{
    const Request& request = m_requests[number];
    if (m_carrier != nullptr)
    {
        m_carrier->Close(number);
    }
    else
    {
        Close(request.intent, request.port, request.lastAsk, m_now);
    }
    Finish(number, true);
}

void
FlowEngine::OnTimedOut(std::uint32_t number)
{
    const Request& request = m_requests[number];
    m_topology.ledger.Release(request.intent.path, request.port, m_now);
    AttemptTimedOut(number, request.failure);
}

/// A connect() has failed after its port was given, and that is free again.
void
FlowEngine::AttemptTimedOut(std::uint32_t number, Failure failure)
{
    Request& request = m_requests[number];
    request.isAsking = false;
    const Intent intent = request.intent;
    Fail(intent.path, failure, request.lastAsk);
    if (m_observer != nullptr && m_carrier == nullptr)
    {
        m_observer->OnReleased(m_now, intent.path, request.port, false);
    }
    OnAttemptFailed(intent, number, failure);
}

void
FlowEngine::Opened(std::uint32_t request, Instant opened, Instant now)
{
    RunUntil(now);
    OnEstablished(request, opened);
}

void
FlowEngine::NotOpened(std::uint32_t request, Failure reason, Instant now)
{
    RunUntil(now);
    AttemptTimedOut(request, reason);
}

void
FlowEngine::MetTimeWait(std::uint32_t number, Instant now)
{
    RunUntil(now);
    const Request& request = m_requests[number];
    const std::uint32_t pair = m_topology.paths[request.intent.path].pair;
    m_statistics.tupleCollisions[m_topology.pairs[pair].service] +=
        IsCounted(request.lastAsk) ? 1 : 0;
}

void
FlowEngine::ServerWaits(std::uint32_t path, Port port, Instant now)
{
    RunUntil(now);
    m_peerWaits.Enter(m_topology.paths[path].machine, TupleOf(path, port), path, now);
}

/// Tries again if the program does, else gives the request up.
void
FlowEngine::OnAttemptFailed(const Intent& intent, std::uint32_t number, Failure reason)
{
    const std::uint32_t streamNumber = m_topology.sources[intent.source].stream;
    const RetryRule& rule = m_topology.streams[streamNumber].retry;
    const std::uint32_t attempt = number == Request::NONE ? 1 : m_requests[number].attempt;
    const Instant firstAsk = number == Request::NONE ? m_now : m_requests[number].firstAsk;
    if (attempt < rule.attempts)
    {
        if (number == Request::NONE)
        {
            number = m_requests.Add({intent, m_now, m_now});
        }
        m_requests[number].failure = reason;
        m_requests[number].attempt = attempt + 1;
        Push(m_now + RetryPause(rule, attempt + 1), Kind::TryAgain, number);
        return;
    }
    m_statistics.streams[streamNumber].requestsFailed += IsCounted(firstAsk) ? 1 : 0;
    if (number != Request::NONE)
    {
        Finish(number, false);
    }
}

void
FlowEngine::OnTryAgain(std::uint32_t number)
{
    const Intent intent = m_requests[number].intent;
    m_statistics.streams[m_topology.sources[intent.source].stream].retries +=
        IsCounted(m_now) ? 1 : 0;
    Ask(intent, number);
}

/// The request is over, for better or worse: whoever waited for it goes on.
void
FlowEngine::Finish(std::uint32_t number, bool isAnswered)
{
    const std::uint32_t sourceNumber = m_requests[number].intent.source;
    const std::uint32_t parent = m_requests[number].parent;
    m_requests.Remove(number);
    if (parent != Request::NONE)
    {
        Request& waiting = m_requests[parent];
        if (--waiting.children == 0 && waiting.holdIsOver)
        {
            Answer(parent);
        }
        return;
    }
    Source& source = m_topology.sources[sourceNumber];
    const Stream& stream = m_topology.streams[source.stream];
    if (const auto* users = std::get_if<UserArrivals>(stream.arrivals))
    {
        const Duration think = DrawHold(ExponentialHold{users->think}, source.arrivals);
        const Duration least = isAnswered ? LEAST_PAUSE : LEAST_PAUSE_AFTER_FAILURE;
        Push(m_now + std::max(think, least), Kind::Arrival, sourceNumber);
    }
}

} // namespace portlab
