// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_WORKLOAD_H
#define PORTLAB_WORKLOAD_H

#include "model/core/base/time.h"
#include "model/core/nat/nat-preset.h"
#include "model/core/port/os-profile.h"
#include "model/core/port/socket-options.h"
#include "model/core/port/transport.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace portlab
{

/// Machines that hosts of several groups are placed on, in turn: host i is on node i % count.
struct NodeGroup
{
    std::string name;
    std::uint32_t count{1};
    std::uint32_t zones{1}; ///< Node i is in zone i % zones.
};

/// Machines of one kind that open connections. Each has its own ports; containers share a kernel.
struct HostGroup
{
    std::string name;
    std::uint32_t count{1};
    OsProfile profile;
    std::uint32_t addresses{1};      ///< Source addresses of each host, used in turn.
    std::uint32_t hostsPerKernel{1}; ///< Hosts on one machine: they share what Linux shares.
    /// Where the group stands for recorded hosts: their addresses, one a host; else empty.
    std::vector<std::string> recordedAddresses{};
    std::optional<std::uint32_t> nodes{}; ///< Index of the node group that it is placed on.
    bool sharesKernel{true};              ///< On nodes: all hosts of one node have one kernel.
    std::uint32_t zones{1};               ///< Without nodes: host i is in zone i % zones.
};

/// How a client spreads its connections over a service's addresses.
enum class Balance
{
    Random,
    RoundRobin, ///< Each host on its own, beginning at a place of its own.
};

/// A half-open stretch of time.
struct TimeSpan
{
    Instant from;
    Instant until;
};

/// Something that listens.
struct Service
{
    std::string name;
    std::uint32_t addresses{1};
    Port port{443};
    Duration rtt{std::chrono::milliseconds(1)};
    OsProfile profile; ///< Whose TIME_WAIT the service keeps when it closes first.
    Balance balance{Balance::Random};
    std::vector<TimeSpan> silent{}; ///< When SYNs get no answer at all.
    /// Index of the host group that serves, so that it can make calls; one address a host.
    std::optional<std::uint32_t> runsOn{};
    bool vip{false};                    ///< With runsOn: clients see one address for all.
    PeerPlace place{PeerPlace::Remote}; ///< Where it is for all who talk to it.
    bool ipv6{false};                   ///< Its addresses are of IPv6.
    /// Where the service stands for recorded destinations: "address:port" each; else empty.
    std::vector<std::string> recordedEndpoints{};

    /// Whether a segment that arrives at `now` gets no answer.
    bool IsSilent(Instant now) const
    {
        return std::any_of(silent.begin(), silent.end(), [now](const TimeSpan& span) {
            return span.from <= now && now < span.until;
        });
    }
};

// Arrivals of requests, for each host of the group. Rates are per second.

struct PoissonArrivals
{
    double rate;
};

struct ConstantArrivals
{
    double rate; ///< Evenly spaced.
    /// All hosts at the same moments; else each starts at a random point of the first interval.
    bool together{false};
};

struct SteppedArrivals
{
    struct Step
    {
        Instant from;
        double rate;
    };

    std::vector<Step> steps; ///< Poisson, at each step's rate until the next; times rise strictly.
};

struct UserArrivals
{
    std::uint32_t users; ///< Each waits for its answer before it thinks again.
    Duration think;      ///< Mean of an exponential pause; 0: none.
};

/// One recorded connection, with names resolved to indexes.
struct RecordedConnection
{
    Instant start;
    std::optional<Duration> hold; ///< Empty: not recorded; drawn from the traffic's hold time.
    std::uint32_t host;           ///< Index in the host group.
    std::uint32_t endpoint;       ///< Index in the service's recordedEndpoints.
    Transport transport;
};

struct RecordedArrivals
{
    std::shared_ptr<const std::vector<RecordedConnection>> connections; ///< In order of time.
};

using Arrivals = std::
    variant<PoissonArrivals, ConstantArrivals, SteppedArrivals, UserArrivals, RecordedArrivals>;

// How long a connection is held, from its establishment to the first close().

struct ExponentialHold
{
    Duration mean;
};

struct FixedHold
{
    Duration length;
};

struct LognormalHold
{
    Duration median;
    double sigma; ///< Standard deviation of the logarithm.
};

struct SampledHold
{
    std::vector<Duration> samples; ///< One is drawn, each as likely as another; never empty.
};

using HoldTime = std::variant<ExponentialHold, FixedHold, LognormalHold, SampledHold>;

/// Shares of the ways in which connections end; they sum to 1.
struct ClosingShares
{
    double client{1};     ///< The client closes first and keeps the TIME_WAIT.
    double server{0};     ///< The service does.
    double reset{0};      ///< The client resets: nobody waits.
    double halfClosed{0}; ///< The client closes, and the service's program never does.
};

/// What a program does when connect() fails.
struct RetryRule
{
    std::uint32_t attempts{1}; ///< In all, the first included.
    Duration first{0};         ///< Pause before the second attempt.
    double factor{1};          ///< Each further pause is this many times longer.
};

/// A stream of requests from hosts to a service, one connection each.
struct Traffic
{
    std::string name;
    std::uint32_t from{0}; ///< Index of the host group.
    std::uint32_t to{0};   ///< Index of the service.
    Arrivals arrivals{PoissonArrivals{1}};
    HoldTime hold{ExponentialHold{std::chrono::milliseconds(200)}};
    ClosingShares closes{};
    Transport transport{Transport::Tcp};
    std::optional<Duration>
        connectTimeout{}; ///< The program's patience; empty: the system's alone.
    RetryRule retry{};
    SocketOptions socket{}; ///< But for loopback and timestamps, which follow from who talks.
    std::uint64_t sends{0}; ///< Bytes that the client sends on each connection.
    /// A NAT sees a packet of a connection at least this often; 0: often enough for every NAT.
    Duration speaksEvery{0};
};

/// Fan-out: each request that a service takes makes requests of its own, all at once, and is
/// answered when they are and its own hold time has passed.
struct Call
{
    std::string name;
    std::uint32_t at{0}; ///< Index of the service that calls; it runs on hosts.
    std::uint32_t to{0}; ///< Index of the service that is called.
    std::uint32_t count{1};
    HoldTime hold{ExponentialHold{std::chrono::milliseconds(20)}};
    ClosingShares closes{};
    Transport transport{Transport::Tcp};
    std::optional<Duration> connectTimeout{};
    RetryRule retry{};
    SocketOptions socket{};
    std::uint64_t sends{0};
    Duration speaksEvery{0};
};

/// For whom there is one NAT device each.
enum class NatSpan
{
    All,
    Host, ///< As a home router, or a container's own.
    Node,
    Zone,
};

/// NAT devices of one kind, between hosts and services.
struct NatGroup
{
    std::string name;
    NatPreset preset;
    std::uint32_t addresses{1}; ///< External ones of each device.
    NatSpan span{NatSpan::All};
    std::vector<std::uint32_t> insideHosts{}; ///< Indexes of host groups.
    std::vector<std::uint32_t> insideNats{};  ///< Indexes of NAT groups: a chain.
    std::vector<std::uint32_t> only{};   ///< Services it translates towards; empty: all but ...
    std::vector<std::uint32_t> bypass{}; ///< ... these services.
};

/// A stateless rule on the way back: answers to other ports than these are dropped.
struct Firewall
{
    std::string name;
    std::vector<std::uint32_t> before{}; ///< Indexes of host groups.
    bool seesOutside{false};             ///< Ports behind all NATs; else those of the hosts.
    PortList allowed{};
};

/// All that the engine needs to run, with names already resolved and values already checked.
struct Workload
{
    std::vector<HostGroup> hosts;
    std::vector<Service> services;
    std::vector<Traffic> traffic;
    std::vector<Call> calls;
    std::vector<NodeGroup> nodes{};
    std::vector<NatGroup> nats{};
    std::vector<Firewall> firewalls{};
    Duration duration{std::chrono::seconds(300)};
    Duration warmup{0}; ///< Statistics begin here; only first failures are of the whole run.
    Duration sampleInterval{std::chrono::seconds(1)}; ///< 0: no time series.
    std::uint64_t seed{1};
};

} // namespace portlab

#endif // PORTLAB_WORKLOAD_H
