// SPDX-License-Identifier: GPL-2.0-only

// Which pairs of NATs can be punched through by UDP, as RFC 5128, section 3.3, says: peers learn of
// each other's endpoints from a server, send there, and answer to where they hear from.

#include "test/model/nat-test-net.h"

#include "ns3/simulator.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <string>
#include <tuple>

namespace
{

using namespace ns3;
using portlab::test::NatTestNet;
using portlab::test::UdpPeer;

constexpr uint16_t RENDEZVOUS = 3478;

/// One who wants to reach the other.
class Puncher
{
  public:
    explicit Puncher(const Ptr<Node>& node)
        : m_socket(node, 5000)
    {
    }

    void Register()
    {
        m_socket.Send({NatTestNet::ServerAddress(), RENDEZVOUS});
    }

    /// To where the other one was heard, or else to where the server saw it.
    void Punch(const InetSocketAddress& seen)
    {
        m_socket.Send(HasHeard() ? m_socket.heard.back().from : seen);
    }

    bool HasHeard() const
    {
        return !m_socket.heard.empty();
    }

  private:
    UdpPeer m_socket;
};

using Pair = std::tuple<const char*, const char*>;

class HolePunching : public testing::TestWithParam<Pair>
{
  protected:
    /// Endpoint-independent mappings are known beforehand. A symmetric NAT's other port is known
    /// when it is heard, for which the other filter must not look at ports.
    static bool Succeeds(const std::string& one, const std::string& other)
    {
        const auto looksAtPorts = [](const std::string& name) {
            return name == "symmetric" || name == "port-restricted-cone";
        };
        return (one != "symmetric" || !looksAtPorts(other)) &&
               (other != "symmetric" || !looksAtPorts(one));
    }
};

std::string
NameOf(const testing::TestParamInfo<Pair>& pair)
{
    std::string name = std::string(std::get<0>(pair.param)) + "To" + std::get<1>(pair.param);
    name.erase(std::remove(name.begin(), name.end(), '-'), name.end());
    return name;
}

INSTANTIATE_TEST_SUITE_P(
    Rfc5128,
    HolePunching,
    testing::Combine(
        testing::Values("full-cone", "restricted-cone", "port-restricted-cone", "symmetric"),
        testing::Values("full-cone", "restricted-cone", "port-restricted-cone", "symmetric")),
    NameOf);

TEST_P(HolePunching, SucceedsUnlessAnUnknownPortIsFiltered)
{
    const auto& [first, second] = GetParam();
    NatTestNet net;
    net.AddSite(1);
    net.AddSite(1);
    net.AddServer();
    net.Install(NatHelper(first), 0);
    net.Install(NatHelper(second), 1);
    UdpPeer server(net.Server(), RENDEZVOUS);
    Puncher one(net.Client(0, 0));
    Puncher other(net.Client(0, 1));
    one.Register();
    NatTestNet::RunUntil(Seconds(1));
    other.Register();
    NatTestNet::RunUntil(Seconds(2));
    ASSERT_EQ(server.heard.size(), 2u);
    ASSERT_EQ(server.heard[0].from.GetIpv4(), NatTestNet::External(0, 0));
    ASSERT_EQ(server.heard[1].from.GetIpv4(), NatTestNet::External(0, 1));

    for (int round = 3; round < 7; ++round)
    {
        one.Punch(server.heard[1].from);
        other.Punch(server.heard[0].from);
        NatTestNet::RunUntil(Seconds(round));
    }

    EXPECT_EQ(one.HasHeard(), Succeeds(first, second));
    EXPECT_EQ(other.HasHeard(), Succeeds(first, second));
}

} // namespace
