// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_PLACEMENT_H
#define PORTLAB_PLACEMENT_H

#include "model/core/flow/workload.h"

#include <cstdint>
#include <vector>

namespace portlab
{

/// Where a host stands.
struct HostPlace
{
    std::uint32_t group;
    std::uint32_t host; ///< Its number among all hosts of the workload.
    std::uint32_t node; ///< Its number among all nodes of the workload.
    std::uint32_t zone;
};

/// Which node and zone each host is on. Hosts that are on no named node are on one of their own, or
/// share it with those of the same kernel.
class Placement
{
  public:
    explicit Placement(const Workload& workload)
        : m_workload(workload)
    {
        for (const NodeGroup& nodes : workload.nodes)
        {
            m_firstNode.push_back(m_nodeCount);
            m_nodeCount += nodes.count;
        }
        for (const HostGroup& hosts : workload.hosts)
        {
            m_firstHost.push_back(m_hostCount);
            m_hostCount += hosts.count;
            m_firstOwnNode.push_back(m_nodeCount);
            m_nodeCount += hosts.nodes ? 0 : (hosts.count - 1) / hosts.hostsPerKernel + 1;
        }
    }

    /// The place of the host with this index in its group.
    HostPlace Of(std::uint32_t group, std::uint32_t index) const
    {
        const HostGroup& hosts = m_workload.hosts[group];
        const std::uint32_t host = m_firstHost[group] + index;
        if (!hosts.nodes)
        {
            const std::uint32_t own = index / hosts.hostsPerKernel;
            return {group, host, m_firstOwnNode[group] + own, own % hosts.zones};
        }
        const NodeGroup& nodes = m_workload.nodes[*hosts.nodes];
        const std::uint32_t node = index % nodes.count;
        return {group, host, m_firstNode[*hosts.nodes] + node, node % nodes.zones};
    }

  private:
    const Workload& m_workload;
    std::vector<std::uint32_t> m_firstHost;    ///< Of each host group.
    std::vector<std::uint32_t> m_firstNode;    ///< Of each node group.
    std::vector<std::uint32_t> m_firstOwnNode; ///< Of each host group.
    std::uint32_t m_hostCount{0};
    std::uint32_t m_nodeCount{0};
};

} // namespace portlab

#endif // PORTLAB_PLACEMENT_H
