// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_WIRE_HEADER_H
#define PORTLAB_WIRE_HEADER_H

#include "ns3/buffer.h"
#include "ns3/packet.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace portlab
{

/// Bytes of a packet, with numbers in network order.
class WireBytes
{
  public:
    explicit WireBytes(std::size_t size)
        : m_bytes(size, 0)
    {
    }

    /// The first bytes of a packet, `most` or as many as it has.
    WireBytes(const ns3::Packet& packet, std::size_t most)
        : m_bytes(std::min<std::size_t>(most, packet.GetSize()), 0)
    {
        packet.CopyData(m_bytes.data(), static_cast<std::uint32_t>(m_bytes.size()));
    }

    std::size_t Size() const
    {
        return m_bytes.size();
    }

    std::uint8_t* Data()
    {
        return m_bytes.data();
    }

    const std::uint8_t* Data() const
    {
        return m_bytes.data();
    }

    std::uint8_t At8(std::size_t at) const
    {
        return m_bytes.at(at);
    }

    std::uint16_t At16(std::size_t at) const
    {
        return static_cast<std::uint16_t>(m_bytes.at(at) << 8u | m_bytes.at(at + 1));
    }

    std::uint32_t At32(std::size_t at) const
    {
        return std::uint32_t{At16(at)} << 16 | At16(at + 2);
    }

    void Put16(std::size_t at, std::uint16_t value)
    {
        m_bytes.at(at) = static_cast<std::uint8_t>(value >> 8u);
        m_bytes.at(at + 1) = static_cast<std::uint8_t>(value);
    }

    void Put32(std::size_t at, std::uint32_t value)
    {
        Put16(at, static_cast<std::uint16_t>(value >> 16));
        Put16(at + 2, static_cast<std::uint16_t>(value));
    }

    WireBytes UpTo(std::size_t end) const
    {
        WireBytes part(end);
        std::copy_n(m_bytes.begin(), end, part.m_bytes.begin());
        return part;
    }

    WireBytes From(std::size_t begin) const
    {
        WireBytes part(m_bytes.size() - begin);
        std::copy_n(m_bytes.begin() + static_cast<std::ptrdiff_t>(begin),
                    part.m_bytes.size(),
                    part.m_bytes.begin());
        return part;
    }

    friend WireBytes operator+(const WireBytes& a, const WireBytes& b)
    {
        WireBytes both = a;
        both.m_bytes.insert(both.m_bytes.end(), b.m_bytes.begin(), b.m_bytes.end());
        return both;
    }

  private:
    std::vector<std::uint8_t> m_bytes;
};

/// A header of ns-3 by its type and its bytes. A NAT changes a few of them and leaves the others
/// alone; ns-3's own classes would compute a checksum anew, for which a fragment lacks the data,
/// and so make a wrong one right. To ns-3's packet metadata it is a `Base`.
template <typename Base>
class WireHeader : public Base
{
  public:
    explicit WireHeader(std::size_t size)
        : m_bytes(size)
    {
    }

    WireBytes& Bytes()
    {
        return m_bytes;
    }

    const WireBytes& Bytes() const
    {
        return m_bytes;
    }

    std::uint32_t GetSerializedSize() const override
    {
        return static_cast<std::uint32_t>(m_bytes.Size());
    }

    void Serialize(ns3::Buffer::Iterator start) const override
    {
        start.Write(m_bytes.Data(), GetSerializedSize());
    }

    std::uint32_t Deserialize(ns3::Buffer::Iterator start) override
    {
        start.Read(m_bytes.Data(), GetSerializedSize());
        return GetSerializedSize();
    }

  private:
    WireBytes m_bytes;
};

} // namespace portlab

#endif // PORTLAB_WIRE_HEADER_H
