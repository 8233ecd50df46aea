// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_WAITING_LINE_H
#define PORTLAB_WAITING_LINE_H

#include "model/core/base/check.h"
#include "model/core/base/time.h"
#include "model/core/port/boot-phase.h"
#include "model/core/port/port-range.h"

#include <cstdint>
#include <deque>
#include <memory>

namespace portlab
{

/// One port in TIME_WAIT.
struct WaitingPort
{
    Instant since;
    std::uint32_t path; ///< Towards whom; its owner knows what the number means.
    Port port;
};

static_assert(sizeof(WaitingPort) == 16, "there is one for each port in TIME_WAIT");

/// How long TIME_WAIT lasts on one machine.
struct WaitingTime
{
    Duration length;  ///< From the peer's FIN.
    Duration grid{0}; ///< The machine's timers end on multiples of this; 0: on the spot.
    Duration boot{0}; ///< How long the machine had been up at the start: the grid's phase.

    /// When a wait that begins at `since` is over.
    Instant End(Instant since) const
    {
        const Instant plain = since + length;
        return grid == Duration{0} ? plain : NextBeat(plain, grid, boot);
    }
};

/// Ports that all wait equally long: first in, first out, with no timer for any of them. A block
/// list: memory follows the length, and nothing is copied when it grows.
class WaitingLine
{
  public:
    explicit WaitingLine(const WaitingTime& time)
        : m_time(time)
    {
    }

    bool IsEmpty() const
    {
        return m_count == 0;
    }

    std::size_t Count() const
    {
        return m_count;
    }

    void Push(const WaitingPort& waiting)
    {
        Check(m_count == 0 || m_lastSince <= waiting.since, "time ran backwards in TIME_WAIT");
        m_lastSince = waiting.since;
        if (m_count == 0)
        {
            m_nextEnd = m_time.End(waiting.since);
        }
        if (m_blocks.empty() || m_tail == BLOCK)
        {
            m_blocks.push_back(m_spare ? std::move(m_spare) : std::make_unique<Block>());
            m_tail = 0;
        }
        m_blocks.back()->ports[m_tail++] = waiting;
        ++m_count;
    }

    /// When the first in line is done; NEVER when the line is empty.
    Instant NextEnd() const
    {
        return m_count == 0 ? NEVER : m_nextEnd;
    }

    const WaitingPort& Front() const
    {
        return m_blocks.front()->ports[m_head];
    }

    /// The one `index` places behind the front.
    const WaitingPort& Peek(std::size_t index) const
    {
        const std::size_t place = m_head + index;
        return m_blocks[place / BLOCK]->ports[place % BLOCK];
    }

    /// The front's number; those behind are numbered on from there. An entry keeps its number.
    std::uint32_t FrontNumber() const
    {
        return m_frontNumber;
    }

    void Pop()
    {
        --m_count;
        ++m_frontNumber;
        if (++m_head == BLOCK)
        {
            m_spare = std::move(m_blocks.front());
            m_blocks.pop_front();
            m_head = 0;
        }
        // On a grid, many leave at the same moment: as long as their plain ends lie before it.
        if (m_count > 0 && Front().since + m_time.length >= m_nextEnd)
        {
            m_nextEnd = m_time.End(Front().since);
        }
    }

    const WaitingTime& Time() const
    {
        return m_time;
    }

    std::size_t MemoryBytes() const
    {
        return (m_blocks.size() + (m_spare ? 1 : 0)) * sizeof(Block);
    }

  private:
    static constexpr std::size_t BLOCK = 64;

    struct Block
    {
        WaitingPort ports[BLOCK];
    };

    WaitingTime m_time;
    Instant m_nextEnd{NEVER};
    Instant m_lastSince{};
    std::uint32_t m_frontNumber{0};
    std::size_t m_count{0};
    std::size_t m_head{0}; ///< In the first block.
    std::size_t m_tail{0}; ///< Behind the last, in the last block.
    std::deque<std::unique_ptr<Block>> m_blocks;
    std::unique_ptr<Block> m_spare; ///< The block emptied last: a line of constant length is still.
};

} // namespace portlab

#endif // PORTLAB_WAITING_LINE_H
