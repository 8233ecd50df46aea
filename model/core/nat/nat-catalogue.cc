// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/nat/nat-catalogue.h"

#include "model/core/base/nearest-name.h"
#include "model/core/base/quoted.h"
#include "model/core/nat/presets/nat-families.h"

#include <algorithm>
#include <stdexcept>

namespace portlab
{

const std::vector<NatPreset>&
NatPresets()
{
    static const std::vector<NatPreset> presets = [] {
        std::vector<NatPreset> all;
        for (const auto& family :
             {LinuxNats(), AwsNats(), GcpNats(), AzureNats(), CgnNats(), OtherNats(), ConeNats()})
        {
            all.insert(all.end(), family.begin(), family.end());
        }
        return all;
    }();
    return presets;
}

NatPreset
FindNatPreset(std::string_view name)
{
    std::vector<std::string> names;
    std::string known;
    for (const NatPreset& preset : NatPresets())
    {
        if (preset.name == name)
        {
            return preset;
        }
        names.push_back(preset.name);
        known.append(known.empty() ? "" : ", ").append(preset.name);
    }
    const std::string nearest = NearestName(name, names);
    throw std::invalid_argument("no such NAT " + Quoted(name) + "." +
                                (nearest.empty() ? "" : " Did you mean " + nearest + "?") +
                                " Known: " + known + " (portlab nats)");
}

} // namespace portlab
