// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_NAT_FRAGMENTS_H
#define PORTLAB_NAT_FRAGMENTS_H

#include "model/core/base/time.h"

#include "ns3/ipv4-address.h"
#include "ns3/ipv4-header.h"

#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <tuple>

namespace portlab
{

/// Where the later fragments of datagrams go: only the first one has the ports that tell. What is
/// older than 30 s, as long as ns-3's hosts wait for fragments (Ipv4L3Protocol's
/// FragmentExpirationTimeout), is forgotten when the table is used the next time; so is the oldest
/// of too many.
class NatFragments
{
  public:
    static constexpr Duration LIFE = std::chrono::seconds(30);
    static constexpr std::size_t MOST = 1024;

    struct Ends
    {
        ns3::Ipv4Address source;
        ns3::Ipv4Address destination;
    };

    /// The first fragment went on with these addresses.
    void Add(const ns3::Ipv4Header& first, const Ends& translated, Instant now)
    {
        const Key key = KeyOf(first);
        Forget(key);
        m_places[key] = m_inOrder.insert(m_inOrder.end(), {key, translated, now});
        Expire(now);
    }

    /// The addresses for a later fragment; nothing if the first one did not come, or too long ago.
    std::optional<Ends> Find(const ns3::Ipv4Header& later, Instant now)
    {
        Expire(now);
        const auto place = m_places.find(KeyOf(later));
        return place == m_places.end() ? std::nullopt : std::optional(place->second->ends);
    }

    std::size_t Count() const
    {
        return m_places.size();
    }

  private:
    /// Source, destination, identification and protocol: RFC 791.
    using Key = std::tuple<std::uint32_t, std::uint32_t, std::uint16_t, std::uint8_t>;

    struct Entry
    {
        Key key;
        Ends ends;
        Instant since;
    };

    static Key KeyOf(const ns3::Ipv4Header& header)
    {
        return {header.GetSource().Get(),
                header.GetDestination().Get(),
                header.GetIdentification(),
                header.GetProtocol()};
    }

    void Forget(const Key& key)
    {
        const auto place = m_places.find(key);
        if (place != m_places.end())
        {
            m_inOrder.erase(place->second);
            m_places.erase(place);
        }
    }

    void Expire(Instant now)
    {
        while (!m_inOrder.empty() &&
               (m_inOrder.size() > MOST || m_inOrder.front().since + LIFE <= now))
        {
            Forget(Key(m_inOrder.front().key));
        }
    }

    std::list<Entry> m_inOrder; ///< The oldest first.
    std::map<Key, std::list<Entry>::iterator> m_places;
};

} // namespace portlab

#endif // PORTLAB_NAT_FRAGMENTS_H
