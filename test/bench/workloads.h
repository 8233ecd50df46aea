// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_WORKLOADS_H
#define PORTLAB_WORKLOADS_H

#include "scenarios/scenario.h"

#include <cstdint>
#include <string>

namespace portlab
{

/// So many connections are opened in what is measured, nearly.
constexpr double CONNECTIONS = 2.1e6;

/// Arrivals a second of a load test. Ports and TIME_WAIT of linux-6.18 sustain 28232 / 60.2 s =
/// 469.
constexpr double LOAD_25 = 117;
constexpr double LOAD_NEARLY_FULL = 465;
constexpr double LOAD_TOO_MUCH = 600;

/// scenarios/load-test.toml, one host towards one destination, with other arrivals: so many a
/// second, for as long as `connections` take.
Scenario LoadTest(double arrivalsPerSecond, double connections, const Overrides& overrides = {});

/// The same at a share of what the host can sustain: its usable ports / (hold + TIME_WAIT).
Scenario LoadTestAtShare(double share, double connections, const Overrides& overrides = {});

/// test/bench/clients.toml with so many clients. All of them together open as many connections a
/// second, however many they are.
Scenario Clients(std::uint32_t count);

/// test/bench/behind-nat.toml with another NAT in front of its thousand hosts.
Scenario BehindNat(const std::string& preset);

/// One of those hosts towards one of the destinations, in a load test behind that NAT.
Scenario LoadTestBehindNat(double arrivalsPerSecond, double connections);

} // namespace portlab

#endif // PORTLAB_WORKLOADS_H
