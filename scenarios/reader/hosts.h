// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_HOSTS_H
#define PORTLAB_HOSTS_H

#include "scenarios/reader/section.h"
#include "scenarios/scenario.h"

#include <string>
#include <vector>

namespace portlab
{

/// Reads [hosts.NAME] into the scenario.
void ReadHosts(const Section& top, Scenario& scenario);

/// Reads [services.NAME], once the hosts are there.
void ReadServices(const Section& top, Scenario& scenario);

/// A service on hosts has their system and one address a host, as many as there turn out to be
/// once the traces are read.
void GiveServicesTheirHosts(Workload& workload);

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
