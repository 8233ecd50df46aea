// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_NS3_TIME_H
#define PORTLAB_NS3_TIME_H

#include "model/core/base/random.h"
#include "model/core/base/time.h"

#include "ns3/nstime.h"
#include "ns3/rng-seed-manager.h"
#include "ns3/simulator.h"

namespace portlab
{

// Between ns-3's ways of telling time and chance and the core's.

inline Duration
FromNs3(ns3::Time time)
{
    return Duration{time.GetNanoSeconds()};
}

inline ns3::Time
ToNs3(Duration duration)
{
    return ns3::NanoSeconds(static_cast<std::uint64_t>(duration.count()));
}

/// The simulator's clock.
inline Instant
SimulatorNow()
{
    return At(FromNs3(ns3::Simulator::Now()));
}

/// The root of an object's random streams: RngSeed, RngRun and the object's own stream number.
/// ns-3's generators are left alone, so that other models' numbers stay what they were.
inline StreamKey
Ns3Streams(std::int64_t stream)
{
    return StreamKey(ns3::RngSeedManager::GetSeed(), ns3::RngSeedManager::GetRun())
        .With("ns-3")
        .With(static_cast<std::uint64_t>(stream));
}

} // namespace portlab

#endif // PORTLAB_NS3_TIME_H
