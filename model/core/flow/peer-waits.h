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

/// The TIME_WAIT that servers keep when they close first. A 4-tuple is a client's path and port.
/// Each machine's times must not decrease.
class PeerWaits
{
  public:
    /// A machine that serves; answers its number.
    std::uint32_t AddMachine(const WaitingTime& time)
    {
        m_machines.push_back({WaitingLine(time)});
        return static_cast<std::uint32_t>(m_machines.size() - 1);
    }

    /// The server closed first, and the client's FIN came at `now`.
    void Enter(std::uint32_t machine, std::uint32_t path, Port port, Instant now)
    {
        CatchUp(machine, now);
        Machine& server = m_machines[machine];
        if (m_since.insert_or_assign(Key(path, port), now).second)
        {
            server.gauge.Enter(now);
        }
        server.line.Push({now, path, port});
    }

    /// Notes where a connection's sequence numbers begin and end, for when its server waits.
    void NoteOrigin(std::uint32_t path, Port port, const Origin& origin)
    {
        m_origins.insert_or_assign(Key(path, port), origin);
    }

    /// The connection whose TIME_WAIT keeps this 4-tuple on the server; empty if there is none. It
    /// has no origin unless that was noted. The path's round trip tells when its last segment left.
    std::optional<FormerConnection> Find(std::uint32_t machine,
                                         std::uint32_t path,
                                         Port port,
                                         Instant now,
                                         Duration rtt)
    {
        CatchUp(machine, now);
        const auto entry = m_since.find(Key(path, port));
        if (entry == m_since.end())
        {
            return std::nullopt;
        }
        const auto origin = m_origins.find(Key(path, port));
        return FormerConnection{m_machines[machine].line.Time().End(entry->second),
                                entry->second - rtt / 2,
                                origin == m_origins.end() ? Origin{} : origin->second};
    }

    /// A new connection takes the 4-tuple over.
    void Forget(std::uint32_t machine, std::uint32_t path, Port port, Instant now)
    {
        if (m_since.erase(Key(path, port)) != 0)
        {
            m_origins.erase(Key(path, port));
            m_machines[machine].gauge.Leave(now);
        }
    }

    void CatchUp(std::uint32_t machine, Instant now)
    {
        Machine& server = m_machines[machine];
        while (server.line.NextEnd() <= now)
        {
            const WaitingPort waiting = server.line.Front();
            const auto entry = m_since.find(Key(waiting.path, waiting.port));
            // An entry that began later belongs to a later connection of the same 4-tuple.
            if (entry != m_since.end() && entry->second == waiting.since)
            {
                m_since.erase(entry);
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
        const auto origin = m_origins.find(Key(waiting.path, waiting.port));
        if (origin != m_origins.end() && origin->second.asked < waiting.since)
        {
            m_origins.erase(origin);
        }
    }

    static std::uint64_t Key(std::uint32_t path, Port port)
    {
        return std::uint64_t{path} << 16 | port;
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
    /// Path and port to the start of the wait.
    tsl::robin_map<std::uint64_t, Instant, HashKey> m_since;
    tsl::robin_map<std::uint64_t, Origin, HashKey> m_origins; ///< The same, where it matters.
};

} // namespace portlab

#endif // PORTLAB_PEER_WAITS_H
