// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/flow/flow-engine.h"

#include "model/core/base/check.h"

#include <algorithm>

namespace portlab
{

FlowEngine::FlowEngine(const Workload& workload, std::uint64_t run)
    : m_workload(workload),
      m_topology(workload, run),
      m_statistics(m_topology),
      m_sampler(m_topology, m_statistics, workload.sampleInterval),
      m_nextRecord(m_topology.streams.size(), 0),
      m_orphans(m_topology.HostCount(), 0),
      m_warmup(At(workload.warmup)),
      m_isWarm(workload.warmup == Duration{0}),
      m_heldAreaAtWarmup(m_topology.HostCount(), 0),
      m_waitingAreaAtWarmup(m_topology.HostCount(), 0)
{
    for (std::uint32_t number = 0; number < workload.services.size(); ++number)
    {
        const Service& service = workload.services[number];
        const OsProfile& profile = service.profile;
        const StreamKey key = StreamKey(workload.seed, run).With("services").With(service.name);
        for (std::uint32_t place = 0; place < m_topology.endpoints[number].size(); ++place)
        {
            const Duration boot = TimeSinceBoot(key.With(place));
            m_peerWaits.AddMachine({profile.timeWait.value, profile.timeWaitGrid.value, boot});
        }
    }
    for (std::uint32_t stream = 0; stream < m_topology.streams.size(); ++stream)
    {
        ScheduleFirst(stream);
    }
}

/// The first events of a stream; calls have none of their own.
void
FlowEngine::ScheduleFirst(std::uint32_t number)
{
    const Stream& stream = m_topology.streams[number];
    if (stream.arrivals == nullptr)
    {
        return;
    }
    if (const auto* recorded = std::get_if<RecordedArrivals>(stream.arrivals))
    {
        if (!recorded->connections->empty())
        {
            Push(recorded->connections->front().start, Kind::Recorded, number);
        }
        return;
    }
    const auto* users = std::get_if<UserArrivals>(stream.arrivals);
    for (std::uint32_t index = 0; index < m_workload.hosts[stream.from].count; ++index)
    {
        const std::uint32_t source = stream.firstSource + index;
        Random& random = m_topology.sources[source].arrivals;
        for (std::uint32_t user = 0; users != nullptr && user < users->users; ++user)
        {
            Push(At(DrawHold(ExponentialHold{users->think}, random)), Kind::Arrival, source);
        }
        if (users == nullptr)
        {
            const Instant first = FirstArrival(*stream.arrivals, random);
            if (first != NEVER)
            {
                Push(first, Kind::Arrival, source);
            }
        }
    }
}

void
FlowEngine::RunUntil(Instant until)
{
    Check(until >= m_now, "the engine cannot go back in time");
    while (!m_isWarm || m_sampler.Next() <= until)
    {
        // The warm-up ends just before its last instant's events, a sample follows its own.
        const Instant lastCold = m_isWarm ? NEVER : m_warmup - Duration{1};
        if (lastCold < m_sampler.Next())
        {
            RunEvents(std::min(lastCold, until));
            if (until < m_warmup)
            {
                return;
            }
            EndWarmup();
            continue;
        }
        RunEvents(std::min(m_sampler.Next(), until));
        if (m_sampler.Next() > until)
        {
            return;
        }
        m_sampler.Take(m_peerWaits);
    }
    RunEvents(until);
}

void
FlowEngine::RunEvents(Instant until)
{
    Event event;
    while (m_queue.PopUntil(until, event))
    {
        m_now = event.time;
        Handle(event);
    }
    m_now = until;
}

// house-rules: long because it is one table, of all kinds of events.
void
FlowEngine::Handle(const Event& event)
{
    switch (static_cast<Kind>(event.kind))
    {
    case Kind::Arrival:
        OnArrival(event.subject);
        break;
    case Kind::PortWaits:
    case Kind::PortIsFree:
    case Kind::ServerWaits:
        OnPortEnds(event);
        break;
    case Kind::FinWait2:
    case Kind::FinWait2Entry:
    case Kind::FinWait2IsOver:
    case Kind::FinIsLost:
    case Kind::HalfFinIsLost:
    case Kind::FinIsAnswered:
    case Kind::HalfFinIsAnswered:
    case Kind::FinIsGivenUp:
        OnEnding(event);
        break;
    case Kind::Answered:
        OnAnswered(event);
        break;
    case Kind::SynIsDue:
        OnSynIsDue(event.subject);
        break;
    case Kind::Recorded:
        OnRecorded(event.subject);
        break;
    case Kind::Established:
        OnEstablished(event.subject, m_now);
        break;
    case Kind::TimedOut:
        OnTimedOut(event.subject);
        break;
    case Kind::HoldIsOver:
        OnHoldIsOver(event.subject);
        break;
    case Kind::TryAgain:
        OnTryAgain(event.subject);
        break;
    }
}

void
FlowEngine::EndWarmup()
{
    m_isWarm = true;
    for (std::uint32_t host = 0; host < m_topology.HostCount(); ++host)
    {
        m_topology.ledger.CatchUp(host, m_warmup);
        m_heldAreaAtWarmup[host] = m_topology.ledger.Held(host).AreaAt(m_warmup);
        m_waitingAreaAtWarmup[host] = m_topology.ledger.Waiting(host).AreaAt(m_warmup);
        m_topology.ledger.ResetPeaks(host);
    }
    for (std::uint32_t device = 0; device < m_topology.border.DeviceCount(); ++device)
    {
        m_topology.border.Device(device).ResetStatistics(m_warmup);
    }
    for (std::uint32_t machine = 0; machine < m_topology.machineCount; ++machine)
    {
        m_peerWaits.CatchUp(machine, m_warmup);
        m_peerWaits.ResetPeak(machine);
    }
    m_statistics.BecomeWarm();
}

void
FlowEngine::OnArrival(std::uint32_t number)
{
    Source& source = m_topology.sources[number];
    const Stream& stream = m_topology.streams[source.stream];
    if (!std::holds_alternative<UserArrivals>(*stream.arrivals))
    {
        const Instant next = NextArrival(*stream.arrivals, m_now, source.arrivals);
        if (next != NEVER)
        {
            m_queue.PushAtHand({next, number, 0, static_cast<std::uint16_t>(Kind::Arrival)});
        }
    }
    StartRequest(number, Request::NONE);
}

void
FlowEngine::OnRecorded(std::uint32_t number)
{
    const Stream& stream = m_topology.streams[number];
    const auto& records = *std::get<RecordedArrivals>(*stream.arrivals).connections;
    const RecordedConnection& record = records[m_nextRecord[number]++];
    if (m_nextRecord[number] < records.size())
    {
        Push(records[m_nextRecord[number]].start, Kind::Recorded, number);
    }
    const std::uint32_t sourceNumber = stream.firstSource + record.host;
    Source& source = m_topology.sources[sourceNumber];
    Intent intent;
    intent.source = sourceNumber;
    intent.transport = record.transport;
    intent.path = m_topology.Path(source, record.endpoint, record.transport);
    intent.server = m_topology.NextServer(source, record.endpoint);
    intent.ending = DrawEnding(stream.closes, source.life);
    intent.hold = record.hold ? *record.hold : DrawHold(stream.hold, source.life);
    Begin(intent, Request::NONE);
}

void
FlowEngine::StartRequest(std::uint32_t number, std::uint32_t parent)
{
    Source& source = m_topology.sources[number];
    const Stream& stream = m_topology.streams[source.stream];
    Intent intent;
    intent.source = number;
    intent.transport = stream.transport;
    const std::uint32_t endpoint = m_topology.NextEndpoint(source);
    intent.path = m_topology.Path(source, endpoint, stream.transport);
    intent.server = m_topology.NextServer(source, endpoint);
    intent.ending = DrawEnding(stream.closes, source.life);
    intent.hold = DrawHold(stream.hold, source.life);
    Begin(intent, parent);
}

/// Whether nobody waits for the stream's answers and nobody has to be asked to give them.
bool
FlowEngine::IsPlain(const Stream& stream) const
{
    return m_carrier == nullptr && stream.arrivals != nullptr &&
           !std::holds_alternative<UserArrivals>(*stream.arrivals) &&
           m_topology.callsOf[stream.to].empty();
}

void
FlowEngine::Begin(const Intent& intent, std::uint32_t parent)
{
    const std::uint32_t streamNumber = m_topology.sources[intent.source].stream;
    m_statistics.streams[streamNumber].requests += IsCounted(m_now) ? 1 : 0;
    if (IsPlain(m_topology.streams[streamNumber]))
    {
        Ask(intent, Request::NONE);
        return;
    }
    Request request{intent, m_now, m_now};
    request.parent = parent;
    Ask(intent, m_requests.Add(request));
}

} // namespace portlab
