// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_RESULTS_H
#define PORTLAB_RESULTS_H

#include "model/core/base/time.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace portlab
{

/// Why an attempt failed. Every failed attempt has exactly one reason.
enum class Failure : std::uint8_t
{
    NoFreePort,        ///< Every port that the system may hand out is taken.
    TimeWaitCollision, ///< Only ports in TIME_WAIT towards this very peer are left.
    NatNoPort,         ///< The NAT found no external port.
    NatTableFull,      ///< The NAT's table of mappings is full.
    ConnectTimeout,    ///< Nobody answered the SYNs.
    Firewall,          ///< A firewall rule dropped the packets.
    PeerTimeWait,      ///< The server ignored the SYNs: the same 4-tuple is in TIME_WAIT there.
    PoolFull,          ///< The program's own connection pool refused.
};

constexpr std::size_t FAILURE_COUNT = 8;

/// The names used in JSON, CSV and SQLite, in the order of the enumeration.
constexpr std::array<const char*, FAILURE_COUNT> FAILURE_NAMES{"no_free_port",
                                                               "time_wait_collision",
                                                               "nat_no_port",
                                                               "nat_table_full",
                                                               "connect_timeout",
                                                               "firewall",
                                                               "peer_time_wait",
                                                               "pool_full"};

/// Failed attempts by reason.
using FailureCounts = std::array<std::uint64_t, FAILURE_COUNT>;

constexpr std::uint64_t
Total(const FailureCounts& failed)
{
    std::uint64_t sum = 0;
    for (const auto count : failed)
    {
        sum += count;
    }
    return sum;
}

/// A group of hosts. Means are per host; peaks are those of the worst host.
struct HostResult
{
    std::string name;
    std::string os;
    std::uint32_t count{0};
    std::uint64_t attempts{0}; ///< connect() calls; connected + pending + failed.
    std::uint64_t connected{0};
    std::uint64_t pending{0}; ///< Neither connected nor failed when the run ended.
    FailureCounts failed{};
    std::optional<double> failedShare; ///< Of the attempts; empty without attempts.
    std::optional<Instant> firstFailure;
    double portsHeldMean{0};
    std::uint64_t portsHeldPeak{0};
    double timeWaitMean{0};
    std::uint64_t timeWaitPeak{0};
    std::optional<double> probesMean; ///< Candidates examined per connect(), failures included.
    std::optional<std::uint64_t> probesP50;
    std::optional<std::uint64_t> probesP99;
    std::optional<std::uint64_t> probesMax;
    /// Time that a TCP connection spent looking for its port, in nanoseconds: probes times what one
    /// costs on the machine where that was measured. Empty where it never was.
    std::optional<double> searchNsMean;
    std::optional<std::uint64_t> searchNsP50;
    std::optional<std::uint64_t> searchNsP99;
    std::optional<std::uint64_t> searchNsMax;
    /// Least time between two grants of one port towards the same peer, on the group's first host.
    std::optional<Duration> portReuseMin;
};

struct TrafficResult
{
    std::string name;
    std::uint64_t requests{0};
    std::uint64_t requestsFailed{0}; ///< Requests all of whose attempts failed.
    std::uint64_t attempts{0};
    std::optional<Duration> connectDelayP50; ///< From a request's first connect() to established.
    std::optional<Duration> connectDelayP99;
    std::uint64_t retries{0}; ///< Attempts after a request's first.
};

/// Everything that one host group asked of one service.
struct PairResult
{
    std::string from;
    std::vector<std::string> through; ///< NATs on the way.
    std::string to;
    std::uint64_t attempts{0};
    FailureCounts failed{};
    std::uint64_t portsUsedPeak{0}; ///< Held or waiting, towards the pair's busiest destination.
    std::uint64_t portsUsable{0};   ///< Of one host towards one destination.
    double utilisationPeak{0};
    std::optional<Instant> firstFailure;
};

struct ServiceResult
{
    std::string name;
    std::uint64_t accepted{0};
    std::uint64_t timeWaitPeak{0};    ///< Of its busiest machine.
    std::uint64_t tupleCollisions{0}; ///< SYNs that met a TIME_WAIT of the same 4-tuple.
};

/// NAT devices of one kind. Means are per device; peaks are those of the worst device.
struct NatResult
{
    std::string name;
    std::string preset;
    std::uint32_t devices{1};
    std::uint32_t addresses{1}; ///< External ones of each device.
    std::uint64_t asked{0}; ///< First packets of flows, repeated SYNs that were dropped before too.
    std::uint64_t granted{0}; ///< asked == granted + the drops of first packets.
    std::vector<std::pair<std::string, std::uint64_t>> dropped; ///< By the device's own reasons.
    std::optional<double> preservedShare; ///< Of the granted: the port of the host was kept.
    std::uint64_t collisions{0};          ///< A port that would have been kept was taken.
    std::uint64_t evicted{0};             ///< Closed mappings ended early for others.
    std::uint64_t lost{0}; ///< Mappings that timed out although their connection was open.
    double mappingsMean{0};
    std::uint64_t mappingsPeak{0};
    std::optional<std::uint64_t> mappingsMost; ///< That a device may have; empty: no limit.
    std::uint64_t portsInUsePeak{0};  ///< Of one address, where they must differ: the fullest.
    std::uint64_t portsUsable{0};     ///< Of one address, where they must differ.
    std::optional<double> probesMean; ///< External ports examined per first packet.
    std::uint64_t subscribers{0};     ///< Inside addresses seen, all devices together.
    std::optional<double> portsPerSubscriberMean;       ///< Over time, then over subscribers.
    std::optional<std::uint64_t> portsPerSubscriberP99; ///< Of the subscribers' peaks.
    std::optional<std::uint64_t> portsPerSubscriberMax;
    std::optional<double> blockUtilisationPeak; ///< Share of all ports that are in blocks.
    std::uint64_t logRecords{0}; ///< Lines that a log of mappings, or of blocks, would have.
};

/// What gave, and what would give next.
struct Verdict
{
    std::string sentence;
    std::optional<std::string> limit; ///< A Failure's name; empty when nothing failed.
    std::optional<std::string> where; ///< "generator -> api".
    std::optional<Instant> since;
    std::optional<std::uint64_t> used;
    std::optional<std::uint64_t> usable;
    std::optional<std::string> nextLimit;  ///< In words, as "time_wait ports of db".
    std::optional<double> nextLimitFactor; ///< How much more load the next limit takes.
};

/// One sampling instant of one series.
struct Sample
{
    Instant time;
    double value; ///< NaN where there is none.
};

/// A time series: one quantity of one entity.
struct Series
{
    std::string entity;   ///< "hosts", "pairs", "services".
    std::string name;     ///< "generator"; for pairs "generator->api".
    std::string quantity; ///< With its unit: "ports_held", "probes_mean", "attempts_per_s" ...
    std::vector<Sample> samples;
};

/// Counts of values in bins [low, high].
struct Histogram
{
    struct Bin
    {
        double low;
        double high;
        std::uint64_t count;
    };

    std::string entity; ///< As in Series.
    std::string name;
    std::string quantity; ///< "probes", "connect_delay_s", "port_reuse_s".
    std::vector<Bin> bins;
};

/// The statistics of one run.
struct RunResult
{
    Duration simulated{0};        ///< The whole run, warm-up included.
    std::uint64_t connections{0}; ///< Attempts of the whole run, warm-up included.
    Verdict verdict;
    std::vector<HostResult> hosts;
    std::vector<TrafficResult> traffic;
    std::vector<PairResult> pairs;
    std::vector<ServiceResult> services;
    std::vector<NatResult> nats;
    std::vector<Series> series;
    std::vector<Histogram> histograms;
};

} // namespace portlab

#endif // PORTLAB_RESULTS_H
