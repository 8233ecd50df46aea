// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/reader/traffic.h"

#include "model/core/port/units.h"
#include "scenarios/reader/arrivals.h"
#include "scenarios/reader/hosts.h"
#include "scenarios/reader/recorded.h"
#include "scenarios/reader/socket.h"
#include "scenarios/reader/values.h"

#include <algorithm>

namespace portlab
{

namespace
{

/// Reads one traffic at a time; what depends on all of them it settles at the end.
class TrafficReader
{
  public:
    TrafficReader(const Section& top, const Surroundings& around, Scenario& scenario)
        : m_top(top),
          m_around(around),
          m_scenario(scenario),
          m_workload(scenario.workload),
          m_hostNames(NamesOf(scenario.workload.hosts)),
          m_serviceNames(NamesOf(scenario.workload.services))
    {
    }

    void Read(const Entry& entry)
    {
        const Section section(entry.node, ScenarioFormat().traffic);
        Traffic traffic;
        traffic.name = entry.key;
        traffic.from = ReadReference(section.Get("from"), m_hostNames, "host group");
        traffic.to = ReadReference(section.Get("to"), m_serviceNames, "service");
        ArrivalKeys arrivals = ReadArrivals(section.Get("arrivals"), m_around);
        traffic.arrivals = arrivals.arrivals;
        const ConnectionKeys keys = ReadConnectionKeys(section, m_around);
        traffic.closes = keys.closes;
        traffic.transport = keys.transport;
        traffic.connectTimeout = keys.connectTimeout;
        traffic.retry = keys.retry;
        traffic.sends = keys.sends;
        traffic.speaksEvery = keys.speaksEvery;
        traffic.socket = ReadSocket(section, m_workload, traffic.from);
        const auto index = static_cast<std::uint32_t>(m_workload.traffic.size());
        if (arrivals.trace)
        {
            traffic.hold = keys.hold.value_or(traffic.hold);
            m_replays.push_back({index, &entry.node, std::move(*arrivals.trace)});
        }
        else
        {
            traffic.hold = keys.hold ? *keys.hold : ReadHold(section.Get("hold"), m_around);
        }
        if (arrivals.total)
        {
            m_totals.push_back(index);
        }
        m_workload.traffic.push_back(traffic);
    }

    void Settle(std::optional<Duration> stated)
    {
        SettleDuration(stated);
        for (const Replay& replay : m_replays)
        {
            BindReplay(replay, m_top, m_scenario);
        }
        RefuseOthersAtRecordedServices();
        for (const std::uint32_t index : m_totals)
        {
            Traffic& traffic = m_workload.traffic[index];
            auto& poisson = std::get<PoissonArrivals>(traffic.arrivals);
            poisson.rate /= m_workload.hosts[traffic.from].count;
        }
        for (const Traffic& traffic : m_workload.traffic)
        {
            NoteStepsAfterTheEnd(traffic);
        }
    }

  private:
    void SettleDuration(std::optional<Duration> stated)
    {
        if (stated || m_replays.empty())
        {
            m_workload.duration = stated.value_or(m_workload.duration);
            return;
        }
        m_workload.duration = Duration::zero();
        for (const Replay& replay : m_replays)
        {
            m_workload.duration = std::max(m_workload.duration, LengthOf(replay.trace));
        }
    }

    /// Recorded endpoints have different ports and no law by which to choose among them.
    void RefuseOthersAtRecordedServices() const
    {
        for (const Traffic& traffic : m_workload.traffic)
        {
            const Service& service = m_workload.services[traffic.to];
            const bool replays = std::holds_alternative<RecordedArrivals>(traffic.arrivals);
            if (!replays && !service.recordedEndpoints.empty())
            {
                Refuse(*m_top.Get("traffic").Find(traffic.name)->Find("to"),
                       "this stands for the machines in a trace, which only the trace can use: "
                       "give this traffic a service of its own");
            }
        }
    }

    void NoteStepsAfterTheEnd(const Traffic& traffic)
    {
        const auto* stepped = std::get_if<SteppedArrivals>(&traffic.arrivals);
        if (stepped && stepped->steps.back().from >= At(m_workload.duration))
        {
            m_scenario.notes.push_back("traffic." + traffic.name +
                                       ".arrivals: its last step begins after the end (" +
                                       FormatDuration(m_workload.duration) + ").");
        }
    }

    const Section& m_top;
    const Surroundings& m_around;
    Scenario& m_scenario;
    Workload& m_workload;
    std::vector<std::string> m_hostNames;
    std::vector<std::string> m_serviceNames;
    std::vector<Replay> m_replays;
    std::vector<std::uint32_t> m_totals;
};

} // namespace

void
ReadTraffic(const Section& top,
            const Surroundings& around,
            std::optional<Duration> stated,
            Scenario& scenario)
{
    TrafficReader reader(top, around, scenario);
    for (const Entry* entry : NamedTables(top, "traffic"))
    {
        reader.Read(*entry);
    }
    if (scenario.workload.traffic.empty())
    {
        Refuse(top.Get("traffic"), "a scenario needs at least one, as [traffic.main]");
    }
    reader.Settle(stated);
}

} // namespace portlab
