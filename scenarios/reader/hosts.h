// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_HOSTS_H
#define PORTLAB_HOSTS_H

#include "scenarios/reader/section.h"
#include "scenarios/scenario.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace portlab
{

/// Reads [hosts.NAME] into the scenario, once the nodes are there.
void ReadHosts(const Section& top, Scenario& scenario);

/// Reads [services.NAME], once the hosts are there.
void ReadServices(const Section& top, Scenario& scenario);

/// A service on hosts has their system and one address a host, as many as there turn out to be
/// once the traces are read.
void GiveServicesTheirHosts(Workload& workload);

/// The value of a count, or `otherwise` where the section is silent.
std::uint32_t CountOr(const Section& section, std::string_view key, std::uint32_t otherwise);

/// The names of things, for references to them.
template <typename Thing>
std::vector<std::string>
NamesOf(const std::vector<Thing>& things)
{
    std::vector<std::string> names;
    for (const Thing& thing : things)
    {
        names.push_back(thing.name);
    }
    return names;
}

} // namespace portlab

#endif // PORTLAB_HOSTS_H
