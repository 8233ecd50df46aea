// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/reader/nats.h"

#include "model/core/nat/nat-catalogue.h"
#include "scenarios/reader/hosts.h"
#include "scenarios/reader/limits.h"
#include "scenarios/reader/nat-nesting.h"
#include "scenarios/reader/tuned.h"
#include "scenarios/reader/values.h"

#include <algorithm>
#include <stdexcept>

namespace portlab
{

namespace
{

NatPreset
ReadPreset(const Node& node)
{
    const std::string name = ReadText(node);
    try
    {
        return FindNatPreset(name);
    }
    catch (const std::invalid_argument& error)
    {
        Refuse(node, name, error.what());
    }
}

/// External addresses of a device, which its rules have to know as well.
void
ReadAddresses(const Section& section, NatGroup& nat)
{
    nat.addresses = nat.preset.addresses.value;
    const Node* node = section.Find("addresses");
    if (node == nullptr)
    {
        return;
    }
    nat.addresses = static_cast<std::uint32_t>(ReadWhole(*node, 1, MAX_NAT_ADDRESSES));
    const auto& most = nat.preset.mostAddresses;
    if (most.value && nat.addresses > *most.value)
    {
        Refuse(*node,
               nat.preset.name + " has at most " + std::to_string(*most.value) + " addresses (" +
                   most.source + ")");
    }
    nat.preset.addresses = {nat.addresses, Evidence::Chosen, "set in this scenario", {}, {}};
}

/// Whether it is the knob's name, or the system's with or without what stands before the last dot.
bool
IsCalled(const Knob& knob, const std::string& key)
{
    const std::string& alias = knob.alias;
    return key == knob.name || key == alias ||
           (alias.size() > key.size() &&
            alias.compare(alias.size() - key.size() - 1, std::string::npos, "." + key) == 0);
}

/// Nothing that the user wrote is ignored in silence.
void
NoteIdleKnobs(const Node& tuned,
              const std::string& owner,
              const NatPreset& preset,
              Scenario& scenario)
{
    for (const Entry& entry : *std::get_if<Table>(&tuned.value))
    {
        for (const Knob& knob : Knobs(preset))
        {
            if (IsCalled(knob, entry.key) && OnlyPacketsNotice(knob.name) &&
                scenario.fidelity == Fidelity::Connection)
            {
                AddNote(owner,
                        entry.key + " concerns packets, and changes nothing at connection level",
                        scenario.notes);
            }
        }
    }
}

NatSpan
ReadSpan(const Node& node)
{
    switch (ReadChoice(node, {"all", "host", "node", "zone"}))
    {
    case 0:
        return NatSpan::All;
    case 1:
        return NatSpan::Host;
    case 2:
        return NatSpan::Node;
    default:
        return NatSpan::Zone;
    }
}

/// Host groups and NATs, by names that no two of them share.
void
ReadInside(const Node& node,
           const Workload& workload,
           std::vector<std::string> names,
           NatGroup& nat)
{
    const auto hosts = static_cast<std::uint32_t>(workload.hosts.size());
    const auto hostNames = NamesOf(workload.hosts);
    names.insert(names.begin(), hostNames.begin(), hostNames.end());
    const auto indexes = ReadReferences(node, names, "host group or NAT", "[\"generator\"]");
    if (indexes.size() > MAX_INSIDE)
    {
        Refuse(node, "expected at most " + std::to_string(MAX_INSIDE) + " names");
    }
    for (const std::uint32_t index : indexes)
    {
        (index < hosts ? nat.insideHosts : nat.insideNats)
            .push_back(index < hosts ? index : index - hosts);
    }
}

/// Which services it translates for. Packets to loopback addresses leave no host, and IPv6 has
/// addresses enough.
void
ReadServicesOf(const Section& section, const Workload& workload, NatGroup& nat)
{
    const auto names = NamesOf(workload.services);
    if (const Node* only = section.Find("only"))
    {
        section.Forbid("bypass", "with only, all other services are bypassed: leave this out");
        nat.only = ReadReferences(*only, names, "service", "[\"api\"]");
        for (const std::uint32_t service : nat.only)
        {
            if (workload.services[service].place == PeerPlace::Loopback)
            {
                Refuse(*only,
                       "services." + names[service] +
                           " has loopback addresses: packets to it leave no host");
            }
        }
        return;
    }
    const Node* bypass = section.Find("bypass");
    if (bypass != nullptr)
    {
        nat.bypass = ReadReferences(*bypass, names, "service", "[\"internal-api\"]");
    }
    for (std::uint32_t i = 0; i < workload.services.size(); ++i)
    {
        const bool isThere = std::count(nat.bypass.begin(), nat.bypass.end(), i) > 0;
        const Service& service = workload.services[i];
        if ((service.place == PeerPlace::Loopback || service.ipv6) && !isThere)
        {
            nat.bypass.push_back(i);
        }
    }
    if (nat.bypass.size() == workload.services.size())
    {
        Refuse(bypass ? *bypass : section.Self(),
               "no service is left to translate for: take one out of bypass, or the NAT out");
    }
}

NatGroup
ReadNat(const Entry& entry, const std::vector<std::string>& names, Scenario& scenario)
{
    const Section section(entry.node, ScenarioFormat().nat);
    const Workload& workload = scenario.workload;
    NatGroup nat;
    nat.name = entry.key;
    nat.preset = ReadPreset(section.Get("preset"));
    ReadAddresses(section, nat);
    ReadInside(section.Get("inside"), workload, names, nat);
    if (const Node* per = section.Find("per"))
    {
        nat.span = ReadSpan(*per);
    }
    ReadServicesOf(section, workload, nat);
    if (const Node* tuned = section.Find("tuned"))
    {
        ReadTuned(*tuned, entry.node.path, nat.preset, scenario.notes);
        NoteIdleKnobs(*tuned, entry.node.path, nat.preset, scenario);
    }
    return nat;
}

void
CheckNames(const std::vector<const Entry*>& entries, const Workload& workload)
{
    for (const Entry* entry : entries)
    {
        for (const HostGroup& hosts : workload.hosts)
        {
            if (hosts.name == entry->key)
            {
                RefuseAt(entry->where,
                         entry->node.path,
                         "hosts." + entry->key +
                             " has this name, too, and inside could mean either: choose another");
            }
        }
    }
}

} // namespace

void
ReadNats(const Section& top, Scenario& scenario)
{
    Workload& workload = scenario.workload;
    const auto entries = NamedTables(top, "nats");
    if (entries.size() > MAX_NATS)
    {
        Refuse(top.Get("nats"), "expected at most " + std::to_string(MAX_NATS) + " NATs");
    }
    CheckNames(entries, workload);
    std::vector<std::string> names;
    for (const Entry* entry : entries)
    {
        names.push_back(entry->key);
    }
    for (const Entry* entry : entries)
    {
        workload.nats.push_back(ReadNat(*entry, names, scenario));
    }
    CheckNesting(top, workload);
}

} // namespace portlab
