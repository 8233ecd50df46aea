// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TCP_TIME_WAITS_H
#define PORTLAB_TCP_TIME_WAITS_H

#include "model/tcp-time-wait.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

namespace portlab
{

/// The connections of one host that are in TIME_WAIT. All wait equally long, so the oldest ends
/// first: whoever asks ends what is over, and nobody sets a timer.
///
/// Records are found by a hash table of chains, all of whose links are indexes into one pool:
/// waiting + spare == pool size.
class TcpTimeWaits
{
  public:
    /// In the place of a record with the same tuple, if there is one.
    void Add(const TcpTimeWait& wait);

    /// Null if it is not there, or over.
    const TcpTimeWait* Find(const TcpTuple& tuple, Instant now);

    void Remove(const TcpTuple& tuple);

    std::size_t Count(Instant now);

    /// Not even one that is over.
    bool IsEmpty() const
    {
        return m_count == 0;
    }

    /// Bytes that grow with the records.
    std::size_t MemoryBytes() const;

    void Clear();

  private:
    using Index = std::uint32_t;
    static constexpr Index NONE = ~Index{0};

    struct Node
    {
        TcpTimeWait wait{};
        Index next{NONE};  ///< In the chain, or of the spare nodes.
        Index older{NONE}; ///< In the order of their ends.
        Index newer{NONE};
    };

    Index& Head(const TcpTuple& tuple);
    Index FindNode(const TcpTuple& tuple);
    Index NewNode();
    void Drop(Index index);
    void CatchUp(Instant now);
    void Widen();

    std::deque<Node> m_nodes;
    std::vector<Index> m_heads; ///< One for each chain; a power of 2.
    Index m_spare{NONE};
    Index m_oldest{NONE};
    Index m_newest{NONE};
    std::size_t m_count{0};
};

} // namespace portlab

#endif // PORTLAB_TCP_TIME_WAITS_H
