// SPDX-License-Identifier: GPL-2.0-only

// How the model's machines stand in the ledger; and their kernel.

#include "model/core/base/check.h"
#include "model/core/port/profiles/families.h"
#include "test/machine/model-machine.h"
#include "test/machine/model-nat.h"

#include <algorithm>

namespace portlab::test
{

/// Made when it is first needed: the ledger's hosts cannot change their settings.
PortLedger::HostId
ModelMachine::Host()
{
    if (m_host)
    {
        return *m_host;
    }
    const PortRange& range = m_profile.ports.value;
    const auto [kernel, isNew] = m_world.kernels.try_emplace({range.First(), range.Last()}, 0);
    if (isNew)
    {
        kernel->second = m_world.ledger.AddKernel(m_profile, m_world.secret);
    }
    try
    {
        m_host = m_world.ledger.AddHost(kernel->second,
                                        std::make_shared<const PortRules>(m_profile),
                                        true);
    }
    catch (const std::invalid_argument& error)
    {
        throw NotModelled(error.what());
    }
    return *m_host;
}

SocketLayer&
ModelMachine::Layer()
{
    const PortLedger::HostId host = Host();
    if (!m_layer)
    {
        m_layer.emplace(m_world.ledger, host, m_world.random, ANY_ADDRESS);
    }
    return *m_layer;
}

/// Gives back the port, if there is one.
void
ModelMachine::Leave(Socket& socket)
{
    Layer().Release(socket.port, m_world.now);
    socket.givesUp.reset();
    socket.isConnected = false;
}

/// Ends what is over: connect() without a reply, and FIN_WAIT2.
void
ModelMachine::CatchUp()
{
    const auto timesOut = [&](SocketId number) {
        Socket& socket = m_sockets.at(number);
        const bool isOver = socket.givesUp && *socket.givesUp <= m_world.now;
        if (isOver)
        {
            Leave(socket);
            socket.hasTimedOut = true;
        }
        return isOver || !socket.givesUp;
    };
    m_unanswered.erase(std::remove_if(m_unanswered.begin(), m_unanswered.end(), timesOut),
                       m_unanswered.end());
    const auto isOver = [&](HalfClosed& half) { return Advance(half); };
    m_halfClosed.erase(std::remove_if(m_halfClosed.begin(), m_halfClosed.end(), isOver),
                       m_halfClosed.end());
}

/// Whether this FIN_WAIT2 is over by now.
bool
ModelMachine::Advance(HalfClosed& half)
{
    PortLedger& ledger = m_world.ledger;
    bool isOver = half.end <= m_world.now;
    if (!half.isEntry && half.entered <= m_world.now)
    {
        half.isEntry = ledger.EnterFinWait2(Host());
        isOver = isOver || !half.isEntry;
    }
    if (isOver)
    {
        ledger.Release(half.path, half.port, m_world.now);
        if (half.isEntry)
        {
            ledger.LeaveFinWait2(Host());
        }
    }
    return isOver;
}

TimerWheel
ModelMachine::Wheel()
{
    return TimerWheelOf(m_profile, m_world.ledger.Boot(Host()));
}

LinuxVersion
ModelKernel::Version() const
{
    Check(m_world.profile.linuxSettings.has_value(), "the rules are those of Linux");
    const std::uint32_t release = m_world.profile.linuxSettings->release;
    return {release / 1000, release % 1000};
}

std::unique_ptr<Machine>
ModelKernel::NewMachine()
{
    return std::make_unique<ModelMachine>(m_world);
}

std::unique_ptr<NatBox>
ModelKernel::NewNat(const NatRule& rule)
{
    const LinuxVersion version = Version();
    return std::make_unique<ModelNat>(LinuxNat(rule, LinuxRelease(version.major, version.minor)),
                                      StreamKey(m_world.random.Bits(), 1),
                                      m_world.now);
}

Endpoint
ModelKernel::NewEndpoint(Network network)
{
    return {network == Network::Loopback ? 0x7f100001u : 0xc0000201u, m_nextPort++};
}

Instant
ModelKernel::Now() const
{
    return m_world.now;
}

void
ModelKernel::Sleep(Duration duration)
{
    m_world.now += duration;
}

} // namespace portlab::test
