// SPDX-License-Identifier: GPL-2.0-only

#include "test/kernel/live-nat.h"

#include "test/kernel/conntrack.h"

#include <array>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>

namespace portlab::test
{

namespace
{

/// No packet takes as long from one namespace to the next, however busy the machine.
constexpr int PATIENCE_MS = 10000;

/// Of a frame of IPv4 to the router.
const Bytes ETHERNET_HEADER{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0};

/// For ip(8). Without ARP the router sends to an Ethernet address of its own: packet sockets behind
/// the wire see it all, and the kernel there answers nothing.
std::string
WireScript(const NetworkNamespace& client, const NetworkNamespace& server)
{
    const auto wire = [](const std::string& name, const NetworkNamespace& end) {
        return "link add " + name +
               " address 02:00:00:00:00:01 arp off up type veth peer name wire netns " +
               end.Path() + "\n";
    };
    return wire("inside", client) + wire("outside", server) +
           "address add 198.51.100.1/24 dev inside\n"
           "address add 192.0.2.1/24 dev outside\n"
           "route add 203.0.113.0/24 dev outside\n";
}

/// "masquerade to :40000-40007 random"
std::string
ToText(const NatRule& rule)
{
    static constexpr std::array<const char*, 4> flags{"",
                                                      " random",
                                                      " fully-random",
                                                      " persistent"};
    std::string to =
        rule.addresses > 1 ? "192.0.2.1-192.0.2." + std::to_string(rule.addresses) : "";
    if (rule.ports)
    {
        to += ":" + std::to_string(rule.ports->First()) + "-" + std::to_string(rule.ports->Last());
    }
    return std::string(rule.addresses > 1 ? "snat" : "masquerade") + (to.empty() ? "" : " to ") +
           to + flags.at(static_cast<std::size_t>(rule.flag));
}

/// For nft(8). What is sent to the router itself is dropped: else a stranger's packet would make an
/// entry, and take its port from others.
std::string
RuleScript(const NatRule& rule)
{
    return "table ip portlab {\n"
           "chain leave { type nat hook postrouting priority 100; oifname \"outside\" meta l4proto "
           "{ tcp, udp } " +
           ToText(rule) +
           "; }\n"
           "chain enter { type filter hook input priority 0; policy drop; }\n"
           "}\n";
}

void
Send(const FileDescriptor& wire, const Bytes& packet)
{
    Bytes frame = ETHERNET_HEADER;
    frame.insert(frame.end(), packet.begin(), packet.end());
    Must(static_cast<int>(::send(wire.Number(), frame.data(), frame.size(), 0)), "send to a wire");
}

/// The next packet, unless none comes within this time.
std::optional<Bytes>
Receive(const FileDescriptor& wire, int patience_ms)
{
    pollfd wait{wire.Number(), POLLIN, 0};
    if (Must(::poll(&wait, 1, patience_ms), "poll") == 0)
    {
        return std::nullopt;
    }
    std::array<std::uint8_t, 2000> frame{};
    const int size =
        Must(static_cast<int>(::recv(wire.Number(), frame.data(), frame.size(), 0)), "recv");
    const auto header = static_cast<std::ptrdiff_t>(ETHERNET_HEADER.size());
    return size < header ? Bytes{} : Bytes(frame.begin() + header, frame.begin() + size);
}

void
MustBe(const std::string& complaint, const std::string& attempt)
{
    if (!complaint.empty())
    {
        throw std::runtime_error(attempt + ": " + complaint);
    }
}

} // namespace

OneProcessor::OneProcessor()
{
    Must(::sched_getaffinity(0, sizeof m_before, &m_before), "sched_getaffinity");
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<std::size_t>(Must(::sched_getcpu(), "sched_getcpu")), &one);
    Must(::sched_setaffinity(0, sizeof one, &one), "sched_setaffinity");
}

OneProcessor::~OneProcessor()
{
    ::sched_setaffinity(0, sizeof m_before, &m_before);
}

LiveNat::LiveNat(const NatRule& rule)
{
    for (const char* filter : {"conf/all/rp_filter", "conf/default/rp_filter"})
    {
        MustBe(m_router.WriteSysctl(filter, "0"), filter);
    }
    MustBe(m_router.WriteSysctl("ip_forward", "1"), "ip_forward");
    MustBe(m_router.Run({"ip", "-batch", "-"}, WireScript(m_client, m_server)), "ip");
    MustBe(m_router.Run({"nft", "-f", "-"}, RuleScript(rule)), "nft");
    m_clientWire = m_client.OpenWire("wire");
    m_serverWire = m_server.OpenWire("wire");
    AwaitWires();
}

std::string
LiveNat::Obstacle()
{
    try
    {
        const NetworkNamespace network;
        const std::string noWire =
            network.Run({"ip", "-batch", "-"}, "link add inside type veth peer name outside\n");
        if (!noWire.empty())
        {
            return "no veth pairs by ip (iproute2): " + noWire;
        }
        network.OpenWire("inside");
        const std::string noRule =
            network.Run({"nft", "-f", "-"},
                        "table ip portlab {\n"
                        "chain leave { type nat hook postrouting priority 100; masquerade; }\n"
                        "}\n");
        return noRule.empty() ? "" : "no masquerade by nft (nftables): " + noRule;
    }
    catch (const std::system_error& error)
    {
        return std::string("no namespaces or packet sockets: ") + error.what();
    }
}

/// The kernel drops what is sent before it has noticed that both ends of a wire are on.
void
LiveNat::AwaitWires()
{
    constexpr int step_ms = 10;
    for (const Direction direction : {Direction::Outbound, Direction::Inbound})
    {
        int waited_ms = 0;
        while (!Mark(direction, step_ms).isOver)
        {
            waited_ms += step_ms;
            if (waited_ms > PATIENCE_MS)
            {
                throw std::runtime_error("the router forwards nothing");
            }
        }
    }
}

/// Sends a marker, and receives until it arrives.
LiveNat::Crossing
LiveNat::Mark(Direction direction, int patience_ms)
{
    const bool isOut = direction == Direction::Outbound;
    const Address client = InsideHost(254);
    const Address server = RemoteHost(254);
    ++m_marker;
    Send(isOut ? m_clientWire : m_serverWire,
         isOut ? Marker(m_marker, client, server) : Marker(m_marker, server, client));
    Crossing crossing;
    while (const auto bytes = Receive(isOut ? m_serverWire : m_clientWire, patience_ms))
    {
        if (IsMarker(m_marker, *bytes))
        {
            crossing.isOver = true;
            break;
        }
        const auto ends = ReadEnds(*bytes);
        crossing.arrived = ends ? ends : crossing.arrived;
    }
    return crossing;
}

/// Sends a packet with a marker behind it: what has not arrived before the marker was dropped.
std::optional<Packet>
LiveNat::Pass(Direction direction, const Packet& packet)
{
    Send(direction == Direction::Outbound ? m_clientWire : m_serverWire, ToBytes(packet));
    const Crossing crossing = Mark(direction, PATIENCE_MS);
    if (!crossing.isOver)
    {
        throw std::runtime_error("the router has lost a packet that no rule is about");
    }
    return crossing.arrived;
}

std::optional<portlab::Endpoint>
LiveNat::Outbound(const InsideFlow& flow, const NumberedSegment& segment)
{
    const auto arrived =
        Pass(Direction::Outbound, {flow.protocol, flow.inside, flow.remote, segment});
    return arrived ? std::optional(arrived->source) : std::nullopt;
}

std::optional<portlab::Endpoint>
LiveNat::Inbound(NatProtocol protocol,
                 const portlab::Endpoint& external,
                 const portlab::Endpoint& remote,
                 const NumberedSegment& segment)
{
    const auto arrived = Pass(Direction::Inbound, {protocol, remote, external, segment});
    return arrived ? std::optional(arrived->destination) : std::nullopt;
}

std::string
LiveNat::EntryOf(const InsideFlow& flow)
{
    return EntryIn(m_router.ReadStatus("nf_conntrack"), flow);
}

std::uint64_t
LiveNat::Failures()
{
    return SumOfColumn(m_router.ReadStatus("stat/nf_conntrack"), "insert_failed");
}

} // namespace portlab::test
