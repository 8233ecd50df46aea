// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_CARRIER_H
#define PORTLAB_CARRIER_H

#include "model/core/flow/request-pool.h"
#include "model/core/port/port-ledger.h"

#include <cstdint>

namespace portlab
{

/// Plays connections for the engine, packet by packet. The engine decides who connects to whom and
/// for how long; the carrier asks for ports, of the engine's own ledger, and tells the engine by
/// FlowEngine::Opened() and NotOpened() what has come of it.
class Carrier
{
  public:
    virtual ~Carrier() = default;

    /// connect() for a request, along the intent's path. If it gets a port, it is the carrier's
    /// turn to tell, later and exactly once; else nothing more comes.
    virtual Grant Connect(std::uint32_t request, const Intent& intent) = 0;

    /// The connection of a request ends, in the way of its intent: the carrier gives the port back.
    /// The number may be used again.
    virtual void Close(std::uint32_t request) = 0;
};

} // namespace portlab

#endif // PORTLAB_CARRIER_H
