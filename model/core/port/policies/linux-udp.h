// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_LINUX_UDP_H
#define PORTLAB_LINUX_UDP_H

#include "model/core/port/free-ports.h"
#include "model/core/port/os-profile.h"
#include "model/core/port/port-ask.h"

#include <cstdint>

namespace portlab
{

/// An automatic port on Linux, UDP: udp_lib_get_port() in net/ipv4/udp.c. Sockets lie in a hash
/// table whose slot is the port modulo the number of slots. The search starts at a random port, and
/// goes through the slots one after another; within a slot it visits the ports that belong there by
/// a random odd multiple of the number of slots. When the range has no more ports than the table
/// has slots, that is every port in turn from the start.
class LinuxUdpPolicy
{
  public:
    /// `slots` is a power of 2, up to 65536.
    explicit LinuxUdpPolicy(std::uint32_t slots)
        : m_slots(slots)
    {
    }

    Pick Choose(const FreePorts& free, const PortAsk& ask) const;

  private:
    Pick Search(const FreePorts& free,
                const PortRange& range,
                std::uint32_t first,
                std::uint32_t jump) const;

    std::uint32_t m_slots;
};

} // namespace portlab

#endif // PORTLAB_LINUX_UDP_H
