// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_PORT_RANGE_H
#define PORTLAB_PORT_RANGE_H

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace portlab
{

/// A TCP or UDP port number, in host order.
using Port = std::uint16_t;

/// Ports first..last, both included; never empty.
class PortRange
{
  public:
    /// Throws std::invalid_argument when `first` exceeds `last`.
    constexpr PortRange(Port first, Port last)
        : m_first(first),
          m_last(last)
    {
        if (first > last)
        {
            throw std::invalid_argument("port range " + std::to_string(first) + "-" +
                                        std::to_string(last) +
                                        " is empty: the first port must not exceed the last");
        }
    }

    constexpr Port First() const
    {
        return m_first;
    }

    constexpr Port Last() const
    {
        return m_last;
    }

    /// 32 bits wide, because 0-65535 holds 65536 ports and no Port can say so.
    constexpr std::uint32_t Count() const
    {
        return std::uint32_t{m_last} - m_first + 1;
    }

    constexpr bool Contains(Port port) const
    {
        return m_first <= port && port <= m_last;
    }

    /// The port `offset` places after the first, wrapping at the end of the range.
    constexpr Port At(std::uint64_t offset) const
    {
        return static_cast<Port>(m_first + offset % Count());
    }

    friend constexpr bool operator==(const PortRange& a, const PortRange& b)
    {
        return a.m_first == b.m_first && a.m_last == b.m_last;
    }

  private:
    Port m_first;
    Port m_last;
};

/// Ports that are never handed out, as sysctls and netsh write them: a list of ranges.
using PortList = std::vector<PortRange>;

} // namespace portlab

#endif // PORTLAB_PORT_RANGE_H
