// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_SYSTEM_KNOBS_H
#define PORTLAB_SYSTEM_KNOBS_H

#include "model/core/nat/knobs/nat-knob-spec.h"

#include <string>
#include <string_view>
#include <vector>

namespace portlab
{

/// How a real system sets a knob.
struct NatSetting
{
    std::string knob;
    std::string alias;      ///< The system's name.
    Duration unit;          ///< Of the bare numbers that it holds; 0: of values that are no times.
    std::string command;    ///< What an administrator types; % is the value in the system's form.
    std::uint32_t least{0}; ///< What the system takes, in its own form; greatest 0: anything.
    std::uint32_t greatest{0};
};

/// The knobs of one system: those of all NATs, with its own names and commands.
class SystemKnobs
{
  public:
    /// `system` as in "SYSTEM cannot change retries"; empty for what is no real system, of which
    /// nothing can be said.
    explicit SystemKnobs(std::string system);

    /// One more knob, which only this system has.
    void Add(NatKnobSpec knob);

    /// One more knob, for timers that this system has as one.
    void AddGroup(const std::string& name, const std::vector<std::string>& members);

    /// The knob must be there.
    void Apply(const NatSetting& setting);

    NatKnobSpec& operator[](std::string_view knob);

    /// All of them. What has no command gets a warning: nobody can set it on a real system.
    std::vector<NatKnobSpec> Finish() const;

  private:
    std::string m_system;
    std::vector<NatKnobSpec> m_knobs;
};

// One for each family of presets.

std::vector<NatKnobSpec> LinuxNatKnobs();
std::vector<NatKnobSpec> VpcCniKnobs();
std::vector<NatKnobSpec> AwsNatGatewayKnobs();
std::vector<NatKnobSpec> AwsNlbKnobs();
std::vector<NatKnobSpec> Ec2Knobs();
std::vector<NatKnobSpec> GcpNatKnobs();
std::vector<NatKnobSpec> AzureNatGatewayKnobs();
std::vector<NatKnobSpec> AzureLbKnobs();
std::vector<NatKnobSpec> CgnKnobs();
std::vector<NatKnobSpec> PfNatKnobs();
std::vector<NatKnobSpec> WinNatKnobs();
std::vector<NatKnobSpec> CiliumKnobs();
std::vector<NatKnobSpec> CiscoNatKnobs();
std::vector<NatKnobSpec> ConeKnobs();

} // namespace portlab

#endif // PORTLAB_SYSTEM_KNOBS_H
