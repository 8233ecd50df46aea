// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_BIND_TABLE_H
#define PORTLAB_BIND_TABLE_H

#include "model/core/base/random.h"
#include "model/core/port/free-ports.h"
#include "model/core/port/port-ask.h"
#include "model/core/port/port-set.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <tsl/robin_map.h>

namespace portlab
{

/// What bind() wants to know of a socket.
struct BoundSocket
{
    Port port{0};
    std::optional<Address> local{}; ///< Empty: any address, which overlaps with all.
    bool isOwner{false};            ///< It came by its port through bind().
    bool reuseAddress{false};       ///< SO_REUSEADDR.
    bool reusePort{false};          ///< SO_REUSEPORT.
};

/// When two sockets of overlapping addresses may share a port. Linux: inet_bind_conflict() in
/// net/ipv4/inet_connection_sock.c and udp_lib_lport_inuse() in net/ipv4/udp.c.
enum class Sharing : std::uint8_t
{
    Nobody,  ///< Never: bind(0) on TCP.
    Relaxed, ///< If both have SO_REUSEADDR, and not both SO_REUSEPORT: its last resort.
    Willing, ///< If both have SO_REUSEADDR, or both SO_REUSEPORT: UDP, and ports that are chosen.
};

/// All sockets of one host and one transport by their ports, whomever they talk to: what bind()
/// asks, and which ports connect() may not touch because somebody called bind().
class BindTable
{
  public:
    /// If `repairs`, a port is connect()'s again as soon as its last owner is gone; else only when
    /// nobody uses it any more, as on Linux before 6.18.
    BindTable(const PortRange& range, bool repairs);

    /// A socket comes, and goes when its TIME_WAIT is over.
    void Enter(const BoundSocket& socket);
    void Leave(const BoundSocket& socket);

    /// The socket, which is in the table, begins or ends its TIME_WAIT.
    void BeginWait(const BoundSocket& socket);
    void EndWait(const BoundSocket& socket);

    /// Ports of the range that no connect() may choose.
    const PortSet& Owned() const
    {
        return m_owned;
    }

    /// Takes out of `free` what `wish` may not have, its port apart.
    void Exclude(FreePorts& free, const BoundSocket& wish, Sharing sharing) const;

    /// How many ports of the range these are, if nobody shares.
    std::uint32_t CountUsed(const BoundSocket& wish) const;

    /// Whether `wish` may not have its port, which its program has chosen.
    bool Conflicts(const BoundSocket& wish) const;

    /// Whether those who use the port of `wish` are all in TIME_WAIT.
    bool IsWaitedFor(const BoundSocket& wish) const;

    std::size_t MemoryBytes() const;

  private:
    /// A socket's two options as a number, by which sockets are told apart.
    static constexpr std::size_t KINDS = 4;

    static constexpr std::size_t KindOf(bool reuseAddress, bool reusePort)
    {
        return (reuseAddress ? 1u : 0u) + (reusePort ? 2u : 0u);
    }

    static constexpr std::size_t KindOf(const BoundSocket& socket)
    {
        return KindOf(socket.reuseAddress, socket.reusePort);
    }

    static bool MayShare(const BoundSocket& wish, std::size_t kind, Sharing sharing);

    /// The sockets on one port.
    struct Counts
    {
        std::array<std::uint32_t, KINDS> sockets{};
        std::uint32_t waiting{0};
        std::uint32_t owners{0};

        std::uint32_t Sum() const
        {
            return sockets[0] + sockets[1] + sockets[2] + sockets[3];
        }
    };

    /// The sockets of one address, or of all. Nearly every port has one socket or none, for which a
    /// few bits are enough.
    struct Users
    {
        explicit Users(const PortRange& range);

        Counts At(Port port) const;
        void Put(Port port, const Counts& counts);

        PortSet used;                      ///< Ports of the range that any socket uses ...
        std::array<PortSet, KINDS> byKind; ///< ... and those that one of this kind uses.
        PortSet waiting;                   ///< Whose only socket is in TIME_WAIT.
        PortSet owned;                     ///< Whose only socket came by it through bind().
        tsl::robin_map<Port, Counts>
            crowds; ///< Of several sockets, and all ports out of the range.
    };

    static void Add(Users& users, const BoundSocket& socket);
    static void Remove(Users& users, const BoundSocket& socket);
    static void AddWaiting(Users& users, Port port, std::int32_t change);
    const Users* Of(Address address) const;
    Users& Of(const BoundSocket& socket);
    template <typename Visit>
    void ForEachOverlapping(const BoundSocket& wish, Visit visit) const;

    PortRange m_range;
    bool m_repairs;
    PortSet m_owned;
    Users m_everyone;
    Users m_anywhere; ///< Bound to no address.
    std::deque<Users> m_users;
    tsl::robin_map<Address, std::uint32_t> m_numbers; ///< In m_users.
};

} // namespace portlab

#endif // PORTLAB_BIND_TABLE_H
