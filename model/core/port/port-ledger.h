// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_PORT_LEDGER_H
#define PORTLAB_PORT_LEDGER_H

#include "model/core/base/gauge.h"
#include "model/core/port/path-table.h"
#include "model/core/port/port-policy.h"
#include "model/core/port/port-rules.h"
#include "model/core/port/waiting-line.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <tsl/robin_map.h>
#include <vector>

namespace portlab
{

/// Why a request got no port.
enum class Refusal : std::uint8_t
{
    NoFreePort,        ///< Every port is taken.
    TimeWaitCollision, ///< Ports are left, but all are in TIME_WAIT towards this very peer.
};

/// The answer to one request, and what the search cost.
struct Grant
{
    std::optional<Port> port;             ///< Empty when it was refused.
    Refusal refusal{Refusal::NoFreePort}; ///< Why, if it was.
    std::uint32_t probes{0};              ///< Candidates that the real system would have examined.
};

/// How many ports of one scope are in which class. Every port of the range is in exactly one:
/// held + waiting + reserved + free == range size.
struct Census
{
    std::uint32_t held{0};
    std::uint32_t waiting{0}; ///< In TIME_WAIT and not held; some may be taken early.
    std::uint32_t reserved{0};
    std::uint32_t free{0};
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

    /// A machine's network namespace: a host, or a container.
    HostId AddHost(KernelId kernel, std::shared_ptr<const PortRules> rules);

    /// The path of a flow, made at its first mention.
    PathId OpenPath(HostId host, Transport transport, const Flow& flow);

    /// connect(): asks for a port and holds it.
    Grant Ask(PathId path, Instant now, Random& random);

    /// The holder closed first: the port goes to TIME_WAIT, which UDP does not have.
    void Wait(PathId path, Port port, Instant now);

    /// The port is free at once: the peer closed first, or the connection was reset or refused.
    void Release(PathId path, Port port, Instant now);

    /// Ends every TIME_WAIT of the host that is over by `now`.
    void CatchUp(HostId host, Instant now)
    {
        if (m_hosts[host].line.NextEnd() <= now || m_hosts[host].takesEarly)
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

    const PortRules& Rules(HostId host) const
    {
        return *m_hosts[host].rules;
    }

    HostId HostOf(PathId path) const
    {
        return m_paths[path].host;
    }

    /// Ports held or waiting towards the path's own destination.
    std::uint32_t UsedBy(PathId path) const
    {
        return m_paths[path].used;
    }

    /// Ports that this path may not have now, whoever uses them, reserved ones apart.
    std::uint32_t TakenFrom(PathId path) const
    {
        return m_scopes[m_paths[path].scope].taken.Count();
    }

    /// The classes of the path's scope, after the host has caught up.
    Census CountPorts(PathId path) const;

    /// When the next port of this host comes back from TIME_WAIT; NEVER if none waits.
    Instant NextReturn(HostId host) const
    {
        return m_hosts[host].line.NextEnd();
    }

    /// TIME_WAIT entries that were never made, because the host had `maxTimeWait` of them.
    std::uint64_t Overflows(HostId host) const
    {
        return m_hosts[host].overflows;
    }

    /// Bytes that grow with paths, ports in use and TIME_WAIT entries.
    std::size_t MemoryBytes() const;

  private:
    static constexpr std::uint32_t NONE = ~std::uint32_t{0};

    struct Kernel
    {
        PortPolicy tcp;
        PortPolicy udp;
        Duration boot;
    };

    struct Host
    {
        KernelId kernel;
        std::shared_ptr<const PortRules> rules;
        WaitingLine line;
        Gauge held{};
        Gauge waiting{};
        std::size_t matured{0}; ///< So many at the front of the line may be taken early.
        std::size_t stale{0};   ///< So many of these were taken early, and count no more.
        std::uint64_t overflows{0};
        bool takesEarly{false}; ///< Its rules let a connection take a waiting port early.
    };

    struct Scope
    {
        PortSet taken; ///< Held or waiting, but for those that may be taken early.
        std::uint32_t held{0};
        std::uint32_t matured{0}; ///< Waiting, and may be taken early.
        /// Where ports are reused for other peers: the ports that are held, in m_sets; else NONE.
        std::uint32_t live{NONE};
    };

    struct Path
    {
        std::uint32_t scope{0};
        HostId host{0};
        std::uint32_t used{0};
        /// Where ports are reused for other peers: those in TIME_WAIT towards this one, in m_sets.
        std::uint32_t waiting{NONE};
        Transport transport{Transport::Tcp};
        Flow flow{};
        FlowMemo memo{};
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
    std::uint32_t OpenScope(HostId host, Transport transport, const Flow& flow);
    Grant AskOtherPeers(const Path& path, const Grant& firstTry, const PortAsk& ask);
    void Hold(PathId id, Port port, Instant now);
    void TakeEarly(Host& host, std::uint32_t scopeId, Port port, Instant now);
    void EndWaits(Host& host, Instant now);
    void Mature(Host& host, Instant now);
    void EndWait(Host& host, const WaitingPort& waiting, Instant end);
    void FreePort(std::uint32_t scopeId, Port port);
    bool IsStale(const Host& host, std::size_t place) const;
    void DropStale(Host& host);
    void Compact(Host& host);

    std::vector<Kernel> m_kernels;
    std::vector<Host> m_hosts;
    std::vector<Scope> m_scopes;
    std::vector<Path> m_paths;
    std::vector<PortSet> m_sets;
    PathTable m_pathTable;  ///< Path of a flow.
    PathTable m_scopeTable; ///< Scope of what a system tells apart.
    /// Of hosts that may take ports early: scope and port to the entry's number in the line.
    tsl::robin_map<std::uint64_t, std::uint32_t, HashKey> m_waitNumbers;
    /// Of hosts that reuse ports for other peers: scope and port to the number of TIME_WAIT
    /// entries, for ports that were handed out a second time.
    tsl::robin_map<std::uint64_t, std::uint32_t, HashKey> m_crowded;
};

} // namespace portlab

#endif // PORTLAB_PORT_LEDGER_H
