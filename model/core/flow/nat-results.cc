// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/flow/nat-results.h"

#include <algorithm>

namespace portlab
{

namespace
{

/// What the device itself calls a drop. Many have one counter for several reasons.
std::string
NameOf(NatDrop reason, const NatCounterNames& names)
{
    const char* const own = NAT_DROP_NAMES[static_cast<std::size_t>(reason)];
    switch (reason)
    {
    case NatDrop::NoPort:
        return names.noPort.value;
    case NatDrop::DestinationLimit:
    case NatDrop::SubscriberLimit:
    case NatDrop::LostRace:
        return names.noPort.value == NAT_DROP_NAMES[0] ? own : names.noPort.value;
    case NatDrop::TableFull:
        return names.tableFull.value;
    default:
        return own;
    }
}

void
AddDrops(const NatCounters& counters, const NatCounterNames& names, NatResult& result)
{
    for (std::size_t reason = 0; reason < NAT_DROP_COUNT; ++reason)
    {
        const std::string name = NameOf(static_cast<NatDrop>(reason), names);
        const auto known = std::find_if(result.dropped.begin(),
                                        result.dropped.end(),
                                        [&](const auto& drop) { return drop.first == name; });
        auto& drop = known == result.dropped.end() ? result.dropped.emplace_back(name, 0) : *known;
        drop.second += counters.dropped[reason];
    }
}

/// What the subscribers of all devices had.
class PortsOfSubscribers
{
  public:
    void Add(const Nat& nat, Instant now)
    {
        for (const Subscriber& subscriber : nat.AllSubscribers())
        {
            m_area += static_cast<double>(subscriber.ports.AreaAt(now) - subscriber.areaBefore);
            m_peaks.push_back(subscriber.ports.Peak());
        }
    }

    void Report(Duration counted, NatResult& result)
    {
        result.subscribers = m_peaks.size();
        if (m_peaks.empty())
        {
            return;
        }
        if (counted > Duration{0})
        {
            result.portsPerSubscriberMean =
                m_area / static_cast<double>(counted.count()) / static_cast<double>(m_peaks.size());
        }
        std::sort(m_peaks.begin(), m_peaks.end());
        result.portsPerSubscriberP99 = m_peaks[(m_peaks.size() - 1) * 99 / 100];
        result.portsPerSubscriberMax = m_peaks.back();
    }

  private:
    double m_area{0};
    std::vector<std::uint64_t> m_peaks;
};

/// Lines in a log of blocks, where there are any, or else of mappings; none where everything can be
/// computed.
std::uint64_t
LogRecords(const Nat& nat)
{
    switch (nat.Rules().blocks.mode)
    {
    case BlockMode::Deterministic:
        return 0;
    case BlockMode::None:
        return nat.Counters().granted + nat.Ended();
    default:
        return nat.Counters().blocksTaken + nat.Counters().blocksReturned;
    }
}

void
AddCounters(const NatCounters& counters, NatResult& result)
{
    result.asked += counters.asked;
    result.granted += counters.granted;
    result.collisions += counters.collisions;
    result.evicted += counters.evicted;
    result.lost += counters.lost;
}

void
AddPeaks(const Nat& nat, NatResult& result)
{
    result.mappingsPeak = std::max<std::uint64_t>(result.mappingsPeak, nat.Mappings().Peak());
    result.mappingsMost = nat.Rules().limits.ofTable;
    result.portsInUsePeak = std::max<std::uint64_t>(result.portsInUsePeak, nat.Ports().Peak());
    result.portsUsable = nat.PortsUsable();
    result.logRecords += LogRecords(nat);
    if (nat.BlockPorts() > 0)
    {
        const double share =
            static_cast<double>(nat.BlockPortsPeak()) / static_cast<double>(nat.BlockPorts());
        result.blockUtilisationPeak = std::max(result.blockUtilisationPeak.value_or(0), share);
    }
}

} // namespace

NatResult
NatResultOf(const NatGroup& group,
            std::uint32_t number,
            Border& border,
            Duration counted,
            Instant now)
{
    NatResult result;
    result.name = group.name;
    result.preset = group.preset.name;
    result.devices = border.DeviceCount(number);
    result.addresses = group.addresses;
    PortsOfSubscribers subscribers;
    std::uint64_t preserved = 0;
    std::uint64_t probes = 0;
    double area = 0;
    const std::uint32_t first = border.FirstDevice(number);
    for (std::uint32_t device = first; device < first + result.devices; ++device)
    {
        Nat& nat = border.Device(device);
        nat.CatchUp(now);
        AddCounters(nat.Counters(), result);
        AddDrops(nat.Counters(), group.preset.counters, result);
        AddPeaks(nat, result);
        subscribers.Add(nat, now);
        preserved += nat.Counters().preserved;
        probes += nat.Counters().probes;
        area += static_cast<double>(nat.MappingArea(now));
    }
    subscribers.Report(counted, result);
    if (counted > Duration{0})
    {
        result.mappingsMean = area / static_cast<double>(counted.count()) / result.devices;
    }
    if (result.granted > 0)
    {
        result.preservedShare =
            static_cast<double>(preserved) / static_cast<double>(result.granted);
    }
    if (result.asked > 0)
    {
        result.probesMean = static_cast<double>(probes) / static_cast<double>(result.asked);
    }
    return result;
}

} // namespace portlab
