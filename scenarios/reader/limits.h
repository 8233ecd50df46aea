// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_LIMITS_H
#define PORTLAB_LIMITS_H

#include "model/core/base/time.h"
#include "model/core/port/port-range.h"

#include <cstdint>

namespace portlab
{

// What a scenario means where it is silent. Where workload.h has a default member that C++17 can
// reach, that one holds.

constexpr std::uint32_t DEFAULT_COUNT = 1; ///< Of hosts.
constexpr std::uint32_t DEFAULT_ADDRESSES = 1;
constexpr Port DEFAULT_PORT = 443;
constexpr Duration DEFAULT_RTT = std::chrono::milliseconds(1);
constexpr const char* DEFAULT_SERVICE_OS = "linux";
constexpr double DEFAULT_EXPONENTIAL_FACTOR = 2; ///< Of on_failure's pauses.

// How far a scenario may go. The limits catch slips of the pen, and keep sums of times below the
// 292 years that fit in 64 bits of nanoseconds.

constexpr std::uint64_t MAX_COUNT = 1'000'000;         ///< Hosts, nodes, addresses, users, calls.
constexpr std::uint64_t MAX_NAT_ADDRESSES = 65'536;    ///< External ones of a device.
constexpr std::size_t MAX_NATS = 64;                   ///< Tables of them.
constexpr std::size_t MAX_INSIDE = 1'000;              ///< Host groups and NATs inside of one.
constexpr double MAX_BYTES = 1e15;                     ///< Of one connection.
constexpr double MAX_RATE = 1e9;                       ///< Arrivals per second.
constexpr std::uint64_t MAX_SAMPLES = 1'000'000;       ///< Of one time series.
constexpr std::uint64_t MAX_HOLD_SAMPLES = 10'000'000; ///< Lines of a file of hold times.
constexpr std::uint64_t MAX_ATTEMPTS = 1'000;          ///< Of one request.
constexpr double MAX_FACTOR = 100;
constexpr double MAX_SIGMA = 10;
constexpr std::size_t MAX_NAME_LENGTH = 64;
/// 37 such means, the largest exponential draw that 53 bits can make, are 37 years.
constexpr Duration MAX_WAIT = std::chrono::hours(24 * 365);
constexpr Duration MAX_RTT = std::chrono::hours(1);

} // namespace portlab

#endif // PORTLAB_LIMITS_H
