// SPDX-License-Identifier: GPL-2.0-only

// What programs ask of their sockets, and how connections end: the keys of a scenario for these.

#include "reader-samples.h"

#include <gtest/gtest.h>

using namespace portlab;
using namespace std::chrono_literals;

namespace
{

/// The smallest scenario with more keys in its traffic, on this system.
std::string
With(const std::string& more, const std::string& os = "linux-6.18")
{
    std::string text = SmallestWith("hold", more + "\nhold");
    return text.replace(text.find("linux-6.18"), 10, os);
}

Traffic
TrafficWith(const std::string& more)
{
    return Parse(With(more)).workload.traffic.at(0);
}

SocketOptions
SocketWith(const std::string& more)
{
    return TrafficWith(more).socket;
}

/// What is wrong with a key of the traffic, without its place.
std::string
ComplaintOf(const std::string& more, const std::string& os = "linux-6.18")
{
    const std::string error = ErrorOf(With(more, os));
    const std::size_t place = error.find("traffic.main.");
    return place == std::string::npos ? error : error.substr(place + 13);
}

} // namespace

TEST(Allocate, SaysWhenAPortIsChosen)
{
    EXPECT_EQ(SocketWith("").manner, PortManner::Connect);
    EXPECT_EQ(SocketWith("allocate = \"connect\"").manner, PortManner::Connect);
    EXPECT_EQ(SocketWith("allocate = \"bind-no-port\"").manner, PortManner::Connect);
    EXPECT_EQ(SocketWith("allocate = \"bind\"").manner, PortManner::Bind);
    EXPECT_EQ(SocketWith("allocate = \"fixed:1\"").fixedPort, 1);
    EXPECT_EQ(SocketWith("allocate = \"fixed:65535\"").fixedPort, 65535);
    EXPECT_EQ(SocketWith("allocate = \"fixed:65535\"").manner, PortManner::Fixed);
}

TEST(Allocate, IsRefusedInASentence)
{
    EXPECT_EQ(ComplaintOf("allocate = \"fixed:0\""),
              "allocate = \"fixed:0\": expected a port from 1 to 65535, as in \"fixed:40000\"");
    EXPECT_EQ(ComplaintOf("allocate = \"fixed:65536\"").substr(0, 38),
              "allocate = \"fixed:65536\": expected a p");
    EXPECT_EQ(ComplaintOf("allocate = \"program:20000-29999\""),
              "allocate = \"program:20000-29999\": this version does not model ports that programs "
              "choose by themselves yet: write \"fixed:PORT\" for one, or leave the key out");
    EXPECT_EQ(ComplaintOf("allocate = \"random\""),
              "allocate = \"random\": there is no such choice: expected \"connect\", \"bind\", "
              "\"bind-no-port\" or \"fixed:PORT\"");
}

TEST(SocketOption, IsSetByItsKey)
{
    EXPECT_FALSE(SocketWith("").reuseAddress);
    EXPECT_TRUE(SocketWith("reuse_address = true").reuseAddress);
    EXPECT_FALSE(SocketWith("reuse_address = false").reuseAddress);
    EXPECT_TRUE(SocketWith("reuse_port = true").reusePort);
    EXPECT_EQ(SocketWith("local_port_range = \"40000-40999\"").range, PortRange(40000, 40999));
    EXPECT_EQ(SocketWith("local_port_range = \"32768-60999\"").range, PortRange(32768, 60999));
    EXPECT_EQ(SocketWith("local_port_range = \"40000\"").range, PortRange(40000, 40000));
}

/// Each option has the release of Linux that brought it, and no other system has it.
TEST(SocketOption, IsRefusedWhereTheSystemDoesNotHaveIt)
{
    EXPECT_EQ(ComplaintOf("allocate = \"bind-no-port\"", "linux-4.2"), "");
    EXPECT_EQ(ComplaintOf("allocate = \"bind-no-port\"", "linux-4.1"),
              "allocate = \"bind-no-port\": Linux 4.1 does not have IP_BIND_ADDRESS_NO_PORT (Linux "
              "4.2 and later): leave this out");
    EXPECT_EQ(ComplaintOf("local_port_range = \"40000-40999\"", "linux-6.3"), "");
    EXPECT_EQ(ComplaintOf("local_port_range = \"40000-40999\"", "linux-6.2"),
              "local_port_range = \"40000-40999\": Linux 6.2 does not have IP_LOCAL_PORT_RANGE "
              "(Linux 6.3 and later): leave this out");
    EXPECT_EQ(ComplaintOf("reuse_port = true", "linux-3.9"), "");
    EXPECT_EQ(ComplaintOf("reuse_port = true", "linux-3.8"),
              "reuse_port = true: Linux 3.8 does not have SO_REUSEPORT (Linux 3.9 and later): "
              "leave this out");
    EXPECT_EQ(ComplaintOf("reuse_port = true", "windows-11"),
              "reuse_port = true: windows-11 does not have SO_REUSEPORT (Linux 3.9 and later): "
              "leave this out");
    EXPECT_EQ(ComplaintOf("reuse_address = true", "windows-11"),
              "reuse_address = true: windows-11's SO_REUSEADDR is not modelled, only that of "
              "Linux: leave this out");
    EXPECT_EQ(ComplaintOf("reuse_address = false\nreuse_port = false", "windows-11"), "");
    EXPECT_EQ(ComplaintOf("allocate = \"bind\"", "windows-11"), "");
    EXPECT_EQ(ComplaintOf("allocate = \"fixed:40000\"", "windows-11"), "");
}

TEST(LocalPortRange, IsPartOfTheHostsOwn)
{
    const std::string outside = "the kernel ignores a bound that is outside of the host's ports: "
                                "expected a part of 32768-60999";
    EXPECT_EQ(ComplaintOf("local_port_range = \"32767-40000\""),
              "local_port_range = \"32767-40000\": " + outside);
    EXPECT_EQ(ComplaintOf("local_port_range = \"40000-61000\""),
              "local_port_range = \"40000-61000\": " + outside);
    EXPECT_NE(ComplaintOf("local_port_range = \"40999-40000\"").find("first port"),
              std::string::npos);
    EXPECT_EQ(ComplaintOf("allocate = \"fixed:40000\"\nlocal_port_range = \"40000-40999\""),
              "local_port_range = \"40000-40999\": the program chooses the port: leave this out, "
              "or the port");
}

TEST(LocalPortRange, HasPortsThatAreNotReserved)
{
    std::string text = With("local_port_range = \"40000-40001\"");
    text.replace(text.find("os = "), 5, "tuned = { reserved = \"40000-40001\" }\nos = ");
    EXPECT_NE(ErrorOf(text).find("every port of it is reserved"), std::string::npos);

    text.replace(text.find("\"40000-40001\" }"), 15, "\"40000\" }");
    EXPECT_EQ(ErrorOf(text), "");
}

/// A listener owns its port.
TEST(FixedPort, IsNotOneThatAServiceOfTheSameHostsListensOn)
{
    const std::string shop = "[services.shop]\nruns_on = \"generator\"\nport = 40000\n";
    EXPECT_NE(ErrorOf(With("allocate = \"fixed:40000\"") + shop)
                  .find("services.shop listens there on hosts.generator: choose another port"),
              std::string::npos);
    EXPECT_EQ(ErrorOf(With("allocate = \"fixed:40001\"") + shop), "");
}

TEST(PortOfAListener, IsMentionedIfItLiesInTheRange)
{
    const auto notes = [](const std::string& port) {
        return Parse(SMALLEST + "[services.shop]\nruns_on = \"generator\"\nport = " + port + "\n")
            .notes;
    };
    ASSERT_EQ(notes("32768").size(), 1u);
    EXPECT_EQ(notes("32768")[0],
              "services.shop: it listens on port 32768, which lies in the range of "
              "hosts.generator: nothing there is given that port.");
    EXPECT_EQ(notes("60999").size(), 1u);
    EXPECT_EQ(notes("32767").size(), 0u);
    EXPECT_EQ(notes("61000").size(), 0u);
}

TEST(Service, IsElsewhereUnlessItSaysWhere)
{
    const auto place = [](const std::string& keys) {
        return Parse(SmallestWith("port = 8443", "port = 8443\n" + keys))
            .workload.services.at(0)
            .place;
    };
    EXPECT_EQ(place(""), PeerPlace::Remote);
    EXPECT_EQ(place("loopback = true"), PeerPlace::Loopback);
    EXPECT_EQ(place("same_network = true"), PeerPlace::SameNetwork);
    EXPECT_EQ(place("same_network = true\nloopback = false"), PeerPlace::SameNetwork);
}

TEST(Service, CannotBeOnTwoPlacesAtOnce)
{
    EXPECT_EQ(
        ErrorOf(SmallestWith("port = 8443", "loopback = true\nsame_network = true")),
        "small.toml:8:16: services.api.same_network = true: loopback addresses are of no network: "
        "leave one of the two out");
}

TEST(Service, HasAddressesOfIpv4UnlessItSaysOtherwise)
{
    const auto isIpv6 = [](const std::string& keys) {
        return Parse(SmallestWith("port = 8443", "port = 8443\n" + keys))
            .workload.services.at(0)
            .ipv6;
    };
    EXPECT_FALSE(isIpv6(""));
    EXPECT_FALSE(isIpv6("ip = \"ipv4\""));
    EXPECT_TRUE(isIpv6("ip = \"ipv6\""));
}

TEST(Sends, IsANumberOfBytes)
{
    EXPECT_EQ(TrafficWith("").sends, 0u);
    EXPECT_EQ(TrafficWith("sends = \"100MB\"").sends, 100'000'000u);
    EXPECT_EQ(TrafficWith("sends = \"1.5KiB\"").sends, 1536u);
    EXPECT_EQ(TrafficWith("sends = \"0B\"").sends, 0u);
    const std::string wrong = ": expected a number of bytes such as \"100MB\" (B kB MB GB TB KiB "
                              "MiB GiB TiB)";
    EXPECT_EQ(ComplaintOf("sends = \"100\""), "sends = \"100\"" + wrong);
    EXPECT_EQ(ComplaintOf("sends = \"100mb\""), "sends = \"100mb\"" + wrong);
    EXPECT_EQ(ComplaintOf("sends = \"1.2.3MB\""), "sends = \"1.2.3MB\"" + wrong);
    EXPECT_EQ(ComplaintOf("sends = \"MB\""), "sends = \"MB\"" + wrong);
    EXPECT_EQ(ComplaintOf("sends = \"1001TB\""), "sends = \"1001TB\": expected at most 1000TB");
    EXPECT_EQ(ComplaintOf("sends = \"1MB\"\ntransport = \"udp\""),
              "sends = \"1MB\": what UDP sends decides nothing: leave this out");
}

TEST(Closes, MayLeaveTheServersSideOpen)
{
    EXPECT_EQ(TrafficWith("closes = \"half_closed\"").closes.halfClosed, 1.0);
    EXPECT_EQ(TrafficWith("closes = \"half_closed\"").closes.client, 0.0);
    const ClosingShares shares = TrafficWith("closes = { client = 0.9, half_closed = 0.1 }").closes;
    EXPECT_DOUBLE_EQ(shares.halfClosed, 0.1);
    EXPECT_DOUBLE_EQ(shares.client, 0.9);
}

TEST(Call, HasTheSameSocketsAsTraffic)
{
    const Call call = Parse(SMALLEST + "[services.shop]\nruns_on = \"generator\"\n"
                                       "[calls.a]\nat = \"shop\"\nto = \"api\"\nhold = \"1ms\"\n"
                                       "allocate = \"bind\"\nreuse_address = true\n"
                                       "sends = \"1kB\"\n")
                          .workload.calls.at(0);
    EXPECT_EQ(call.socket.manner, PortManner::Bind);
    EXPECT_TRUE(call.socket.reuseAddress);
    EXPECT_EQ(call.sends, 1000u);
}
