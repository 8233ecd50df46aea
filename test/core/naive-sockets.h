// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEST_NAIVE_SOCKETS_H
#define PORTLAB_TEST_NAIVE_SOCKETS_H

#include "model/core/port/port-ledger.h"
#include "test/core/naive-policies.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <list>
#include <optional>
#include <set>
#include <vector>

namespace portlab::test
{

/// The rules of one Linux host that the sockets below obey.
struct NaiveRules
{
    PortRange range{1, 1};
    PortList reserved{};
    Duration timeWait{0};
    Duration grid{0};
    Duration reuseDelay{0};
    Duration reuseClock{0};
    Duration boot{0};
    TimeWaitReuse reuse{TimeWaitReuse::Never};
    std::optional<std::uint32_t> maxTimeWait{};
    std::uint32_t udpSlots{16384};
    bool autobindReuse{false};
    bool repairs{true};
};

/// One Linux host as a list of sockets, through which every question walks. It follows the loops
/// of the kernel: __inet_hash_connect(), inet_csk_find_open_port(), udp_lib_get_port().
class NaiveSockets
{
  public:
    NaiveSockets(const NaiveRules& rules, NaivePolicy& connect)
        : m_rules(rules),
          m_connect(connect)
    {
    }

    Grant Ask(Transport transport,
              const Flow& flow,
              const SocketOptions& options,
              Instant now,
              Random& random)
    {
        Forget(now);
        const Socket wish{transport, flow, options, options.fixedPort, {}};
        Grant grant = transport == Transport::Udp             ? AskUdp(wish, random)
                      : options.manner == PortManner::Connect ? AskConnect(wish, now, random)
                                                              : AskBind(wish, now, random);
        if (grant.port)
        {
            m_sockets.remove_if([&](const Socket& s) {
                return s.transport == Transport::Tcp && s.since && transport == s.transport &&
                       IsSameTuple(s, wish, *grant.port);
            });
            Socket socket = wish;
            socket.port = *grant.port;
            m_sockets.push_back(socket);
            if (transport == Transport::Tcp && options.manner != PortManner::Connect)
            {
                m_owned.insert(*grant.port);
            }
        }
        return grant;
    }

    void Close(Transport transport,
               const Flow& flow,
               const SocketOptions& options,
               Port port,
               Instant now,
               bool waits)
    {
        Forget(now);
        const auto waiting = static_cast<std::uint32_t>(
            std::count_if(m_sockets.begin(), m_sockets.end(), [](const Socket& s) {
                return s.since.has_value();
            }));
        const auto socket = std::find_if(m_sockets.begin(), m_sockets.end(), [&](const Socket& s) {
            return s.transport == transport && s.port == port && !s.since &&
                   IsSameFlow(s.flow, flow) && s.options == options;
        });
        if (waits && transport == Transport::Tcp &&
            waiting < m_rules.maxTimeWait.value_or(~std::uint32_t{0}))
        {
            socket->since = now;
        }
        else
        {
            m_sockets.erase(socket);
        }
        Repair();
    }

    /// Ends every TIME_WAIT that is over.
    void Forget(Instant now)
    {
        m_sockets.remove_if([&](const Socket& s) {
            return s.since && EndOn(*s.since + m_rules.timeWait, m_rules.grid) <= now;
        });
        Repair();
    }

    std::size_t Held() const
    {
        return m_sockets.size() - Waiting();
    }

    std::size_t Waiting() const
    {
        return static_cast<std::size_t>(
            std::count_if(m_sockets.begin(), m_sockets.end(), [](const Socket& s) {
                return s.since.has_value();
            }));
    }

  private:
    struct Socket
    {
        Transport transport;
        Flow flow;
        SocketOptions options;
        Port port;
        std::optional<Instant> since; ///< In TIME_WAIT.
    };

    static bool IsSameFlow(const Flow& a, const Flow& b)
    {
        return a.local == b.local && a.remote == b.remote && a.remotePort == b.remotePort;
    }

    static bool IsSameTuple(const Socket& s, const Socket& wish, Port port)
    {
        return s.port == port && IsSameFlow(s.flow, wish.flow);
    }

    /// A timer on the machine's clock, in ticks since its boot: the first tick after it is due.
    Instant EndOn(Instant due, Duration tick) const
    {
        if (tick == Duration{0})
        {
            return due;
        }
        const Duration up = due.time_since_epoch() + m_rules.boot;
        return At(up - up % tick + tick - m_rules.boot);
    }

    bool IsReserved(std::uint32_t port) const
    {
        return std::any_of(
            m_rules.reserved.begin(),
            m_rules.reserved.end(),
            [port](const PortRange& r) { return r.First() <= port && port <= r.Last(); });
    }

    /// Which ports bind() owns. Without the repair of 6.18 that lasts while the bucket does.
    void Repair()
    {
        for (auto port = m_owned.begin(); port != m_owned.end();)
        {
            const bool isUsed =
                std::any_of(m_sockets.begin(), m_sockets.end(), [&](const Socket& s) {
                    return s.transport == Transport::Tcp && s.port == *port &&
                           (!m_rules.repairs || s.options.manner != PortManner::Connect);
                });
            port = isUsed ? std::next(port) : m_owned.erase(port);
        }
    }

    Grant AskConnect(const Socket& wish, Instant now, Random& random)
    {
        const auto isFree = [&](Port port) {
            return !IsReserved(port) && m_owned.count(port) == 0 && !IsTupleUsed(wish, port, now);
        };
        const Pick pick = m_connect.Choose(wish.options.range.value_or(m_rules.range),
                                           isFree,
                                           wish.flow,
                                           now,
                                           random);
        return {pick.port, Refusal::NoFreePort, pick.probes};
    }

    /// For a connect() that still has to find its port, or has it by bind().
    bool IsTupleUsed(const Socket& wish, Port port, Instant now) const
    {
        return std::any_of(m_sockets.begin(), m_sockets.end(), [&](const Socket& s) {
            if (s.transport != Transport::Tcp || !IsSameTuple(s, wish, port))
            {
                return false;
            }
            if (!s.since || !s.options.timestamps)
            {
                return true;
            }
            if (wish.options.manner != PortManner::Connect)
            {
                return false;
            }
            const bool mayReuse = m_rules.reuse == TimeWaitReuse::AfterDelay ||
                                  (m_rules.reuse == TimeWaitReuse::AfterDelayOnLoopback &&
                                   s.options.place == PeerPlace::Loopback);
            return !mayReuse || EndOn(*s.since + m_rules.reuseDelay, m_rules.reuseClock) > now;
        });
    }

    /// `isRelaxed`: the last resort of bind(0); `isChosen`: bind() to this very port, or UDP.
    bool Conflicts(const Socket& wish, Port port, bool isRelaxed, bool isChosen) const
    {
        return std::any_of(m_sockets.begin(), m_sockets.end(), [&](const Socket& s) {
            const bool wishAnywhere =
                wish.options.wildcard ||
                (wish.transport == Transport::Udp && wish.options.manner == PortManner::Connect);
            const bool overlaps = wishAnywhere || s.flow.local == wish.flow.local;
            const bool bothAddress = wish.options.reuseAddress && s.options.reuseAddress;
            const bool bothPort = wish.options.reusePort && s.options.reusePort;
            const bool shares =
                isChosen ? bothAddress || bothPort : isRelaxed && bothAddress && !bothPort;
            return s.transport == wish.transport && s.port == port && overlaps && !shares;
        });
    }

    Grant AskBind(const Socket& wish, Instant now, Random& random)
    {
        Grant grant{wish.port, Refusal::NoFreePort, 1, true};
        if (wish.options.manner == PortManner::Fixed)
        {
            if (Conflicts(wish, wish.port, true, true))
            {
                grant.port.reset();
                bool waits = true;
                for (const Socket& s : m_sockets)
                {
                    const bool overlaps = wish.options.wildcard || s.flow.local == wish.flow.local;
                    waits &= s.transport != wish.transport || s.port != wish.port || !overlaps ||
                             s.since.has_value();
                }
                grant.refusal = waits ? Refusal::TimeWaitCollision : Refusal::NoFreePort;
            }
        }
        else
        {
            grant.port.reset();
            grant.probes = 0;
            FindOpenPort(wish, false, grant, random);
            if (!grant.port && m_rules.autobindReuse && wish.options.reuseAddress)
            {
                FindOpenPort(wish, true, grant, random);
            }
        }
        if (wish.transport == Transport::Tcp && grant.port && IsTupleUsed(wish, *grant.port, now))
        {
            return {std::nullopt, Refusal::NoFreePort, grant.probes, false};
        }
        return grant;
    }

    void FindOpenPort(const Socket& wish, bool relaxed, Grant& grant, Random& random)
    {
        const PortRange range = wish.options.range.value_or(m_rules.range);
        const std::uint32_t high = range.Last() + 1u;
        const std::uint32_t middle = range.First() + (high - range.First()) / 4 * 2;
        const bool halves = wish.options.reuseAddress && range.Count() >= 4;

        struct Part
        {
            std::uint32_t low;
            std::uint32_t high;
            std::uint32_t offset;
        };

        std::vector<Part> parts;
        for (int half = 0; half < (halves ? 2 : 1); ++half)
        {
            Part part{range.First(), high, 0};
            if (halves)
            {
                half == 0 ? part.high = middle : part.low = middle;
            }
            const std::uint32_t size = part.high - part.low;
            part.offset = random.Below(size > 1 ? size / 2 * 2 : size) | 1u;
            parts.push_back(part);
        }
        for (const Part& part : parts)
        {
            const std::uint32_t size = part.high - part.low;
            const std::uint32_t remaining = size > 1 ? size / 2 * 2 : size;
            for (const std::uint32_t offset : {part.offset, part.offset - 1})
            {
                std::uint32_t port = part.low + offset;
                for (std::uint32_t i = 0; i < remaining; i += 2, port += 2)
                {
                    port -= port >= part.high ? remaining : 0;
                    ++grant.probes;
                    if (!IsReserved(port) &&
                        !Conflicts(wish, static_cast<Port>(port), relaxed, false))
                    {
                        grant.port = static_cast<Port>(port);
                        return;
                    }
                }
            }
        }
    }

    Grant AskUdp(const Socket& wish, Random& random)
    {
        if (wish.options.manner == PortManner::Fixed)
        {
            return AskBind(wish, Instant{}, random);
        }
        const PortRange range = wish.options.range.value_or(m_rules.range);
        const auto draw = static_cast<std::uint32_t>(random.Bits() >> 32);
        auto first =
            static_cast<std::uint16_t>(range.First() + (std::uint64_t{draw} * range.Count() >> 32));
        const auto jump = static_cast<std::uint16_t>((draw | 1u) * m_rules.udpSlots);
        Grant grant{std::nullopt,
                    Refusal::NoFreePort,
                    0,
                    wish.options.manner != PortManner::Connect};
        for (std::uint32_t slot = 0; slot < m_rules.udpSlots; ++slot, ++first)
        {
            std::uint16_t port = first;
            do
            {
                if (range.Contains(port))
                {
                    ++grant.probes;
                    if (!IsReserved(port) && !Conflicts(wish, port, true, true))
                    {
                        grant.port = port;
                        return grant;
                    }
                }
                port = static_cast<std::uint16_t>(port + jump);
            } while (port != first);
        }
        return grant;
    }

    NaiveRules m_rules;
    NaivePolicy& m_connect;
    std::list<Socket> m_sockets;
    std::set<Port> m_owned; ///< By bind().
};

} // namespace portlab::test

#endif // PORTLAB_TEST_NAIVE_SOCKETS_H
