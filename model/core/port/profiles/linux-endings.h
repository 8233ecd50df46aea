// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_LINUX_ENDINGS_H
#define PORTLAB_LINUX_ENDINGS_H

#include "model/core/port/os-profile.h"

#include <cstdint>

namespace portlab
{

/// What one Linux release does with the ports of connections that end or never begin: TIME_WAIT and
/// its reuse, SYNs that nobody answers, FIN_WAIT2, orphans. Makes the row's Linux settings, too.
void AddLinuxEndings(OsProfile& row, std::uint32_t release);

/// What a value of tcp_tw_reuse means: 0, 1 or 2.
TimeWaitReuse LinuxTimeWaitReuse(std::uint32_t twReuse);

} // namespace portlab

#endif // PORTLAB_LINUX_ENDINGS_H
