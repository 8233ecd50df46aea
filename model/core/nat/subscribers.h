// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_SUBSCRIBERS_H
#define PORTLAB_SUBSCRIBERS_H

#include "model/core/base/gauge.h"
#include "model/core/nat/port-blocks.h"
#include "model/core/port/port-ask.h"

#include <algorithm>
#include <cstdint>
#include <tsl/robin_map.h>
#include <vector>

namespace portlab
{

/// A block of ports in the hands of an inside host.
struct HeldBlock
{
    PortBlock block;
    Instant since;
    std::uint32_t used{0}; ///< Ports of it in use; one that is used towards two ends counts twice.
};

/// What a NAT keeps of one inside host.
struct Subscriber
{
    Gauge ports{};                 ///< External ports that it uses, each once for each scope.
    std::uint64_t areaBefore{0};   ///< Of `ports`, when counting began.
    std::uint32_t mappings{0};     ///< Resting ones not counted.
    std::uint32_t mappingsPeak{0}; ///< The most at once, since the last reset.
    ExternalIndex address{0};      ///< AddressPick::Paired: the one that it has.
    std::vector<HeldBlock> blocks{};

    void AddMapping()
    {
        mappingsPeak = std::max(mappingsPeak, ++mappings);
    }
};

/// The inside hosts of one NAT, numbered in order of their first flow.
class Subscribers
{
  public:
    explicit Subscribers(std::uint32_t addresses)
        : m_hostsOfAddress(addresses, 0)
    {
    }

    /// The number of a host; at its first mention it is paired with the external address that has
    /// the fewest. Asked several times in a row for one flow: the last one is at hand.
    std::uint32_t NumberOf(Address inside)
    {
        if (m_all.empty() || inside != m_lastInside)
        {
            m_lastInside = inside;
            m_lastNumber = Find(inside);
        }
        return m_lastNumber;
    }

    Subscriber& operator[](std::uint32_t number)
    {
        return m_all[number];
    }

    const std::vector<Subscriber>& All() const
    {
        return m_all;
    }

    std::vector<Subscriber>& All()
    {
        return m_all;
    }

  private:
    std::uint32_t Find(Address inside)
    {
        const auto [entry, isNew] =
            m_numbers.try_emplace(inside, static_cast<std::uint32_t>(m_all.size()));
        if (isNew)
        {
            const auto fewest = std::min_element(m_hostsOfAddress.begin(), m_hostsOfAddress.end());
            ++*fewest;
            Subscriber subscriber;
            subscriber.address = static_cast<ExternalIndex>(fewest - m_hostsOfAddress.begin());
            m_all.push_back(std::move(subscriber));
        }
        return entry->second;
    }

    Address m_lastInside{0};
    std::uint32_t m_lastNumber{0};
    std::vector<std::uint32_t> m_hostsOfAddress;
    std::vector<Subscriber> m_all;
    tsl::robin_map<Address, std::uint32_t> m_numbers; ///< As many as the scenario has hosts.
};

} // namespace portlab

#endif // PORTLAB_SUBSCRIBERS_H
