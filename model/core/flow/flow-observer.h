// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_FLOW_OBSERVER_H
#define PORTLAB_FLOW_OBSERVER_H

#include "model/core/base/time.h"
#include "model/core/flow/results.h"
#include "model/core/port/port-range.h"

#include <cstdint>

namespace portlab
{

/// Somebody who wants to be told of single events as the engine catches up; each call carries the
/// event's own time. Nobody is told, and nothing is paid, unless an observer is set.
class FlowObserver
{
  public:
    virtual ~FlowObserver() = default;
    virtual void OnGranted(Instant time, std::uint32_t path, Port port, std::uint32_t probes) = 0;
    virtual void OnFailed(Instant time, std::uint32_t path, Failure reason) = 0;
    virtual void OnReleased(Instant time, std::uint32_t path, Port port, bool waits) = 0;
};

} // namespace portlab

#endif // PORTLAB_FLOW_OBSERVER_H
