// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_LINUX_CONNECT_H
#define PORTLAB_LINUX_CONNECT_H

#include "model/core/port/free-ports.h"
#include "model/core/port/os-profile.h"
#include "model/core/port/policies/epoch-table.h"
#include "model/core/port/port-ask.h"

namespace portlab
{

/// connect() without a bound port on Linux, all eras: __inet_hash_connect() in
/// net/ipv4/inet_hashtables.c with secure_ipv4_port_ephemeral() in net/core/secure_seq.c.
///
/// A search starts at a keyed offset of the flow plus a cell of a table that belongs to the
/// machine, not to the network namespace. What a success adds to the cell depends on how far the
/// search walked, so that a busy stretch is skipped for good. A failure changes nothing.
///
/// | kernels   | re-keyed | cells | order of candidates             | a success adds   |
/// |-----------|----------|-------|---------------------------------|------------------|
/// | to 4.1    | never    | 1     | all, from behind the offset     | i, counted from 1|
/// | 4.2-4.5   | never    | 1     | all, from an even offset        | i+2, made even   |
/// | 4.6-5.11  | never    | 1     | the low port's parity, then the | i+2              |
/// | 5.12-5.17 | never    | 256   | other, both from an even offset | i+2              |
/// | from 5.18 | 10 s     | 65536 | the same                        | max(i, 2*r)+2    |
///
/// Here i is the distance walked within the pass, in ports, and r is uniform on 0..7. From 5.12 to
/// 5.17, one success in 16 that met a free port at once adds 2 more (c579bd1b4021). Commits:
/// 07f4c90062f8 (4.2), 1580ab63fc9a (4.6), 190cc82489f4 (5.12), 4c2c8f03a5ab, b2d057560b81,
/// 9e9b70ae923b, 4dfa9b438ee3 and ca7af0402550 (5.18 and stable kernels of May 2022).
///
/// Sockets with a range of their own (IP_LOCAL_PORT_RANGE, 6.3) search that range alone; from 6.8
/// on (207184853dbd) in one pass through every port, adding max(i, r)+1. A kernel to come
/// (7da62262ec96) can walk with wider steps, ip_local_port_step_width.
class LinuxConnectPolicy
{
  public:
    LinuxConnectPolicy(const PolicySpec& spec, StreamKey secret);

    Pick Choose(const FreePorts& free, const PortAsk& ask);

  private:
    void EnterEpoch(Instant now);
    void Rekey(const PortAsk& ask);
    Pick SearchEveryPort(const FreePorts& free, std::uint64_t offset, std::uint32_t& advance) const;
    Pick SearchSocketRange(const FreePorts& free,
                           const PortAsk& ask,
                           std::uint32_t offset,
                           std::uint32_t& advance) const;
    Pick SearchTwoPasses(const FreePorts& free,
                         const PortAsk& ask,
                         std::uint32_t offset,
                         std::uint32_t& advance) const;
    Pick WalkWidely(const FreePorts& free,
                    const PortRange& range,
                    std::uint32_t first,
                    Random& random) const;
    std::uint32_t Advance(std::uint32_t walked, std::uint32_t step, Random& random) const;

    StreamKey m_secret;
    Duration m_rekeyEvery;
    Duration m_sinceBoot; ///< At the start of the simulation; sets the phase of the re-keying.
    std::uint32_t m_cells;
    std::uint32_t m_randomSteps;
    std::uint32_t m_noise;
    std::uint32_t m_stepWidth;
    Parity m_parity;
    bool m_plainSocketRange;
    std::uint32_t m_epoch{0};
    Instant m_epochBegin{}; ///< Of the current epoch, which ...
    Instant m_epochEnd{};   ///< ... ends here.
    EpochTable m_table;
};

} // namespace portlab

#endif // PORTLAB_LINUX_CONNECT_H
