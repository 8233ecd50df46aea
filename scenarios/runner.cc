// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/runner.h"

#include "helper/packet-carrier.h"
#include "helper/packet-network.h"
#include "model/connection-engine.h"
#include "model/ns3-time.h"

#include "ns3/simulator.h"

#include <chrono>

namespace portlab
{

namespace
{

/// Hears from the engine and passes it on.
struct Listener
{
    const RunProgress& progress;
    bool isStopped{false};

    void OnCaughtUp(ns3::Time now, std::uint64_t attempts)
    {
        if (progress && !isStopped && !progress(FromNs3(now), attempts))
        {
            isStopped = true;
            ns3::Simulator::Stop();
        }
    }
};

} // namespace

std::optional<RunRecord>
RunScenario(const Scenario& scenario,
            std::uint64_t run,
            Duration quantum,
            const RunProgress& progress,
            const std::string& pcap)
{
    const auto begin = std::chrono::steady_clock::now();
    ns3::RngSeedManager::SetRun(run);
    Listener listener{progress};
    auto engine = ns3::CreateObject<ns3::ConnectionEngine>();
    engine->SetAttribute("Quantum", ns3::TimeValue(ToNs3(quantum)));
    engine->SetWorkload(scenario.workload);
    engine->TraceConnectWithoutContext("CaughtUp",
                                       ns3::MakeCallback(&Listener::OnCaughtUp, &listener));
    engine->Initialize();
    std::optional<PacketNetwork> network;
    std::optional<PacketCarrier> carrier;
    if (scenario.fidelity == Fidelity::Packet)
    {
        network.emplace(engine->Machines());
        carrier.emplace(engine, *network);
        if (!pcap.empty())
        {
            network->EnablePcap(pcap);
        }
    }
    ns3::Simulator::Stop(ToNs3(scenario.workload.duration));
    ns3::Simulator::Run();
    std::optional<RunRecord> record;
    if (!listener.isStopped)
    {
        record.emplace();
        record->run = run;
        record->seed = scenario.workload.seed;
        record->result = engine->GetResult();
    }
    engine->Dispose();
    ns3::Simulator::Destroy();
    if (record)
    {
        const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin;
        record->wallSeconds = wall.count();
    }
    return record;
}

} // namespace portlab
