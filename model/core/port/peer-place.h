// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_PEER_PLACE_H
#define PORTLAB_PEER_PLACE_H

#include "model/core/base/time.h"

#include <cstdint>

namespace portlab
{

/// Where a peer is, as seen from the host.
enum class PeerPlace : std::uint8_t
{
    Remote,
    SameNetwork, ///< Within reach without a router.
    ThisMachine, ///< Another address of the machine itself.
    Loopback,    ///< A loopback address.
};

/// How long TIME_WAIT lasts, by where the peer is; 0: there is none.
struct TimeWaitLengths
{
    Duration remote{0};
    Duration sameNetwork{0};
    Duration thisMachine{0}; ///< Loopback too.

    Duration Of(PeerPlace place) const
    {
        return place == PeerPlace::Remote        ? remote
               : place == PeerPlace::SameNetwork ? sameNetwork
                                                 : thisMachine;
    }
};

} // namespace portlab

#endif // PORTLAB_PEER_PLACE_H
