// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_OS_PROFILE_H
#define PORTLAB_OS_PROFILE_H

#include "model/core/base/time.h"
#include "model/core/port/port-range.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace portlab
{

/// How sure we are of a number.
enum class Evidence
{
    Measured,   ///< Seen on the real system, by us or by someone who published the measurement.
    Documented, ///< Written by the vendor, or read in the system's source.
    Uncertain,  ///< Sources disagree or are silent: studies should sweep it.
    Chosen,     ///< A choice and no claim: the scenario's, or the row's where no fact exists.
};

/// A value together with the reason to believe it.
template <typename T>
struct Fact
{
    T value{};
    Evidence evidence{Evidence::Chosen};
    std::string source{};    ///< Where it was read or measured.
    std::optional<T> low{};  ///< For uncertain values: the least that is plausible ...
    std::optional<T> high{}; ///< ... and the most.
};

/// The rule by which a system orders the candidates for an automatic port.
enum class Algorithm
{
    LinuxConnect,    ///< Keyed offset plus a feedback table; see LinuxConnectPolicy.
    LinuxBind,       ///< Random start, the parity that connect() takes last; see LinuxBindPolicy.
    LinuxUdp,        ///< Random start, then along the slots of a table; see LinuxUdpPolicy.
    RisingCursor,    ///< One cursor, upward, shared by all destinations.
    FallingCursor,   ///< One cursor, downward; see FallingCursorPolicy (NetBSD).
    RateGated,       ///< Random while picks are rare, else a cursor; see RateGatedPolicy (FreeBSD).
    SimpleRandom,    ///< RFC 6056 algorithm 1: random start, then upward.
    RandomRetry,     ///< RFC 6056 algorithm 2: a fresh random port each time.
    SimpleHash,      ///< RFC 6056 algorithm 3: keyed offset per destination, one counter.
    DoubleHash,      ///< RFC 6056 algorithm 4: keyed offset per destination, a table of counters.
    RandomIncrement, ///< RFC 6056 algorithm 5: one counter, random steps.
};

/// How Linux treats the parity of a port.
enum class Parity
{
    Ignored,   ///< Before 4.2: every port in turn.
    EvenStart, ///< 4.2 to 4.5: starts on the parity of the lowest port, then every port in turn.
    TwoPasses, ///< 4.6 and later: all ports of the lowest port's parity before all others.
};

/// Where a search begins that begins at random.
enum class RandomStart
{
    Anywhere,    ///< Each port of the range as likely as another.
    BehindFirst, ///< BSD: drawn from all ports but the last, and one is added before the first
                 ///< look.
    Folded,      ///< illumos: 16 bits as they come if they are in the range, else folded onto it.
};

/// One algorithm with its parameters; those that an algorithm does not have keep their defaults.
struct PolicySpec
{
    Algorithm algorithm{Algorithm::SimpleRandom};
    Parity parity{Parity::Ignored}; ///< LinuxConnect.
    std::uint32_t cells{1};         ///< LinuxConnect, DoubleHash: cells of the feedback table.
    /// LinuxConnect, TwoPasses: a success that walked over i ports moves its cell by
    /// max(i, 2 * uniform{0 .. randomSteps-1}) + 2; with 0, the rule before 5.18, by i + 2.
    std::uint32_t randomSteps{0};
    /// LinuxConnect, without randomSteps: one success in so many that met a free port at once moves
    /// its cell by 2 more; 0: none.
    std::uint32_t noise{0};
    Duration rekeyEvery{0};     ///< LinuxConnect: the offsets' key changes this often; 0: never.
    std::uint32_t stepWidth{0}; ///< LinuxConnect: ip_local_port_step_width; 0: off.
    /// LinuxConnect: sockets with a range of their own (IP_LOCAL_PORT_RANGE) take every port in
    /// turn, in one pass.
    bool plainSocketRange{false};
    std::uint32_t slots{0};       ///< LinuxUdp: slots of the hash table, a power of 2.
    std::uint32_t increment{500}; ///< RandomIncrement: the RFC's N, the greatest step.
    /// Cursors: the first port handed out after boot, or the end of the range where the cursor
    /// begins if this is none of its ports; empty: anywhere in the range.
    std::optional<Port> firstPick{};
    RandomStart start{RandomStart::Anywhere}; ///< SimpleRandom.
    /// SimpleRandom, RateGated: bits of the number from which the start is drawn; with few of them
    /// some ports are a little likelier than others.
    std::uint32_t randomBits{32};
    /// RateGated: more picks than this within a second, and ports follow each other ...
    std::uint32_t gateRate{0};
    std::uint32_t gateSeconds{0}; ///< ... until so many seconds have passed with fewer.
    bool ignoresGate{false};      ///< RateGated: counts its picks, and stays random (UDP).
};

/// What must differ between two sockets for them to share a local port.
enum class Uniqueness
{
    LocalPort,           ///< Nothing may be shared: one socket per port and protocol.
    LocalAddressAndPort, ///< The local address.
    RemoteEnd,           ///< Remote address or remote port, whatever the local address (illumos).
    Destination,         ///< The 4-tuple: local address, remote address or remote port.
};

/// What sockets of IPv4 and of IPv6 share on one system.
enum class IpVersions
{
    OneSpace, ///< A port that one has is taken for the other, if nothing else tells them apart.
    SeparatePorts,  ///< Each version has all ports for itself; cursors are common (macOS).
    SeparateStates, ///< Cursors are separate as well (NetBSD).
};

/// What happens to a new TIME_WAIT when there are as many as may be.
enum class WhenFull
{
    NotMade,    ///< Its connection is gone at once (Linux).
    OldestEnds, ///< The oldest makes room (FreeBSD, lwIP).
};

/// When connect() may take a port whose former connection is in TIME_WAIT.
enum class TimeWaitReuse
{
    Never,
    AfterDelay,           ///< Once the entry is older than `reuseDelay` (Linux, tcp_tw_reuse = 1).
    AfterDelayOnLoopback, ///< The same, but to loopback addresses only (Linux, 2).
    OtherPeersWhenExhausted, ///< When nothing clean is left, for another remote endpoint (Windows).
};

/// What a system in TIME_WAIT does with a new SYN for the same 4-tuple.
enum class SynInTimeWait
{
    Accept, ///< A new connection opens at once (RFC 1122 4.2.2.13, RFC 6191).
    Ignore, ///< The SYN is dropped until TIME_WAIT has ended.
};

/// How a system repeats a SYN that nobody answers.
struct SynSchedule
{
    Duration firstTimeout{std::chrono::seconds(1)}; ///< Time until the first repetition.
    std::uint32_t linear{
        0}; ///< So many further timeouts are as long as the first; then they double.
    std::uint32_t retries{6}; ///< Repetitions, apart from the linear ones.
    /// Linux also gives up at the first expiry that is as late as retries without linear ones
    /// would have been: 2^(retries+1)-1 times the first timeout.
    bool boundedByElapsed{false};
    Duration giveUpAfter{0}; ///< Gives up at this age if not before (Windows); 0: no such limit.
    Duration longest{0};     ///< No wait is longer than this; 0: no such limit.
    Duration slop{0};        ///< Every timeout but the first is longer by this (FreeBSD).
};

/// The name and number of an error, as the system's own programs print it.
struct ErrorCode
{
    std::string name;
    int number{0};
};

/// What a system keeps when its program has closed a connection and the peer does not.
struct OrphanRule
{
    /// FIN_WAIT2: how long it waits for the peer's FIN; 0: for ever. Linux's tcp_fin_timeout, whose
    /// real effect differs above 60 s; see FinWait2Stages.
    Duration finTimeout{std::chrono::seconds(60)};
    std::uint32_t retries{8}; ///< Repetitions of a FIN that nobody answers.
};

/// What one candidate costs a search, on the machine where it was measured; 0: not known.
struct ProbeCost
{
    Duration connect{0};
    Duration bind{0};
};

/// What Linux alone has: settings that the fields common to all systems cannot tell apart.
struct LinuxSettings
{
    std::uint32_t release{0};    ///< 1000 * major + minor (6018 is 6.18): which settings exist.
    Fact<std::uint32_t> twReuse; ///< net.ipv4.tcp_tw_reuse as written: 0, 1, or 2 (loopback only).
    Fact<std::uint32_t> hz;      ///< Timer ticks a second, CONFIG_HZ; decides timeWaitGrid.
    Fact<bool> rfc1337{};        ///< tcp_rfc1337: a reset does not end TIME_WAIT.
    Fact<bool> autobindReuse{};  ///< ip_autobind_reuse: bind(0) may share when all is taken.
};

/// Everything the model needs to know about one system: a row of the catalogue.
struct OsProfile
{
    std::string name; ///< As in `os = "linux-6.18"`.
    /// "linux", "windows", "macos", ...: decides which own knobs exist; see Families() in knobs.cc.
    std::string family;
    std::string title; ///< One line for people.

    Fact<PortRange> ports{PortRange(0, 65535)}; ///< Says nothing until a row fills it.
    Fact<PortList> reserved;
    /// UDP's, where they are others; empty: the same.
    Fact<std::optional<PortRange>> udpPorts{{}, Evidence::Documented, "UDP's are those of TCP"};
    /// Windows: where connect() takes its TCP ports, 4-tuple by 4-tuple; the rest of `ports` is
    /// left to bind(). Empty: no such range.
    Fact<std::optional<PortRange>> autoReuse{{}, Evidence::Documented, "only Windows has one"};
    Fact<PolicySpec> tcp;
    Fact<PolicySpec> udp;
    /// bind() to port 0, TCP; empty: by the rule and the state of connect().
    Fact<std::optional<PolicySpec>> bind;
    Fact<Uniqueness> uniqueness; ///< For connect() without bind(). UDP ports are never shared.
    Fact<IpVersions> ipVersions;

    Fact<Duration> timeWait;
    /// TIME_WAIT towards peers on the same network and on the machine itself, where it is another.
    Fact<std::optional<Duration>> timeWaitNear{{}, Evidence::Documented, "only NetBSD tells"};
    Fact<std::optional<Duration>> timeWaitOwn{{},
                                              Evidence::Documented,
                                              "only FreeBSD and NetBSD tell"};
    Fact<Duration> timeWaitGrid; ///< TIME_WAIT ends at the next multiple of this; 0: on the spot.
    Fact<TimeWaitReuse> reuse;
    Fact<Duration> reuseDelay;
    /// The clock by which that age is told: reuse begins at its first tick after the delay.
    Fact<Duration> reuseClock;
    Fact<bool> timestamps; ///< TCP timestamps (RFC 7323), without which reuse is not allowed.
    Fact<std::optional<std::uint32_t>> maxTimeWait; ///< More entries than this are not kept.
    Fact<WhenFull> whenFull{WhenFull::NotMade, Evidence::Documented, "Linux's rule"};
    /// TCP sockets in all, those in TIME_WAIT included; a new one ends the oldest TIME_WAIT (lwIP).
    Fact<std::optional<std::uint32_t>> maxSockets{{}, Evidence::Documented, "only lwIP counts"};
    /// bind() to a chosen port succeeds if TIME_WAIT alone uses it; connect() may then fail
    /// (Windows).
    Fact<bool> bindsOverTimeWait{false, Evidence::Documented, "only Windows does"};
    Fact<SynInTimeWait> synInTimeWait;
    Fact<SynSchedule> syn;
    Fact<OrphanRule> orphans;
    Fact<std::optional<std::uint32_t>> maxOrphans; ///< More orphans than this are reset at once.
    Fact<ProbeCost> probeCost;

    Fact<ErrorCode> noPort; ///< What connect() reports when no port is free.
    /// The same over IPv6, TCP and UDP, where it is another.
    Fact<std::optional<ErrorCode>> noPortIpv6{{}, Evidence::Documented, "as over IPv4"};
    Fact<ErrorCode> udpNoPort; ///< The same for UDP.
    Fact<ErrorCode> collision; ///< When the only ports left are in TIME_WAIT towards this peer.
    Fact<ErrorCode> inUse;     ///< What bind() reports: no port is free, or not the one asked for.

    std::optional<LinuxSettings> linuxSettings{}; ///< Every Linux row has them, and no other.
};

} // namespace portlab

#endif // PORTLAB_OS_PROFILE_H
