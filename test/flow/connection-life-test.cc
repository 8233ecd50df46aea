// SPDX-License-Identifier: GPL-2.0-only

// The life of one connection to the nanosecond: ports 10 ms away from their peer, held for 1 s.

#include "test/flow/flow-test-support.h"

#include <chrono>
#include <gtest/gtest.h>

namespace
{

using namespace std::chrono_literals;

using portlab::At;
using portlab::Duration;
using portlab::Ending;
using portlab::FailureCounts;
using portlab::Instant;
using portlab::RunResult;
using portlab::TimeSpan;
using portlab::Transport;
using portlab::Workload;
using portlab::test::Always;
using portlab::test::AsRecorded;
using portlab::test::Lines;
using portlab::test::OneClient;
using portlab::test::Story;

/// One port, and connections that begin at these moments.
Workload
OnePort(const std::vector<Instant>& starts, Ending ending, Transport transport = Transport::Tcp)
{
    Workload load = OneClient(50000);
    load.traffic = {AsRecorded(starts, transport)};
    load.traffic[0].closes = Always(ending);
    return load;
}

RunResult
ResultAt(Instant until, const Workload& load)
{
    return Story(load, 1, until).result;
}

} // namespace

/// connect() at 0, established at 0.01, closed at 1.01, the server's FIN at 1.02: TIME_WAIT until
/// 61.02.
TEST(ConnectionThatItsClientCloses, KeepsItsPortUntilSixtySecondsAfterTheFinExchange)
{
    const Story story(OnePort({At(0s), At(61020ms - 1ns), At(61020ms)}, Ending::Client));

    EXPECT_EQ(story.Text(),
              (Lines{"0.000000000 client granted 50000",
                     "1.020000000 client waits 50000",
                     "61.019999999 client failed no_free_port",
                     "61.020000000 client granted 50000",
                     "62.040000000 client waits 50000"}));
}

TEST(ConnectionThatItsClientCloses, HoldsItsPortFromConnectOn)
{
    const Story story(OnePort({At(0s), At(1ns), At(1020ms - 1ns), At(1020ms)}, Ending::Client));

    EXPECT_EQ(story.Text(),
              (Lines{"0.000000000 client granted 50000",
                     "0.000000001 client failed no_free_port",
                     "1.019999999 client failed no_free_port",
                     "1.020000000 client waits 50000",
                     "1.020000000 client failed no_free_port"}));
}

/// The server closes at 1.01, its TIME_WAIT begins at 1.02 with the client's FIN, and the client
/// is told at 1.025.
TEST(ConnectionThatItsServerCloses, GivesItsPortBackOneAndAHalfRoundTripsAfterTheClose)
{
    const Story story(OnePort({At(0s), At(1025ms - 1ns), At(1025ms)}, Ending::Server));

    EXPECT_EQ(story.Text(),
              (Lines{"0.000000000 client granted 50000",
                     "1.024999999 client failed no_free_port",
                     "1.025000000 client frees 50000",
                     "1.025000000 client granted 50000",
                     "2.050000000 client frees 50000"}));
    EXPECT_EQ(story.result.hosts[0].timeWaitPeak, 0u);
    EXPECT_EQ(story.result.services[0].timeWaitPeak, 1u);
}

TEST(ConnectionThatIsReset, GivesItsPortBackAtOnce)
{
    const Story story(OnePort({At(0s), At(1010ms - 1ns), At(1010ms)}, Ending::Reset));

    EXPECT_EQ(story.Text(),
              (Lines{"0.000000000 client granted 50000",
                     "1.009999999 client failed no_free_port",
                     "1.010000000 client frees 50000",
                     "1.010000000 client granted 50000",
                     "2.020000000 client frees 50000"}));
    EXPECT_EQ(story.result.hosts[0].timeWaitPeak, 0u);
    EXPECT_EQ(story.result.services[0].timeWaitPeak, 0u);
}

/// UDP neither shakes hands nor waits, whoever is said to close.
TEST(UdpFlow, HoldsItsPortForItsHoldTimeAlone)
{
    for (const Ending ending : {Ending::Client, Ending::Server, Ending::Reset})
    {
        const Story story(OnePort({At(0s), At(1s - 1ns), At(1s)}, ending, Transport::Udp));

        EXPECT_EQ(story.Text(),
                  (Lines{"0.000000000 client granted 50000",
                         "0.999999999 client failed no_free_port",
                         "1.000000000 client frees 50000",
                         "1.000000000 client granted 50000",
                         "2.000000000 client frees 50000"}));
        EXPECT_EQ(story.result.services[0].timeWaitPeak, 0u);
    }
}

TEST(UdpFlow, HasPortsOfItsOwn)
{
    Workload load = OnePort({At(0s)}, Ending::Client);
    load.traffic.push_back(AsRecorded({At(1ms)}, Transport::Udp));
    load.traffic[1].name = "lookups";

    EXPECT_EQ(Story(load).result.hosts[0].connected, 2u);
}

TEST(Connection, IsPendingUntilOneRoundTripHasPassed)
{
    const Workload load = OnePort({At(5s)}, Ending::Client);

    const RunResult before = ResultAt(At(5010ms - 1ns), load);
    EXPECT_EQ(before.hosts[0].attempts, 1u);
    EXPECT_EQ(before.hosts[0].pending, 1u);
    EXPECT_EQ(before.services[0].accepted, 0u);
    const RunResult then = ResultAt(At(5010ms), load);
    EXPECT_EQ(then.hosts[0].connected, 1u);
    EXPECT_EQ(then.hosts[0].pending, 0u);
    EXPECT_EQ(then.services[0].accepted, 1u);
    EXPECT_EQ(then.traffic[0].connectDelayP50, 10ms);
}

/// A UDP flow is established at once, also while an earlier handshake with the same service is on
/// its way.
TEST(Connection, OfUdpIsNeverPending)
{
    Workload load = OneClient(50000);
    load.traffic = {AsRecorded({At(0s)}), AsRecorded({At(3ms)}, Transport::Udp)};
    load.traffic[1].name = "lookups";

    const RunResult result = ResultAt(At(4ms), load);
    EXPECT_EQ(result.hosts[0].attempts, 2u);
    EXPECT_EQ(result.hosts[0].connected, 1u);
    EXPECT_EQ(result.hosts[0].pending, 1u);
}

/// A run that ends at the moment of an event contains it.
TEST(Run, ContainsItsLastNanosecond)
{
    EXPECT_EQ(ResultAt(At(5s - 1ns), OnePort({At(5s)}, Ending::Client)).connections, 0u);
    EXPECT_EQ(ResultAt(At(5s), OnePort({At(5s)}, Ending::Client)).connections, 1u);
}

/// Windows keeps ports apart whatever the peer, so the next service finds the port taken.
TEST(Connection, TakesThePortFromAllPeersIfTheSystemSharesNone)
{
    Workload load = OnePort({At(0s)}, Ending::Client);
    load.hosts[0].profile.uniqueness.value = portlab::Uniqueness::LocalPort;
    load.services.push_back(portlab::test::ServiceCalled("web"));
    load.traffic.push_back(AsRecorded({At(1s)}));
    load.traffic[1].name = "second";
    load.traffic[1].to = 1;

    EXPECT_EQ(Story(load).Text(),
              (Lines{"0.000000000 client granted 50000",
                     "1.000000000 client failed no_free_port",
                     "1.020000000 client waits 50000"}));
}

/// Linux with tcp_tw_reuse takes a port again after one second of TIME_WAIT.
TEST(Connection, MayTakeAPortThatHasWaitedLongEnough)
{
    Workload load = OnePort({At(0s), At(2020ms - 1ns), At(2020ms)}, Ending::Client);
    load.hosts[0].profile.reuse.value = portlab::TimeWaitReuse::AfterDelay;
    load.hosts[0].profile.reuseDelay.value = 1s;

    EXPECT_EQ(Story(load).Text(),
              (Lines{"0.000000000 client granted 50000",
                     "1.020000000 client waits 50000",
                     "2.019999999 client failed no_free_port",
                     "2.020000000 client granted 50000",
                     "3.040000000 client waits 50000"}));
}

TEST(ImpatientConnection, FailsAndFreesItsPortWhenItsPatienceEnds)
{
    Workload load = OnePort({At(0s), At(9ms - 1ns), At(9ms)}, Ending::Client);
    load.traffic[0].connectTimeout = 9ms;

    const Story story(load);
    EXPECT_EQ(story.Text(),
              (Lines{"0.000000000 client granted 50000",
                     "0.008999999 client failed no_free_port",
                     "0.009000000 client failed connect_timeout",
                     "0.009000000 client frees 50000",
                     "0.009000000 client granted 50000",
                     "0.018000000 client failed connect_timeout",
                     "0.018000000 client frees 50000"}));
    EXPECT_EQ(story.result.hosts[0].connected, 0u);
}

TEST(ImpatientConnection, SucceedsIfOneRoundTripIsAllItHasPatienceFor)
{
    Workload load = OnePort({At(0s)}, Ending::Client);
    load.traffic[0].connectTimeout = 10ms;

    EXPECT_EQ(Story(load).result.hosts[0].connected, 1u);
}

/// SYNs after 0, 1 and 3 s: the third arrives at 3.005 and is answered.
TEST(ConnectionToASilentService, IsEstablishedByTheFirstSynThatIsAnswered)
{
    Workload load = OnePort({At(0s)}, Ending::Client);
    load.services[0].silent = {{At(0s), At(3005ms)}};

    const Story story(load);
    EXPECT_EQ(story.Text(),
              (Lines{"0.000000000 client granted 50000", "4.020000000 client waits 50000"}));
    EXPECT_EQ(story.result.traffic[0].connectDelayP50, 3010ms);
    EXPECT_EQ(story.result.traffic[0].connectDelayP99, 3010ms);
    EXPECT_EQ(story.result.hosts[0].connected, 1u);
}

TEST(ConnectionToASilentService, NeedsAFurtherSynIfTheSilenceLastsANanosecondLonger)
{
    Workload load = OnePort({At(0s)}, Ending::Client);
    load.services[0].silent = {{At(0s), At(3005ms + 1ns)}};

    EXPECT_EQ(Story(load).result.traffic[0].connectDelayP50, 7010ms);
}

/// Between two silences, just long enough for the SYN of second 1.
TEST(ConnectionToASilentService, FindsAGapOfOneNanosecond)
{
    Workload load = OnePort({At(0s)}, Ending::Client);
    load.services[0].silent = {{At(0s), At(1005ms)}, {At(1005ms + 1ns), At(1h)}};
    EXPECT_EQ(Story(load).result.traffic[0].connectDelayP50, 1010ms);

    load.services[0].silent = {{At(0s), At(1005ms)}, {At(1005ms), At(1h)}};
    EXPECT_EQ(Story(load).result.hosts[0].connected, 0u);
}

TEST(ConnectionToASilentService, HoldsItsPortUntilTheSystemGivesUp)
{
    Workload load = OnePort({At(2s), At(129s - 1ns), At(129s)}, Ending::Client);
    load.services[0].silent = {{At(0s), At(128s)}};

    const Story story(load);
    EXPECT_EQ(story.Text(),
              (Lines{"2.000000000 client granted 50000",
                     "128.999999999 client failed no_free_port",
                     "129.000000000 client failed connect_timeout",
                     "129.000000000 client frees 50000",
                     "129.000000000 client granted 50000",
                     "130.020000000 client waits 50000"}));
}

/// It can go either way until it is over.
TEST(ConnectionToASilentService, IsPendingUntilItIsEstablishedOrGivenUp)
{
    Workload load = OnePort({At(0s)}, Ending::Client);
    load.services[0].silent = {{At(0s), At(3005ms)}};
    EXPECT_EQ(ResultAt(At(3010ms - 1ns), load).hosts[0].pending, 1u);
    EXPECT_EQ(ResultAt(At(3010ms), load).hosts[0].connected, 1u);

    load.services[0].silent = {{At(0s), At(1h)}};
    EXPECT_EQ(ResultAt(At(127s - 1ns), load).hosts[0].pending, 1u);
    EXPECT_EQ(ResultAt(At(127s), load).hosts[0].pending, 0u);
    EXPECT_EQ(ResultAt(At(127s), load).hosts[0].failed, (FailureCounts{0, 0, 0, 0, 1, 0, 0, 0}));
}
