// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/flow/verdict.h"

#include "model/core/base/check.h"
#include "model/core/flow/nat-chain.h"

#include <algorithm>
#include <cstdio>
#include <optional>

namespace portlab
{

namespace
{

/// 28232 as "28,232".
std::string
Grouped(std::uint64_t number)
{
    std::string text = std::to_string(number);
    for (std::size_t place = text.size(); place > 3;)
    {
        place -= 3;
        text.insert(place, ",");
    }
    return text;
}

std::string
Decimal(const char* format, double value)
{
    char text[64];
    std::snprintf(text, sizeof text, format, value);
    return text;
}

/// "22.1 %"; small shares keep two digits that say something.
std::string
Percent(double share)
{
    return Decimal(share >= 0.01 || share == 0 ? "%.1f %%" : "%.2g %%", 100 * share);
}

/// How many times today's load: two digits behind the point while that says something.
std::string
Times(double factor)
{
    return factor < 10    ? Decimal("%.2f", factor)
           : factor < 100 ? Decimal("%.0f", factor)
                          : Grouped(static_cast<std::uint64_t>(factor));
}

/// Something of which there is only so much.
struct Limit
{
    std::string name;
    std::string where; ///< "generator -> api", or a group of NATs.
    std::uint64_t used;
    std::uint64_t usable;
    bool gave; ///< Connections failed by it.

    double Share() const
    {
        return usable == 0 ? 0 : static_cast<double>(used) / static_cast<double>(usable);
    }
};

class Judgement
{
  public:
    Judgement(const Topology& topology, const FlowStatistics& statistics)
        : m_topology(topology),
          m_statistics(statistics)
    {
    }

    Verdict Give() const
    {
        const std::optional<std::uint32_t> worst = MostFailures();
        return worst ? Failed(*worst) : Held();
    }

  private:
    std::optional<std::uint32_t> MostFailures() const
    {
        std::optional<std::uint32_t> worst;
        std::uint64_t most = 0;
        for (std::uint32_t pair = 0; pair < m_statistics.pairs.size(); ++pair)
        {
            const std::uint64_t failed = Total(m_statistics.pairs[pair].failed);
            if (failed > most)
            {
                most = failed;
                worst = pair;
            }
        }
        return worst;
    }

    const HostGroup& GroupOf(std::uint32_t pair) const
    {
        return m_topology.workload.hosts[m_topology.pairs[pair].group];
    }

    const std::string& ServiceOf(std::uint32_t pair) const
    {
        return m_topology.workload.services[m_topology.pairs[pair].service].name;
    }

    bool SharesPorts(std::uint32_t pair) const
    {
        return GroupOf(pair).profile.uniqueness.value != Uniqueness::Destination;
    }

    std::uint32_t Usable(std::uint32_t pair) const
    {
        return m_statistics.Usable(pair, m_statistics.pairs[pair].taken);
    }

    std::string WayOf(std::uint32_t pair) const
    {
        return GroupOf(pair).name + " -> " + ServiceOf(pair);
    }

    std::uint64_t PortFailures(std::uint32_t pair) const
    {
        const FailureCounts& failed = m_statistics.pairs[pair].failed;
        return failed[static_cast<std::size_t>(Failure::NoFreePort)] +
               failed[static_cast<std::size_t>(Failure::TimeWaitCollision)];
    }

    /// The fullest place of a pair: "ports of clients[17] towards db", or "ports of desktop (all
    /// destinations)".
    Limit PortsOf(std::uint32_t pair) const
    {
        const PortPeak& taken = m_statistics.pairs[pair].taken;
        const std::string host = m_topology.HostName(m_topology.ledger.HostOf(taken.path));
        const std::string peers =
            SharesPorts(pair) ? " (all destinations)"
                              : " towards " + m_topology.EndpointName(m_topology.paths[taken.path]);
        return {"ports of " + host + peers,
                WayOf(pair),
                taken.ports,
                Usable(pair),
                PortFailures(pair) > 0};
    }

    /// What the worst device of a group of NATs has come nearest to.
    Limit NatLimitOf(std::uint32_t nat) const
    {
        const Border& border = m_topology.border;
        const std::string& name = m_topology.workload.nats[nat].name;
        const bool gave = border.FirstDrop(nat).has_value();
        Limit nearest{WordsFor(NatLimit::Ports) + name, name, 0, 1, gave};
        const std::uint32_t first = border.FirstDevice(nat);
        for (std::uint32_t device = first; device < first + border.DeviceCount(nat); ++device)
        {
            for (const NatPeak& peak : border.Device(device).Peaks())
            {
                const Limit limit{WordsFor(peak.limit) + name,
                                  name,
                                  peak.load.used,
                                  peak.load.usable,
                                  gave};
                nearest = limit.Share() > nearest.Share() ? limit : nearest;
            }
        }
        return nearest;
    }

    static std::string WordsFor(NatLimit limit)
    {
        switch (limit)
        {
        case NatLimit::Blocks:
            return "ports in blocks of ";
        case NatLimit::PortsOfHost:
            return "ports of one host behind ";
        case NatLimit::MappingsOfHost:
            return "mappings of one host behind ";
        case NatLimit::Table:
            return "mappings of ";
        case NatLimit::Ports:
            break;
        }
        return "external ports of ";
    }

    /// The limit that is nearest to its end, but for that of a pair, whoever else draws from it
    /// too, and that of a group of NATs.
    std::optional<Limit> Nearest(std::optional<std::uint32_t> exceptPair,
                                 std::optional<std::uint32_t> exceptNat) const
    {
        std::optional<Limit> nearest;
        const auto look = [&nearest](const Limit& limit) {
            if (limit.used > 0 && (!nearest || limit.Share() > nearest->Share()))
            {
                nearest = limit;
            }
        };
        for (std::uint32_t pair = 0; pair < m_statistics.pairs.size(); ++pair)
        {
            const bool isSame =
                exceptPair && (pair == *exceptPair ||
                               (SharesPorts(pair) && &GroupOf(pair) == &GroupOf(*exceptPair)));
            if (!isSame && m_statistics.pairs[pair].taken.ports > 0)
            {
                look(PortsOf(pair));
            }
        }
        for (std::uint32_t nat = 0; nat < m_topology.workload.nats.size(); ++nat)
        {
            if (exceptNat != nat)
            {
                look(NatLimitOf(nat));
            }
        }
        return nearest;
    }

    static void AddNext(Verdict& verdict, const std::optional<Limit>& next)
    {
        if (!next)
        {
            verdict.sentence += " This scenario has no other limit.";
            return;
        }
        verdict.nextLimit = next->name;
        verdict.nextLimitFactor = 1 / next->Share();
        verdict.sentence += " Next limit: " + next->name;
        verdict.sentence += next->gave ? ", which gave as well."
                                       : ", " + Percent(next->Share()) + " used: it takes " +
                                             Times(*verdict.nextLimitFactor) + " times this load.";
    }

    Verdict Held() const
    {
        Verdict verdict;
        verdict.sentence = "Nothing failed.";
        if (const std::optional<Limit> nearest = Nearest(std::nullopt, std::nullopt))
        {
            verdict.where = nearest->where;
            verdict.used = nearest->used;
            verdict.usable = nearest->usable;
            verdict.nextLimit = nearest->name;
            verdict.nextLimitFactor = 1 / nearest->Share();
            verdict.sentence += " The nearest limit is the " + nearest->name + ": at most " +
                                Grouped(nearest->used) + " of " + Grouped(nearest->usable) +
                                " were in use (" + Percent(nearest->Share()) + "), so it takes " +
                                Times(*verdict.nextLimitFactor) + " times this load.";
        }
        return verdict;
    }

    Verdict Failed(std::uint32_t number) const
    {
        const PairStatistics& pair = m_statistics.pairs[number];
        const auto most = std::max_element(pair.failed.begin(), pair.failed.end());
        const FailureScene& scene =
            *pair.firstFailures[static_cast<std::size_t>(most - pair.failed.begin())];
        Verdict verdict;
        verdict.limit = FAILURE_NAMES[static_cast<std::size_t>(scene.reason)];
        verdict.where = WayOf(number);
        verdict.since = scene.time;
        const double share = static_cast<double>(Total(pair.failed)) /
                             static_cast<double>(std::max<std::uint64_t>(pair.Attempts(), 1));
        verdict.sentence = Cause(number, scene) + ": " + Grouped(Total(pair.failed)) + " of " +
                           Grouped(pair.Attempts()) + " connections failed (" + Percent(share) +
                           ").";
        if (IsAboutPorts(scene.reason))
        {
            verdict.used = scene.taken;
            verdict.usable = scene.usable;
        }
        const std::optional<std::uint32_t> nat = NatOf(number, scene.reason);
        if (nat)
        {
            const NatScene& drop = *m_topology.border.FirstDrop(*nat);
            verdict.since = drop.time;
            verdict.used = drop.used;
            verdict.usable = drop.usable;
        }
        AddNext(verdict,
                Nearest(IsAboutPorts(scene.reason) ? std::optional(number) : std::nullopt, nat));
        return verdict;
    }

    static bool IsAboutPorts(Failure reason)
    {
        return reason == Failure::NoFreePort || reason == Failure::TimeWaitCollision;
    }

    /// The group of NATs whose drops a pair fails by; empty if it fails by something else.
    std::optional<std::uint32_t> NatOf(std::uint32_t number, Failure reason) const
    {
        std::optional<std::uint32_t> found;
        if (reason != Failure::NatNoPort && reason != Failure::NatTableFull)
        {
            return found;
        }
        const Pair& pair = m_topology.pairs[number];
        for (const std::uint32_t nat : NatChain(m_topology.workload, pair.group, pair.service))
        {
            const auto& drop = m_topology.border.FirstDrop(nat);
            if (drop && (!found || drop->time < m_topology.border.FirstDrop(*found)->time))
            {
                found = nat;
            }
        }
        Check(found.has_value(), "a NAT failed a connection and none has dropped anything");
        return found;
    }

    std::string NatCause(std::uint32_t nat, const std::string& host, const std::string& peer) const
    {
        const NatScene& drop = *m_topology.border.FirstDrop(nat);
        const std::string& name = m_topology.workload.nats[nat].name;
        const std::string when = Decimal(" at %.1f s", InSeconds(drop.time));
        const std::string load = Grouped(drop.used) + " of " + Grouped(drop.usable);
        switch (drop.reason)
        {
        case NatDrop::TableFull:
            return "the table of " + name + " was full" + when + ", with " + load + " mappings";
        case NatDrop::SubscriberLimit:
            return name + " gave " + host + " no further port" + when + ", with " + load +
                   " in use";
        case NatDrop::LostRace:
            return name + " dropped packets of which two took the same port at one instant, first" +
                   when;
        case NatDrop::NotHandled:
            return name + " does not translate what " + host + " sends to " + peer;
        default:
            if (m_topology.workload.nats[nat].preset.blocks.value != BlockMode::None)
            {
                return name + " had no block of ports left for " + host + when + ", with " + load +
                       " ports in blocks";
            }
            return name + " found no external port towards " + peer + when + ", with " + load +
                   " in use";
        }
    }

    std::string Cause(std::uint32_t number, const FailureScene& scene) const
    {
        const std::string host = m_topology.HostName(m_topology.ledger.HostOf(scene.path));
        const std::string peer = m_topology.EndpointName(m_topology.paths[scene.path]);
        const std::string when = Decimal(" at %.1f s", InSeconds(scene.time));
        const std::string ports = Grouped(scene.taken) + " of " + Grouped(scene.usable);
        switch (scene.reason)
        {
        case Failure::NoFreePort:
            return host + " ran out of ports " +
                   (SharesPorts(number) ? "for all destinations" : "towards " + peer) + when +
                   ", with " + ports + " held or in TIME_WAIT";
        case Failure::TimeWaitCollision:
            return host + " had no port left" + when + " but those in TIME_WAIT towards " + peer +
                   ", with " + ports + " held or in TIME_WAIT";
        case Failure::PeerTimeWait:
            return peer + " kept ignoring SYNs of " + host +
                   " whose 4-tuple is in its own TIME_WAIT; the first was given up" + when;
        case Failure::NatNoPort:
        case Failure::NatTableFull:
            return NatCause(*NatOf(number, scene.reason), host, peer);
        case Failure::Firewall:
            return "a firewall dropped the answers of " + peer + " to " + host +
                   ", which gave up for the first time" + when;
        default:
            return peer + " did not answer " + host + ", which gave up for the first time" + when;
        }
    }

    const Topology& m_topology;
    const FlowStatistics& m_statistics;
};

} // namespace

Verdict
Judge(const Topology& topology, const FlowStatistics& statistics)
{
    return Judgement(topology, statistics).Give();
}

} // namespace portlab
