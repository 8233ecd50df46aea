// SPDX-License-Identifier: GPL-2.0-only

#include "test/machine/nat-scripts.h"

#include "model/core/base/check.h"

namespace portlab::test
{

namespace
{

std::optional<Port>
PortOf(const std::optional<portlab::Endpoint>& end)
{
    return end ? std::optional(end->port) : std::nullopt;
}

} // namespace

InsideFlow
UdpFlow(std::uint32_t inside, Port port, std::uint32_t remote, Port remotePort)
{
    return {NatProtocol::Udp, {InsideHost(inside), port}, {RemoteHost(remote), remotePort}};
}

std::optional<Port>
SendFrom(NatBox& box, const InsideFlow& flow)
{
    return PortOf(box.Outbound(flow, {}));
}

std::optional<Port>
SendSyn(NatBox& box, const InsideFlow& flow, std::uint32_t sequence)
{
    NumberedSegment segment;
    segment.syn = true;
    segment.begin = sequence;
    segment.end = sequence + 1;
    return PortOf(box.Outbound({NatProtocol::Tcp, flow.inside, flow.remote}, segment));
}

Conversation::Conversation(NatBox& box, InsideFlow flow, std::uint32_t sequence)
    : m_box(box),
      m_flow{NatProtocol::Tcp, flow.inside, flow.remote},
      m_insideNext(sequence)
{
}

bool
Conversation::Send(const std::string& step)
{
    const std::size_t space = step.find(' ');
    Check(space != std::string::npos, "a step is a segment and a direction");
    const std::string word = step.substr(0, space);
    const bool isOut = step.substr(space) == " out";
    std::uint32_t& next = isOut ? m_insideNext : m_remoteNext;
    NumberedSegment segment;
    segment.syn = word == "SYN" || word == "SYN-ACK";
    segment.fin = word == "FIN";
    segment.reset = word == "RST";
    segment.ack = word != "SYN";
    segment.begin = next;
    next += segment.syn || segment.fin ? 1 : 0;
    segment.end = next;
    segment.acknowledged = segment.ack ? (isOut ? m_remoteNext : m_insideNext) : 0;
    if (!isOut)
    {
        return m_box.Inbound(m_flow.protocol, m_external, m_flow.remote, segment) == m_flow.inside;
    }
    const auto external = m_box.Outbound(m_flow, segment);
    m_external = external.value_or(m_external);
    return external.has_value();
}

std::string
Conversation::Entry()
{
    return m_box.EntryOf(m_flow);
}

} // namespace portlab::test
