// SPDX-License-Identifier: GPL-2.0-only

// What a NAT needs for a mapping, indexes and port sets included.

#include "model/core/nat/nat-catalogue.h"
#include "model/core/nat/nat.h"
#include "scenarios/output/readable.h"
#include "test/bench/sections.h"

namespace portlab
{

namespace
{

constexpr std::uint32_t MAPPINGS = 1000000;
constexpr std::uint32_t HOSTS = 10000;

/// A Linux masquerade with a million live mappings towards so many destinations.
double
BytesPerMapping(std::uint32_t destinations)
{
    NatPreset preset = FindNatPreset("linux-masquerade");
    preset.ofTable.value = 2 * MAPPINGS;
    Nat nat(std::make_shared<const NatRules>(RulesOf(preset, HOSTS)), {1}, StreamKey(1, 1));
    const std::size_t before = nat.MemoryBytes();
    TcpSegment syn;
    syn.syn = true;
    for (std::uint32_t flow = 0; nat.Table().Count() < MAPPINGS; ++flow)
    {
        const auto port = static_cast<Port>(1024 + flow / HOSTS);
        const Endpoint inside{100 + flow % HOSTS, port};
        const Endpoint remote{1000000 + flow % destinations, 443};
        nat.Outbound({NatProtocol::Tcp, inside, remote}, syn, Instant{});
    }
    // A NAT that packets come back to: until one does, there is no index of replies.
    nat.Table().FindReply(NatProtocol::Tcp, 0, 1024, {1000000, 443});
    return static_cast<double>(nat.MemoryBytes() - before) / MAPPINGS;
}

} // namespace

void
WriteMappingBytes(Markdown& out)
{
    out.Write({{"bytes of one of a million mappings of a NAT, indexes included", "bytes"},
               {"towards 20 destinations", Rounded(BytesPerMapping(20))},
               {"towards 10,000 destinations", Rounded(BytesPerMapping(10000))},
               {"towards a destination of its own each", Rounded(BytesPerMapping(MAPPINGS))}});
}

} // namespace portlab
