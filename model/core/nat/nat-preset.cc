// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/nat/nat-preset.h"

#include "model/core/base/check.h"
#include "model/core/port/units.h"

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace portlab
{

namespace
{

[[noreturn]] void
Refuse(const NatPreset& preset, const std::string& why)
{
    throw std::invalid_argument(preset.name + ": " + why);
}

bool
IsReserved(const NatPreset& preset, Port port)
{
    const PortList& reserved = preset.reserved.value;
    return std::any_of(reserved.begin(), reserved.end(), [&](const PortRange& range) {
        return range.Contains(port);
    });
}

void
CheckPorts(const NatPreset& preset)
{
    const PortRange& ports = preset.ports.value;
    if (ports.First() == 0)
    {
        Refuse(preset, "ports = " + FormatPortRange(ports) + ": nobody can use port 0; begin at 1");
    }
    std::uint32_t port = ports.First();
    while (port <= ports.Last() && IsReserved(preset, static_cast<Port>(port)))
    {
        ++port;
    }
    if (port > ports.Last())
    {
        Refuse(preset,
               "no external port is left: all of " + FormatPortRange(ports) +
                   " are reserved. Reserve fewer, or give it more ports");
    }
}

/// Inside ports have their low classes, and all others `ports`.
std::vector<PortClass>
ClassesOf(const NatPreset& preset)
{
    std::vector<PortClass> classes = preset.lowClasses.value;
    classes.push_back({PortRange(0, 65535), preset.ports.value});
    return classes;
}

std::vector<Port>
ReservedPortsOf(const NatPreset& preset)
{
    std::vector<Port> ports;
    for (const PortRange& range : preset.reserved.value)
    {
        for (std::uint32_t i = 0; i < range.Count(); ++i)
        {
            ports.push_back(range.At(i));
        }
    }
    return ports;
}

/// The ports of a block, from the table for so many hosts if there is one.
std::uint32_t
BlockSizeFor(const NatPreset& preset, std::uint32_t insideHosts)
{
    const auto& table = preset.blockSizeByHosts.value;
    if (table.empty())
    {
        return preset.blockSize.value;
    }
    const auto row = std::find_if(table.begin(), table.end(), [&](const auto& entry) {
        return insideHosts <= entry.first;
    });
    if (row == table.end())
    {
        Refuse(preset,
               "it parcels out its ports among " + std::to_string(table.back().first) +
                   " inside hosts at most, and here are " + std::to_string(insideHosts) +
                   ": take fewer for each device, or set block_size");
    }
    return row->second;
}

void
CheckSizes(const NatPreset& preset, const BlockRules& rules)
{
    const std::uint32_t ports = preset.ports.value.Count();
    if (rules.size == 0)
    {
        Refuse(preset, "a block of no ports serves nobody: set block_size to 1 or more");
    }
    if (rules.size > ports)
    {
        Refuse(preset,
               "a block of " + std::to_string(rules.size) + " ports is larger than " +
                   FormatPortRange(preset.ports.value) + ", " + std::to_string(ports) +
                   " ports: set a smaller block_size, or more ports");
    }
    if (rules.mode == BlockMode::Doubling && rules.mostPorts < rules.size)
    {
        Refuse(preset,
               "the first block, " + std::to_string(rules.size) +
                   " ports, is more than a host may have, " + std::to_string(rules.mostPorts) +
                   ": set a smaller block_size or a larger most_ports_per_host");
    }
}

void
CheckShares(const NatPreset& preset, std::uint32_t insideHosts)
{
    const std::uint32_t addresses = preset.addresses.value;
    const std::uint32_t sharers = insideHosts / addresses + (insideHosts % addresses > 0 ? 1 : 0);
    if (sharers > preset.ports.value.Count())
    {
        Refuse(preset,
               std::to_string(sharers) + " inside hosts cannot share the " +
                   std::to_string(preset.ports.value.Count()) +
                   " ports of one address: give it more addresses");
    }
}

/// Where nothing is translated, mappings number their hosts in place of external addresses.
void
CheckKept(const NatPreset& preset, std::uint32_t insideHosts)
{
    constexpr std::uint32_t most = std::numeric_limits<ExternalIndex>::max() + 1;
    if (preset.pick.value == PortPick::Keep && insideHosts > most)
    {
        Refuse(preset,
               "a device that keeps addresses tells " + std::to_string(most) +
                   " inside hosts apart, and here are " + std::to_string(insideHosts) +
                   ": take fewer for each device");
    }
}

BlockRules
BlocksOf(const NatPreset& preset, std::uint32_t insideHosts)
{
    BlockRules rules;
    rules.mode = preset.blocks.value;
    if (rules.mode == BlockMode::None)
    {
        return rules;
    }
    if (preset.pick.value == PortPick::Keep || preset.preservesAnyPort.value ||
        !preset.lowClasses.value.empty())
    {
        Refuse(preset,
               "blocks hold all ports that a host can get: they exclude pick = keep, low_ports and "
               "preserve_any_port");
    }
    if (preset.ofDestination.value)
    {
        Refuse(preset,
               "a host with a block may use all of it towards every destination: set "
               "flows_per_destination to off, or blocks to none");
    }
    if (rules.mode == BlockMode::Deterministic)
    {
        CheckShares(preset, insideHosts);
        rules.subscribers = insideHosts;
        return rules;
    }
    rules.size = BlockSizeFor(preset, insideHosts);
    rules.most = preset.mostBlocks.value;
    rules.mostPorts = preset.mostPortsOfHost.value;
    rules.active = preset.blockActive.value;
    CheckSizes(preset, rules);
    return rules;
}

std::array<Duration, NAT_TIMER_COUNT>
TimersOf(const NatPreset& preset)
{
    std::array<Duration, NAT_TIMER_COUNT> timers{};
    const auto set = [&](NatTimer timer, const Fact<Duration>& fact) {
        timers[static_cast<std::size_t>(timer)] = fact.value;
    };
    set(NatTimer::SynSent, preset.tcp.synSent);
    set(NatTimer::SynRecv, preset.tcp.synRecv);
    set(NatTimer::Established, preset.tcp.established);
    set(NatTimer::FinWait, preset.tcp.finWait);
    set(NatTimer::CloseWait, preset.tcp.closeWait);
    set(NatTimer::LastAck, preset.tcp.lastAck);
    set(NatTimer::TimeWait, preset.tcp.timeWait);
    set(NatTimer::Close, preset.tcp.close);
    set(NatTimer::UdpNew, preset.udpNew);
    set(NatTimer::UdpStream, preset.udpStream);
    set(NatTimer::Icmp, preset.icmpIdle);
    set(NatTimer::Unacked, preset.tcp.unacked);
    set(NatTimer::RestAfterFin, preset.rests.afterFin);
    set(NatTimer::RestAfterReset, preset.rests.afterReset);
    set(NatTimer::RestAfterAttempt, preset.rests.afterAttempt);
    set(NatTimer::RestAfterIdle, preset.rests.afterIdle);
    return timers;
}

} // namespace

NatPreset::NatPreset() = default;
NatPreset::~NatPreset() = default;
NatPreset::NatPreset(const NatPreset& other) = default;
NatPreset& NatPreset::operator=(const NatPreset& other) = default;

NatRules
RulesOf(const NatPreset& preset, std::uint32_t insideHosts)
{
    Check(insideHosts > 0 && preset.addresses.value > 0, "a NAT with nothing on one of its sides");
    CheckPorts(preset);
    CheckKept(preset, insideHosts);
    NatRules rules;
    rules.unique = {preset.tcpUnique.value, preset.udpUnique.value, preset.udpUnique.value};
    rules.handles = {true, true, preset.icmp.value};
    rules.mapping = preset.mapping.value;
    rules.filtering = preset.filtering.value;
    rules.pick = preset.pick.value;
    rules.search = preset.search.value;
    rules.retries = preset.retries.value;
    rules.classes = ClassesOf(preset);
    rules.preservesAnyPort = preset.preservesAnyPort.value;
    rules.startsBy16Bits = preset.startsBy16Bits.value;
    rules.addressPick = preset.addressPick.value;
    rules.spills = preset.spills.value;
    rules.blocks = BlocksOf(preset, insideHosts);
    rules.limits = {preset.ofSubscriber.value,
                    preset.ofDestination.value,
                    preset.ofTable.value,
                    preset.buckets.value};
    rules.timers = TimersOf(preset);
    rules.streamAfter = preset.udpStreamAfter.value;
    rules.expiryGrid = preset.expiryGrid.value;
    rules.refresh = preset.refresh.value;
    rules.reopensAnew = preset.reopensAnew.value;
    rules.evictsClosing = preset.evictsClosing.value;
    rules.onExhaustion = preset.onExhaustion.value;
    rules.onUnknownFlow = preset.onUnknownFlow.value;
    rules.hairpins = preset.hairpins.value;
    rules.raceWindow = preset.raceWindow.value;
    rules.reservedPorts = ReservedPortsOf(preset);
    return rules;
}

} // namespace portlab
