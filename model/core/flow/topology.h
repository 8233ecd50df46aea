// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TOPOLOGY_H
#define PORTLAB_TOPOLOGY_H

#include "model/core/base/random.h"
#include "model/core/flow/border.h"
#include "model/core/flow/placement.h"
#include "model/core/flow/workload.h"
#include "model/core/port/port-ledger.h"
#include "model/core/port/timer-wheel.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace portlab
{

/// Which search for a port a connection pays for.
enum class Search : std::uint8_t
{
    Connect,
    Bind,
    Udp,
};

constexpr std::size_t SEARCH_COUNT = 3;

/// Something that makes requests of one kind: a traffic, or a call. Both in one list, traffic
/// first.
struct Stream
{
    std::string name;
    std::uint32_t from;       ///< Host group.
    std::uint32_t to;         ///< Service.
    const Arrivals* arrivals; ///< Null for calls: they come with the requests they belong to.
    HoldTime hold;
    ClosingShares closes;
    Transport transport;
    std::optional<Duration> connectTimeout;
    RetryRule retry;
    SocketOptions socket;
    std::uint64_t sends;
    Duration speaksEvery;
    std::uint32_t callCount{0};     ///< Calls: how many for each request.
    Search search{Search::Connect}; ///< Where its TCP connections get their ports.
    std::uint32_t firstSource{0};   ///< One source for each host of the group, from this one on.
    std::uint32_t pair{0};
    Duration rtt{0}; ///< Of the service.
    /// Whether every SYN is answered within the program's patience: nothing can go wrong.
    bool isAnsweredAtOnce{false};
};

/// Where a service can be reached.
struct ServiceEndpoint
{
    Address address;
    Port port;
    std::uint32_t machine; ///< Whose TIME_WAIT it is; see PeerWaits.
    bool ipv6{false};      ///< A recorded one, of IPv6.
};

/// One host's side of one stream. Its draws depend on its own history only.
struct Source
{
    Random arrivals;
    Random life; ///< Endpoint, server, who closes, hold time: once a request, in this order.
    std::uint32_t stream;
    std::uint32_t host; ///< Its number among all hosts, and in the ledger.
    std::uint32_t nextAddress{0};
    std::uint32_t nextEndpoint{0};
    std::uint32_t firstPath; ///< Its stretch of the topology's table of paths.
};

/// Who asks whom: a host group and a service.
struct Pair
{
    std::uint32_t group;
    std::uint32_t service;
    bool serverCloses{false}; ///< Sometimes first, so that a 4-tuple may be in its TIME_WAIT.
    bool timestamps{false};   ///< Both ends use TCP timestamps.
    /// Whether a Linux server's judgement of a new SYN may hang on its sequence number.
    bool needsOrigins{false};
};

/// What the engine knows of one path beside the ledger.
struct PathInfo
{
    static constexpr std::uint32_t NOBODY = ~std::uint32_t{0};

    std::uint32_t pair{NOBODY}; ///< NOBODY: somebody else opened the path, on a host he shares.
    std::uint32_t machine{0};
    std::uint32_t endpoint{0}; ///< Of the service.
    Border::RouteId route{Border::DIRECT};
};

/// The machines of a workload, with every name turned into a number, and the ledger of their ports.
/// Random streams are keyed by names and places within a group, so that a further host or group
/// changes nobody else's draws.
class Topology
{
  public:
    Topology(const Workload& workload, std::uint64_t run);

    /// The path of a source's next request, from its next address to the given endpoint.
    PortLedger::PathId Path(Source& source, std::uint32_t endpoint, Transport transport);

    /// The endpoint of a source's next request.
    std::uint32_t NextEndpoint(Source& source) const;

    /// Which of a service's hosts takes a source's next request. If they share one address, it is
    /// up to whoever balances behind it.
    std::uint32_t NextServer(Source& source, std::uint32_t endpoint) const;

    /// The timers of a host's machine.
    TimerWheel WheelOf(std::uint32_t host) const
    {
        return TimerWheelOf(workload.hosts[hostGroups[host]].profile, ledger.Boot(host));
    }

    std::uint32_t HostCount() const
    {
        return static_cast<std::uint32_t>(hostGroups.size());
    }

    /// The first of a host's addresses.
    Address HostAddress(std::uint32_t host) const
    {
        return m_hostAddress[host];
    }

    /// "generator", or "clients[17]", or the recorded address.
    std::string HostName(std::uint32_t host) const;

    /// "api", or "api[2]", or the recorded endpoint.
    std::string EndpointName(const PathInfo& path) const;

    // Read by the engine and the statistics; only this class changes the tables' shape.
    const Workload& workload;
    PortLedger ledger;
    const Placement placement;
    Border border;
    std::vector<Stream> streams;
    std::vector<Source> sources;
    std::vector<Pair> pairs;
    std::vector<std::uint32_t> hostGroups;   ///< Of each host.
    std::vector<std::uint32_t> hostMachines; ///< Of each host: containers may share one.
    std::vector<std::uint32_t> groupFirstHost;
    std::vector<std::vector<ServiceEndpoint>> endpoints; ///< Of each service.
    std::vector<std::vector<std::uint32_t>> callsOf;     ///< Streams, of each service.
    std::vector<PathInfo> paths;                         ///< By the ledger's numbers.
    std::vector<Random> portDraws;                       ///< Of each host.
    std::uint32_t machineCount{0};

  private:
    void AddHosts(StreamKey key);
    PortLedger::KernelId KernelOf(const HostPlace& place, StreamKey key);
    void AddServices(StreamKey key);
    void AddRecordedEndpoints(const Service& service, StreamKey key);
    void AddStreams();
    void SettlePairs();
    bool CallsBind(std::uint32_t group) const;
    void AddSources(StreamKey key);
    std::uint32_t PairOf(std::uint32_t group, std::uint32_t service);
    Address ReserveAddresses(StreamKey owner, std::size_t count);

    std::vector<std::uint32_t> m_kernelOfNode; ///< By number of the node.
    std::map<Address, Address> m_reserved;     ///< Stretches of addresses: first and last of each.
    std::vector<Address> m_hostAddress;        ///< The first of each host.
    std::vector<std::uint32_t> m_pathTable;
};

} // namespace portlab

#endif // PORTLAB_TOPOLOGY_H
