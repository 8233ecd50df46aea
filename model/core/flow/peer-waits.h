// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_PEER_WAITS_H
#define PORTLAB_PEER_WAITS_H

#include "model/core/base/gauge.h"
#include "model/core/base/random.h"
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

    /// Until when the server's TIME_WAIT for this 4-tuple lasts; empty if there is none.
    std::optional<Instant> WaitsUntil(std::uint32_t machine,
                                      std::uint32_t path,
                                      Port port,
                                      Instant now)
    {
        CatchUp(machine, now);
        const auto entry = m_since.find(Key(path, port));
        if (entry == m_since.end())
        {
            return std::nullopt;
        }
        return m_machines[machine].line.Time().End(entry->second);
    }

    /// A new connection takes the 4-tuple over.
    void Forget(std::uint32_t machine, std::uint32_t path, Port port, Instant now)
    {
        if (m_since.erase(Key(path, port)) != 0)
        {
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
};

} // namespace portlab

#endif // PORTLAB_PEER_WAITS_H
