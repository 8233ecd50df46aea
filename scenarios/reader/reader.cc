// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/reader/reader.h"

#include "model/core/port/units.h"
#include "scenarios/packet-limits.h"
#include "scenarios/reader/firewalls.h"
#include "scenarios/reader/hosts.h"
#include "scenarios/reader/limits.h"
#include "scenarios/reader/nats.h"
#include "scenarios/reader/nodes.h"
#include "scenarios/reader/overrides.h"
#include "scenarios/reader/toml-tree.h"
#include "scenarios/reader/traffic.h"
#include "scenarios/reader/values.h"

#include <filesystem>

namespace portlab
{

namespace
{

void
ReadIdentity(const Section& top, Scenario& scenario)
{
    const Node& name = top.Get("name");
    scenario.name = ReadText(name);
    CheckName(scenario.name, name.where, name.path);
    if (const Node* question = top.Find("question"))
    {
        scenario.question = ReadText(*question);
    }
    if (const Node* seed = top.Find("seed"))
    {
        const auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
        scenario.workload.seed = ReadWhole(*seed, 0, most);
    }
    if (const Node* fidelity = top.Find("fidelity"))
    {
        scenario.fidelity = ReadChoice(*fidelity, {"connection", "packet"}) == 1
                                ? Fidelity::Packet
                                : Fidelity::Connection;
    }
}

void
CheckFidelity(const Section& top, const Scenario& scenario)
{
    const auto why =
        scenario.fidelity == Fidelity::Packet ? WhyNoPackets(scenario.workload) : std::nullopt;
    if (why)
    {
        Refuse(top.Get("fidelity"), "packet level " + *why + ". Write \"connection\"");
    }
}

std::optional<Duration>
ReadStatedDuration(const Section& top)
{
    const Node* node = top.Find("duration");
    if (node == nullptr)
    {
        return std::nullopt;
    }
    const Duration duration = ReadDuration(*node, LikelyUnit::Seconds);
    if (duration == Duration::zero())
    {
        Refuse(*node, "nothing happens in no time: expected more");
    }
    return duration;
}

/// Warm-up and sampling, once the duration is settled.
void
ReadClock(const Section& top, Workload& workload)
{
    const std::string duration = FormatDuration(workload.duration);
    if (const Node* warmup = top.Find("warmup"))
    {
        workload.warmup = ReadDuration(*warmup, LikelyUnit::Seconds);
        if (workload.warmup >= workload.duration)
        {
            Refuse(*warmup, "the run is over by then: expected less than duration, " + duration);
        }
    }
    if (const Node* interval = top.Find("sample_interval"))
    {
        workload.sampleInterval = ReadDuration(*interval, LikelyUnit::Seconds);
    }
    const auto most = static_cast<std::int64_t>(MAX_SAMPLES);
    const Duration least{workload.duration.count() / most + 1};
    if (workload.sampleInterval > Duration::zero() && workload.sampleInterval < least)
    {
        const Node* said = top.Find("sample_interval");
        RefuseAt(said ? said->where : top.Self().where,
                 "sample_interval",
                 FormatDuration(workload.sampleInterval) +
                     " makes more than 1,000,000 samples in " + duration +
                     ": write a longer one, or \"0s\" for no time series");
    }
}

} // namespace

Scenario
ParseScenarioWith(const ScenarioFiles& files,
                  const std::string& text,
                  const std::string& path,
                  const Overrides& overrides)
{
    Node root = ParseToml(text, path);
    Scenario scenario;
    scenario.file = path;
    scenario.text = text;
    scenario.notes = ApplyOverrides(root, overrides);

    const Section top(root, ScenarioFormat().top);
    const bool hasBorder = top.Find("nats") != nullptr || top.Find("firewalls") != nullptr;
    const Surroundings around{std::filesystem::path(path).parent_path().string(), files, hasBorder};
    ReadIdentity(top, scenario);
    const auto stated = ReadStatedDuration(top);
    ReadNodes(top, scenario);
    ReadHosts(top, scenario);
    ReadServices(top, scenario);
    ReadTraffic(top, around, stated, scenario);
    ReadCalls(top, around, scenario);
    GiveServicesTheirHosts(scenario.workload);
    ReadNats(top, scenario);
    ReadFirewalls(top, scenario);
    ReadClock(top, scenario.workload);
    CheckFidelity(top, scenario);
    return scenario;
}

} // namespace portlab
