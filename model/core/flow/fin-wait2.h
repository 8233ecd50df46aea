// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_FIN_WAIT2_H
#define PORTLAB_FIN_WAIT2_H

#include "model/core/port/os-profile.h"
#include "model/core/port/timer-wheel.h"

namespace portlab
{

/// How long a system keeps a connection in FIN_WAIT2 that its program has closed and whose peer
/// does not close.
///
/// Linux does it in two ways: tcp_fin_timeout T up to the length of TIME_WAIT, 60 s, is the length
/// of a time-wait entry. A longer one is a keepalive timer of T - 60 s on the whole socket, an
/// orphan, and then an entry of T - 60 s: 61 s hold a port for 2 s. Source: tcp_close() in
/// net/ipv4/tcp.c and tcp_keepalive_timer() in net/ipv4/tcp_timer.c.
struct FinWait2Stages
{
    Duration orphan{0}; ///< As a socket; 0: at once an entry.
    Duration entry{0};  ///< As a time-wait entry; 0: for ever.

    explicit FinWait2Stages(const OsProfile& profile)
        : entry(profile.orphans.value.finTimeout)
    {
        if (profile.linuxSettings && entry > profile.timeWait.value)
        {
            entry -= profile.timeWait.value;
            orphan = entry;
        }
    }
};

} // namespace portlab

#endif // PORTLAB_FIN_WAIT2_H
