// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_PORT_LEDGER_H
#define PORTLAB_PORT_LEDGER_H

#include "model/core/base/gauge.h"
#include "model/core/port/bind-table.h"
#include "model/core/port/path-table.h"
#include "model/core/port/port-policy.h"
#include "model/core/port/port-rules.h"
#include "model/core/port/socket-options.h"
#include "model/core/port/waiting-line.h"

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <tsl/robin_map.h>
#include <vector>

namespace portlab
{

/// Why a request got no port.
enum class Refusal : std::uint8_t
{
    NoFreePort,        ///< Every port is taken, or the one that the program chose.
    TimeWaitCollision, ///< Ports are left, but all are in TIME_WAIT towards this very peer; or the
                       ///< one that the program chose is used by TIME_WAIT alone.
};

/// The answer to one request, and what the search cost.
struct Grant
{
    std::optional<Port> port;             ///< Empty when it was refused.
    Refusal refusal{Refusal::NoFreePort}; ///< Why, if it was.
    std::uint32_t probes{0};              ///< Candidates that the real system would have examined.
    bool byBind{false};                   ///< bind() answered so, and not connect().
};

/// How many ports are in which class, as one path sees them. Every port of the range is in exactly
/// one: held + waiting + reserved + blocked + free == range size.
struct Census
{
    std::uint32_t held{0};    ///< Towards the same destination, as the system tells them apart.
    std::uint32_t waiting{0}; ///< In TIME_WAIT and not held; some may be taken early.
    std::uint32_t reserved{0};
    std::uint32_t free{0};
    std::uint32_t blocked{0}; ///< Used by sockets that block this path all the same, by bind().
    std::uint32_t outside{0}; ///< Held or waiting, but not of the range: counted apart.
};

/// Who holds which port: hosts, the kernels they run on, and the paths along which they talk. The
/// policy proposes, the ledger disposes.
///
/// Two connections may share a local port if the system's uniqueness rule tells them apart; those
/// that it does not tell apart share a *scope*. TIME_WAIT ends lazily: a host catches up whenever
/// it is spoken to, and its gauges record the true moments.
///
/// Times given to one host must not decrease.
class PortLedger
{
  public:
    using KernelId = std::uint32_t;
    using HostId = std::uint32_t;
    using PathId = std::uint32_t;

    /// A machine; what its hosts share is drawn from `secret`.
    KernelId AddKernel(const OsProfile& profile, StreamKey secret);

    /// A machine's network namespace: a host, or a container. If `binds`, its programs may call
    /// bind(), and more is remembered of every port.
    HostId AddHost(KernelId kernel, std::shared_ptr<const PortRules> rules, bool binds = false);

    /// The path of a flow through sockets of one kind, made at its first mention.
    PathId OpenPath(HostId host,
                    Transport transport,
                    const Flow& flow,
                    const SocketOptions& options = {});

    /// connect(), and bind() before it if that is the path's manner: asks for a port and holds it.
    Grant Ask(PathId path, Instant now, Random& random);

    /// The holder closed first: the port goes to TIME_WAIT, which UDP does not have. False if it is
    /// free at once: UDP, or the host has as many entries as it may.
    bool Wait(PathId path, Port port, Instant now);

    /// When a TIME_WAIT of the path that begins at `since` is over, if nothing ends it early.
    Instant EndOfWait(PathId path, Instant since) const;

    /// The port is free at once: the peer closed first, or the connection was reset or refused.
    void Release(PathId path, Port port, Instant now);

    /// Ends every TIME_WAIT of the host that is over by `now`.
    void CatchUp(HostId host, Instant now)
    {
        if (m_hosts[host].line.NextEnd() <= now || m_hosts[host].isIntricate)
        {
            EndWaits(m_hosts[host], now);
        }
    }

    const Gauge& Held(HostId host) const
    {
        return m_hosts[host].held;
    }

    const Gauge& Waiting(HostId host) const
    {
        return m_hosts[host].waiting;
    }

    /// For the end of a warm-up.
    void ResetPeaks(HostId host);

    /// A time-wait entry that waits in FIN_WAIT2: it counts towards the host's most entries, while
    /// its port stays held. False, and counted as an overflow, when there is no room for it.
    bool EnterFinWait2(HostId host);
    void LeaveFinWait2(HostId host);

    /// How long the host's machine had been up at the start.
    Duration Boot(HostId host) const
    {
        return m_kernels[m_hosts[host].kernel].boot;
    }

    const PortRules& Rules(HostId host) const
    {
        return *m_hosts[host].rules;
    }

    /// The ports from which a path's are chosen.
    const PortPool& Pool(PathId path) const
    {
        return *m_paths[path].pool;
    }

    HostId HostOf(PathId path) const
    {
        return m_paths[path].host;
    }

    /// Whom the path leads to.
    const Flow& FlowOf(PathId path) const
    {
        return m_paths[path].flow;
    }

    /// Ports held or waiting towards the path's own destination.
    std::uint32_t UsedBy(PathId path) const
    {
        return m_paths[path].used;
    }

    /// Ports that this path may have when nobody uses any.
    std::uint32_t Usable(PathId path) const
    {
        return m_paths[path].usable;
    }

    /// Whether its programs choose the port themselves: there is but one.
    bool HasFixedPort(PathId path) const
    {
        return m_paths[path].options.manner == PortManner::Fixed;
    }

    /// How many of these it may not have now, whoever uses them.
    std::uint32_t TakenFrom(PathId path) const
    {
        return m_paths[path].isPlain ? m_scopes[m_paths[path].scope].taken.Count()
                                     : TakenFromBound(m_paths[path]);
    }

    /// The classes of the path's scope, after the host has caught up.
    Census CountPorts(PathId path) const;

    /// When the next port of this host comes back from TIME_WAIT; NEVER if none waits.
    Instant NextReturn(HostId host) const
    {
        return NextEnd(m_hosts[host]);
    }

    /// TIME_WAIT entries that were never made, because the host had `maxTimeWait` of them.
    std::uint64_t Overflows(HostId host) const
    {
        return m_hosts[host].overflows;
    }

    /// TIME_WAIT entries that ended before their time to make room for younger ones.
    std::uint64_t EndedEarly(HostId host) const
    {
        return m_hosts[host].endedEarly;
    }

    /// Bytes that grow with paths, ports in use and TIME_WAIT entries.
    std::size_t MemoryBytes() const;

  private:
    static constexpr std::uint32_t NONE = ~std::uint32_t{0};

    struct Kernel
    {
        MachinePolicies policies;
        /// IPv6's, where they have a state of their own.
        std::unique_ptr<MachinePolicies> ipv6;
        Duration boot;
    };

    struct Host
    {
        KernelId kernel;
        std::shared_ptr<const PortRules> rules;
        WaitingLine line;
        Gauge held{};
        Gauge waiting{};
        std::size_t matured{
            0};               ///< So many at the front of the line have been looked at by Mature().
        std::size_t stale{0}; ///< So many of the line were taken early, and count no more.
        std::uint64_t overflows{0};
        std::uint64_t endedEarly{0};
        std::uint32_t tcpSockets{0}; ///< Held and waiting, where these are limited.
        std::uint32_t finWait2{0};   ///< Time-wait entries that wait in FIN_WAIT2.
        std::uint32_t binds{NONE};   ///< Its bind tables, TCP's and then UDP's, in m_binds.
        /// The lines towards its network and towards itself, in m_nearLines, where TIME_WAIT lasts
        /// differently there.
        std::uint32_t nearLines{NONE};
        bool takesEarly{false};  ///< A path of it may take a waiting port early.
        bool isIntricate{false}; ///< It does, or it has several lines.
    };

    struct Scope
    {
        PortSet taken; ///< Held or waiting, but for those that may be taken early.
        std::uint32_t held{0};
        std::uint32_t matured{0}; ///< Waiting, and may be taken early.
        std::uint32_t owned{0};   ///< Of the taken ones, those that came by bind().
        std::uint32_t outside{0}; ///< Held or waiting, and not of the range.
        /// Where ports in TIME_WAIT serve other peers: the ports that are held, in m_sets; else
        /// NONE.
        std::uint32_t live{NONE};
    };

    /// When a port that waits for its last connection may be given to the next one.
    enum class Early : std::uint8_t
    {
        Never,
        AtOnce,     ///< To a socket that was bound to the very port.
        AfterDelay, ///< To any connect(), after the rules' delay.
    };

    struct Path
    {
        std::uint32_t scope{0};
        HostId host{0};
        std::uint32_t used{0};
        /// Where ports are reused for other peers: those in TIME_WAIT towards this one, in m_sets.
        std::uint32_t waiting{NONE};
        std::uint32_t usable{0};
        const PortPool* pool{nullptr}; ///< Of the host's rules.
        Transport transport{Transport::Tcp};
        Early early{Early::Never};
        bool isPlain{true}; ///< Nothing of what follows concerns it but the flow and the memo.
        Flow flow{};
        FlowMemo memo{};
        SocketOptions options{};
    };

    static std::uint64_t Key(std::uint32_t scope, Port port)
    {
        return std::uint64_t{scope} << 16 | port;
    }

    /// Scopes and ports are consecutive numbers, which would crowd a few stretches of a table.
    struct HashKey
    {
        std::size_t operator()(std::uint64_t key) const
        {
            return static_cast<std::size_t>(Mix(key));
        }
    };

    std::uint32_t AddSet(const PortRange& range);
    std::uint32_t OpenScope(HostId host, const Path& path);
    void OpenLines(Host& host);
    std::uint32_t UsableBy(const Path& path) const;
    static Early EarlyReuse(const Host& host, Transport transport, const SocketOptions& options);
    PortPolicy& PolicyOf(const Path& path);
    Grant AskByConnect(const Path& path, const PortAsk& ask);
    Grant AskByBind(const Path& path, PortAsk ask);
    Grant AskForFixedPort(const Path& path) const;
    bool HasRoomForSocket(Host& host, const Path& path, Instant now);
    FreePorts OpenToConnect(const Path& path) const;
    FreePorts OpenToBind(const Path& path, Sharing sharing) const;
    Pick SearchByBind(const Path& path, const PortAsk& ask, Sharing sharing);

    /// Whether the port is chosen without regard to the destination. UDP's connect() binds as well,
    /// to any address, but that only shows where others bind to one.
    bool BindsFirst(const Path& path) const
    {
        return !path.isPlain && m_hosts[path.host].binds != NONE &&
               (path.options.manner != PortManner::Connect || path.transport == Transport::Udp);
    }

    bool IsTupleTaken(const Path& path, Port port) const;
    bool IsPeerMet(const Path& path, Port port) const;

    bool IsOutside(const Path& path, Port port) const
    {
        return !path.isPlain && path.options.manner == PortManner::Fixed &&
               !path.pool->range.Contains(port);
    }

    std::uint32_t TakenFromBound(const Path& path) const;
    std::uint32_t OwnedByOthers(const Path& path) const;

    /// Null where nobody binds.
    BindTable* BindsOf(const Path& path)
    {
        return path.isPlain ? nullptr : FindBinds(path);
    }

    BindTable* FindBinds(const Path& path);
    const BindTable* BindsOf(const Path& path) const;
    static BoundSocket SocketOf(const Path& path, Port port);
    static BoundSocket WishOf(const Path& path);

    /// Whether the sockets on a port are counted: several may have it, or the sets have no place
    /// for it.
    bool IsCounted(const Path& path, Port port) const
    {
        return !path.isPlain && (path.transport == Transport::Udp || IsOutside(path, port));
    }

    void Take(const Path& path, Port port);
    bool LeaveBound(const Path& path, Port port);
    Grant AskOtherPeers(const Path& path, const Grant& firstTry, const PortAsk& ask);
    void Hold(PathId id, Port port, Instant now);
    void TakeAlone(std::uint32_t scope, Port port);
    void LetGo(const Path& path, Port port);
    void TakeEarly(Host& host, std::uint32_t scopeId, Port port, Instant now);
    WaitingLine& LineOf(Host& host, PeerPlace place);
    WaitingLine& FirstToEnd(Host& host);
    Instant NextEnd(const Host& host) const;
    bool HasRoomForWait(Host& host, Instant now);
    static std::uint32_t CountedWaits(const Host& host);
    void EndWaits(Host& host, Instant now);
    void EndFront(Host& host, WaitingLine& line, Instant when);
    void EndOldest(Host& host, Instant now);
    void Mature(Host& host, Instant now);
    void EndWait(Path& path, Port port, bool isOpen);
    void FreePort(std::uint32_t scopeId, Port port);
    WaitingTime Maturity(const Host& host) const;
    bool IsStale(const Host& host, std::size_t place) const;
    void DropStale(Host& host);
    void Compact(Host& host);

    std::vector<Kernel> m_kernels;
    std::vector<Host> m_hosts;
    std::vector<Scope> m_scopes;
    std::vector<Path> m_paths;
    std::vector<PortSet> m_sets;
    std::deque<BindTable> m_binds;
    std::deque<std::array<WaitingLine, 2>> m_nearLines;
    PathTable m_pathTable;  ///< Path of a flow.
    PathTable m_scopeTable; ///< Scope of what a system tells apart.
    /// Of hosts that may take ports early: scope and port to the entry's number in the line.
    tsl::robin_map<std::uint64_t, std::uint32_t, HashKey> m_waitNumbers;
    /// Of hosts that reuse ports for other peers: scope and port to the number of TIME_WAIT
    /// entries, for ports that were handed out a second time.
    tsl::robin_map<std::uint64_t, std::uint32_t, HashKey> m_crowded;
    /// Of hosts that bind: scope and port to the number of sockets, for ports outside the range and
    /// for UDP, where several sockets may share a port.
    tsl::robin_map<std::uint64_t, std::uint32_t, HashKey> m_counted;
};

} // namespace portlab

#endif // PORTLAB_PORT_LEDGER_H
