// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_PEER_WAITS_H
#define PORTLAB_PEER_WAITS_H

#include "model/core/base/gauge.h"
#include "model/core/base/random.h"
#include "model/core/flow/former-connection.h"
#include "model/core/port/waiting-line.h"

#include <cstdint>
#include <optional>
#include <tsl/robin_map.h>
#include <vector>

namespace portlab
{

/// What a server tells connections apart by: a path and port, or those of a NAT's outside, where
/// one stands between.
struct PeerTuple
{
    std::uint32_t path;
    Port port;
};

/// The TIME_WAIT that servers keep when they close first. Each machine's times must not decrease.
class PeerWaits
{
  public:
    /// A machine that serves; answers its number.
    std::uint32_t AddMachine(const WaitingTime& time)
    {
        m_machines.push_back({WaitingLine(time)});
        return static_cast<std::uint32_t>(m_machines.size() - 1);
    }

    /// The server closed first, and the FIN of the client, who is known by its path, came at `now`.
    void Enter(std::uint32_t machine, const PeerTuple& tuple, std::uint32_t client, Instant now)
    {
        CatchUp(machine, now);
        Machine& server = m_machines[machine];
        if (m_waits.insert_or_assign(Key(tuple), Wait{now, client}).second)
        {
            server.gauge.Enter(now);
        }
        server.line.Push({now, tuple.path, tuple.port});
    }

    /// Notes where a connection's sequence numbers begin and end, for when its server waits.
    void NoteOrigin(const PeerTuple& tuple, const Origin& origin)
    {
        m_origins.insert_or_assign(Key(tuple), origin);
    }

    /// The connection whose TIME_WAIT keeps this 4-tuple on the server; empty if there is none. It
    /// has no origin unless that was noted. The path's round trip tells when its last segment left.
    std::optional<FormerConnection> Find(std::uint32_t machine,
                                         const PeerTuple& tuple,
                                         Instant now,
                                         Duration rtt)
    {
        CatchUp(machine, now);
        const auto entry = m_waits.find(Key(tuple));
        if (entry == m_waits.end())
        {
            return std::nullopt;
        }
        const Wait& wait = entry->second;
        const auto origin = m_origins.find(Key(tuple));
        return FormerConnection{m_machines[machine].line.Time().End(wait.since),
                                wait.since - rtt / 2,
                                origin == m_origins.end() ? Origin{} : origin->second,
                                wait.client};
    }

    /// A new connection takes the 4-tuple over.
    void Forget(std::uint32_t machine, const PeerTuple& tuple, Instant now)
    {
        if (m_waits.erase(Key(tuple)) != 0)
        {
            m_origins.erase(Key(tuple));
            m_machines[machine].gauge.Leave(now);
        }
    }

    void CatchUp(std::uint32_t machine, Instant now)
    {
        Machine& server = m_machines[machine];
        while (server.line.NextEnd() <= now)
        {
            const WaitingPort waiting = server.line.Front();
            const auto entry = m_waits.find(Key({waiting.path, waiting.port}));
            // An entry that began later belongs to a later connection of the same 4-tuple.
            if (entry != m_waits.end() && entry->second.since == waiting.since)
            {
                m_waits.erase(entry);
                ForgetOrigin(waiting);
                server.gauge.Leave(server.line.NextEnd());
            }
            server.line.Pop();
        }
    }

    const Gauge& Waiting(std::uint32_t machine) const
    {
        return m_machines[machine].gauge;
    }

    void ResetPeak(std::uint32_t machine)
    {
        m_machines[machine].gauge.ResetPeak();
    }

  private:
    struct Machine
    {
        WaitingLine line;
        Gauge gauge{};
    };

    /// An origin that was noted later belongs to a later connection of the same 4-tuple.
    void ForgetOrigin(const WaitingPort& waiting)
    {
        const auto origin = m_origins.find(Key({waiting.path, waiting.port}));
        if (origin != m_origins.end() && origin->second.asked < waiting.since)
        {
            m_origins.erase(origin);
        }
    }

    struct Wait
    {
        Instant since;
        std::uint32_t client;
    };

    static std::uint64_t Key(const PeerTuple& tuple)
    {
        return std::uint64_t{tuple.path} << 16 | tuple.port;
    }

    /// A thousand clients that count upwards would all share the table's places for their ports.
    struct HashKey
    {
        std::size_t operator()(std::uint64_t key) const
        {
            return static_cast<std::size_t>(Mix(key));
        }
    };

    std::vector<Machine> m_machines;
    tsl::robin_map<std::uint64_t, Wait, HashKey> m_waits;     ///< By tuple.
    tsl::robin_map<std::uint64_t, Origin, HashKey> m_origins; ///< The same, where it matters.
};

} // namespace portlab

#endif // PORTLAB_PEER_WAITS_H
