// SPDX-License-Identifier: GPL-2.0-only

// Random lives of one Linux host whose programs connect, bind to port 0 and to ports of their
// choice, against a list of sockets that is walked as the kernel walks (naive-sockets.h): same
// ports, same probes, same refusals.

#include "model/core/port/profile-catalogue.h"
#include "test/core/naive-sockets.h"
#include "test/core/port-test-support.h"

#include <chrono>
#include <gtest/gtest.h>
#include <memory>
#include <utility>
#include <vector>

namespace
{

using namespace std::chrono_literals;

using portlab::Address;
using portlab::Duration;
using portlab::Flow;
using portlab::Grant;
using portlab::Instant;
using portlab::OsProfile;
using portlab::Port;
using portlab::PortLedger;
using portlab::PortManner;
using portlab::PortRange;
using portlab::PortRules;
using portlab::Random;
using portlab::SocketOptions;
using portlab::StreamKey;
using portlab::TimeWaitReuse;
using portlab::Transport;
using portlab::test::LinuxEra;
using portlab::test::NaiveLinux;
using portlab::test::NaiveRules;
using portlab::test::NaiveSockets;

OsProfile
AnyLinux(Random& random)
{
    const auto drawn = [&random](std::vector<Duration> choices) {
        return choices[random.Below(static_cast<std::uint32_t>(choices.size()))];
    };
    const std::vector<std::uint32_t> sizes{1, 2, 3, 4, 5, 8, 17, 40, 99, 700};
    const std::uint32_t size = sizes[random.Below(static_cast<std::uint32_t>(sizes.size()))];
    const std::uint32_t first = random.Below(3) == 0 ? 65536 - size : 1024 + random.Below(60'000);
    const bool is618 = random.Below(2) == 0;
    OsProfile profile = portlab::FindProfile(is618 ? "linux-6.18" : "linux-5.18").profile;
    profile.ports.value = PortRange(static_cast<Port>(first), static_cast<Port>(first + size - 1));
    if (size > 3 && random.Below(2) == 0)
    {
        const auto middle = static_cast<Port>(first + random.Below(size / 2));
        profile.reserved.value = {PortRange(middle, static_cast<Port>(middle + size / 4))};
    }
    profile.timeWait.value = drawn({700ms, 3s, 60s});
    profile.timeWaitGrid.value = drawn({0s, 2048ms});
    profile.reuse.value = std::vector{TimeWaitReuse::Never,
                                      TimeWaitReuse::AfterDelay,
                                      TimeWaitReuse::AfterDelayOnLoopback}[random.Below(3)];
    profile.reuseDelay.value = drawn({0s, 100ms, 1s});
    profile.reuseClock.value = drawn({0s, 1ms, 1s});
    profile.udp.value.slots = std::vector{256u, 16384u, 65536u}[random.Below(3)];
    profile.linuxSettings->autobindReuse.value = random.Below(2) == 0;
    profile.maxTimeWait.value.reset();
    if (random.Below(4) == 0)
    {
        profile.maxTimeWait.value = random.Below(8);
    }
    return profile;
}

NaiveRules
RulesOf(const OsProfile& profile, Duration boot)
{
    NaiveRules rules;
    rules.range = profile.ports.value;
    rules.reserved = profile.reserved.value;
    rules.timeWait = profile.timeWait.value;
    rules.grid = profile.timeWaitGrid.value;
    rules.reuseDelay = profile.reuseDelay.value;
    rules.reuseClock = profile.reuseClock.value;
    rules.boot = boot;
    rules.reuse = profile.reuse.value;
    rules.maxTimeWait = profile.maxTimeWait.value;
    rules.udpSlots = profile.udp.value.slots;
    rules.autobindReuse = profile.linuxSettings->autobindReuse.value;
    rules.repairs = profile.name == "linux-6.18";
    return rules;
}

/// One host, its naive twin, and the programs on it.
class World
{
  public:
    explicit World(std::uint64_t seed)
        : m_choices(StreamKey(seed, 1).With("choices")),
          m_profile(AnyLinux(m_choices)),
          m_secret(StreamKey(seed, 1).With("kernel")),
          m_host(m_ledger.AddHost(m_ledger.AddKernel(m_profile, m_secret),
                                  std::make_shared<const PortRules>(m_profile),
                                  true)),
          m_connect(LinuxEra::V5x18,
                    m_secret.With("tcp"),
                    m_profile.name == "linux-6.18" ? std::optional(m_profile.ports.value)
                                                   : std::nullopt),
          m_naive(RulesOf(m_profile, m_ledger.Boot(m_host)), m_connect),
          m_draws(StreamKey(seed, 1).With("draws")),
          m_naiveDraws(m_draws)
    {
        for (int i = 0; i < 12; ++i)
        {
            m_programs.push_back(AnyProgram());
        }
    }

    void Act()
    {
        const std::vector<Duration> pauses{0s, 1ns, 10ms, 300ms, 2s};
        m_now += pauses[m_choices.Below(5)];
        if (m_lives.empty() || m_choices.Below(5) < 3)
        {
            Ask(m_choices.Below(static_cast<std::uint32_t>(m_programs.size())));
        }
        else
        {
            EndOne();
        }
        m_ledger.CatchUp(m_host, m_now);
        m_naive.Forget(m_now);
        EXPECT_EQ(m_ledger.Held(m_host).Count(), m_naive.Held());
        EXPECT_EQ(m_ledger.Waiting(m_host).Count(), m_naive.Waiting());
    }

    std::uint32_t granted{0};
    std::uint32_t refused{0};

  private:
    struct Program
    {
        Transport transport;
        Flow flow;
        SocketOptions options;
        PortLedger::PathId path;
    };

    struct Life
    {
        std::size_t program;
        Port port;
    };

    Program AnyProgram()
    {
        const PortRange range = m_profile.ports.value;
        Program program{};
        program.transport = m_choices.Below(4) == 0 ? Transport::Udp : Transport::Tcp;
        program.flow = {1 + m_choices.Below(2), 10 + m_choices.Below(2), 443};
        SocketOptions& options = program.options;
        options.manner = static_cast<PortManner>(m_choices.Below(3));
        options.reuseAddress = m_choices.Below(2) == 0;
        options.reusePort = m_choices.Below(3) == 0;
        options.wildcard = options.manner != PortManner::Connect && m_choices.Below(4) == 0;
        options.place =
            program.flow.remote == 10 ? portlab::PeerPlace::Loopback : portlab::PeerPlace::Remote;
        options.timestamps = program.flow.remote == 10 || program.flow.local == 1;
        if (options.manner == PortManner::Fixed)
        {
            const bool isOutside = m_choices.Below(2) == 0;
            options.fixedPort = isOutside ? static_cast<Port>(80 + m_choices.Below(2))
                                          : range.At(m_choices.Below(std::min(range.Count(), 3u)));
        }
        else if (range.Count() > 1 && m_choices.Below(4) == 0)
        {
            // The naive policy takes the whole range for the system's own.
            const Port low = range.At(1 + m_choices.Below(range.Count() - 1));
            options.range = PortRange(low, range.Last());
        }
        program.path = m_ledger.OpenPath(m_host, program.transport, program.flow, program.options);
        return program;
    }

    void Ask(std::size_t number)
    {
        const Program& program = m_programs[number];
        const Grant grant = m_ledger.Ask(program.path, m_now, m_draws);
        const Grant naive =
            m_naive.Ask(program.transport, program.flow, program.options, m_now, m_naiveDraws);
        ASSERT_EQ(grant.port, naive.port);
        EXPECT_EQ(grant.probes, naive.probes);
        if (grant.port)
        {
            m_lives.push_back({number, *grant.port});
            ++granted;
        }
        else
        {
            EXPECT_EQ(grant.refusal, naive.refusal);
            EXPECT_EQ(grant.byBind, naive.byBind);
            ++refused;
        }
    }

    void EndOne()
    {
        std::swap(m_lives[m_choices.Below(static_cast<std::uint32_t>(m_lives.size()))],
                  m_lives.back());
        const Life life = m_lives.back();
        m_lives.pop_back();
        const Program& program = m_programs[life.program];
        const bool waits = m_choices.Below(4) > 0;
        if (waits)
        {
            m_ledger.Wait(program.path, life.port, m_now);
        }
        else
        {
            m_ledger.Release(program.path, life.port, m_now);
        }
        m_naive.Close(program.transport, program.flow, program.options, life.port, m_now, waits);
    }

    Random m_choices;
    OsProfile m_profile;
    StreamKey m_secret;
    PortLedger m_ledger;
    PortLedger::HostId m_host;
    NaiveLinux m_connect;
    NaiveSockets m_naive;
    Random m_draws;
    Random m_naiveDraws;
    std::vector<Program> m_programs;
    std::vector<Life> m_lives;
    Instant m_now{};
};

TEST(AHostWhoseProgramsBind, AgreesWithAListOfSockets)
{
    std::uint32_t granted = 0;
    std::uint32_t refused = 0;
    for (std::uint64_t seed = 1; seed <= 1000 && !HasFailure(); ++seed)
    {
        SCOPED_TRACE("seed " + std::to_string(seed));
        World world(seed);
        for (int act = 0; act < 300 && !HasFailure(); ++act)
        {
            world.Act();
        }
        granted += world.granted;
        refused += world.refused;
    }
    // The worlds are crowded enough to ask both questions.
    EXPECT_GT(granted, 50000u);
    EXPECT_GT(refused, 20000u);
}

} // namespace
