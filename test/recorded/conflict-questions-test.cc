// SPDX-License-Identifier: GPL-2.0-only

// Questions to which a real kernel answered with a word, put to the model: who keeps whom from a
// port, and what sysctls take. A question that is indented in the recording goes on from the one
// above it.

#include "test/linux/hidden-state-filter.h"
#include "test/machine/model-machine.h"
#include "test/machine/scripts.h"
#include "test/recorded/script-runs.h"

#include <functional>
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace
{

using portlab::Port;
using portlab::test::BindNew;
using portlab::test::CallResult;
using portlab::test::Closing;
using portlab::test::ConnectFrom;
using portlab::test::ConnectNew;
using portlab::test::CsvRow;
using portlab::test::DEFAULT_PORTS;
using portlab::test::Endpoint;
using portlab::test::LOOPBACK;
using portlab::test::Machine;
using portlab::test::ModelKernel;
using portlab::test::MustSet;
using portlab::test::NewServer;
using portlab::test::NotModelled;
using portlab::test::Opened;
using portlab::test::PortFlags;
using portlab::test::ReadRecording;
using portlab::test::ReuseAddress;
using portlab::test::SequenceWitness;
using portlab::test::SetRange;
using portlab::test::SocketId;
using portlab::test::SocketSettings;
using portlab::test::Tcp;
using portlab::test::ToText;
using portlab::test::UntilRefused;

using Answers = std::vector<std::string>;

constexpr Endpoint ANY_PORT{LOOPBACK, 0};

/// A machine of the model with a range and three peers.
struct Stage
{
    Stage(Port low, Port high)
        : kernel("linux-6.18", 1),
          machine(kernel.NewMachine())
    {
        SetRange(*machine, low, high);
        for (Endpoint& peer : peers)
        {
            peer = NewServer(kernel, *machine);
        }
    }

    std::string Connect(int peer, const SocketSettings& settings = {})
    {
        return ToText(ConnectNew(*machine, peers[peer], settings));
    }

    std::string Bind(const Endpoint& own, const SocketSettings& settings = {})
    {
        return ToText(BindNew(*machine, own, settings));
    }

    ModelKernel kernel;
    std::unique_ptr<Machine> machine;
    Endpoint peers[3]{};
};

/// Ten ports, all of them in TIME_WAIT towards the first peer.
struct TenWaiting : Stage
{
    explicit TenWaiting(const SocketSettings& settings, const char* autobindReuse = "0")
        : Stage(40000, 40009)
    {
        MustSet(*machine, "tcp_tw_reuse", "0");
        MustSet(*machine, "ip_autobind_reuse", autobindReuse);
        const auto connect = [&] { return ConnectNew(*machine, peers[0], settings); };
        for (const SocketId socket : UntilRefused(connect).sockets)
        {
            machine->Close(socket, Closing::First);
        }
    }
};

Answers
TenPortsInTimeWait()
{
    TenWaiting stage(Tcp());
    const std::string again = stage.Connect(0);
    const auto elsewhere = UntilRefused([&] { return ConnectNew(*stage.machine, stage.peers[1]); });
    return {again, std::to_string(elsewhere.ports.size())};
}

Answers
TenPortsInTimeWaitAndBind()
{
    TenWaiting stage(Tcp());
    return {stage.Bind(ANY_PORT), stage.Bind(ANY_PORT, ReuseAddress())};
}

Answers
TenWillingPortsInTimeWaitAndBind()
{
    TenWaiting stage(ReuseAddress());
    TenWaiting sharing(ReuseAddress(), "1");
    return {stage.Bind(ANY_PORT),
            stage.Bind(ANY_PORT, ReuseAddress()),
            sharing.Bind(ANY_PORT, ReuseAddress())};
}

Answers
SharedByABoundSocket()
{
    Stage stage(40000, 40000);
    Answers answers{stage.Connect(0, ReuseAddress())};
    const Opened second = BindNew(*stage.machine, {LOOPBACK, 40000}, ReuseAddress());
    answers.push_back(ToText(second));
    answers.push_back(ToText(stage.machine->Connect(second.socket, stage.peers[1])));
    answers.push_back(stage.Connect(2));
    stage.machine->Close(second.socket, Closing::Reset);
    answers.push_back(stage.Connect(2));
    return answers;
}

Answers
HeldByBind()
{
    Stage stage(40000, 40000);
    const Opened first = BindNew(*stage.machine, ANY_PORT);
    Answers answers{ToText(first), stage.Connect(0)};
    answers.push_back(ToText(stage.machine->Connect(first.socket, stage.peers[0])));
    answers.push_back(stage.Connect(1));
    answers.push_back(ToText(ConnectFrom(*stage.machine, {LOOPBACK + 2, 0}, stage.peers[1])));
    return answers;
}

Answers
HeldByAListener()
{
    Stage stage(9000, 9000);
    const Opened listener = BindNew(*stage.machine, {LOOPBACK, 9000}, ReuseAddress());
    stage.machine->Listen(listener.socket);
    return {stage.Connect(1)};
}

/// What a fresh machine says to a value of a sysctl.
Answers
Setting(const std::string& name, const std::string& value)
{
    ModelKernel kernel("linux-6.18", 1);
    const std::string error = kernel.NewMachine()->Set(name, value);
    return {error.empty() ? "OK" : error};
}

/// The first of each group of questions, and the answers to all.
struct Group
{
    std::string question;
    std::function<Answers()> ask;
};

std::vector<Group>
Groups()
{
    const auto setting = [](const char* name, const char* value) {
        return [=] { return Setting(name, value); };
    };
    const char* const range = "ip_local_port_range";
    return {
        {"10 of 10 ports in TIME_WAIT to d0 (tw_reuse 0): connect d0", TenPortsInTimeWait},
        {"10 of 10 ports in TIME_WAIT (no SO_REUSEADDR): bind(0) plain", TenPortsInTimeWaitAndBind},
        {"10 of 10 ports in TIME_WAIT (sockets had SO_REUSEADDR): bind(0) plain",
         TenWillingPortsInTimeWaitAndBind},
        {"range of 1: s1(reuseaddr) auto connect d0", SharedByABoundSocket},
        {"range of 1: s1 bind(127.0.0.1:0)", HeldByBind},
        {"range = port of a listening socket (SO_REUSEADDR listener on 127.0.0.1:9000): auto "
         "connect d1",
         HeldByAListener},
        {"range 0 100", setting(range, "0 100")},
        {"range 1 100 (below ip_unprivileged_port_start 1024)", setting(range, "1 100")},
        {"range 1023 2000", setting(range, "1023 2000")},
        {"range 1024 65535", setting(range, "1024 65535")},
        {"range 2000 1999", setting(range, "2000 1999")},
        {"range 2000 65536", setting(range, "2000 65536")},
        {"tcp_tw_reuse_delay 0", setting("tcp_tw_reuse_delay", "0")},
        {"tcp_tw_reuse_delay 1", setting("tcp_tw_reuse_delay", "1")},
        {"tcp_tw_reuse_delay 60000", setting("tcp_tw_reuse_delay", "60000")},
        {"tcp_tw_reuse_delay 60001", setting("tcp_tw_reuse_delay", "60001")},
        {"tcp_tw_reuse_delay 100000", setting("tcp_tw_reuse_delay", "100000")},
        {"tcp_tw_reuse 3", setting("tcp_tw_reuse", "3")},
        {"tcp_max_tw_buckets 0", setting("tcp_max_tw_buckets", "0")},
    };
}

/// The recorded answers, by the first question of their group.
std::map<std::string, Answers>
Recorded()
{
    std::map<std::string, Answers> recorded;
    std::string first;
    for (const CsvRow& row : ReadRecording("conflict-questions"))
    {
        const std::string& question = row.Text("question");
        first = question.rfind("  ", 0) == 0 ? first : question;
        recorded[first].push_back(row.Text("answer"));
    }
    return recorded;
}

} // namespace

TEST(ConflictQuestions, AreAnsweredByTheModelAsByTheKernel)
{
    std::map<std::string, Answers> recorded = Recorded();
    for (const Group& group : Groups())
    {
        EXPECT_EQ(group.ask(), recorded.at(group.question)) << group.question;
        recorded.erase(group.question);
    }
    std::set<std::string> others;
    for (const auto& [question, answers] : recorded)
    {
        others.insert(question);
    }

    // The model has no ip_unprivileged_port_start; the other two have tests of their own.
    const std::set<std::string> expected{"unprivileged_port_start 0 then range 1 65535",
                                         "unprivileged_port_start 40000 with range 32768-60999",
                                         "all ports of the range reserved: connect",
                                         "refused connects: getsockname afterwards"};
    EXPECT_EQ(others, expected);
}

/// The kernel takes such a setting and has no port for anybody; to the model it is a mistake of the
/// user, who is told so.
TEST(ConflictQuestions, LeaveNoRoomForARangeThatIsReservedAltogether)
{
    const Answers kernel{"EADDRNOTAVAIL", "EADDRINUSE", "EADDRINUSE", "EAGAIN"};
    EXPECT_EQ(Recorded().at("all ports of the range reserved: connect"), kernel);

    Stage stage(40000, 40009);
    MustSet(*stage.machine, "ip_local_reserved_ports", "40000-40009");
    EXPECT_THROW(stage.Connect(0), NotModelled);
    Stage almost(40000, 40009);
    MustSet(*almost.machine, "ip_local_reserved_ports", "40000-40008");
    EXPECT_EQ(almost.Connect(0), "OK");
    EXPECT_EQ(almost.Connect(0), "EADDRNOTAVAIL");
}

/// A refused connection gives its port back, and moves the sequence on all the same.
TEST(ConflictQuestions, TellThePortsOfRefusedConnections)
{
    SequenceWitness witness({DEFAULT_PORTS}, 0);
    for (const CsvRow& row : ReadRecording("conflict-questions"))
    {
        if (row.Text("question") == "refused connects: getsockname afterwards")
        {
            for (const CallResult& result : row.Results("answer"))
            {
                EXPECT_TRUE(witness.Observe(result.port, PortFlags()));
            }
        }
    }
    EXPECT_EQ(witness.Found().choices, 6u);
}
