// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEST_NAT_SCRIPTS_H
#define PORTLAB_TEST_NAT_SCRIPTS_H

#include "test/machine/nat-box.h"

#include <cstdint>
#include <optional>
#include <string>

namespace portlab::test
{

// What experiments say to NATs again and again.

/// A flow of UDP between host `inside` and host `remote`, by their numbers.
InsideFlow UdpFlow(std::uint32_t inside, Port port, std::uint32_t remote = 1, Port remotePort = 7);

/// Sends a datagram of this flow. Answers the external port that its remote end sees, or nothing.
std::optional<Port> SendFrom(NatBox& box, const InsideFlow& flow);

/// The same for a connection's first SYN.
std::optional<Port> SendSyn(NatBox& box, const InsideFlow& flow, std::uint32_t sequence = 1000);

/// A connection through a NAT, which sends segments with the numbers that both ends expect.
class Conversation
{
  public:
    /// `flow` is made one of TCP.
    Conversation(NatBox& box, InsideFlow flow, std::uint32_t sequence = 1000);

    /// Sends "SYN out", "SYN-ACK in", "ACK out", "FIN in", "RST out", ...: from the inside end or
    /// from the remote one, all but SYN with an ACK. Answers whether it arrived.
    bool Send(const std::string& step);

    /// What the box remembers of it.
    std::string Entry();

    /// The inside end's next sequence number.
    std::uint32_t Sequence() const
    {
        return m_insideNext;
    }

  private:
    NatBox& m_box;
    InsideFlow m_flow;
    std::uint32_t m_insideNext;
    std::uint32_t m_remoteNext{500000};
    portlab::Endpoint m_external{}; ///< Where the remote end answers to.
};

} // namespace portlab::test

#endif // PORTLAB_TEST_NAT_SCRIPTS_H
