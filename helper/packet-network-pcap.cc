// SPDX-License-Identifier: GPL-2.0-only

// Captures of a network's packets, under the names that the scenario gives its machines.

#include "helper/packet-network.h"

#include "ns3/ipv4.h"
#include "ns3/node-list.h"
#include "ns3/point-to-point-helper.h"

#include <algorithm>

namespace portlab
{

/// "client[3]", or "egress[1]".
std::string
PacketNetwork::NameOf(const ns3::Ptr<ns3::Node>& node) const
{
    const auto host = std::find(m_hosts.begin(), m_hosts.end(), node);
    if (host != m_hosts.end())
    {
        return m_topology.HostName(static_cast<std::uint32_t>(host - m_hosts.begin()));
    }
    const auto router = std::find(m_routerNodes.begin(), m_routerNodes.end(), node);
    const auto device = static_cast<std::uint32_t>(router - m_routerNodes.begin());
    const std::uint32_t nat = m_topology.border.GroupOf(device);
    const std::string& name = m_topology.workload.nats[nat].name;
    return m_topology.border.DeviceCount(nat) == 1
               ? name
               : name + "[" + std::to_string(device - m_topology.border.FirstDevice(nat)) + "]";
}

void
PacketNetwork::EnablePcap(const std::string& prefix) const
{
    ns3::PointToPointHelper link;
    for (const auto& [lower, uplink] : m_uplinks)
    {
        const ns3::Ptr<ns3::Node> node = ns3::NodeList::GetNode(lower);
        const bool isHost = std::find(m_hosts.begin(), m_hosts.end(), node) != m_hosts.end();
        const bool isRouter =
            std::find(m_routerNodes.begin(), m_routerNodes.end(), node) != m_routerNodes.end();
        if (isHost || isRouter)
        {
            const auto device = node->GetObject<ns3::Ipv4>()->GetNetDevice(uplink.up);
            link.EnablePcap(prefix + "-" + NameOf(node) + ".pcap", device, false, true);
        }
    }
}

} // namespace portlab
