// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/reader/firewalls.h"

#include "model/core/port/units.h"
#include "scenarios/reader/hosts.h"
#include "scenarios/reader/values.h"

#include <stdexcept>

namespace portlab
{

namespace
{

PortList
ReadAllowedPorts(const Node& node)
{
    const std::string text = ReadText(node);
    PortList ports;
    try
    {
        ports = ParsePortList(text);
    }
    catch (const std::invalid_argument& error)
    {
        Refuse(node, text, error.what());
    }
    if (ports.empty())
    {
        Refuse(node, "nothing would pass: expected ports such as \"1024-65535\"");
    }
    return ports;
}

Firewall
ReadFirewall(const Entry& entry, const Workload& workload)
{
    const Section section(entry.node, ScenarioFormat().firewall);
    Firewall firewall;
    firewall.name = entry.key;
    firewall.before = ReadReferences(section.Get("before"),
                                     NamesOf(workload.hosts),
                                     "host group",
                                     "[\"generator\"]");
    if (const Node* sees = section.Find("sees"))
    {
        firewall.seesOutside = ReadChoice(*sees, {"inside", "outside"}) == 1;
    }
    firewall.allowed = ReadAllowedPorts(section.Get("allowed_source_ports"));
    return firewall;
}

} // namespace

void
ReadFirewalls(const Section& top, Scenario& scenario)
{
    for (const Entry* entry : NamedTables(top, "firewalls"))
    {
        scenario.workload.firewalls.push_back(ReadFirewall(*entry, scenario.workload));
    }
}

} // namespace portlab
