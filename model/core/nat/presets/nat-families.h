// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_NAT_FAMILIES_H
#define PORTLAB_NAT_FAMILIES_H

#include "model/core/nat/nat-preset.h"
#include "model/core/port/profiles/facts.h"

#include <string>
#include <vector>

namespace portlab
{

// One function and one file for each family of NATs. A new family gets its file next to the others,
// its line here, and its line in NatPresets() (nat-catalogue.cc); knobs of its own go to knobs/ and
// to the table in nat-knobs.cc.

std::vector<NatPreset> LinuxNats();
std::vector<NatPreset> AwsNats();
std::vector<NatPreset> GcpNats();
std::vector<NatPreset> AzureNats();
std::vector<NatPreset> CgnNats();
std::vector<NatPreset> OtherNats(); ///< pf, WinNAT, Cilium, Cisco IOS.
std::vector<NatPreset> ConeNats();

/// A device without anything special: no blocks, no limits, no rests. What every NAT has to say of
/// itself is empty, without a source, and a test looks for that.
NatPreset PlainNat(std::string name, std::string family, std::string title);

/// The same timer for each of a connection's states but the open one; unacknowledged data counts as
/// open.
NatTcpTimers TwoTimers(const Fact<Duration>& established, const Fact<Duration>& transitory);

} // namespace portlab

#endif // PORTLAB_NAT_FAMILIES_H
