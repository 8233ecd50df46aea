// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/nat/address-hash.h"

namespace portlab
{

namespace
{

constexpr std::uint32_t
Rotate(std::uint32_t word, std::uint32_t by)
{
    return word << by | word >> (32 - by);
}

/// The three words that lookup3 stirs. Its author describes each round by how far it rotates.
struct Cauldron
{
    std::uint32_t a;
    std::uint32_t b;
    std::uint32_t c;

    /// One step between blocks of input: every bit of the three goes on, reversibly.
    static void Blend(std::uint32_t& x, std::uint32_t& y, std::uint32_t& z, std::uint32_t by)
    {
        x = (x - z) ^ Rotate(z, by);
        z += y;
    }

    /// One step at the end, after which every bit of input has reached the word that counts.
    static void Settle(std::uint32_t& x, std::uint32_t y, std::uint32_t by)
    {
        x = (x ^ y) - Rotate(y, by);
    }

    void Mix()
    {
        Blend(a, b, c, 4);
        Blend(b, c, a, 6);
        Blend(c, a, b, 8);
        Blend(a, b, c, 16);
        Blend(b, c, a, 19);
        Blend(c, a, b, 4);
    }

    std::uint32_t Final()
    {
        Settle(c, b, 14);
        Settle(a, c, 11);
        Settle(b, a, 25);
        Settle(c, b, 16);
        Settle(a, c, 4);
        Settle(b, a, 14);
        Settle(c, b, 24);
        return c;
    }
};

/// An address as a little-endian machine reads it from a packet.
constexpr std::uint32_t
AsInMemory(std::uint32_t address)
{
    return address >> 24 | (address >> 8 & 0xff00u) | (address << 8 & 0xff0000u) | address << 24;
}

} // namespace

std::uint32_t
Lookup3(const std::array<std::uint32_t, 4>& words, std::uint32_t seed)
{
    const std::uint32_t start = 0xdeadbeefu + static_cast<std::uint32_t>(sizeof words) + seed;
    Cauldron cauldron{start + words[0], start + words[1], start + words[2]};
    cauldron.Mix();
    cauldron.a += words[3];
    return cauldron.Final();
}

/// The host's address is a union with room for IPv6: three words of zeros follow it.
std::uint32_t
LinuxAddressIndex(std::uint32_t inside, std::uint32_t remote, std::uint32_t count)
{
    const std::uint64_t hash = Lookup3({AsInMemory(inside), 0, 0, 0}, AsInMemory(remote));
    return static_cast<std::uint32_t>(hash * count >> 32);
}

} // namespace portlab
