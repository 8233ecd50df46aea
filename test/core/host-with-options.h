// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEST_HOST_WITH_OPTIONS_H
#define PORTLAB_TEST_HOST_WITH_OPTIONS_H

#include "test/core/port-test-support.h"

namespace portlab::test
{

inline SocketOptions
Towards(PeerPlace place)
{
    SocketOptions options;
    options.place = place;
    return options;
}

inline SocketOptions
OfIpv6()
{
    SocketOptions options;
    options.ipv6 = true;
    return options;
}

inline SocketOptions
BoundTo(Port port)
{
    SocketOptions options;
    options.manner = PortManner::Fixed;
    options.fixedPort = port;
    return options;
}

/// A host whose paths have options.
class HostOf
{
  public:
    explicit HostOf(const OsProfile& row, bool binds = false)
        : m_host(row, StreamKey(1, 1), binds)
    {
    }

    Grant Ask(const Flow& flow,
              Instant now,
              const SocketOptions& options = {},
              Transport transport = Transport::Tcp)
    {
        return m_host.Ledger().Ask(Path(flow, options, transport), now, m_random);
    }

    bool Close(const Flow& flow, Port port, Instant now, const SocketOptions& options = {})
    {
        return m_host.Ledger().Wait(Path(flow, options), port, now);
    }

    LoneHost& Lone()
    {
        return m_host;
    }

  private:
    PortLedger::PathId Path(const Flow& flow,
                            const SocketOptions& options,
                            Transport transport = Transport::Tcp)
    {
        return m_host.Ledger().OpenPath(m_host.Id(), transport, flow, options);
    }

    LoneHost m_host;
    Random m_random{StreamKey(1, 2)};
};

} // namespace portlab::test

#endif // PORTLAB_TEST_HOST_WITH_OPTIONS_H
