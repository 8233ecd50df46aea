// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_PORT_TEST_SUPPORT_H
#define PORTLAB_PORT_TEST_SUPPORT_H

#include "model/core/port/port-ledger.h"
#include "test/core/naive-policies.h"
#include "test/core/naive-systems.h"

#include <chrono>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

namespace portlab
{

/// For failing tests.
inline std::ostream&
operator<<(std::ostream& out, const Pick& pick)
{
    return out << (pick.port ? "port " + std::to_string(*pick.port) : "no port") << " after "
               << pick.probes << " probes";
}

inline bool
operator==(const Pick& a, const Pick& b)
{
    return a.port == b.port && a.probes == b.probes;
}

inline bool
operator==(const Census& a, const Census& b)
{
    return a.held == b.held && a.waiting == b.waiting && a.reserved == b.reserved &&
           a.free == b.free && a.blocked == b.blocked && a.outside == b.outside;
}

inline std::ostream&
operator<<(std::ostream& out, const Census& census)
{
    return out << census.held << " held, " << census.waiting << " waiting, " << census.reserved
               << " reserved, " << census.free << " free, " << census.blocked << " blocked, "
               << census.outside << " outside";
}

} // namespace portlab

namespace portlab::test
{

// Documentation addresses (RFC 5737): 192.0.2.1 is here, 198.51.100.7 and 203.0.113.5 are peers.
constexpr Address HERE = 0xc0000201u;
constexpr Address THERE = 0xc6336407u;
constexpr Address YONDER = 0xcb007105u;

constexpr Flow SHOP{HERE, THERE, 443};
constexpr Flow BANK{HERE, YONDER, 443};
constexpr Flow POST{HERE, YONDER, 25};

/// Sizes around everything that could matter: parity, words of 64, summaries of 4,096, powers of 2.
inline const std::vector<std::uint32_t> RANGE_SIZES{
    1,   2,   3,   9,    16,   17,   63,   64,   65,   99,    100,
    127, 128, 129, 1000, 4095, 4096, 4097, 8191, 8193, 28232, 65535,
};

/// One policy by name, and its twin.
struct PolicyCase
{
    std::string name;
    PolicySpec spec;
    std::function<std::unique_ptr<NaivePolicy>(const PortRange&, StreamKey)> makeNaive;
};

inline PolicySpec
SpecOf(LinuxEra era)
{
    PolicySpec spec;
    spec.algorithm = Algorithm::LinuxConnect;
    spec.parity = era == LinuxEra::V2x6   ? Parity::Ignored
                  : era == LinuxEra::V4x2 ? Parity::EvenStart
                                          : Parity::TwoPasses;
    spec.cells = era == LinuxEra::V5x12 ? 256 : era == LinuxEra::V5x18 ? 65536 : 1;
    spec.randomSteps = era == LinuxEra::V5x18 ? 8 : 0;
    spec.noise = era == LinuxEra::V5x12 ? 16 : 0;
    spec.rekeyEvery = std::chrono::seconds(era == LinuxEra::V5x18 ? 10 : 0);
    return spec;
}

inline PolicySpec
SpecOf(Algorithm algorithm)
{
    PolicySpec spec;
    spec.algorithm = algorithm;
    spec.cells = algorithm == Algorithm::DoubleHash ? 10 : 1;
    return spec;
}

inline PolicyCase
CaseOf(const std::string& name, LinuxEra era)
{
    return {name, SpecOf(era), [era](const PortRange&, StreamKey secret) {
                return std::make_unique<NaiveLinux>(era, secret);
            }};
}

inline PolicySpec
FromZero(Algorithm algorithm)
{
    PolicySpec spec = SpecOf(algorithm);
    spec.firstPick = Port{0};
    return spec;
}

inline PolicySpec
Starting(RandomStart start, std::uint32_t bits)
{
    PolicySpec spec = SpecOf(Algorithm::SimpleRandom);
    spec.start = start;
    spec.randomBits = bits;
    return spec;
}

/// Every policy whose picks follow exactly from what is hidden.
inline std::vector<PolicyCase>
ExactPolicies()
{
    return {
        CaseOf("linux-2.6", LinuxEra::V2x6),
        CaseOf("linux-4.2", LinuxEra::V4x2),
        CaseOf("linux-4.6", LinuxEra::V4x6),
        CaseOf("linux-5.12", LinuxEra::V5x12),
        CaseOf("linux-5.18", LinuxEra::V5x18),
        {"rising-cursor",
         SpecOf(Algorithm::RisingCursor),
         [](const PortRange& range, StreamKey secret) {
             Random draw(secret.With("cursor"));
             return std::make_unique<NaiveCursor>(range.At(draw.Below(range.Count())));
         }},
        {"rfc6056-1",
         SpecOf(Algorithm::SimpleRandom),
         [](const PortRange&, StreamKey) { return std::make_unique<NaiveRandomStart>(); }},
        {"rfc6056-3",
         SpecOf(Algorithm::SimpleHash),
         [](const PortRange&, StreamKey secret) { return std::make_unique<NaiveHash>(1, secret); }},
        {"rfc6056-4",
         SpecOf(Algorithm::DoubleHash),
         [](const PortRange&, StreamKey secret) {
             return std::make_unique<NaiveHash>(10, secret);
         }},
        {"rfc6056-5",
         SpecOf(Algorithm::RandomIncrement),
         [](const PortRange&, StreamKey secret) {
             return std::make_unique<NaiveIncrement>(500, secret);
         }},
        {"falling-cursor",
         FromZero(Algorithm::FallingCursor),
         [](const PortRange&, StreamKey) { return std::make_unique<NaiveFalling>(); }},
        {"bsd-start",
         Starting(RandomStart::BehindFirst, 32),
         [](const PortRange&, StreamKey) { return std::make_unique<NaiveBsdStart>(32); }},
        {"bsd-start-of-16-bits",
         Starting(RandomStart::BehindFirst, 16),
         [](const PortRange&, StreamKey) { return std::make_unique<NaiveBsdStart>(16); }},
        {"folded-start",
         Starting(RandomStart::Folded, 16),
         [](const PortRange&, StreamKey) { return std::make_unique<NaiveFolded>(); }},
    };
}

/// The rule by which TCP and UDP of a machine have something in common.
inline PolicyCase
GatedPolicy()
{
    PolicySpec spec;
    spec.algorithm = Algorithm::RateGated;
    spec.gateRate = 10;
    spec.gateSeconds = 3;
    return {"rate-gated", spec, [](const PortRange&, StreamKey secret) {
                return std::make_unique<NaiveGated>(10, 3, secret);
            }};
}

/// A system that hands out the lowest port next, around and around, and shares a port between
/// peers; TIME_WAIT is 60 s. Tests change what they are about.
inline OsProfile
InOrder(Port first, Port last)
{
    OsProfile profile{};
    profile.ports = {PortRange(first, last)};
    profile.tcp.value.algorithm = Algorithm::RisingCursor;
    profile.tcp.value.firstPick = first;
    profile.udp = profile.tcp;
    profile.uniqueness = {Uniqueness::Destination};
    profile.timeWait = {std::chrono::seconds(60)};
    profile.reuse = {TimeWaitReuse::Never};
    return profile;
}

/// One host by itself, spoken to in the words of an application.
class LoneHost
{
  public:
    explicit LoneHost(const OsProfile& profile,
                      StreamKey secret = StreamKey(1, 1),
                      bool binds = false)
        : m_host(m_ledger.AddHost(m_ledger.AddKernel(profile, secret),
                                  std::make_shared<const PortRules>(profile),
                                  binds)),
          m_random(secret.With("draws"))
    {
    }

    Grant Ask(const Flow& flow, Instant now, Transport transport = Transport::Tcp)
    {
        return m_ledger.Ask(Path(flow, transport), now, m_random);
    }

    void Close(const Flow& flow, Port port, Instant now, Transport transport = Transport::Tcp)
    {
        m_ledger.Wait(Path(flow, transport), port, now);
    }

    void Release(const Flow& flow, Port port, Instant now, Transport transport = Transport::Tcp)
    {
        m_ledger.Release(Path(flow, transport), port, now);
    }

    PortLedger::PathId Path(const Flow& flow, Transport transport = Transport::Tcp)
    {
        return m_ledger.OpenPath(m_host, transport, flow);
    }

    Census Count(const Flow& flow, Instant now)
    {
        m_ledger.CatchUp(m_host, now);
        return m_ledger.CountPorts(Path(flow));
    }

    /// Brings the host to `now` first, so that areas and counts are those of that moment.
    const Gauge& Held(Instant now)
    {
        m_ledger.CatchUp(m_host, now);
        return m_ledger.Held(m_host);
    }

    const Gauge& Waiting(Instant now)
    {
        m_ledger.CatchUp(m_host, now);
        return m_ledger.Waiting(m_host);
    }

    Instant NextReturn() const
    {
        return m_ledger.NextReturn(m_host);
    }

    PortLedger& Ledger()
    {
        return m_ledger;
    }

    PortLedger::HostId Id() const
    {
        return m_host;
    }

  private:
    PortLedger m_ledger;
    PortLedger::HostId m_host;
    Random m_random;
};

} // namespace portlab::test

#endif // PORTLAB_PORT_TEST_SUPPORT_H
