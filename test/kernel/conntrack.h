// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEST_CONNTRACK_H
#define PORTLAB_TEST_CONNTRACK_H

#include "model/core/nat/nat-flow.h"

#include <cstdint>
#include <string>

namespace portlab::test
{

/// What /proc/net/nf_conntrack says of a flow: its state if it is one of TCP, and the seconds that
/// are left to it, rounded up to tens, as a timer began with less than ten seconds ago: "SYN_SENT
/// 120". "none" if it has no such line.
std::string EntryIn(const std::string& table, const InsideFlow& flow);

/// The sum over all processors of a column of /proc/net/stat/nf_conntrack.
std::uint64_t SumOfColumn(const std::string& table, const std::string& column);

} // namespace portlab::test

#endif // PORTLAB_TEST_CONNTRACK_H
