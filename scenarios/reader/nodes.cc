// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/reader/nodes.h"

#include "scenarios/reader/hosts.h"
#include "scenarios/reader/values.h"

namespace portlab
{

namespace
{

NodeGroup
ReadNodeGroup(const Entry& entry)
{
    const Section section(entry.node, ScenarioFormat().node);
    NodeGroup nodes;
    nodes.name = entry.key;
    nodes.count = CountOr(section, "count", nodes.count);
    nodes.zones = CountOr(section, "zones", nodes.zones);
    if (nodes.zones > nodes.count)
    {
        Refuse(section.Get("zones"),
               "a zone would have no node: expected at most count, " + std::to_string(nodes.count));
    }
    return nodes;
}

} // namespace

void
ReadNodes(const Section& top, Scenario& scenario)
{
    for (const Entry* entry : NamedTables(top, "nodes"))
    {
        scenario.workload.nodes.push_back(ReadNodeGroup(*entry));
    }
}

void
ReadPlace(const Section& section, const Workload& workload, HostGroup& group)
{
    group.zones = CountOr(section, "zones", group.zones);
    const Node* node = section.Find("node");
    if (node == nullptr)
    {
        section.Forbid(
            "shares_kernel",
            "only hosts on a node can: write node, or hosts_per_kernel in place of this");
        return;
    }
    group.nodes = ReadReference(*node, NamesOf(workload.nodes), "node group");
    const std::string owner = "[nodes." + workload.nodes[*group.nodes].name + "]";
    section.Forbid("zones", "the hosts are in the zones of their nodes: write this under " + owner);
    section.Forbid("hosts_per_kernel",
                   "the hosts of a node have one kernel, or each its own with shares_kernel = "
                   "false: leave this out");
    if (const Node* shares = section.Find("shares_kernel"))
    {
        group.sharesKernel = ReadFlag(*shares);
    }
}

} // namespace portlab
