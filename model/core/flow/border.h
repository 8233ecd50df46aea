// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_BORDER_H
#define PORTLAB_BORDER_H

#include "model/core/base/random.h"
#include "model/core/flow/placement.h"
#include "model/core/flow/results.h"
#include "model/core/flow/workload.h"
#include "model/core/nat/nat.h"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <tuple>
#include <vector>

namespace portlab
{

/// What became of a client's packet on its way out.
struct Passage
{
    std::optional<Failure> failure{}; ///< Empty: an answer would come through.
    Endpoint seen{};                  ///< The client, as the service sees it.
    bool isForeseen{false};           ///< The only NAT knows of the answer: see Border::Send().
};

/// The circumstances of a drop: what the verdict speaks of.
struct NatScene
{
    Instant time;
    NatDrop reason;
    std::uint32_t device;
    std::uint64_t used; ///< Of what there was too little.
    std::uint64_t usable;
};

/// All that stands between hosts and services: NAT devices, some inside of others, and firewalls.
///
/// A route belongs to a path: which devices its packets pass, innermost first. They stand next to
/// the hosts: they see a packet when it leaves, and an answer when it arrives. Route 0 is the one
/// with nothing on it.
class Border
{
  public:
    using RouteId = std::uint32_t;
    static constexpr RouteId DIRECT = 0;

    Border(const Workload& workload, const Placement& placement, StreamKey key);

    /// How many external addresses all devices of a group have together.
    std::uint32_t AddressCount(std::uint32_t nat) const;

    /// Makes the devices of a group of NATs. Groups come in order.
    void AddDevices(std::uint32_t nat, Address firstAddress);

    /// The route of a path from an address of a host to an endpoint of a service.
    RouteId Open(const HostPlace& host,
                 std::uint32_t service,
                 Transport transport,
                 const Flow& flow);

    /// Whether the firewalls before a host group let answers through to these ports.
    bool LetsIn(std::uint32_t group, Port inside, Port outside) const;

    /// The first packet of a connection that was asked for at `asked`, or a repetition of it: every
    /// NAT that does not know the flow is asked for a mapping. `answer`: when the answer to a SYN
    /// comes, after which packets pass often enough for all; NEVER if that is not known. It is
    /// foreseen only where one NAT and no firewall is in the way; else Answer() has to tell.
    Passage Send(RouteId route, Port port, Instant asked, Instant now, Instant answer = NEVER);

    /// The first answer came. From now on packets pass every `speaksEvery`, or often enough for all
    /// if that is 0.
    void Answer(RouteId route, Port port, Duration speaksEvery, Instant now);

    /// A TCP connection has come to this state of its end. False if a NAT has forgotten it and
    /// answers with a reset.
    bool Close(RouteId route, Port port, NatState state, Instant now);

    /// The socket is gone: TCP was reset, or the last datagram has passed.
    void Cut(RouteId route, Port port, Instant now);

    /// The client as the service sees it; the flow must be known to all NATs on the way.
    Endpoint Seen(RouteId route, Port port, Instant now);

    /// A device has dropped a first packet: only the first of its group counts.
    void NoteDrop(std::uint32_t device, NatDrop reason, const InsideFlow& flow, Instant now);

    /// The devices that packets of a host pass towards a service, innermost first.
    std::vector<std::uint32_t> DevicesFor(const HostPlace& host, std::uint32_t service) const;

    /// The first time that a device of this group dropped a first packet, in the whole run.
    const std::optional<NatScene>& FirstDrop(std::uint32_t nat) const
    {
        return m_groups[nat].firstDrop;
    }

    // Devices are numbered group by group.

    std::uint32_t FirstDevice(std::uint32_t nat) const
    {
        return m_groups[nat].firstDevice;
    }

    std::uint32_t DeviceCount(std::uint32_t nat) const
    {
        return m_groups[nat].devices;
    }

    std::uint32_t DeviceCount() const
    {
        return static_cast<std::uint32_t>(m_devices.size());
    }

    Nat& Device(std::uint32_t device)
    {
        return m_devices[device];
    }

    const Nat& Device(std::uint32_t device) const
    {
        return m_devices[device];
    }

    /// The group of NATs that a device belongs to.
    std::uint32_t GroupOf(std::uint32_t device) const;

  private:
    struct Group
    {
        std::uint32_t firstDevice{0};
        std::uint32_t devices{0};
        std::vector<std::uint32_t> deviceOf{}; ///< By what its span counts.
        std::optional<NatScene> firstDrop{};
    };

    /// What packets pass, innermost first. Many routes share one.
    struct Crossing
    {
        std::vector<std::uint32_t> devices{};
        std::vector<std::uint32_t> firewalls{};

        friend bool operator<(const Crossing& a, const Crossing& b)
        {
            return std::tie(a.devices, a.firewalls) < std::tie(b.devices, b.firewalls);
        }
    };

    /// Small: a scenario may have a million.
    struct Route
    {
        Address inside;
        Endpoint remote;
        std::uint32_t crossing;
        NatProtocol protocol;
    };

    const Crossing& CrossingOf(const Route& route) const
    {
        return m_crossings[route.crossing];
    }

    void CountDevices(std::uint32_t nat, const Placement& placement);
    std::uint32_t DeviceFor(std::uint32_t nat, const HostPlace& host) const;
    std::vector<std::uint32_t> FirewallsBefore(std::uint32_t group) const;
    bool LetIn(const std::vector<std::uint32_t>& firewalls, Port inside, Port outside) const;
    template <typename Visit>
    Nat* ForEachMapping(RouteId route, Port port, Instant now, Visit visit);

    const Workload& m_workload;
    StreamKey m_key;
    std::vector<Group> m_groups;
    std::deque<Nat> m_devices;
    std::vector<Route> m_routes;
    std::vector<Crossing> m_crossings;
    std::map<Crossing, std::uint32_t> m_numbers; ///< Of crossings.
};

} // namespace portlab

#endif // PORTLAB_BORDER_H
