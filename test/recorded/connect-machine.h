// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEST_CONNECT_MACHINE_H
#define PORTLAB_TEST_CONNECT_MACHINE_H

#include "model/core/port/port-ledger.h"
#include "test/recorded/connect-calls.h"

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace portlab::test
{

/// A machine of the model's catalogue and its network namespaces, spoken to as the recordings'
/// scripts spoke to the real one.
class ConnectMachine
{
  public:
    /// The machine of this seed; the changes to the profile are made before it boots.
    ConnectMachine(const OsProfile& profile, std::uint64_t seed);

    /// A namespace with these ports; another name is another namespace.
    void Enter(const std::string& name, const PortRange& range, const PortList& reserved = {});

    /// connect() from the namespace that was entered last, towards one of its destinations.
    std::optional<Port> Connect(std::uint32_t destination);

    /// The connection is reset.
    void Reset(std::uint32_t destination, Port port);

    void Sleep(Duration duration)
    {
        m_now += duration;
    }

    Instant Now() const
    {
        return m_now;
    }

  private:
    PortLedger::PathId Path(std::uint32_t destination);

    OsProfile m_profile;
    PortLedger m_ledger;
    PortLedger::KernelId m_kernel;
    std::map<std::string, PortLedger::HostId> m_hosts;
    PortLedger::HostId m_host{0};
    Random m_random;
    Instant m_now{};
};

/// What the model answers to the same calls, asked on machines with this profile. Calls that need
/// ports bound by others are not for this.
ConnectCalls AskModel(const ConnectCalls& calls, const OsProfile& profile, std::uint64_t seed);

/// A profile of the catalogue.
OsProfile ProfileOf(const std::string& name);

} // namespace portlab::test

#endif // PORTLAB_TEST_CONNECT_MACHINE_H
