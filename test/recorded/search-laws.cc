// SPDX-License-Identifier: GPL-2.0-only

#include "test/recorded/search-laws.h"

#include <map>
#include <utility>

namespace portlab::test
{

namespace
{

constexpr std::uint32_t RECORDED_SLOTS = 16384;

/// The parts of the range that a search tries one after the other.
std::vector<StartLaw>
PartsOf(const SearchLaw& law, const PortRange& range)
{
    switch (law.kind)
    {
    case SearchLaw::Kind::Bind:
        return {StartLaw(BindRule(range))};
    case SearchLaw::Kind::Udp:
        return {StartLaw(range.Count() > RECORDED_SLOTS ? UdpRule(range, RECORDED_SLOTS)
                                                        : EveryPortRule(range))};
    case SearchLaw::Kind::EveryPort:
        return {StartLaw(EveryPortRule(range))};
    case SearchLaw::Kind::BindHalves:
        break;
    }
    if (range.Count() < 4)
    {
        return {StartLaw(BindRule(range))};
    }
    const auto middle = static_cast<Port>(range.First() + range.Count() / 4 * 2);
    return {StartLaw(BindRule(PortRange(range.First(), static_cast<Port>(middle - 1)))),
            StartLaw(BindRule(PortRange(middle, range.Last())))};
}

/// A search on one address.
class Search
{
  public:
    Search(const SearchLaw& law, const PortRange& range)
        : m_parts(PartsOf(law, range)),
          m_shares(law.shares)
    {
        for (const Port port : law.blocked)
        {
            Block(port);
        }
    }

    /// A part is left behind when it has no port any more; all but the last are even, and so are
    /// searched to the end from every start.
    const StartLaw& Current() const
    {
        std::size_t part = 0;
        while (part + 1 < m_parts.size() && m_parts[part].IsUsedUp())
        {
            ++part;
        }
        return m_parts[part];
    }

    void Take(Port port)
    {
        if (!m_shares)
        {
            Block(port);
        }
    }

  private:
    void Block(Port port)
    {
        for (StartLaw& part : m_parts)
        {
            part.Block(port);
        }
    }

    std::vector<StartLaw> m_parts;
    bool m_shares;
};

/// Searches on which nothing is taken yet, made once for each range.
class FreshSearches
{
  public:
    explicit FreshSearches(const SearchLaw& law)
        : m_law(law)
    {
    }

    /// One for each address.
    std::vector<Search> In(const PortRange& range)
    {
        const auto fresh = m_fresh.try_emplace({range.First(), range.Last()}, m_law, range).first;
        return std::vector<Search>(m_law.addresses, fresh->second);
    }

  private:
    SearchLaw m_law;
    std::map<std::pair<Port, Port>, Search> m_fresh;
};

} // namespace

const SearchLaw&
LawOf(const std::string& variant)
{
    using Kind = SearchLaw::Kind;
    const std::vector<Port>& reserved = RecordedReservedPorts();
    static const std::map<std::string, SearchLaw> laws{
        {"plain", {Kind::Bind}},
        {"plain_lo", {Kind::Bind}},
        {"reuseport", {Kind::Bind}},
        {"reuseaddr", {Kind::BindHalves}},
        {"reuseboth", {Kind::BindHalves}},
        {"B_bind50_then_connect__bind", {Kind::Bind}},
        {"D_bind0_connect_3dest", {Kind::Bind}},
        {"D2_bind0_reuseaddr_connect_3dest", {Kind::BindHalves}},
        {"E_listen_autobind", {Kind::Bind}},
        {"F_bind0_two_addresses", {Kind::Bind, 2}},
        {"lpr_bind0_40000_40019", {Kind::Bind}},
        {"resv_bind0", {Kind::Bind, 1, false, reserved}},
        {"udp_bind0_default", {Kind::Udp}},
        {"udp_connect_default", {Kind::Udp}},
        {"udp_sendto_default", {Kind::Udp}},
        {"udp_bind0", {Kind::Udp}},
        {"udp_connect", {Kind::Udp}},
        {"udp_sendto", {Kind::Udp}},
        {"udp_bind0_two_addr", {Kind::Udp, 2}},
        {"udp_bind0_reuseaddr", {Kind::Udp, 1, true}},
        {"udp_bind0_reuseport", {Kind::Udp, 1, true}},
        {"lpr_udp_bind0_40000_40019", {Kind::Udp}},
        {"resv_udp_bind0", {Kind::Udp, 1, false, reserved}},
    };
    return laws.at(variant);
}

StartWitness
Judge(const std::vector<ScriptRun>& runs, const SearchLaw& law, std::uint64_t seed)
{
    Random random(StreamKey(seed, 1).With("judge"));
    FreshSearches fresh(law);
    StartWitness witness;
    for (const ScriptRun& run : runs)
    {
        std::vector<Search> searches = fresh.In(run.range);
        for (std::size_t turn = 0; turn < run.results.size(); ++turn)
        {
            Search& search = searches[turn % law.addresses];
            const CallResult& result = run.results[turn];
            witness.Add(search.Current(), result.port, random);
            if (result.port)
            {
                search.Take(*result.port);
            }
        }
    }
    return witness;
}

std::vector<std::uint32_t>
StretchClasses(const StartWitness& witness)
{
    std::vector<std::uint32_t> classes(5);
    for (const std::uint32_t stretch : witness.Stretches())
    {
        ++classes[stretch <= 2 ? stretch - 1 : stretch <= 4 ? 2 : stretch <= 8 ? 3 : 4];
    }
    return classes;
}

std::vector<ScriptRun>
DrawLots(const std::vector<ScriptRun>& runs, const SearchLaw& law, std::uint64_t seed)
{
    Random random(StreamKey(seed, 1).With("lots"));
    FreshSearches fresh(law);
    std::vector<ScriptRun> lots;
    for (const ScriptRun& run : runs)
    {
        lots.push_back({run.variant, run.repetition, run.range, {}});
        std::vector<Search> searches = fresh.In(run.range);
        for (std::size_t turn = 0; turn < run.results.size(); ++turn)
        {
            Search& search = searches[turn % law.addresses];
            const std::vector<Port> possible = search.Current().Possible();
            if (possible.empty())
            {
                break;
            }
            const Port port = possible[random.Below(static_cast<std::uint32_t>(possible.size()))];
            search.Take(port);
            lots.back().results.push_back({port, ""});
        }
    }
    return lots;
}

} // namespace portlab::test
