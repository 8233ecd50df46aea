// SPDX-License-Identifier: GPL-2.0-only

// What the router shows of its device.

#include "model/nat-router.h"
#include "model/ns3-time.h"

#include <algorithm>
#include <array>
#include <tuple>

namespace ns3
{

using portlab::Endpoint;
using portlab::InsideFlow;
using portlab::Instant;
using portlab::Mapping;
using portlab::MappingId;
using portlab::NatProtocol;

namespace
{

constexpr std::array<const char*, portlab::NAT_PROTOCOL_COUNT> PROTOCOLS{"tcp", "udp", "icmp"};

/// As Linux's conntrack writes them, and the others in the same manner.
constexpr std::array<const char*, portlab::NAT_STATE_COUNT> STATES{"SYN_SENT",
                                                                   "SYN_RECV",
                                                                   "ESTABLISHED",
                                                                   "FIN_WAIT",
                                                                   "CLOSE_WAIT",
                                                                   "LAST_ACK",
                                                                   "TIME_WAIT",
                                                                   "CLOSE",
                                                                   "NEW",
                                                                   "STREAM",
                                                                   "ECHO",
                                                                   "RESTING"};

bool
IsBefore(const InsideFlow& a, const InsideFlow& b)
{
    const auto key = [](const InsideFlow& flow) {
        return std::tuple(flow.protocol,
                          flow.inside.address,
                          flow.inside.port,
                          flow.remote.address,
                          flow.remote.port);
    };
    return key(a) < key(b);
}

void
PrintEnd(std::ostream& out, const Endpoint& end)
{
    out << Ipv4Address(end.address) << ":" << end.port;
}

void
PrintRest(std::ostream& out, Instant expires, Instant now)
{
    if (expires == portlab::NEVER)
    {
        out << "kept";
        return;
    }
    out << std::chrono::duration_cast<std::chrono::seconds>(expires - now).count() << " s";
}

} // namespace

void
NatRouter::PrintMappings(std::ostream& out) const
{
    if (m_device == nullptr)
    {
        return;
    }
    ToCore({m_external.front().Get(), 0}); // A lender that lags behind catches up.
    m_device->CatchUp(portlab::SimulatorNow());
    const portlab::MappingTable& table = m_device->Table();
    std::vector<MappingId> ids;
    for (MappingId id = 0; id < table.IdLimit(); ++id)
    {
        if (table.IsLive(id))
        {
            ids.push_back(id);
        }
    }
    // Of resting mappings, several may have been of one flow; their ids tell them apart.
    std::stable_sort(ids.begin(), ids.end(), [&](MappingId a, MappingId b) {
        return IsBefore(table[a].Flow(), table[b].Flow());
    });
    for (const MappingId id : ids)
    {
        PrintMapping(out, id);
    }
}

void
NatRouter::PrintMapping(std::ostream& out, MappingId id) const
{
    const Mapping& mapping = (*m_device)[id];
    const InsideFlow flow = mapping.Flow();
    const Endpoint remote = FromCore(flow.remote);
    out << PROTOCOLS.at(static_cast<std::size_t>(flow.protocol)) << " "
        << STATES.at(static_cast<std::size_t>(mapping.State())) << " ";
    PrintEnd(out, FromCore(flow.inside));
    out << (mapping.startedOutside ? " <- " : " -> ");
    if (flow.protocol == NatProtocol::Icmp)
    {
        out << Ipv4Address(remote.address);
    }
    else
    {
        PrintEnd(out, remote);
    }
    out << " as ";
    PrintEnd(out, FromCore(m_device->External(id)));
    out << " ";
    PrintRest(out, mapping.Expires(), portlab::SimulatorNow());
    out << (mapping.seenReply ? "\n" : " [UNREPLIED]\n");
}

} // namespace ns3
