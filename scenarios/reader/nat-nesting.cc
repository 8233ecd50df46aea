// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/reader/nat-nesting.h"

#include "model/core/flow/inside-addresses.h"
#include "model/core/flow/nat-chain.h"
#include "scenarios/reader/limits.h"

#include <bitset>
#include <stdexcept>

namespace portlab
{

namespace
{

/// A set of NATs, by their indexes in the workload.
using NatSet = std::bitset<MAX_NATS>;

class NestingCheck
{
  public:
    NestingCheck(const Section& top, const Workload& workload)
        : m_top(top),
          m_workload(workload),
          m_nats(workload.nats),
          m_inside(InsideOfEach(workload))
    {
    }

    /// In this order: each relies on those before it.
    void Check() const
    {
        RefuseCircles();
        for (const NatGroup& nat : m_nats)
        {
            CheckSpan(nat);
        }
        RefuseForks();
        for (std::uint32_t nat = 0; nat < m_nats.size(); ++nat)
        {
            CheckRules(nat);
        }
    }

  private:
    /// For each NAT those inside of it, however deep.
    static std::vector<NatSet> InsideOfEach(const Workload& workload)
    {
        std::vector<NatSet> inside(workload.nats.size());
        for (std::size_t nat = 0; nat < inside.size(); ++nat)
        {
            for (const std::uint32_t inner : workload.nats[nat].insideNats)
            {
                inside[nat].set(inner);
            }
        }
        for (std::size_t between = 0; between < inside.size(); ++between)
        {
            for (NatSet& some : inside)
            {
                some |= some.test(between) ? inside[between] : NatSet();
            }
        }
        return inside;
    }

    const Node& NodeOf(const NatGroup& nat, const char* key) const
    {
        const Node* table = m_top.Get("nats").Find(nat.name);
        const Node* node = table->Find(key);
        return node ? *node : *table;
    }

    void RefuseCircles() const
    {
        for (std::uint32_t start = 0; start < m_nats.size(); ++start)
        {
            if (!m_inside[start].test(start))
            {
                continue;
            }
            NatSet seen;
            Refuse(NodeOf(m_nats[start], "inside"),
                   "a NAT cannot be inside itself: " + m_nats[start].name +
                       WayTo(start, start, seen) + ". Take one of them out");
        }
    }

    /// " <- b <- c" from what `nat` has inside down to `wanted`; empty if no way leads there but
    /// through NATs that were seen before.
    std::string WayTo(std::uint32_t wanted, std::uint32_t nat, NatSet& seen) const
    {
        for (const std::uint32_t inner : m_nats[nat].insideNats)
        {
            const std::string step = " <- " + m_nats[inner].name;
            if (inner == wanted)
            {
                return step;
            }
            if (!seen.test(inner))
            {
                seen.set(inner);
                const std::string rest = WayTo(wanted, inner, seen);
                if (!rest.empty())
                {
                    return step + rest;
                }
            }
        }
        return "";
    }

    /// Each host, and each device inside, belongs to one device.
    void CheckSpan(const NatGroup& nat) const
    {
        const Node& node = NodeOf(nat, "per");
        const auto number = static_cast<std::uint32_t>(&nat - m_nats.data());
        for (std::uint32_t index = 0; index < m_workload.hosts.size(); ++index)
        {
            const HostGroup& hosts = m_workload.hosts[index];
            if (nat.span == NatSpan::Node && IsInside(m_workload, index, number) && !hosts.nodes &&
                hosts.hostsPerKernel == 1)
            {
                Refuse(node,
                       "hosts." + hosts.name +
                           " is on no node: write node (and [nodes.NAME]) or hosts_per_kernel "
                           "there, or per = \"host\" here");
            }
        }
        for (const std::uint32_t index : nat.insideNats)
        {
            if (Width(nat.span) < Width(m_nats[index].span))
            {
                Refuse(node,
                       "a device of nats." + m_nats[index].name +
                           ", which is inside, would belong to several of these: expected per = " +
                           NameOf(m_nats[index].span) + " or wider");
            }
        }
    }

    static int Width(NatSpan span)
    {
        return span == NatSpan::Host   ? 0
               : span == NatSpan::Node ? 1
               : span == NatSpan::Zone ? 2
                                       : 3;
    }

    static std::string NameOf(NatSpan span)
    {
        return span == NatSpan::Node ? "\"node\"" : span == NatSpan::Zone ? "\"zone\"" : "\"all\"";
    }

    /// Of two NATs between the same hosts and service, one is inside the other.
    void RefuseForks() const
    {
        std::vector<NatSet> above(m_workload.hosts.size()); // For each host group, its NATs.
        for (std::size_t nat = 0; nat < m_nats.size(); ++nat)
        {
            for (std::size_t inner = 0; inner < m_nats.size(); ++inner)
            {
                const bool isPart = inner == nat || m_inside[nat].test(inner);
                for (std::size_t i = 0; isPart && i < m_nats[inner].insideHosts.size(); ++i)
                {
                    above[m_nats[inner].insideHosts[i]].set(nat);
                }
            }
        }
        for (std::size_t first = 0; first < m_nats.size(); ++first)
        {
            for (std::size_t second = first + 1; second < m_nats.size(); ++second)
            {
                CheckPair(first, second, above);
            }
        }
    }

    void CheckPair(std::size_t first, std::size_t second, const std::vector<NatSet>& above) const
    {
        const bool isNested = m_inside[first].test(second) || m_inside[second].test(first);
        const std::string service = isNested ? "" : CommonService(m_nats[first], m_nats[second]);
        for (std::size_t hosts = 0; hosts < above.size() && !service.empty(); ++hosts)
        {
            if (above[hosts].test(first) && above[hosts].test(second))
            {
                Refuse(NodeOf(m_nats[second], "inside"),
                       "hosts." + m_workload.hosts[hosts].name + " would reach services." +
                           service + " through nats." + m_nats[first].name + " as well as nats." +
                           m_nats[second].name +
                           ": put one inside the other, or part the services with only");
            }
        }
    }

    std::string CommonService(const NatGroup& a, const NatGroup& b) const
    {
        for (std::uint32_t service = 0; service < m_workload.services.size(); ++service)
        {
            if (Translates(a, service) && Translates(b, service))
            {
                return m_workload.services[service].name;
            }
        }
        return "";
    }

    void CheckRules(std::uint32_t nat) const
    {
        try
        {
            RulesOf(m_nats[nat].preset, MostInsideAddresses(m_workload, nat));
        }
        catch (const std::invalid_argument& error)
        {
            const Node& table = *m_top.Get("nats").Find(m_nats[nat].name);
            RefuseAt(table.where, table.path, error.what());
        }
    }

    const Section& m_top;
    const Workload& m_workload;
    const std::vector<NatGroup>& m_nats;
    std::vector<NatSet> m_inside;
};

} // namespace

void
CheckNesting(const Section& top, const Workload& workload)
{
    if (!workload.nats.empty())
    {
        NestingCheck(top, workload).Check();
    }
}

} // namespace portlab
