// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEST_NAT_RANGE_H
#define PORTLAB_TEST_NAT_RANGE_H

#include "test/core/lone-nat.h"

#include <chrono>
#include <cstdint>
#include <optional>

namespace portlab::test
{

/// Each comparison of a recording of a NAT, or of the model, with a law or with each other may
/// raise a false alarm this often. There are fewer than 125 of them, so all of them together raise
/// one with a chance below 5e-4, once, when the seeds were chosen: they are fixed.
constexpr double NAT_RARE = 4e-6;

/// Linux with a rule that names the ports: "masquerade to :first-last". Inside ports among them are
/// kept if they are free.
inline NatPreset
MasqueradeTo(const PortRange& ports)
{
    NatPreset preset = FindNatPreset("linux-masquerade");
    preset.ports.value = ports;
    preset.lowClasses.value = {};
    preset.preservesAnyPort.value = false;
    return preset;
}

/// The same with "fully-random": nothing is kept or inherited.
inline NatPreset
RandomMasqueradeTo(const PortRange& ports)
{
    NatPreset preset = MasqueradeTo(ports);
    preset.mapping.value = MappingRule::AddressAndPortDependent;
    preset.pick.value = PortPick::Search;
    return preset;
}

/// So many ports from 1024 on.
inline PortRange
PortsFrom1024(std::uint32_t count)
{
    return PortRange(1024, static_cast<Port>(1024 + count - 1));
}

/// A range of ports that flows to one destination take, each from an inside endpoint of its own
/// that lies outside of the range.
class NatRange
{
  public:
    explicit NatRange(const NatPreset& preset, StreamKey key = StreamKey(1, 1))
        : m_nat(preset, 1, key)
    {
    }

    /// One more flow that searches: its port, if it got one.
    std::optional<Port> Try()
    {
        m_last =
            Tcp({Inside(1 + m_flows / OUTSIDE), static_cast<Port>(1 + m_flows % OUTSIDE)}, SERVER);
        ++m_flows;
        const Translation grant = m_nat.Out(m_last, SYN, NOW);
        return grant.passed ? std::optional(grant.end.port) : std::nullopt;
    }

    /// A flow that keeps its port.
    void Take(Port port)
    {
        const Translation grant = m_nat.Out(Tcp({Inside(0), port}, SERVER), SYN, NOW);
        Check(grant.passed && grant.end.port == port, "a test took a port that was taken");
    }

    /// What Try() got is free again.
    void GiveBack()
    {
        m_nat.Out(m_last, RESET, NOW);
    }

    LoneNat& Lone()
    {
        return m_nat;
    }

  private:
    static constexpr Endpoint SERVER{Remote(0), 443};
    static constexpr Instant NOW = At(std::chrono::seconds(1));
    static constexpr std::uint32_t OUTSIDE = 1000; ///< Ports below 1024.

    LoneNat m_nat;
    InsideFlow m_last{};
    std::uint32_t m_flows{0};
};

} // namespace portlab::test

#endif // PORTLAB_TEST_NAT_RANGE_H
