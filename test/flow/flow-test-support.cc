// SPDX-License-Identifier: GPL-2.0-only

#include "test/flow/flow-test-support.h"

#include <cinttypes>
#include <cstdio>
#include <memory>

namespace portlab::test
{

using namespace std::chrono_literals;

OsProfile
PortsInOrder(Port first, Port last)
{
    OsProfile profile{};
    profile.name = "in-order";
    profile.ports = {PortRange(first, last)};
    profile.tcp.value.algorithm = Algorithm::RisingCursor;
    profile.tcp.value.firstPick = first;
    profile.udp = profile.tcp;
    profile.uniqueness = {Uniqueness::Destination};
    profile.timeWait = {60s};
    profile.reuse = {TimeWaitReuse::Never};
    profile.timestamps = {true};
    profile.synInTimeWait = {SynInTimeWait::Accept};
    return profile;
}

Service
ServiceCalled(const std::string& name)
{
    Service service;
    service.name = name;
    service.rtt = 10ms;
    service.profile = PortsInOrder(1024, 65535);
    return service;
}

Workload
OneClient(Port last)
{
    Workload load;
    HostGroup client;
    client.name = "client";
    client.profile = PortsInOrder(50000, last);
    load.hosts.push_back(client);
    load.services.push_back(ServiceCalled("api"));
    load.sampleInterval = 0s;
    return load;
}

Traffic
AsRecorded(const std::vector<Instant>& starts, Transport transport)
{
    auto connections = std::make_shared<std::vector<RecordedConnection>>();
    for (const Instant start : starts)
    {
        connections->push_back({start, 1s, 0, 0, transport});
    }
    Traffic traffic;
    traffic.name = "main";
    traffic.arrivals = RecordedArrivals{std::move(connections)};
    return traffic;
}

ClosingShares
Always(Ending ending)
{
    return {ending == Ending::Client ? 1.0 : 0.0,
            ending == Ending::Server ? 1.0 : 0.0,
            ending == Ending::Reset ? 1.0 : 0.0,
            ending == Ending::HalfClosed ? 1.0 : 0.0};
}

Story::Story(const Workload& workload, std::uint64_t run)
    : Story(workload, run, At(workload.duration))
{
}

Story::Story(const Workload& workload, std::uint64_t run, Instant until)
    : load(workload),
      engine(load, run)
{
    engine.SetObserver(&diary);
    engine.RunUntil(until);
    result = engine.Finish();
}

namespace
{

std::string
Words(const Told& told, const std::string& who)
{
    const std::string start = TextOf(told.time) + " " + who;
    switch (told.what)
    {
    case Told::What::Granted:
        return start + " granted " + std::to_string(told.port);
    case Told::What::Failed:
        return start + " failed " + FAILURE_NAMES[static_cast<std::size_t>(told.reason)];
    case Told::What::Waits:
        return start + " waits " + std::to_string(told.port);
    case Told::What::Freed:
        break;
    }
    return start + " frees " + std::to_string(told.port);
}

} // namespace

Lines
Story::Text() const
{
    Lines lines;
    for (const Told& told : diary.all)
    {
        lines.push_back(Words(told, engine.Machines().HostName(HostOf(told))));
    }
    return lines;
}

Lines
Story::TextOf(std::uint32_t host) const
{
    Lines lines;
    for (const Told& told : diary.all)
    {
        if (HostOf(told) == host)
        {
            const PathInfo& path = engine.Machines().paths[told.path];
            lines.push_back(Words(told, engine.Machines().EndpointName(path)));
        }
    }
    return lines;
}

std::string
TextOf(Instant time)
{
    const std::int64_t count = time.time_since_epoch().count();
    char text[40];
    std::snprintf(text,
                  sizeof text,
                  "%" PRId64 ".%09" PRId64,
                  count / 1'000'000'000,
                  count % 1'000'000'000);
    return text;
}

} // namespace portlab::test
