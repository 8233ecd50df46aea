// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/nat/knobs/nat-words.h"

#include "model/core/port/knobs/words.h"
#include "model/core/port/units.h"

#include <algorithm>
#include <array>
#include <limits>

namespace portlab
{

namespace
{

constexpr std::uint32_t MOST = std::numeric_limits<std::int32_t>::max();
constexpr std::uint32_t ALL_PORTS = 65536;

constexpr std::array<Word<NatUniqueness>, 4>
WordsFor(NatUniqueness)
{
    return {{{"destination", NatUniqueness::Destination},
             {"destination-address", NatUniqueness::DestinationAddress},
             {"endpoint", NatUniqueness::Endpoint},
             {"endpoint-then-destination", NatUniqueness::EndpointThenDestination}}};
}

constexpr std::array<Word<MappingRule>, 4>
WordsFor(MappingRule)
{
    return {{{"endpoint-independent", MappingRule::EndpointIndependent},
             {"address-dependent", MappingRule::AddressDependent},
             {"address-and-port-dependent", MappingRule::AddressAndPortDependent},
             {"inherit-latest", MappingRule::InheritLatest}}};
}

constexpr std::array<Word<Dependence>, 3>
WordsFor(Dependence)
{
    return {{{"endpoint-independent", Dependence::None},
             {"address-dependent", Dependence::RemoteAddress},
             {"address-and-port-dependent", Dependence::AddressAndPort}}};
}

constexpr std::array<Word<PortPick>, 4>
WordsFor(PortPick)
{
    return {{{"keep", PortPick::Keep},
             {"preserve", PortPick::PreserveOnly},
             {"preserve-then-search", PortPick::PreserveThenSearch},
             {"search", PortPick::Search}}};
}

constexpr std::array<Word<PortSearch>, 6>
WordsFor(PortSearch)
{
    return {{{"random-start", PortSearch::RandomStart},
             {"windowed", PortSearch::Windowed},
             {"linear", PortSearch::Linear},
             {"up-then-down", PortSearch::UpThenDown},
             {"any-free", PortSearch::AnyFree},
             {"in-order", PortSearch::InOrder}}};
}

constexpr std::array<Word<AddressPick>, 6>
WordsFor(AddressPick)
{
    return {{{"hash-inside", AddressPick::HashInside},
             {"hash-inside-and-remote", AddressPick::HashInsideAndRemote},
             {"paired", AddressPick::Paired},
             {"fill-in-order", AddressPick::FillInOrder},
             {"round-robin", AddressPick::RoundRobin},
             {"random", AddressPick::Random}}};
}

constexpr std::array<Word<BlockMode>, 5>
WordsFor(BlockMode)
{
    return {{{"none", BlockMode::None},
             {"static", BlockMode::Static},
             {"on-demand", BlockMode::OnDemand},
             {"doubling", BlockMode::Doubling},
             {"deterministic", BlockMode::Deterministic}}};
}

constexpr std::array<Word<RefreshRule>, 3>
WordsFor(RefreshRule)
{
    return {{{"outbound", RefreshRule::Outbound},
             {"inbound", RefreshRule::Inbound},
             {"both", RefreshRule::Both}}};
}

constexpr std::array<Word<UnknownFlowRule>, 3>
WordsFor(UnknownFlowRule)
{
    return {{{"drop", UnknownFlowRule::Drop},
             {"reset", UnknownFlowRule::Reset},
             {"pick-up", UnknownFlowRule::PickUp}}};
}

constexpr std::array<Word<ExhaustionRule>, 3>
WordsFor(ExhaustionRule)
{
    return {{{"silent", ExhaustionRule::Silent},
             {"icmp", ExhaustionRule::Icmp},
             {"reset", ExhaustionRule::Reset}}};
}

/// The parts of "A:B,C:D", each as a pair of texts; none of empty text.
std::vector<std::pair<std::string_view, std::string_view>>
SplitPairs(std::string_view text, const std::string& expected)
{
    std::vector<std::pair<std::string_view, std::string_view>> pairs;
    for (std::size_t begin = 0; begin < text.size();)
    {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        const std::string_view part = text.substr(begin, end - begin);
        const std::size_t colon = part.find(':');
        if (colon == std::string_view::npos || end + 1 == text.size())
        {
            RefuseValue(text, expected);
        }
        pairs.emplace_back(part.substr(0, colon), part.substr(colon + 1));
        begin = end + 1;
    }
    return pairs;
}

} // namespace

template <typename Enum>
Enum
ParseNatWord(std::string_view text)
{
    return ParseWord(WordsFor(Enum{}), text);
}

template <typename Enum>
std::string
FormatNatWord(Enum value)
{
    return FormatWord(WordsFor(Enum{}), value);
}

template NatUniqueness ParseNatWord(std::string_view text);
template std::string FormatNatWord(NatUniqueness value);
template MappingRule ParseNatWord(std::string_view text);
template std::string FormatNatWord(MappingRule value);
template Dependence ParseNatWord(std::string_view text);
template std::string FormatNatWord(Dependence value);
template PortPick ParseNatWord(std::string_view text);
template std::string FormatNatWord(PortPick value);
template PortSearch ParseNatWord(std::string_view text);
template std::string FormatNatWord(PortSearch value);
template AddressPick ParseNatWord(std::string_view text);
template std::string FormatNatWord(AddressPick value);
template BlockMode ParseNatWord(std::string_view text);
template std::string FormatNatWord(BlockMode value);
template RefreshRule ParseNatWord(std::string_view text);
template std::string FormatNatWord(RefreshRule value);
template UnknownFlowRule ParseNatWord(std::string_view text);
template std::string FormatNatWord(UnknownFlowRule value);
template ExhaustionRule ParseNatWord(std::string_view text);
template std::string FormatNatWord(ExhaustionRule value);

std::vector<PortClass>
ParsePortClasses(std::string_view text)
{
    std::vector<PortClass> classes;
    for (const auto& [inside, external] :
         SplitPairs(text,
                    "expected inside and external ports such as 1-511:1-511,512-1023:600-1023"))
    {
        classes.push_back({ParsePortRange(inside), ParsePortRange(external)});
        if (classes.back().external.First() == 0)
        {
            RefuseValue(text, "nobody can use port 0: expected external ports from 1 on");
        }
    }
    return classes;
}

std::string
FormatPortClasses(const std::vector<PortClass>& classes)
{
    std::string text;
    for (const PortClass& some : classes)
    {
        text += (text.empty() ? "" : ",") + FormatPortRange(some.inside) + ":" +
                FormatPortRange(some.external);
    }
    return text;
}

std::vector<std::pair<std::uint32_t, std::uint32_t>>
ParseSizesByHosts(std::string_view text)
{
    std::vector<std::pair<std::uint32_t, std::uint32_t>> sizes;
    for (const auto& [hosts, ports] :
         SplitPairs(text, "expected numbers of hosts and of ports such as 50:1024,100:512"))
    {
        sizes.emplace_back(ParseCount(hosts, 1, MOST), ParseCount(ports, 1, ALL_PORTS));
        if (sizes.size() > 1 && sizes[sizes.size() - 2].first >= sizes.back().first)
        {
            RefuseValue(text, "the numbers of hosts have to rise: put them in order");
        }
    }
    return sizes;
}

std::string
FormatSizesByHosts(const std::vector<std::pair<std::uint32_t, std::uint32_t>>& sizes)
{
    std::string text;
    for (const auto& [hosts, ports] : sizes)
    {
        text += (text.empty() ? "" : ",") + std::to_string(hosts) + ":" + std::to_string(ports);
    }
    return text;
}

std::optional<std::uint32_t>
ParseLimit(std::string_view text)
{
    const auto limit = ParseCountOrOff(text);
    if (limit == 0u || limit > MOST)
    {
        RefuseValue(text, "expected a whole number from 1 to 2147483647, or off");
    }
    return limit;
}

} // namespace portlab
