// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/allocate.h"

#include "model/core/flow/fin-wait2.h"
#include "scenarios/explain-choice.h"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <map>
#include <stdexcept>

namespace portlab
{

namespace
{

[[noreturn]] void
RefuseDestination(const std::string& text, const std::string& what)
{
    throw std::invalid_argument("--to " + text + ": " + what +
                                ". Write ADDRESS:PORT, as 198.51.100.7:443 or [2001:db8::7]:443.");
}

/// Of an address in network order.
bool
IsLoopback(bool isIpv6, const unsigned char* bytes)
{
    constexpr unsigned char loopbackNet = 127;
    return isIpv6 ? std::equal(bytes, bytes + sizeof(in6_addr), in6addr_loopback.s6_addr)
                  : bytes[0] == loopbackNet;
}

/// The experiment while it runs.
class Bench
{
  public:
    explicit Bench(const AllocateExperiment& experiment)
        : m_experiment(experiment),
          m_random(Key().With("ports"))
    {
        const OsProfile& profile = experiment.profile;
        m_ledger.AddHost(m_ledger.AddKernel(profile, Key().With("kernel")),
                         std::make_shared<const PortRules>(profile),
                         experiment.socket.manner != PortManner::Connect);
        std::map<std::string, Address> addresses;
        for (const Destination& destination : experiment.destinations)
        {
            const auto next = static_cast<Address>(addresses.size() + 1);
            const Address remote = addresses.try_emplace(destination.address, next).first->second;
            SocketOptions socket = experiment.socket;
            socket.place = destination.isLoopback ? PeerPlace::Loopback : PeerPlace::Remote;
            socket.timestamps = profile.timestamps.value;
            m_paths.push_back(m_ledger.OpenPath(HOST,
                                                experiment.transport,
                                                {0, remote, destination.port},
                                                socket));
        }
    }

    std::vector<AllocateRow> Run()
    {
        std::vector<AllocateRow> rows;
        for (std::uint32_t request = 0; request < m_experiment.count; ++request)
        {
            const Instant now = At(m_experiment.every * request);
            CatchUp(now);
            rows.push_back(Ask(request, now));
        }
        return rows;
    }

  private:
    static constexpr PortLedger::HostId HOST = 0;

    /// What comes next for a port that is held.
    enum class Next
    {
        Close,         ///< As the rule has it.
        FinWait2Entry, ///< FIN_WAIT2 goes on as a time-wait entry.
        FinWait2IsOver,
    };

    struct Held
    {
        Next next;
        PortLedger::PathId path;
        Port port;
    };

    StreamKey Key() const
    {
        return StreamKey(m_experiment.seed, 1).With("allocate");
    }

    void CatchUp(Instant now)
    {
        while (!m_held.empty() && m_held.begin()->first <= now)
        {
            const auto [time, held] = *m_held.begin();
            m_held.erase(m_held.begin());
            GoOn(held, time);
        }
        m_ledger.CatchUp(HOST, now);
    }

    void GoOn(const Held& held, Instant now)
    {
        const bool isTcp = m_experiment.transport == Transport::Tcp;
        const auto ending = m_experiment.close.ending;
        if (isTcp && ending == Ending::Client)
        {
            m_ledger.Wait(held.path, held.port, now);
        }
        else if (!isTcp || ending != Ending::HalfClosed || !StaysInFinWait2(held, now))
        {
            m_ledger.Release(held.path, held.port, now);
        }
    }

    /// The peer never closes; false when the system's patience or its room for such ports ends.
    bool StaysInFinWait2(const Held& held, Instant now)
    {
        const FinWait2Stages stages(m_experiment.profile);
        const TimerWheel wheel = TimerWheelOf(m_experiment.profile, m_ledger.Boot(HOST));
        if (held.next == Next::FinWait2IsOver)
        {
            m_ledger.LeaveFinWait2(HOST);
            return false;
        }
        if (held.next == Next::Close && stages.orphan > Duration{0})
        {
            const Instant entry = wheel.Expiry(now, stages.orphan);
            m_held.insert({entry, {Next::FinWait2Entry, held.path, held.port}});
            return true;
        }
        m_ledger.CatchUp(HOST, now);
        const bool hasRoom = m_ledger.EnterFinWait2(HOST);
        if (hasRoom && stages.entry > Duration{0})
        {
            const Instant end = wheel.Expiry(now, stages.entry);
            m_held.insert({end, {Next::FinWait2IsOver, held.path, held.port}});
        }
        return hasRoom;
    }

    AllocateRow Ask(std::uint32_t request, Instant now)
    {
        const std::size_t destination = request % m_paths.size();
        const PortLedger::PathId path = m_paths[destination];
        const std::uint64_t waiting = m_ledger.Waiting(HOST).Count();
        const Grant grant = m_ledger.Ask(path, now, m_random);
        if (grant.port && m_experiment.close.ending)
        {
            m_held.insert({now + m_experiment.close.after, {Next::Close, path, *grant.port}});
        }
        const Choice choice{m_experiment.profile,
                            m_experiment.transport,
                            m_experiment.socket,
                            grant,
                            m_lastPorts[LastPortKey(destination)],
                            m_ledger.Waiting(HOST).Count() < waiting};
        AllocateRow row{request + 1,
                        now,
                        destination,
                        grant.port,
                        grant.probes,
                        SearchTime(grant),
                        OutcomeName(choice),
                        ExplainChoice(choice)};
        if (grant.port)
        {
            m_lastPorts[LastPortKey(destination)] = grant.port;
        }
        return row;
    }

    std::optional<std::int64_t> SearchTime(const Grant& grant) const
    {
        const ProbeCost& costs = m_experiment.profile.probeCost.value;
        const bool isConnect = m_experiment.socket.manner == PortManner::Connect;
        const Duration cost = isConnect ? costs.connect : costs.bind;
        const bool isKnown = cost > Duration{0} && m_experiment.transport == Transport::Tcp;
        return isKnown ? std::optional((grant.probes * cost).count()) : std::nullopt;
    }

    /// Systems with one cursor remember one last port, the others one for each destination.
    std::size_t LastPortKey(std::size_t destination) const
    {
        const PolicySpec& policy = m_experiment.profile.tcp.value;
        return policy.algorithm == Algorithm::RisingCursor ? 0 : m_paths[destination];
    }

    const AllocateExperiment& m_experiment;
    Random m_random;
    PortLedger m_ledger;
    std::vector<PortLedger::PathId> m_paths;
    std::multimap<Instant, Held> m_held; ///< By the moment at which something becomes of it.
    std::map<std::size_t, std::optional<Port>> m_lastPorts;
};

} // namespace

Destination
ParseDestination(const std::string& text)
{
    const std::size_t colon = text.rfind(':');
    if (colon == std::string::npos)
    {
        RefuseDestination(text, "the port is missing");
    }
    std::string address = text.substr(0, colon);
    const bool hasBrackets = address.size() > 2 && address.front() == '[' && address.back() == ']';
    address = hasBrackets ? address.substr(1, address.size() - 2) : address;
    unsigned char bytes[sizeof(in6_addr)];
    if (inet_pton(hasBrackets ? AF_INET6 : AF_INET, address.c_str(), bytes) != 1)
    {
        RefuseDestination(text, "\"" + address + "\" is not an address");
    }
    unsigned port = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data() + colon + 1, end, port);
    if (error != std::errc{} || rest != end || port < 1 || port > 65535)
    {
        RefuseDestination(text, "the port has to be a whole number from 1 to 65535");
    }
    return {text, address, static_cast<Port>(port), IsLoopback(hasBrackets, bytes)};
}

std::vector<AllocateRow>
RunAllocate(const AllocateExperiment& experiment)
{
    return Bench(experiment).Run();
}

} // namespace portlab
