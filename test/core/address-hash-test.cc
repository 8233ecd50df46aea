// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/nat/address-hash.h"

#include <cstdint>
#include <gtest/gtest.h>

namespace
{

using portlab::LinuxAddressIndex;
using portlab::Lookup3;

constexpr std::uint32_t HOSTS = 0xc6336400u;   ///< 198.51.100.0
constexpr std::uint32_t SERVERS = 0xcb007100u; ///< 203.0.113.0

/// A flow that a real kernel translated.
struct Observed
{
    std::uint32_t host;   ///< Of 198.51.100.0/24.
    std::uint32_t server; ///< Of 203.0.113.0/24.
    std::uint32_t count;
    bool isPersistent;
    std::uint32_t index;
};

/// Linux 6.18.44, x86-64: nft's `snat to 192.0.2.1-192.0.2.8` (or -192.0.2.5), with `persistent` or
/// without, in network namespaces; 16 of 240 flows of UDP, of which all were as computed.
constexpr Observed OBSERVED[]{
    {147, 64, 8, false, 2},
    {241, 248, 8, false, 2},
    {139, 225, 8, false, 4},
    {242, 64, 8, false, 5},
    {93, 17, 8, true, 7},
    {136, 251, 8, true, 1},
    {149, 219, 8, true, 3},
    {181, 172, 8, true, 1},
    {154, 137, 5, false, 2},
    {124, 42, 5, false, 0},
    {94, 97, 5, false, 3},
    {185, 13, 5, false, 4},
    {215, 93, 5, true, 2},
    {123, 246, 5, true, 1},
    {145, 165, 5, true, 0},
    {107, 120, 5, true, 0},
};

} // namespace

TEST(Lookup3, GivesWhatOthersGet)
{
    // The test of a port of lookup3.c to Go; the driver in that file has no vector of four words.
    EXPECT_EQ(Lookup3({1, 2, 3, 4}, 1), 0x044ec9eau);
}

TEST(LinuxAddressIndex, IsWhatAKernelChose)
{
    for (const Observed& flow : OBSERVED)
    {
        const std::uint32_t remote = flow.isPersistent ? 0 : SERVERS + flow.server;
        EXPECT_EQ(LinuxAddressIndex(HOSTS + flow.host, remote, flow.count), flow.index)
            << "198.51.100." << flow.host << " to 203.0.113." << flow.server << ", " << flow.count
            << " addresses" << (flow.isPersistent ? ", persistent" : "");
    }
}

TEST(LinuxAddressIndex, IsBelowTheCountAndUsesAllOfIt)
{
    for (const std::uint32_t count : {1u, 2u, 5u, 16u})
    {
        std::uint32_t seen = 0;
        for (std::uint32_t host = 0; host < 256; ++host)
        {
            const std::uint32_t index = LinuxAddressIndex(HOSTS + host, 0, count);
            ASSERT_LT(index, count);
            seen |= 1u << index;
        }
        EXPECT_EQ(seen, (1u << count) - 1);
    }
}
