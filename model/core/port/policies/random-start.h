// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_RANDOM_START_H
#define PORTLAB_RANDOM_START_H

#include "model/core/base/random.h"
#include "model/core/port/port-range.h"

#include <cstdint>

namespace portlab
{

/// A number below `bound`, drawn as systems do that take so many random bits modulo the bound:
/// with few of them, small numbers are a little likelier.
inline std::uint32_t
DrawModulo(std::uint32_t bound, std::uint32_t bits, Random& random)
{
    constexpr std::uint32_t wide = 32;
    return bits >= wide ? random.Below(bound)
                        : static_cast<std::uint32_t>(random.Bits() >> (64 - bits)) % bound;
}

/// How far behind the first port of the range BSD looks first, when it begins at random: it draws
/// from all ports but the last, and adds one before it looks. So the first port comes only after
/// the last was taken.
/// Source: in_pcb_lport(), sys/netinet/in_pcb.c in FreeBSD; in_pcbbind(), bsd/netinet/in_pcb.c in
/// XNU; in_pcbpickport(), sys/netinet/in_pcb.c in OpenBSD.
inline std::uint32_t
StartBehindFirst(const PortRange& range, std::uint32_t bits, Random& random)
{
    return range.Count() == 1 ? 0 : 1 + DrawModulo(range.Count() - 1, bits, random);
}

/// The same for illumos: 16 bits are the port if they are of the range, and else are folded onto
/// all of it but the last.
/// Source: tcp_update_next_port(), usr/src/uts/common/inet/tcp/tcp_bind.c.
inline std::uint32_t
FoldedStart(const PortRange& range, Random& random)
{
    const auto drawn = static_cast<Port>(random.Bits() >> 48);
    if (range.Contains(drawn))
    {
        return drawn - range.First();
    }
    return range.Count() == 1 ? 0 : drawn % (range.Count() - 1);
}

} // namespace portlab

#endif // PORTLAB_RANDOM_START_H
