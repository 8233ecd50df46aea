// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_BOOT_PHASE_H
#define PORTLAB_BOOT_PHASE_H

#include "model/core/base/random.h"
#include "model/core/base/time.h"

namespace portlab
{

/// How long a machine has been up when the simulation starts, up to 18 minutes. All that a kernel
/// does on a beat (re-keying, timer wheel) counts from its boot, so a fleet does not beat in time.
inline Duration
TimeSinceBoot(StreamKey secret)
{
    return Duration{static_cast<std::int64_t>(secret.With("boot").Bits() >> 24)};
}

/// The first beat after `due` of a machine that beats since its boot; never `due` itself, because
/// Linux adds a whole granule before it rounds down: calc_index(), kernel/time/timer.c.
inline Instant
NextBeat(Instant due, Duration beat, Duration boot)
{
    const Duration up = due.time_since_epoch() + boot;
    return At((up / beat + 1) * beat - boot);
}

} // namespace portlab

#endif // PORTLAB_BOOT_PHASE_H
