// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/allocate.h"

#include "scenarios/explain-choice.h"

#include <arpa/inet.h>
#include <charconv>
#include <deque>
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

/// The experiment while it runs.
class Bench
{
  public:
    explicit Bench(const AllocateExperiment& experiment)
        : m_experiment(experiment),
          m_random(Key().With("ports"))
    {
        m_ledger.AddHost(m_ledger.AddKernel(experiment.profile, Key().With("kernel")),
                         std::make_shared<const PortRules>(experiment.profile));
        std::map<std::string, Address> addresses;
        for (const Destination& destination : experiment.destinations)
        {
            const auto next = static_cast<Address>(addresses.size() + 1);
            const Address remote = addresses.try_emplace(destination.address, next).first->second;
            m_paths.push_back(
                m_ledger.OpenPath(0, experiment.transport, {0, remote, destination.port}));
        }
    }

    std::vector<AllocateRow> Run()
    {
        std::vector<AllocateRow> rows;
        for (std::uint32_t request = 0; request < m_experiment.count; ++request)
        {
            const Instant now = At(m_experiment.every * request);
            CloseUntil(now);
            rows.push_back(Ask(request, now));
        }
        return rows;
    }

  private:
    struct Open
    {
        Instant end;
        PortLedger::PathId path;
        Port port;
    };

    StreamKey Key() const
    {
        return StreamKey(m_experiment.seed, 1).With("allocate");
    }

    void CloseUntil(Instant now)
    {
        while (!m_open.empty() && m_open.front().end <= now)
        {
            const Open& open = m_open.front();
            const bool waits = m_experiment.close.ending == Ending::Client &&
                               m_experiment.transport == Transport::Tcp;
            waits ? m_ledger.Wait(open.path, open.port, open.end)
                  : m_ledger.Release(open.path, open.port, open.end);
            m_open.pop_front();
        }
    }

    AllocateRow Ask(std::uint32_t request, Instant now)
    {
        const std::size_t destination = request % m_paths.size();
        const PortLedger::PathId path = m_paths[destination];
        const Grant grant = m_ledger.Ask(path, now, m_random);
        if (grant.port && m_experiment.close.ending)
        {
            m_open.push_back({now + m_experiment.close.after, path, *grant.port});
        }
        const Choice choice{m_experiment.profile,
                            m_experiment.transport,
                            grant,
                            m_lastPorts[LastPortKey(destination)]};
        AllocateRow row{request + 1,
                        now,
                        destination,
                        grant.port,
                        grant.probes,
                        OutcomeName(choice),
                        ExplainChoice(choice)};
        if (grant.port)
        {
            m_lastPorts[LastPortKey(destination)] = grant.port;
        }
        return row;
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
    std::deque<Open> m_open; ///< In order of their ends: all live equally long.
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
    return {text, address, static_cast<Port>(port)};
}

std::vector<AllocateRow>
RunAllocate(const AllocateExperiment& experiment)
{
    return Bench(experiment).Run();
}

} // namespace portlab
