// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_CHECKSUM_CHANGE_H
#define PORTLAB_CHECKSUM_CHANGE_H

#include "model/wire-header.h"

#include "ns3/node.h"

#include <cstddef>
#include <cstdint>

namespace portlab
{

/// Collects what changes under a checksum: RFC 1624, equation 3.
class ChecksumChange
{
  public:
    void Replace(std::uint16_t before, std::uint16_t after)
    {
        m_sum += static_cast<std::uint16_t>(~before);
        m_sum += after;
    }

    void Replace32(std::uint32_t before, std::uint32_t after)
    {
        Replace(static_cast<std::uint16_t>(before >> 16), static_cast<std::uint16_t>(after >> 16));
        Replace(static_cast<std::uint16_t>(before), static_cast<std::uint16_t>(after));
    }

    /// Corrects the checksum at `at`. A sender of ns-3 that computes none leaves 0 there; if they
    /// are on, 0 is as good a sum as any. Of the two zeros of the sum, 0xffff is never wrong: for
    /// UDP the other one would say that there is none, and an echo may have nothing but zeros.
    void Correct(WireBytes& bytes, std::size_t at) const
    {
        const std::uint16_t before = bytes.At16(at);
        if (before == 0 && !ns3::Node::ChecksumEnabled())
        {
            return;
        }
        std::uint32_t sum = m_sum + static_cast<std::uint16_t>(~before);
        while (sum > 0xffff)
        {
            sum = (sum & 0xffffu) + (sum >> 16);
        }
        const auto after = static_cast<std::uint16_t>(~sum);
        bytes.Put16(at, after == 0 ? std::uint16_t{0xffff} : after);
    }

  private:
    std::uint32_t m_sum{0}; ///< Of fewer words than would overflow it.
};

/// Replaces 16 bits, and tells the checksum above them.
inline void
Put(WireBytes& bytes, std::size_t at, std::uint16_t value, ChecksumChange& change)
{
    change.Replace(bytes.At16(at), value);
    bytes.Put16(at, value);
}

} // namespace portlab

#endif // PORTLAB_CHECKSUM_CHANGE_H
