// SPDX-License-Identifier: GPL-2.0-only

// Hosts are dealt out in turn, to nodes and to zones: the first of either has as many as any. So
// one device of each kind is enough to look at. Where hosts stand is Placement's to say; a test
// compares this arithmetic with it.

#include "model/core/flow/inside-addresses.h"

#include "model/core/flow/nat-chain.h"

#include <algorithm>
#include <limits>
#include <set>

namespace portlab
{

namespace
{

constexpr std::uint64_t
RoundedUp(std::uint64_t count, std::uint64_t parts)
{
    return (count + parts - 1) / parts;
}

/// What one device is for: everything, the first zone, the first node of a kind, or one host.
struct Lot
{
    NatSpan span;
    std::optional<std::uint32_t> nodes{};  ///< Node: of this node group; or ...
    std::optional<std::uint32_t> owners{}; ///< ... of these hosts' own. Host: one of these.
};

class Arithmetic
{
  public:
    explicit Arithmetic(const Workload& workload)
        : m_workload(workload)
    {
        for (std::uint32_t nat = 0; nat < workload.nats.size(); ++nat)
        {
            m_hostsOf.push_back(HostsOf(nat));
        }
    }

    std::uint64_t AddressesInside(std::uint32_t nat)
    {
        std::uint64_t most = 0;
        for (const Lot& lot : LotsOf(nat))
        {
            const NatGroup& group = m_workload.nats[nat];
            std::uint64_t addresses = 0;
            for (const std::uint32_t hosts : group.insideHosts)
            {
                addresses += HostsIn(hosts, lot) * m_workload.hosts[hosts].addresses;
            }
            for (const std::uint32_t inner : group.insideNats)
            {
                addresses += DevicesIn(inner, lot) * m_workload.nats[inner].addresses;
            }
            most = std::max(most, addresses);
        }
        return most;
    }

  private:
    /// All host groups inside of a group of NATs.
    std::set<std::uint32_t> HostsOf(std::uint32_t nat) const
    {
        std::set<std::uint32_t> hosts;
        for (const std::uint32_t some : WithInner(m_workload, nat))
        {
            const auto& inside = m_workload.nats[some].insideHosts;
            hosts.insert(inside.begin(), inside.end());
        }
        return hosts;
    }

    /// The devices to look at.
    std::vector<Lot> LotsOf(std::uint32_t nat) const
    {
        const NatSpan span = m_workload.nats[nat].span;
        if (span == NatSpan::All || span == NatSpan::Zone)
        {
            return {{span}};
        }
        std::vector<Lot> lots;
        std::set<std::uint32_t> nodes;
        for (const std::uint32_t group : m_hostsOf[nat])
        {
            const HostGroup& hosts = m_workload.hosts[group];
            if (span == NatSpan::Host || !hosts.nodes)
            {
                lots.push_back({span, {}, group});
            }
            else if (nodes.insert(*hosts.nodes).second)
            {
                lots.push_back({span, hosts.nodes, {}});
            }
        }
        return lots;
    }

    /// Hosts of a group that a device is for.
    std::uint64_t HostsIn(std::uint32_t group, const Lot& lot) const
    {
        const HostGroup& hosts = m_workload.hosts[group];
        switch (lot.span)
        {
        case NatSpan::All:
            return hosts.count;
        case NatSpan::Zone:
            return HostsInZone(hosts);
        case NatSpan::Host:
            return lot.owners == group ? 1 : 0;
        case NatSpan::Node:
            break;
        }
        if (lot.owners)
        {
            return lot.owners == group ? std::min(hosts.count, hosts.hostsPerKernel) : 0;
        }
        return hosts.nodes == lot.nodes ? RoundedUp(hosts.count, m_workload.nodes[*lot.nodes].count)
                                        : 0;
    }

    std::uint64_t HostsInZone(const HostGroup& hosts) const
    {
        if (hosts.nodes)
        {
            const NodeGroup& nodes = m_workload.nodes[*hosts.nodes];
            return hosts.count / nodes.count * RoundedUp(nodes.count, nodes.zones) +
                   RoundedUp(hosts.count % nodes.count, nodes.zones);
        }
        const std::uint64_t kernels = NodesOf(hosts);
        const std::uint64_t missing = kernels * hosts.hostsPerKernel - hosts.count;
        return RoundedUp(kernels, hosts.zones) * hosts.hostsPerKernel -
               ((kernels - 1) % hosts.zones == 0 ? missing : 0);
    }

    /// Nodes that have a host of a group.
    std::uint64_t NodesOf(const HostGroup& hosts) const
    {
        return hosts.nodes ? std::min(m_workload.nodes[*hosts.nodes].count, hosts.count)
                           : RoundedUp(hosts.count, hosts.hostsPerKernel);
    }

    std::uint32_t ZonesOf(const HostGroup& hosts) const
    {
        return hosts.nodes ? m_workload.nodes[*hosts.nodes].zones : hosts.zones;
    }

    /// Devices of a group of NATs whose hosts are a part of a device's.
    std::uint64_t DevicesIn(std::uint32_t nat, const Lot& lot) const
    {
        const std::set<std::uint32_t>& groups = m_hostsOf[nat];
        if (lot.owners)
        {
            const bool isInside = groups.count(*lot.owners) > 0;
            const bool isOne = m_workload.nats[nat].span != NatSpan::Host;
            return !isInside ? 0 : isOne ? 1 : HostsIn(*lot.owners, lot);
        }
        const NatSpan span = m_workload.nats[nat].span;
        if (span == NatSpan::Host)
        {
            std::uint64_t devices = 0;
            for (const std::uint32_t group : groups)
            {
                devices += HostsIn(group, lot);
            }
            return devices;
        }
        if (span == NatSpan::Node && lot.span != NatSpan::Node)
        {
            return NodesIn(groups, lot.span);
        }
        if (span == NatSpan::Zone && lot.span == NatSpan::All)
        {
            return ZonesIn(groups);
        }
        return std::any_of(groups.begin(), groups.end(), [&](std::uint32_t group) {
            return HostsIn(group, lot) > 0;
        });
    }

    std::uint64_t NodesIn(const std::set<std::uint32_t>& groups, NatSpan span) const
    {
        std::vector<std::uint64_t> shared(m_workload.nodes.size(), 0);
        std::uint64_t nodes = 0;
        for (const std::uint32_t group : groups)
        {
            const HostGroup& hosts = m_workload.hosts[group];
            const std::uint64_t used =
                RoundedUp(NodesOf(hosts), span == NatSpan::Zone ? ZonesOf(hosts) : 1);
            if (hosts.nodes)
            {
                const std::uint64_t more = std::max(shared[*hosts.nodes], used);
                nodes += more - shared[*hosts.nodes];
                shared[*hosts.nodes] = more;
            }
            else
            {
                nodes += used;
            }
        }
        return nodes;
    }

    std::uint64_t ZonesIn(const std::set<std::uint32_t>& groups) const
    {
        std::uint64_t most = 0;
        for (const std::uint32_t group : groups)
        {
            const HostGroup& hosts = m_workload.hosts[group];
            most = std::max(most, std::min<std::uint64_t>(ZonesOf(hosts), NodesOf(hosts)));
        }
        return most;
    }

    const Workload& m_workload;
    std::vector<std::set<std::uint32_t>> m_hostsOf; ///< Of each group of NATs.
};

} // namespace

std::uint32_t
MostInsideAddresses(const Workload& workload, std::uint32_t nat)
{
    constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
    return static_cast<std::uint32_t>(std::min(most, Arithmetic(workload).AddressesInside(nat)));
}

} // namespace portlab
