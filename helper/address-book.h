// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_ADDRESS_BOOK_H
#define PORTLAB_ADDRESS_BOOK_H

#include "model/core/base/check.h"
#include "model/core/port/port-ask.h"

#include "ns3/ipv4-address.h"

#include <cstdint>
#include <unordered_map>

namespace portlab
{

/// Which IPv4 address stands for which number of a topology, whose numbers have the highest bit
/// clear. Addresses that stand for none get numbers of their own, with that bit set.
class AddressBook
{
  public:
    /// Neither may be in the book; see Knows().
    void Enter(Address core, ns3::Ipv4Address address)
    {
        const bool isNew = m_addresses.emplace(core, address.Get()).second &&
                           m_cores.emplace(address.Get(), core).second;
        Check(isNew, "an address got a second name");
    }

    bool Knows(ns3::Ipv4Address address) const
    {
        return m_cores.count(address.Get()) > 0;
    }

    bool Knows(Address core) const
    {
        return m_addresses.count(core) > 0;
    }

    Address CoreOf(ns3::Ipv4Address address)
    {
        const auto known = m_cores.find(address.Get());
        if (known != m_cores.end())
        {
            return known->second;
        }
        const Address stranger = NextStranger();
        Enter(stranger, address);
        return stranger;
    }

    /// A number for something that has no IPv4 address.
    Address NextStranger()
    {
        return m_nextStranger++;
    }

    /// The number itself where no address stands for it.
    ns3::Ipv4Address AddressOf(Address core) const
    {
        const auto known = m_addresses.find(core);
        return ns3::Ipv4Address(known == m_addresses.end() ? core : known->second);
    }

  private:
    std::unordered_map<Address, std::uint32_t> m_addresses;
    std::unordered_map<std::uint32_t, Address> m_cores;
    Address m_nextStranger{1u << 31};
};

} // namespace portlab

#endif // PORTLAB_ADDRESS_BOOK_H
