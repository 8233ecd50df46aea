// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_NAT_H
#define PORTLAB_NAT_H

#include "model/core/base/gauge.h"
#include "model/core/base/random.h"
#include "model/core/nat/external-ports.h"
#include "model/core/nat/mapping-table.h"
#include "model/core/nat/nat-counters.h"
#include "model/core/nat/nat-rules.h"
#include "model/core/nat/recent-takes.h"
#include "model/core/nat/subscribers.h"
#include "model/core/nat/tcp-tracking.h"
#include "model/core/port/free-ports.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace portlab
{

/// What a NAT did with a packet.
struct Translation
{
    bool passed{false};
    NatDrop reason{NatDrop::NoPort}; ///< Why not, if not.
    Endpoint end{};                  ///< What it put in place: outbound the source, as the remote
                                     ///< end sees it, inbound the destination.
    MappingId mapping{NO_MAPPING};   ///< NO_MAPPING also if the packet ended it.
    bool isNew{false};               ///< The packet made the mapping.
    bool isForeseen{false};          ///< It will be answered, as Outbound() was told.
    std::uint32_t probes{0};         ///< External ports examined, found or not.
};

/// How much is used of what a NAT has, and how much there is.
struct NatLoad
{
    std::uint64_t used;
    std::uint64_t usable;
};

/// What a device has only so much of.
enum class NatLimit : std::uint8_t
{
    Ports,          ///< External ports of one address, where flows must differ in them.
    Blocks,         ///< Ports that can be parcelled out.
    PortsOfHost,    ///< Ports that one inside host can have in blocks.
    MappingsOfHost, ///< Mappings that one inside host may have.
    Table,          ///< Mappings of the device.
};

/// The most of it that was used at once.
struct NatPeak
{
    NatLimit limit;
    NatLoad load;
};

/// One translating device. It knows flows and segments and no packets, so that it serves both
/// fidelities: a router hands it what stands in headers; an engine of connections hands it first
/// packets, and tells it by Advance() where connections stand.
///
/// Expiry is lazy and exact: every call first ends what is over by `now`. Times must not decrease.
///
/// Invariants: every mapping is found from both sides; a port is taken in a scope exactly if a
/// mapping of that scope has it, resting or not; asked == granted + dropped first packets; granted
/// == live mappings + expired, ended, evicted, reopened and early dropped ones.
class Nat
{
  public:
    /// `addresses`: the external ones. The key is the device's own: all its draws come from it.
    Nat(std::shared_ptr<const NatRules> rules, std::vector<Address> addresses, StreamKey key);

    /// A packet from inside: finds the flow's mapping, or makes one. `answer`: when the answer to a
    /// SYN comes, after which packets pass often enough for every timer; for engines that know, and
    /// then need not tell by Advance() if the new mapping isForeseen.
    Translation Outbound(const InsideFlow& flow,
                         const TcpSegment& segment,
                         Instant now,
                         Instant answer = NEVER);

    /// A packet from outside to one of the external endpoints; the mapping names its inside end.
    /// Makes a mapping only where filtering lets strangers in, or a port is forwarded. Where
    /// nothing is translated, inside hosts are counted in place of addresses, by their first flow.
    Translation Inbound(NatProtocol protocol,
                        ExternalIndex address,
                        Port port,
                        const Endpoint& remote,
                        const TcpSegment& segment,
                        Instant now);

    /// A packet from inside to one of the external endpoints: both its ends are translated. Dropped
    /// unless the device does that.
    struct HairpinTranslation
    {
        Translation outbound; ///< Of its sender, whose external endpoint the receiver sees.
        Translation inbound;
    };

    HairpinTranslation Hairpin(const InsideFlow& flow, const TcpSegment& segment, Instant now);

    /// Sends what strangers send to a port of every external address to an inside end. The port is
    /// not handed out; no packet may have passed yet.
    void Forward(NatProtocol protocol, Port port, const Endpoint& inside);

    /// The mapping of a flow; NO_MAPPING if there is none, or no longer.
    MappingId Find(const InsideFlow& flow, Instant now);

    // For engines without packets.

    /// What has just passed brought a TCP mapping to this state. `isBusy`: from now on packets pass
    /// often enough for every timer.
    void Advance(MappingId id, NatState state, bool isBusy, Instant now);

    /// A packet has just come of a flow that it does not know, and does not take up.
    void MeetUnknown()
    {
        Drop(NatDrop::UnknownFlow);
    }

    /// A packet of UDP has just passed.
    void Pass(MappingId id, Direction direction, bool isBusy, Instant now);

    /// Ends what is over by `now`.
    void CatchUp(Instant now)
    {
        while (m_table.NextExpiry() <= now)
        {
            Expire(m_table.NextToExpire());
        }
    }

    /// The external ones, in the device's order.
    const std::vector<Address>& Addresses() const
    {
        return m_addresses;
    }

    const NatRules& Rules() const
    {
        return *m_rules;
    }

    const Mapping& operator[](MappingId id) const
    {
        return m_table[id];
    }

    /// What the remote end sees of a flow.
    Endpoint External(MappingId id) const;

    const MappingTable& Table() const
    {
        return m_table;
    }

    const ExternalPorts& Ports() const
    {
        return m_ports;
    }

    const std::vector<Subscriber>& AllSubscribers() const
    {
        return m_subscribers.All();
    }

    /// Mappings over time, resting ones not counted.
    const Gauge& Mappings() const
    {
        return m_mappings;
    }

    const NatCounters& Counters() const
    {
        return m_counters;
    }

    /// Mappings that ended since the last reset.
    std::uint64_t Ended() const
    {
        return m_liveBefore + m_counters.granted - m_mappings.Count();
    }

    /// First packets that were dropped, whether or not counting began anew.
    std::uint64_t DroppedOfRun() const
    {
        return m_droppedBefore + m_counters.Dropped();
    }

    /// Most ports that were in blocks at once since the last reset, and all that can be.
    std::uint64_t BlockPortsPeak() const
    {
        return m_blockPortsPeak;
    }

    std::uint64_t BlockPorts() const
    {
        return m_blocks ? m_blocks->Total() : 0;
    }

    std::uint64_t BlockPortsInUse() const
    {
        return m_blocks ? m_blocks->InUse() : 0;
    }

    /// Ports that flows to one destination can have on one external address.
    std::uint32_t PortsUsable() const;

    /// The load of what a drop for this reason was about: ports towards the flow's remote end on
    /// all addresses, what its inside host has, or mappings.
    NatLoad LoadOf(NatDrop reason, const InsideFlow& flow);

    /// All its limits, and how near the device came to each since the last reset.
    std::vector<NatPeak> Peaks() const;

    /// Begins to count anew, at the end of a warm-up: counters, areas and peaks, but not what is
    /// there.
    void ResetStatistics(Instant now);

    /// Mappings times nanoseconds since then; resting ones not counted.
    std::uint64_t MappingArea(Instant now) const
    {
        return m_mappings.AreaAt(now) - m_areaBefore;
    }

    /// All bytes that grow with the mappings, those of indexes and port sets included.
    std::size_t MemoryBytes() const;

  private:
    /// The external endpoint of a new flow.
    struct Choice
    {
        ExternalIndex address{0};
        Port port{0};
        bool inherits{false}; ///< Another flow of the inside endpoint has the same.
    };

    /// A new flow, while it looks for its external endpoint.
    struct Request
    {
        InsideFlow flow;
        Instant now;
        std::uint32_t subscriber;
        bool isSyn;                      ///< It may evict.
        std::uint32_t sequence;          ///< Behind the SYN.
        NatDrop reason{NatDrop::NoPort}; ///< What stood in the way last.
        std::uint32_t probes{0};
        bool isCollision{false}; ///< The port that it would have kept was taken.
        Choice choice{};         ///< What the NAT has chosen, once it has.
    };

    /// What a flow's inside endpoint has already.
    enum class Heritage : std::uint8_t
    {
        Nothing, ///< That this flow could have as well.
        Chosen,  ///< The request has its choice.
        Refused, ///< The flow may have that or none, and another has it.
    };

    struct StaticForward
    {
        NatProtocol protocol;
        Port port;
        Endpoint inside;
    };

    enum class Fate : std::uint8_t
    {
        Lives,
        Ended,    ///< The packet passed, and took the mapping with it.
        Reopened, ///< The mapping made room for a new connection, whose first packet it is.
        Ignored,  ///< The packet belongs to no connection.
    };

    // nat.cc: packets.
    const TcpStep* FirstStep(NatProtocol protocol, const TcpSegment& segment) const;
    Translation Open(const InsideFlow& flow,
                     const TcpSegment& segment,
                     const TcpStep& first,
                     Instant now,
                     Instant answer);
    Translation OpenFromOutside(const InsideFlow& flow,
                                const Choice& choice,
                                const TcpSegment& segment,
                                Instant now);
    Translation MeetStranger(NatProtocol protocol,
                             const Choice& choice,
                             const Endpoint& remote,
                             const TcpSegment& segment,
                             Instant now);
    MappingId Add(const InsideFlow& flow,
                  const Choice& choice,
                  const TcpSegment& segment,
                  const TcpStep& first,
                  Instant now,
                  Instant answer = NEVER);
    Translation Followed(Fate fate, MappingId id, const Endpoint& end);
    Translation Drop(NatDrop reason);
    Translation Refuse(const Request& request, NatDrop reason);
    bool MayHaveMore(std::uint32_t subscriber);
    bool HasRoom(Instant now);
    MappingId AnyUnassured();
    void Reserve(Port port);

    // nat-states.cc: what packets do to mappings, and how these end.
    Fate Follow(MappingId id, Direction direction, const TcpSegment& segment, Instant now);
    Fate FollowTcp(MappingId id, Direction direction, const TcpSegment& segment, Instant now);
    void FollowUdp(MappingId id, Direction direction, Instant now);
    void Enter(MappingId id, const TcpStep& step, Direction direction, Instant now);
    void Assure(Mapping& mapping, bool isAssured);
    void Arm(MappingId id, NatState state, NatTimer timer, Instant now);
    Instant EndOf(Instant due) const;
    void Expire(MappingId id);
    void Finish(MappingId id, Instant now);
    void Free(MappingId id, Instant now);
    void LeaveHost(MappingId id, Instant now);
    bool SharesPort(MappingId id) const;
    bool IsHandedOut(NatProtocol protocol, Port port) const;
    void TakePort(const InsideFlow& flow, const Choice& choice, Instant now);
    void ReleasePort(MappingId id, Instant now);

    // nat-choice.cc: which external endpoint. True if the request has its choice.
    bool Choose(Request& request);
    bool ChooseSeen(Request& request);
    Heritage Inherit(Request& request);
    bool IsOpenTo(const InsideFlow& flow, const Mapping& mapping);
    std::uint32_t FirstAddress(const Request& request);
    bool ChooseOn(ExternalIndex address, Request& request);
    const PortClass& ClassOf(Port inside) const;
    bool IsFree(ExternalPorts::ScopeId scope, Port port) const;
    bool ChoosePort(ExternalIndex address, const PortRange& range, Request& request);

    // nat-search.cc: which external port.
    std::optional<Port> Search(ExternalIndex address, const PortRange& range, Request& request);
    Pick SearchFree(const FreePorts& free, const PortRange& range);
    std::optional<Port> SearchWindows(ExternalIndex address,
                                      const PortRange& range,
                                      const FreePorts& free,
                                      Request& request);
    std::optional<Port> EvictFrom(const SearchPlan& window,
                                  std::uint32_t reached,
                                  ExternalIndex address,
                                  Request& request);
    bool Evict(ExternalIndex address, Port port, const Request& request);

    // nat-blocks.cc: which block of ports.
    bool ChooseInBlocks(Request& request);
    std::optional<PortBlock> NextBlock(Request& request);
    NatLoad LoadOfBlocks(const Subscriber& subscriber, const InsideFlow& flow);
    std::uint64_t MostPortsOfHost() const;
    std::uint32_t CountReserved(const PortRange& range) const;
    HeldBlock* BlockOf(Subscriber& subscriber, ExternalIndex address, Port port);
    void LeaveBlock(Subscriber& subscriber, HeldBlock& held);

    std::shared_ptr<const NatRules> m_rules;
    std::vector<Address> m_addresses;
    Random m_random;
    MappingTable m_table;
    ExternalPorts m_ports;
    Subscribers m_subscribers;
    std::unique_ptr<BlockPool> m_blocks; ///< Null without blocks.
    std::unique_ptr<PortSet> m_reserved; ///< Null without reserved ports.
    std::vector<StaticForward> m_forwards;
    RecentTakes m_recent;
    ExternalIndex m_nextAddress{0}; ///< AddressPick::RoundRobin.
    std::uint32_t m_assured{0};
    Gauge m_mappings{};
    std::uint64_t m_areaBefore{0};
    std::uint64_t m_liveBefore{0};
    std::uint64_t m_droppedBefore{0};
    std::uint64_t m_blockPortsPeak{0};
    NatCounters m_counters{};
};

} // namespace portlab

#endif // PORTLAB_NAT_H
