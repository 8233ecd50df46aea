// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEST_LINUX_MACHINE_H
#define PORTLAB_TEST_LINUX_MACHINE_H

#include "model/core/port/boot-phase.h"
#include "model/core/port/policies/linux-connect.h"
#include "test/core/port-test-support.h"

#include <chrono>
#include <cstdint>

namespace portlab::test
{

/// One Linux machine that opens connections to few destinations, and closes none.
class LinuxMachine
{
  public:
    LinuxMachine(const PolicySpec& spec, const PortRange& range, std::uint64_t seed)
        : m_secret(StreamKey(seed, 1).With("secret")),
          m_policy(spec, m_secret),
          m_taken(range),
          m_reserved(range),
          m_random(StreamKey(seed, 1).With("draws"))
    {
    }

    Pick Choose(const Flow& flow, FlowMemo& memo, Instant now)
    {
        FreePorts free(m_taken.Range());
        free.Exclude(m_taken);
        free.Exclude(m_reserved);
        return m_policy.Choose(free, PortAsk{flow, now, memo, m_random});
    }

    Pick Choose(Instant now)
    {
        return Choose(SHOP, m_memo, now);
    }

    void Take(Port port)
    {
        m_taken.Insert(port);
    }

    void GiveBack(Port port)
    {
        m_taken.Erase(port);
    }

    void Reserve(Port port)
    {
        m_reserved.Insert(port);
    }

    /// The first moment after `now` at which the machine changes its keys.
    Instant NextBeat(Instant now) const
    {
        constexpr std::chrono::seconds beat(10);
        return now + (beat - (now.time_since_epoch() + TimeSinceBoot(m_secret)) % beat);
    }

  private:
    StreamKey m_secret;
    LinuxConnectPolicy m_policy;
    PortSet m_taken;
    PortBitmap m_reserved;
    Random m_random;
    FlowMemo m_memo;
};

} // namespace portlab::test

#endif // PORTLAB_TEST_LINUX_MACHINE_H
