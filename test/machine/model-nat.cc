// SPDX-License-Identifier: GPL-2.0-only

#include "test/machine/model-nat.h"

#include "model/core/base/check.h"
#include "model/core/nat/nat-catalogue.h"
#include "model/core/port/profiles/families.h"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <memory>
#include <vector>

namespace portlab::test
{

namespace
{

std::vector<Address>
AddressesOf(const NatPreset& preset)
{
    std::vector<Address> addresses;
    for (std::uint32_t i = 0; i < preset.addresses.value; ++i)
    {
        addresses.push_back(EXTERNAL + i);
    }
    return addresses;
}

/// As conntrack calls it: "SYN_SENT "; it has no word for states of UDP.
std::string
WordOf(const Mapping& mapping)
{
    if (mapping.Flow().protocol != NatProtocol::Tcp)
    {
        return "";
    }
    std::string word = NAT_STATE_NAMES.at(static_cast<std::size_t>(mapping.State()));
    std::transform(word.begin(), word.end(), word.begin(), [](unsigned char letter) {
        return static_cast<char>(std::toupper(letter));
    });
    return word + " ";
}

} // namespace

NatPreset
LinuxNat(const NatRule& rule, std::uint32_t release)
{
    NatPreset preset = FindNatPreset("linux-masquerade");
    const auto set = [&](const char* knob, const std::string& value) {
        Check(SetKnob(preset, knob, value).known, "Linux's NAT has this knob");
    };
    preset.addresses.value = rule.addresses;
    preset.evictsClosing.value = release >= LinuxRelease(6, 5);
    if (rule.ports)
    {
        set("ports",
            std::to_string(rule.ports->First()) + "-" + std::to_string(rule.ports->Last()));
    }
    if (rule.flag == NatFlag::Random || rule.flag == NatFlag::FullyRandom)
    {
        set("random_fully", "on");
    }
    if (rule.flag == NatFlag::Persistent)
    {
        set("address_pick", "hash-inside");
    }
    return preset;
}

ModelNat::ModelNat(const NatPreset& preset, StreamKey key, const Instant& now)
    : m_nat(std::make_shared<const NatRules>(RulesOf(preset, 1)), AddressesOf(preset), key),
      m_now(now)
{
}

std::optional<portlab::Endpoint>
ModelNat::Outbound(const InsideFlow& flow, const NumberedSegment& segment)
{
    const Translation translation = m_nat.Outbound(flow, segment, m_now);
    return translation.passed ? std::optional(translation.end) : std::nullopt;
}

std::optional<portlab::Endpoint>
ModelNat::Inbound(NatProtocol protocol,
                  const portlab::Endpoint& external,
                  const portlab::Endpoint& remote,
                  const NumberedSegment& segment)
{
    const auto index = static_cast<ExternalIndex>(external.address - EXTERNAL);
    const Translation translation =
        m_nat.Inbound(protocol, index, external.port, remote, segment, m_now);
    return translation.passed ? std::optional(translation.end) : std::nullopt;
}

std::string
ModelNat::EntryOf(const InsideFlow& flow)
{
    const MappingId id = m_nat.Find(flow, m_now);
    if (id == NO_MAPPING)
    {
        return "none";
    }
    using TenSeconds = std::chrono::duration<std::int64_t, std::deca>;
    const auto tens = std::chrono::ceil<TenSeconds>(m_nat[id].Expires() - m_now);
    return WordOf(m_nat[id]) + std::to_string(tens.count() * 10);
}

std::uint64_t
ModelNat::Failures()
{
    return m_nat.Counters().dropped[static_cast<std::size_t>(NatDrop::NoPort)];
}

} // namespace portlab::test
