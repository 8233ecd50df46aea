// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_BSD_FACTS_H
#define PORTLAB_BSD_FACTS_H

#include "model/core/port/profiles/facts.h"

namespace portlab
{

// What systems with 4.4BSD's network code share.

/// Repetitions before the system gives a connection up; a SYN's 75 seconds end first.
constexpr std::uint32_t TCP_MAXRXTSHIFT = 12;

/// 4.4BSD's numbers, in every <sys/errno.h> since.
inline ErrorCode
BsdNotAvailable()
{
    return {"EADDRNOTAVAIL", 49};
}

inline ErrorCode
BsdInUse()
{
    return {"EADDRINUSE", 48};
}

inline ErrorCode
BsdTryAgain()
{
    return {"EAGAIN", 35};
}

/// SYNs double from the first timeout, unless the first waits are alike; the connection's own timer
/// ends them all.
inline SynSchedule
BsdSyn(Duration first, std::uint32_t linear, Duration slop = Duration{0})
{
    SynSchedule syn;
    syn.firstTimeout = first;
    syn.linear = linear;
    syn.retries = TCP_MAXRXTSHIFT - linear;
    syn.giveUpAfter = std::chrono::seconds(75);
    syn.longest = std::chrono::seconds(64);
    syn.slop = slop;
    return syn;
}

/// A random start whose first look is one port further; see StartBehindFirst().
inline PolicySpec
BsdRandomStart(std::uint32_t bits = 32)
{
    PolicySpec spec;
    spec.algorithm = Algorithm::SimpleRandom;
    spec.start = RandomStart::BehindFirst;
    spec.randomBits = bits;
    return spec;
}

/// What all rows share. `code` is where the system's sockets are written.
inline OsProfile
AnyBsd(const std::string& code)
{
    OsProfile row{};
    row.reserved = Documented(PortList{}, code + ": none");
    row.timeWaitGrid =
        Chosen(Duration{0}, "timers of a second or less; no source measures when they fire");
    row.reuse = Documented(TimeWaitReuse::Never, code + ": the old connection stays in its table");
    row.reuseDelay = Documented(Duration{0}, code + ": no reuse, so no delay");
    row.reuseClock = Documented(Duration{0}, code + ": no reuse, so no clock");
    row.maxTimeWait = Documented(std::optional<std::uint32_t>{}, code + ": no limit of its own");
    row.maxOrphans = Documented(std::optional<std::uint32_t>{}, code + ": no limit");
    row.probeCost = Chosen(ProbeCost{}, "not measured");
    row.bind = Documented(std::optional<PolicySpec>{}, code + ": connect() chooses so as well");
    row.noPort = Documented(BsdNotAvailable(), code);
    row.udpNoPort = Documented(BsdNotAvailable(), code + ": as TCP");
    row.collision = Documented(BsdInUse(), code + ": a connection with these two ends exists");
    row.inUse = Documented(BsdInUse(), code + ": the port that a program chose is in use");
    return row;
}

} // namespace portlab

#endif // PORTLAB_BSD_FACTS_H
