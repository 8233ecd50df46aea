// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEST_FLOW_TEST_SUPPORT_H
#define PORTLAB_TEST_FLOW_TEST_SUPPORT_H

#include "model/core/flow/flow-engine.h"
#include "model/core/flow/flow-observer.h"
#include "model/core/flow/workload.h"

#include <chrono>
#include <ostream>
#include <string>
#include <vector>

namespace portlab::test
{

/// Seconds with nine digits behind the point.
std::string TextOf(Instant time);

/// A system that hands out the lowest port next, around and around, and shares a port between
/// peers; TIME_WAIT is 60 s, SYNs go out after 0, 1, 3, 7, 15, 31 and 63 s. Tests change what they
/// are about.
OsProfile PortsInOrder(Port first, Port last);

/// A service of one address, 10 ms away, that takes a SYN in TIME_WAIT.
Service ServiceCalled(const std::string& name);

/// One host called "client" with ports 50000 to `last`, a service called "api", and no traffic yet;
/// no time series.
Workload OneClient(Port last);

/// Traffic called "main" from the first group to the first service: connections that begin at
/// these moments and are held for one second.
Traffic AsRecorded(const std::vector<Instant>& starts, Transport transport = Transport::Tcp);

/// Shares of endings of one kind.
ClosingShares Always(Ending ending);

/// Three host groups, six services and nine streams that between them use all that a workload can
/// say, and fail in every way that it can fail; a minute long.
Workload EverythingAtOnce();

/// Something that an observer was told.
struct Told
{
    enum class What
    {
        Granted,
        Failed,
        Waits, ///< Released to TIME_WAIT.
        Freed, ///< Released at once.
    };

    What what;
    Instant time;
    std::uint32_t path;
    Port port{0};
    std::uint32_t probes{0};
    Failure reason{};

    friend bool operator==(const Told& a, const Told& b)
    {
        return a.what == b.what && a.time == b.time && a.path == b.path && a.port == b.port &&
               a.probes == b.probes && a.reason == b.reason;
    }
};

/// Writes down all that happens.
class Diary : public FlowObserver
{
  public:
    void OnGranted(Instant time, std::uint32_t path, Port port, std::uint32_t probes) override
    {
        all.push_back({Told::What::Granted, time, path, port, probes});
    }

    void OnFailed(Instant time, std::uint32_t path, Failure reason) override
    {
        all.push_back({Told::What::Failed, time, path, 0, 0, reason});
    }

    void OnReleased(Instant time, std::uint32_t path, Port port, bool waits) override
    {
        all.push_back({waits ? Told::What::Waits : Told::What::Freed, time, path, port});
    }

    std::vector<Told> all;
};

using Lines = std::vector<std::string>;

/// A workload that has run to its end, and all that happened on the way. The workload is kept, as
/// the engine needs it.
class Story
{
  public:
    explicit Story(const Workload& workload, std::uint64_t run = 1);
    Story(const Workload& workload, std::uint64_t run, Instant until);

    /// "1.020000000 client waits 50000", in order of time.
    Lines Text() const;

    /// The same, of one host of the topology, with peers by name: "1.020000000 api waits 50000".
    Lines TextOf(std::uint32_t host) const;

    std::uint32_t HostOf(const Told& told) const
    {
        return engine.Machines().ledger.HostOf(told.path);
    }

    Workload load;
    Diary diary;
    FlowEngine engine;
    RunResult result;
};

/// All fields of a result, a line each; doubles to the last bit.
std::string TextOf(const RunResult& result);

} // namespace portlab::test

namespace portlab
{

/// For failing tests.
inline void
PrintTo(Instant time, std::ostream* out)
{
    *out << test::TextOf(time) << " s";
}

} // namespace portlab

#endif // PORTLAB_TEST_FLOW_TEST_SUPPORT_H
