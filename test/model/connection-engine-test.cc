// SPDX-License-Identifier: GPL-2.0-only

#include "model/connection-engine.h"
#include "model/core/port/profile-catalogue.h"
#include "test/flow/flow-test-support.h"

#include "ns3/rng-seed-manager.h"
#include "ns3/simulator.h"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace
{

using namespace ns3;
using namespace std::chrono_literals;
using portlab::test::TextOf;

/// A host with few ports, so that much happens: failures, TIME_WAIT, ports that come back.
portlab::Workload
BusyHost()
{
    portlab::Workload workload;
    portlab::HostGroup host;
    host.name = "generator";
    host.profile = portlab::FindProfile("linux-6.18").profile;
    portlab::SetKnob(host.profile, "ports", "40000-40099");
    portlab::Service service;
    service.name = "api";
    service.profile = portlab::FindProfile("linux-6.18").profile;
    portlab::Traffic traffic;
    traffic.name = "main";
    traffic.arrivals = portlab::PoissonArrivals{3.0};
    traffic.closes = {0.7, 0.2, 0.1};
    workload.hosts = {host};
    workload.services = {service};
    workload.traffic = {traffic};
    workload.duration = 200s;
    return workload;
}

class ConnectionEngineTest : public testing::Test
{
  protected:
    ~ConnectionEngineTest() override
    {
        Simulator::Destroy();
        RngSeedManager::SetRun(1);
    }

    static Ptr<ConnectionEngine> Make(Time quantum, const portlab::Workload& workload = BusyHost())
    {
        auto engine = CreateObject<ConnectionEngine>();
        engine->SetAttribute("Quantum", TimeValue(quantum));
        engine->SetWorkload(workload);
        return engine;
    }

    static portlab::RunResult Run(const Ptr<ConnectionEngine>& engine)
    {
        engine->Initialize();
        Simulator::Stop(Seconds(200));
        Simulator::Run();
        const portlab::RunResult result = engine->GetResult();
        engine->Dispose();
        Simulator::Destroy();
        return result;
    }
};

TEST_F(ConnectionEngineTest, GivesTheSameResultsForEveryQuantum)
{
    const portlab::RunResult reference = Run(Make(Seconds(1)));
    EXPECT_GT(reference.connections, 300u);
    EXPECT_GT(portlab::Total(reference.hosts[0].failed), 0u);
    for (const Time& quantum : {Seconds(0),
                                NanoSeconds(999'999'937),
                                MilliSeconds(1),
                                MilliSeconds(137),
                                Seconds(37),
                                Seconds(1000)})
    {
        EXPECT_EQ(TextOf(Run(Make(quantum))), TextOf(reference)) << quantum;
    }
}

TEST_F(ConnectionEngineTest, GivesTheResultsOfTheCoreAlone)
{
    const portlab::Workload workload = BusyHost();
    portlab::FlowEngine core(workload, 3);
    core.RunUntil(portlab::At(workload.duration));
    RngSeedManager::SetRun(3);
    EXPECT_EQ(TextOf(Run(Make(Seconds(1)))), TextOf(core.Finish()));
}

TEST_F(ConnectionEngineTest, TakesItsRunFromNs3AndItsStreamFromTheUser)
{
    const std::string first = TextOf(Run(Make(Seconds(1))));
    RngSeedManager::SetRun(2);
    EXPECT_NE(TextOf(Run(Make(Seconds(1)))), first);
    RngSeedManager::SetRun(1);
    const auto other = Make(Seconds(1));
    EXPECT_EQ(other->AssignStreams(5), 1);
    EXPECT_NE(TextOf(Run(other)), first);
    EXPECT_EQ(TextOf(Run(Make(Seconds(1)))), first);
}

TEST_F(ConnectionEngineTest, CatchesUpBeforeItAnswers)
{
    const auto engine = Make(Seconds(1000));
    engine->Initialize();
    uint64_t early = 0;
    Simulator::Schedule(Seconds(50), [&] { early = engine->GetAttempts(); });
    Simulator::Stop(Seconds(100));
    Simulator::Run();
    const uint64_t late = engine->GetAttempts();
    EXPECT_NEAR(static_cast<double>(early), 150, 62) << "five standard deviations";
    EXPECT_GT(late, early);
    engine->Dispose();
}

TEST_F(ConnectionEngineTest, StopsAtTheEndOfItsWorkload)
{
    const auto engine = Make(Seconds(1));
    engine->Initialize();
    Simulator::Run(); // Nobody says stop: the engine itself has to run dry.
    EXPECT_EQ(Simulator::Now(), Seconds(200));
    EXPECT_EQ(engine->GetResult().simulated, 200s);
    engine->Dispose();
}

struct Recorder
{
    std::vector<Time> times;
    uint64_t granted{0};
    uint64_t failed{0};
    uint64_t released{0};
    uint64_t waits{0};

    void OnGranted(Time time, std::string host, std::string peer, uint16_t port, uint32_t probes)
    {
        EXPECT_LE(time, Simulator::Now()) << "an event was told before it happened";
        EXPECT_EQ(host, "generator");
        EXPECT_EQ(peer, "api");
        EXPECT_TRUE(40000 <= port && port <= 40099);
        EXPECT_GE(probes, 1u);
        times.push_back(time);
        ++granted;
    }

    void OnFailed(Time, std::string, std::string, std::string reason)
    {
        EXPECT_EQ(reason, "no_free_port");
        ++failed;
    }

    void OnReleased(Time, std::string, std::string, uint16_t, bool isWaiting)
    {
        ++released;
        waits += isWaiting ? 1 : 0;
    }
};

TEST_F(ConnectionEngineTest, TracesEveryEventOnceWithItsOwnTime)
{
    std::vector<Time> reference;
    for (const Time& quantum : {Seconds(0), Seconds(10)})
    {
        Recorder recorder;
        const auto engine = Make(quantum);
        engine->TraceConnectWithoutContext("Granted",
                                           MakeCallback(&Recorder::OnGranted, &recorder));
        engine->TraceConnectWithoutContext("Failed", MakeCallback(&Recorder::OnFailed, &recorder));
        engine->TraceConnectWithoutContext("Released",
                                           MakeCallback(&Recorder::OnReleased, &recorder));
        const portlab::RunResult result = Run(engine);
        EXPECT_EQ(recorder.granted + recorder.failed, result.connections);
        EXPECT_EQ(recorder.failed, portlab::Total(result.hosts[0].failed));
        EXPECT_LE(recorder.released, recorder.granted);
        EXPECT_GT(recorder.waits, 0u);
        EXPECT_LT(recorder.waits, recorder.released);
        reference = reference.empty() ? recorder.times : reference;
        EXPECT_EQ(recorder.times, reference);
    }
}

} // namespace
