// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/base/random.h"
#include "model/nat-fragments.h"
#include "model/nat-packet.h"

#include "ns3/boolean.h"
#include "ns3/global-value.h"
#include "ns3/tcp-header.h"
#include "ns3/udp-header.h"

#include <gtest/gtest.h>
#include <vector>

namespace portlab
{

namespace
{

using namespace std::chrono_literals;
using ns3::Create;
using ns3::Ipv4Address;
using ns3::Ipv4Header;
using ns3::Packet;
using ns3::Ptr;
using Bytes = std::vector<std::uint8_t>;

constexpr std::uint8_t ICMP = 1;
constexpr std::uint8_t TCP = 6;
constexpr std::uint8_t UDP = 17;
constexpr std::uint8_t GRE = 47;

class NatPacketTest : public testing::Test
{
  protected:
    NatPacketTest()
    {
        ns3::GlobalValue::Bind("ChecksumEnabled", ns3::BooleanValue(true));
    }

    ~NatPacketTest() override
    {
        ns3::GlobalValue::Bind("ChecksumEnabled", ns3::BooleanValue(false));
    }

    static Ipv4Header Header(std::uint8_t protocol)
    {
        Ipv4Header header;
        header.SetProtocol(protocol);
        header.SetSource("10.0.0.2");
        header.SetDestination("198.51.100.2");
        return header;
    }

    template <typename Transport>
    static Ptr<Packet> Make(const Ipv4Header& ip, const Bytes& data)
    {
        Transport header;
        header.SetSourcePort(5000);
        header.SetDestinationPort(80);
        header.EnableChecksums();
        header.InitializeChecksum(ip.GetSource(), ip.GetDestination(), ip.GetProtocol());
        const auto packet = Create<Packet>(data.data(), static_cast<std::uint32_t>(data.size()));
        packet->AddHeader(header);
        return packet;
    }

    template <typename Transport>
    static bool HasGoodChecksum(const Ipv4Header& ip, const Ptr<Packet>& packet)
    {
        Transport header;
        header.EnableChecksums();
        header.InitializeChecksum(ip.GetSource(), ip.GetDestination(), ip.GetProtocol());
        packet->PeekHeader(header);
        return header.IsChecksumOk();
    }

    static PacketReading Read(std::uint8_t protocol, const Bytes& bytes)
    {
        return ReadPacket(Header(protocol),
                          *Create<Packet>(bytes.data(), static_cast<std::uint32_t>(bytes.size())));
    }
};

TEST_F(NatPacketTest, KeepsChecksumsRightWhateverIsWritten)
{
    Random random(StreamKey(1, 1));
    for (int round = 0; round < 1000; ++round)
    {
        Bytes data(random.Below(20));
        for (std::uint8_t& byte : data)
        {
            byte = static_cast<std::uint8_t>(random.Below(256));
        }
        const auto end = random.Below(2) == 0 ? PacketEnd::Source : PacketEnd::Destination;
        const Endpoint with{static_cast<std::uint32_t>(random.Bits()),
                            static_cast<Port>(random.Below(65536))};
        Ipv4Header tcp = Header(TCP);
        const auto segment = RewriteFlow(tcp, Make<ns3::TcpHeader>(tcp, data), end, with);
        ASSERT_TRUE(HasGoodChecksum<ns3::TcpHeader>(tcp, segment)) << "round " << round;
        Ipv4Header udp = Header(UDP);
        const auto datagram = RewriteFlow(udp, Make<ns3::UdpHeader>(udp, data), end, with);
        ASSERT_TRUE(HasGoodChecksum<ns3::UdpHeader>(udp, datagram)) << "round " << round;
    }
}

TEST_F(NatPacketTest, NeverWritesThatUdpHasNoChecksum)
{
    const Ipv4Header before = Header(UDP);
    const Ptr<Packet> packet = Make<ns3::UdpHeader>(before, {1, 2, 3});
    int fullSums = 0;
    for (std::uint32_t port = 0; port <= 65535; ++port)
    {
        Ipv4Header after = before;
        const auto rewritten =
            RewriteFlow(after, packet, PacketEnd::Source, {0xcb007102u, static_cast<Port>(port)});
        Bytes bytes(8);
        rewritten->CopyData(bytes.data(), 8);
        ASSERT_NE(bytes[6] << 8 | bytes[7], 0) << "port " << port;
        fullSums += (bytes[6] & bytes[7]) == 0xff ? 1 : 0;
    }
    EXPECT_GE(fullSums, 1) << "the case was met";
}

/// The checksum of a datagram as it stands in its header.
std::uint16_t
ChecksumOf(const Packet& datagram)
{
    Bytes bytes(8);
    datagram.CopyData(bytes.data(), 8);
    return static_cast<std::uint16_t>(bytes[6] << 8 | bytes[7]);
}

TEST_F(NatPacketTest, GivesUdpNoChecksumThatHasNone)
{
    const Bytes bytes{19, 136, 0, 80, 0, 10, 0, 0, 1, 2}; // Linux, with SO_NO_CHECK.
    const auto datagram = Create<Packet>(bytes.data(), static_cast<std::uint32_t>(bytes.size()));
    Ipv4Header header = Header(UDP);

    const auto rewritten = RewriteFlow(header, datagram, PacketEnd::Source, {0xcb007102u, 4000});

    EXPECT_EQ(ChecksumOf(*rewritten), 0);
}

TEST_F(NatPacketTest, TakesTheZeroForASumThatIsOne)
{
    Bytes data{0, 0};
    const std::uint16_t sum = ChecksumOf(*Make<ns3::UdpHeader>(Header(UDP), data));
    data = {static_cast<std::uint8_t>(sum >> 8), static_cast<std::uint8_t>(sum)};
    Ipv4Header header = Header(UDP);
    const Ptr<Packet> datagram = Make<ns3::UdpHeader>(header, data);
    ASSERT_EQ(ChecksumOf(*datagram), 0) << "ns-3 does not write 0xffff, as RFC 768 would";

    const auto rewritten = RewriteFlow(header, datagram, PacketEnd::Source, {0xcb007102u, 4000});

    EXPECT_TRUE(HasGoodChecksum<ns3::UdpHeader>(header, rewritten));
    header = Header(UDP);
    header.SetMoreFragments();
    EXPECT_EQ(ChecksumOf(*RewriteFlow(header, datagram, PacketEnd::Source, {0xcb007102u, 4000})), 0)
        << "nobody can tell from a fragment";
}

TEST_F(NatPacketTest, KeepsWrongChecksumsWrong)
{
    Ipv4Header header = Header(UDP);
    const Ptr<Packet> packet = Make<ns3::UdpHeader>(header, {1, 2, 3});
    Bytes bytes(packet->GetSize());
    packet->CopyData(bytes.data(), packet->GetSize());
    bytes.back() ^= 1; // A bit fell over on the way.
    const auto broken = Create<Packet>(bytes.data(), static_cast<std::uint32_t>(bytes.size()));

    const auto rewritten = RewriteFlow(header, broken, PacketEnd::Source, {0xcb007102u, 4000});

    EXPECT_FALSE(HasGoodChecksum<ns3::UdpHeader>(header, rewritten));
}

TEST_F(NatPacketTest, LeavesOptionsAloneThatItDoesNotKnow)
{
    Bytes bytes(24, 0);
    bytes[12] = 6 << 4; // 24 bytes of header
    bytes[20] = 254;    // an experimental option, RFC 4727
    bytes[21] = 4;
    bytes[22] = 0xab;
    bytes[23] = 0xcd;
    Ipv4Header header = Header(TCP);

    const auto rewritten =
        RewriteFlow(header, Create<Packet>(bytes.data(), 24), PacketEnd::Source, {1, 4000});

    Bytes after(24);
    rewritten->CopyData(after.data(), 24);
    EXPECT_EQ(Bytes(after.begin() + 20, after.end()), (Bytes{254, 4, 0xab, 0xcd}));
    EXPECT_EQ(after[0] << 8 | after[1], 4000);
}

TEST_F(NatPacketTest, CountsSynFinAndDataAsSequenceNumbers)
{
    Ipv4Header ip = Header(TCP);
    ns3::TcpHeader tcp;
    tcp.SetSequenceNumber(ns3::SequenceNumber32(0xffffffff));
    tcp.SetAckNumber(ns3::SequenceNumber32(77));
    tcp.SetWindowSize(1234);
    tcp.SetFlags(ns3::TcpHeader::SYN | ns3::TcpHeader::FIN | ns3::TcpHeader::ACK);
    const auto packet = Create<Packet>(10);
    packet->AddHeader(tcp);

    const PacketReading reading = ReadPacket(ip, *packet);

    EXPECT_EQ(reading.kind, PacketKind::Flow);
    EXPECT_TRUE(reading.segment.syn && reading.segment.fin && reading.segment.ack);
    EXPECT_FALSE(reading.segment.reset);
    EXPECT_EQ(reading.segment.begin, 0xffffffffu);
    EXPECT_EQ(reading.segment.end, 11u) << "12 numbers, and they wrap";
    EXPECT_EQ(reading.acknowledgement, 77u);
    EXPECT_EQ(reading.window, 1234u);
}

TEST_F(NatPacketTest, ReadsNothingThatIsNotThere)
{
    Bytes tcp(20, 0);
    tcp[12] = 5 << 4;
    EXPECT_EQ(Read(TCP, tcp).kind, PacketKind::Flow);
    tcp[12] = 4 << 4;
    EXPECT_EQ(Read(TCP, tcp).kind, PacketKind::Other) << "a header shorter than any";
    tcp[12] = 6 << 4;
    EXPECT_EQ(Read(TCP, tcp).kind, PacketKind::Other) << "a header longer than the packet";
    EXPECT_EQ(Read(TCP, Bytes(19, 0x50)).kind, PacketKind::Other);
    EXPECT_EQ(Read(UDP, Bytes(8, 0)).kind, PacketKind::Flow);
    EXPECT_EQ(Read(UDP, Bytes(7, 0)).kind, PacketKind::Other);
    EXPECT_EQ(Read(UDP, {}).kind, PacketKind::Other);
    EXPECT_EQ(Read(ICMP, Bytes(8, 0)).kind, PacketKind::Flow) << "an echo reply";
    EXPECT_EQ(Read(ICMP, Bytes(7, 0)).kind, PacketKind::Other);
    EXPECT_EQ(Read(ICMP, Bytes(8, 13)).kind, PacketKind::Other) << "a time stamp";
    EXPECT_EQ(Read(GRE, Bytes(40, 0)).kind, PacketKind::Other);
}

TEST_F(NatPacketTest, ReadsErrorsAboutWholePacketsAndFirstFragments)
{
    Bytes error(8 + 20 + 8, 0);
    error[0] = 3; // destination unreachable
    error[8] = 4 << 4 | 5;
    error[8 + 9] = UDP;
    error[28] = 0x13; // port 5000
    error[29] = 0x88;
    const PacketReading reading = Read(ICMP, error);
    EXPECT_EQ(reading.kind, PacketKind::Error);
    EXPECT_EQ(reading.protocol, NatProtocol::Udp);
    EXPECT_EQ(reading.source.port, 5000);

    Bytes later = error;
    later[8 + 7] = 1; // a fragment 8 bytes behind the first one
    EXPECT_EQ(Read(ICMP, later).kind, PacketKind::Other);
    later[8 + 7] = 0;
    later[8 + 6] = 0x20; // more fragments follow the first one
    EXPECT_EQ(Read(ICMP, later).kind, PacketKind::Error);
    Bytes longer = error;
    longer[8] = 4 << 4 | 6; // options, and so no room for the ports
    EXPECT_EQ(Read(ICMP, longer).kind, PacketKind::Other);
    error.pop_back();
    EXPECT_EQ(Read(ICMP, error).kind, PacketKind::Other);
}

Ipv4Header
Fragment(std::uint16_t identification)
{
    Ipv4Header header;
    header.SetSource("10.0.0.2");
    header.SetDestination("198.51.100.2");
    header.SetProtocol(UDP);
    header.SetIdentification(identification);
    return header;
}

TEST(NatFragments, AreRememberedForHalfAMinute)
{
    NatFragments fragments;
    fragments.Add(Fragment(1), {"203.0.113.2", "198.51.100.2"}, At(1s));

    const auto ends = fragments.Find(Fragment(1), At(31s - 1ns));
    ASSERT_TRUE(ends);
    EXPECT_EQ(ends->source, Ipv4Address("203.0.113.2"));
    EXPECT_FALSE(fragments.Find(Fragment(2), At(31s - 1ns)));
    EXPECT_FALSE(fragments.Find(Fragment(1), At(31s)));
    EXPECT_EQ(fragments.Count(), 0u);
}

TEST(NatFragments, LiveAnewWhenTheirNumberIsUsedAgain)
{
    NatFragments fragments;
    fragments.Add(Fragment(1), {"203.0.113.2", "198.51.100.2"}, At(0s));
    fragments.Add(Fragment(1), {"203.0.113.3", "198.51.100.2"}, At(20s));

    EXPECT_EQ(fragments.Count(), 1u);
    EXPECT_EQ(fragments.Find(Fragment(1), At(49s))->source, Ipv4Address("203.0.113.3"));
}

TEST(NatFragments, TheOldestGoesWhenThereAreTooMany)
{
    NatFragments fragments;
    for (std::uint16_t number = 0; number < NatFragments::MOST; ++number)
    {
        fragments.Add(Fragment(number), {}, At(0s));
    }
    EXPECT_TRUE(fragments.Find(Fragment(0), At(0s)));

    fragments.Add(Fragment(NatFragments::MOST), {}, At(0s));

    EXPECT_EQ(fragments.Count(), NatFragments::MOST);
    EXPECT_FALSE(fragments.Find(Fragment(0), At(0s)));
    EXPECT_TRUE(fragments.Find(Fragment(1), At(0s)));
}

} // namespace

} // namespace portlab
