// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/base/check.h"
#include "model/core/nat/knobs/system-knobs.h"
#include "model/core/nat/nat-catalogue.h"
#include "model/core/port/knobs/knob-table.h"

#include <algorithm>
#include <array>

namespace portlab
{

namespace
{

struct Family
{
    std::string_view name;
    std::vector<NatKnobSpec> knobs;
};

const std::array<Family, 14>&
Families()
{
    static const std::array<Family, 14> families{{{"linux", LinuxNatKnobs()},
                                                  {"aws-vpc-cni", VpcCniKnobs()},
                                                  {"aws-nat-gateway", AwsNatGatewayKnobs()},
                                                  {"aws-nlb", AwsNlbKnobs()},
                                                  {"ec2", Ec2Knobs()},
                                                  {"gcp", GcpNatKnobs()},
                                                  {"azure-nat-gateway", AzureNatGatewayKnobs()},
                                                  {"azure-lb", AzureLbKnobs()},
                                                  {"cgn", CgnKnobs()},
                                                  {"pf", PfNatKnobs()},
                                                  {"winnat", WinNatKnobs()},
                                                  {"cilium", CiliumKnobs()},
                                                  {"cisco", CiscoNatKnobs()},
                                                  {"cone", ConeKnobs()}}};
    return families;
}

const std::vector<NatKnobSpec>&
KnobsOfFamily(const std::string& name)
{
    const auto family = std::find_if(Families().begin(), Families().end(), [&](const Family& f) {
        return f.name == name;
    });
    Check(family != Families().end(), "a family of NATs without knobs");
    return family->knobs;
}

} // namespace

std::vector<Knob>
Knobs(const NatPreset& preset)
{
    return KnobsOf(KnobsOfFamily(preset.family), preset);
}

KnobResult
SetKnob(NatPreset& preset, std::string_view name, std::string_view value)
{
    return SetKnobOf(KnobsOfFamily(preset.family),
                     preset,
                     name,
                     value,
                     [&](const NatKnobSpec& knob) { return name != knob.name; });
}

bool
IsKnobOfAnyNat(std::string_view name)
{
    return std::any_of(Families().begin(), Families().end(), [&](const Family& family) {
        return HasKnob(family.knobs, name);
    });
}

} // namespace portlab
