// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TRANSPORT_H
#define PORTLAB_TRANSPORT_H

#include <cstdint>

namespace portlab
{

/// The protocol whose port numbers are meant; each has its own.
enum class Transport : std::uint8_t
{
    Tcp,
    Udp,
};

} // namespace portlab

#endif // PORTLAB_TRANSPORT_H
