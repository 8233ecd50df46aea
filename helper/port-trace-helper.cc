// SPDX-License-Identifier: GPL-2.0-only

#include "helper/port-trace-helper.h"

#include "model/ephemeral-ports.h"

#include "ns3/inet-socket-address.h"
#include "ns3/inet6-socket-address.h"
#include "ns3/node.h"
#include "ns3/simulator.h"
#include "ns3/trace-helper.h"

#include <iomanip>
#include <ostream>
#include <stdexcept>

namespace ns3
{

namespace
{

/// Exact to the nanosecond, however long the simulation runs.
void
WriteSeconds(std::ostream& out, Time time)
{
    constexpr int64_t second = 1'000'000'000;
    const int64_t nanoseconds = time.GetNanoSeconds();
    out << nanoseconds / second << '.' << std::setw(9) << std::setfill('0') << nanoseconds % second
        << std::setfill(' ');
}

void
WritePeer(std::ostream& out, const Address& peer)
{
    if (InetSocketAddress::IsMatchingType(peer))
    {
        const InetSocketAddress ipv4 = InetSocketAddress::ConvertFrom(peer);
        out << ipv4.GetIpv4() << ':' << ipv4.GetPort();
    }
    else if (Inet6SocketAddress::IsMatchingType(peer))
    {
        const Inet6SocketAddress ipv6 = Inet6SocketAddress::ConvertFrom(peer);
        out << '[' << ipv6.GetIpv6() << "]:" << ipv6.GetPort();
    }
}

void
BeginRow(std::ostream& out, uint32_t node, const Address& peer)
{
    WriteSeconds(out, Simulator::Now());
    out << ',' << node << ',';
    WritePeer(out, peer);
    out << ',';
}

void
WriteGranted(Ptr<OutputStreamWrapper> stream,
             uint32_t node,
             const Address& peer,
             uint16_t port,
             uint32_t probes)
{
    std::ostream& out = *stream->GetStream();
    BeginRow(out, node, peer);
    out << port << ',' << probes << ",granted\n";
}

void
WriteRefused(Ptr<OutputStreamWrapper> stream,
             uint32_t node,
             const Address& peer,
             std::string error,
             uint32_t probes)
{
    std::ostream& out = *stream->GetStream();
    BeginRow(out, node, peer);
    out << ',' << probes << ',' << error << '\n';
}

} // namespace

void
PortTraceHelper::EnableCsv(const std::string& fileName, const NodeContainer& nodes) const
{
    EnableCsv(AsciiTraceHelper().CreateFileStream(fileName), nodes);
}

void
PortTraceHelper::EnableCsv(Ptr<OutputStreamWrapper> stream, const NodeContainer& nodes) const
{
    *stream->GetStream() << "time_s,node,peer,port,probes,outcome\n";
    bool isHeard = false;
    for (uint32_t i = 0; i < nodes.GetN(); ++i)
    {
        const Ptr<Node> node = nodes.Get(i);
        if (const auto ports = node->GetObject<EphemeralPorts>())
        {
            ports->TraceConnectWithoutContext(
                "Granted",
                MakeBoundCallback(&WriteGranted, stream, node->GetId()));
            ports->TraceConnectWithoutContext(
                "Refused",
                MakeBoundCallback(&WriteRefused, stream, node->GetId()));
            isHeard = true;
        }
    }
    if (!isHeard)
    {
        throw std::invalid_argument("PortTraceHelper: none of these nodes has an operating system; "
                                    "install a PortlabHostHelper on them before EnableCsv");
    }
}

void
PortTraceHelper::EnableCsvAll(const std::string& fileName) const
{
    EnableCsv(fileName, NodeContainer::GetGlobal());
}

} // namespace ns3
