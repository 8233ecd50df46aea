// SPDX-License-Identifier: GPL-2.0-only

#include "test/recorded/connect-machine.h"

#include "model/core/port/profile-catalogue.h"

#include <memory>

namespace portlab::test
{

namespace
{

// Documentation addresses (RFC 5737).
constexpr Address HERE = 0xc0000201u;
constexpr Address FIRST_PEER = 0xc6336400u;
constexpr Port SERVICE = 443;

/// Up to the first '/'.
std::string
FirstPart(const std::string& name)
{
    return name.substr(0, name.find('/'));
}

PortList
Reserved(const ConnectCall& call)
{
    PortList ports;
    for (std::uint32_t port = 0; call.blocked && port < call.blocked->size(); ++port)
    {
        if ((*call.blocked)[port])
        {
            ports.emplace_back(static_cast<Port>(port), static_cast<Port>(port));
        }
    }
    return ports;
}

} // namespace

OsProfile
ProfileOf(const std::string& name)
{
    return FindProfile(name).profile;
}

ConnectMachine::ConnectMachine(const OsProfile& profile, std::uint64_t seed)
    : m_profile(profile),
      m_kernel(m_ledger.AddKernel(profile, StreamKey(seed, 1).With("machine"))),
      m_random(StreamKey(seed, 1).With("draws"))
{
}

void
ConnectMachine::Enter(const std::string& name, const PortRange& range, const PortList& reserved)
{
    const auto [known, isNew] = m_hosts.try_emplace(name, 0u);
    if (isNew)
    {
        OsProfile profile = m_profile;
        profile.ports.value = range;
        profile.reserved.value = reserved;
        known->second = m_ledger.AddHost(m_kernel, std::make_shared<const PortRules>(profile));
    }
    m_host = known->second;
}

std::optional<Port>
ConnectMachine::Connect(std::uint32_t destination)
{
    return m_ledger.Ask(Path(destination), m_now, m_random).port;
}

void
ConnectMachine::Reset(std::uint32_t destination, Port port)
{
    m_ledger.Release(Path(destination), port, m_now);
}

PortLedger::PathId
ConnectMachine::Path(std::uint32_t destination)
{
    return m_ledger.OpenPath(m_host, Transport::Tcp, {HERE, FIRST_PEER + destination, SERVICE});
}

/// A machine for each repetition, which is the first part of the names of sequences and scopes.
ConnectCalls
AskModel(const ConnectCalls& calls, const OsProfile& profile, std::uint64_t seed)
{
    std::map<std::string, ConnectMachine> machines;
    std::map<std::string, std::uint32_t> destinations;
    ConnectCalls answers;
    for (const ConnectCall& call : calls)
    {
        const std::uint64_t machineSeed = seed * 1'000'000 + machines.size();
        ConnectMachine& machine =
            machines.try_emplace(FirstPart(call.sequence), profile, machineSeed).first->second;
        machine.Enter(FirstPart(call.scope) + "/" + std::to_string(call.range.First()) + "-" +
                          std::to_string(call.range.Last()),
                      call.range,
                      Reserved(call));
        const std::uint32_t destination =
            destinations.try_emplace(call.sequence, static_cast<std::uint32_t>(destinations.size()))
                .first->second;
        answers.push_back(call);
        answers.back().port = machine.Connect(destination);
        if (answers.back().port && !call.staysOpen)
        {
            machine.Reset(destination, *answers.back().port);
        }
    }
    return answers;
}

} // namespace portlab::test
