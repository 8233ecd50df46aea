// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_NAT_PRESET_H
#define PORTLAB_NAT_PRESET_H

#include "model/core/nat/nat-rules.h"
#include "model/core/port/os-profile.h"

#include <optional>
#include <string>
#include <vector>

namespace portlab
{

/// Timers of TCP, in the words of Linux's conntrack. Devices with fewer have the same value twice.
struct NatTcpTimers
{
    Fact<Duration> synSent;
    Fact<Duration> synRecv;
    Fact<Duration> established; ///< Without a packet.
    Fact<Duration> unacked;     ///< The same, with data that waits for its acknowledgement.
    Fact<Duration> finWait;
    Fact<Duration> closeWait;
    Fact<Duration> lastAck;
    Fact<Duration> timeWait;
    Fact<Duration> close; ///< After a reset.
};

/// How long a port rests, unusable towards its last destination, when its mapping has ended.
struct NatRests
{
    Fact<Duration> afterFin;
    Fact<Duration> afterReset;
    Fact<Duration> afterAttempt; ///< That never became a connection.
    Fact<Duration> afterIdle;    ///< Also UDP and ICMP.
};

/// What the device's own counters and logs call what it dropped.
struct NatCounterNames
{
    Fact<std::string> noPort;
    Fact<std::string> tableFull;
};

/// Everything the model needs to know about one NAT: a row of the catalogue. The values mean what
/// the fields of NatRules with the same names mean.
struct NatPreset
{
    // In one place, because compilers take long over so many members.
    NatPreset();
    ~NatPreset();
    NatPreset(const NatPreset& other);
    NatPreset& operator=(const NatPreset& other);

    std::string name; ///< As in `preset = "aws-nat-gateway"`.
    /// "linux", "aws-nlb", "gcp", ...: decides the system's own names of knobs, and the commands
    /// that set them; see Families() in nat-knobs.cc.
    std::string family;
    std::string title; ///< One line for people.

    Fact<std::uint32_t> addresses; ///< External addresses, where the scenario does not say.
    /// How many the device can have; empty: no limit is known.
    Fact<std::optional<std::uint32_t>> mostAddresses;
    Fact<NatUniqueness> tcpUnique;
    Fact<NatUniqueness> udpUnique; ///< Also of ICMP.
    Fact<bool> icmp;               ///< Whether it translates ICMP echo.
    Fact<MappingRule> mapping;
    Fact<Dependence> filtering;
    Fact<PortPick> pick;
    Fact<PortSearch> search;
    Fact<std::uint32_t> retries;
    Fact<PortRange> ports{PortRange(0, 65535)}; ///< External ports of a search; a row fills it.
    /// Inside ports with external ones of their own, beside `ports` for all others.
    Fact<std::vector<PortClass>> lowClasses;
    Fact<PortList> reserved; ///< External ports that are never given out: port forwards.
    Fact<bool> preservesAnyPort;
    Fact<bool> startsBy16Bits;
    Fact<AddressPick> addressPick;
    Fact<bool> spills;

    Fact<BlockMode> blocks;
    Fact<std::uint32_t> blockSize;
    /// Instead, where the size follows from the number of inside hosts: up to so many hosts, so
    /// many ports each; in rising order. Empty: it does not.
    Fact<std::vector<std::pair<std::uint32_t, std::uint32_t>>> blockSizeByHosts;
    Fact<std::uint32_t> mostBlocks;
    Fact<std::uint32_t> mostPortsOfHost; ///< Doubling.
    Fact<Duration> blockActive;

    Fact<std::optional<std::uint32_t>> ofSubscriber;
    Fact<std::optional<std::uint32_t>> ofDestination;
    Fact<std::optional<std::uint32_t>> ofTable;
    Fact<std::uint32_t> buckets;

    NatTcpTimers tcp;
    Fact<Duration> udpNew;
    Fact<Duration> udpStream;
    Fact<Duration> udpStreamAfter;
    Fact<Duration> icmpIdle;
    NatRests rests;
    Fact<Duration> expiryGrid;
    Fact<RefreshRule> refresh;
    Fact<bool> reopensAnew;
    Fact<bool> evictsClosing;
    Fact<ExhaustionRule> onExhaustion;
    Fact<UnknownFlowRule> onUnknownFlow;
    Fact<bool> hairpins;
    Fact<Duration> raceWindow;
    NatCounterNames counters;
};

/// The rules of a device that translates for so many inside hosts; one with several addresses
/// counts as several, for a NAT sees no more of it. Throws std::invalid_argument when the rules
/// contradict each other: no port is left, a block is larger than the range.
NatRules RulesOf(const NatPreset& preset, std::uint32_t insideHosts);

} // namespace portlab

#endif // PORTLAB_NAT_PRESET_H
