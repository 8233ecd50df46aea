// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/flow/verdict.h"

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

    double Utilisation(std::uint32_t pair) const
    {
        return static_cast<double>(m_statistics.pairs[pair].taken.ports) / Usable(pair);
    }

    std::uint64_t PortFailures(std::uint32_t pair) const
    {
        const FailureCounts& failed = m_statistics.pairs[pair].failed;
        return failed[static_cast<std::size_t>(Failure::NoFreePort)] +
               failed[static_cast<std::size_t>(Failure::TimeWaitCollision)];
    }

    /// The fullest place of a pair: "ports of clients[17] towards db", or "ports of desktop (all
    /// destinations)".
    std::string LimitName(std::uint32_t pair) const
    {
        const std::uint32_t path = m_statistics.pairs[pair].taken.path;
        return "ports of " + m_topology.HostName(m_topology.ledger.HostOf(path)) +
               (SharesPorts(pair) ? " (all destinations)"
                                  : " towards " + m_topology.EndpointName(m_topology.paths[path]));
    }

    /// The pair whose ports are nearest to their end, but for those that `except` draws from too.
    std::optional<std::uint32_t> Nearest(std::optional<std::uint32_t> except) const
    {
        std::optional<std::uint32_t> nearest;
        for (std::uint32_t pair = 0; pair < m_statistics.pairs.size(); ++pair)
        {
            const bool isSame =
                except &&
                (pair == *except || (SharesPorts(pair) && &GroupOf(pair) == &GroupOf(*except)));
            if (!isSame && m_statistics.pairs[pair].taken.ports > 0 &&
                (!nearest || Utilisation(pair) > Utilisation(*nearest)))
            {
                nearest = pair;
            }
        }
        return nearest;
    }

    void AddNext(Verdict& verdict, std::optional<std::uint32_t> next) const
    {
        if (!next)
        {
            verdict.sentence += " This scenario has no other limit.";
            return;
        }
        verdict.nextLimit = LimitName(*next);
        verdict.nextLimitFactor = 1 / Utilisation(*next);
        verdict.sentence += " Next limit: " + *verdict.nextLimit;
        verdict.sentence += PortFailures(*next) > 0
                                ? ", which gave as well."
                                : ", " + Percent(Utilisation(*next)) + " used: it takes " +
                                      Times(*verdict.nextLimitFactor) + " times this load.";
    }

    Verdict Held() const
    {
        Verdict verdict;
        verdict.sentence = "Nothing failed.";
        const std::optional<std::uint32_t> nearest = Nearest(std::nullopt);
        if (nearest)
        {
            const PairStatistics& pair = m_statistics.pairs[*nearest];
            verdict.where = GroupOf(*nearest).name + " -> " + ServiceOf(*nearest);
            verdict.used = pair.taken.ports;
            verdict.usable = Usable(*nearest);
            verdict.nextLimit = LimitName(*nearest);
            verdict.nextLimitFactor = 1 / Utilisation(*nearest);
            verdict.sentence += " The nearest limit is the " + *verdict.nextLimit + ": at most " +
                                Grouped(*verdict.used) + " of " + Grouped(*verdict.usable) +
                                " were in use (" + Percent(Utilisation(*nearest)) +
                                "), so it takes " + Times(*verdict.nextLimitFactor) +
                                " times this load.";
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
        verdict.where = GroupOf(number).name + " -> " + ServiceOf(number);
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
        AddNext(verdict,
                Nearest(IsAboutPorts(scene.reason) ? std::optional(number) : std::nullopt));
        return verdict;
    }

    static bool IsAboutPorts(Failure reason)
    {
        return reason == Failure::NoFreePort || reason == Failure::TimeWaitCollision;
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
