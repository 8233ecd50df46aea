// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEST_LIVE_NAT_H
#define PORTLAB_TEST_LIVE_NAT_H

#include "test/kernel/network-namespace.h"
#include "test/kernel/packet.h"
#include "test/machine/nat-box.h"

#include <sched.h>
#include <string>

namespace portlab::test
{

/// As long as it lives, this thread stays on one processor. Packets that it sends one after another
/// then arrive, if they arrive, in this order.
class OneProcessor
{
  public:
    OneProcessor();
    OneProcessor(const OneProcessor&) = delete;
    OneProcessor& operator=(const OneProcessor&) = delete;
    ~OneProcessor();

  private:
    cpu_set_t m_before;
};

/// This computer's kernel as a router: a network namespace with a rule of nft between two others,
/// whose ends of the wires a client and a server would have. Here the test itself writes the
/// packets and reads what comes out.
class LiveNat : public NatBox
{
  public:
    explicit LiveNat(const NatRule& rule);

    /// Why there are no such routers here; empty if there are.
    static std::string Obstacle();

    std::optional<portlab::Endpoint> Outbound(const InsideFlow& flow,
                                              const NumberedSegment& segment) override;
    std::optional<portlab::Endpoint> Inbound(NatProtocol protocol,
                                             const portlab::Endpoint& external,
                                             const portlab::Endpoint& remote,
                                             const NumberedSegment& segment) override;
    std::string EntryOf(const InsideFlow& flow) override;
    std::uint64_t Failures() override;

  private:
    struct Crossing
    {
        bool isOver{false};              ///< The marker has arrived.
        std::optional<Packet> arrived{}; ///< The last one before it.
    };

    void AwaitWires();
    Crossing Mark(Direction direction, int patience_ms);
    std::optional<Packet> Pass(Direction direction, const Packet& packet);

    OneProcessor m_processor;
    NetworkNamespace m_client;
    NetworkNamespace m_router;
    NetworkNamespace m_server;
    FileDescriptor m_clientWire;
    FileDescriptor m_serverWire;
    std::uint16_t m_marker{0};
};

} // namespace portlab::test

#endif // PORTLAB_TEST_LIVE_NAT_H
