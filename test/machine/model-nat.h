// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEST_MODEL_NAT_H
#define PORTLAB_TEST_MODEL_NAT_H

#include "model/core/nat/nat-preset.h"
#include "model/core/nat/nat.h"
#include "test/machine/nat-box.h"

namespace portlab::test
{

/// The preset of a Linux router of this release, with such a rule.
NatPreset LinuxNat(const NatRule& rule, std::uint32_t release);

/// A device of the model.
class ModelNat : public NatBox
{
  public:
    /// `now`: the clock to look at.
    ModelNat(const NatPreset& preset, StreamKey key, const Instant& now);

    std::optional<portlab::Endpoint> Outbound(const InsideFlow& flow,
                                              const NumberedSegment& segment) override;
    std::optional<portlab::Endpoint> Inbound(NatProtocol protocol,
                                             const portlab::Endpoint& external,
                                             const portlab::Endpoint& remote,
                                             const NumberedSegment& segment) override;
    std::string EntryOf(const InsideFlow& flow) override;
    std::uint64_t Failures() override;

  private:
    Nat m_nat;
    const Instant& m_now;
};

} // namespace portlab::test

#endif // PORTLAB_TEST_MODEL_NAT_H
