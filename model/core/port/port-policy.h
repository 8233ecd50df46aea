// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_PORT_POLICY_H
#define PORTLAB_PORT_POLICY_H

#include "model/core/base/random.h"
#include "model/core/port/os-profile.h"
#include "model/core/port/policies/falling-cursor.h"
#include "model/core/port/policies/linux-bind.h"
#include "model/core/port/policies/linux-connect.h"
#include "model/core/port/policies/linux-udp.h"
#include "model/core/port/policies/random-increment.h"
#include "model/core/port/policies/random-retry.h"
#include "model/core/port/policies/rate-gated.h"
#include "model/core/port/policies/rising-cursor.h"
#include "model/core/port/policies/simple-hash.h"
#include "model/core/port/policies/simple-random.h"

#include <optional>
#include <variant>

namespace portlab
{

/// One machine's way to order candidates, with its state. Each alternative has
///     Pick Choose(const FreePorts& free, const PortAsk& ask);
/// which asks `free` and, when a port was found, moves its own state as the real system does. A
/// variant instead of a base class: the choice is made for every connection, and each machine
/// needs only a few bytes.
using PortPolicy = std::variant<LinuxConnectPolicy,
                                LinuxBindPolicy,
                                LinuxUdpPolicy,
                                RisingCursorPolicy,
                                FallingCursorPolicy,
                                RateGatedPolicy,
                                SimpleRandomPolicy,
                                RandomRetryPolicy,
                                SimpleHashPolicy,
                                RandomIncrementPolicy>;

/// A machine's policy in the state it has after boot, drawn from `secret`.
PortPolicy MakePolicy(const PolicySpec& spec, const PortRange& range, StreamKey secret);

/// All policies of one machine, or of one version of IP on it.
struct MachinePolicies
{
    PortPolicy tcp;
    PortPolicy udp;
    std::optional<PortPolicy> bind; ///< For bind(0) on TCP; empty: as connect().
};

MachinePolicies MakePolicies(const OsProfile& profile, StreamKey secret);

} // namespace portlab

#endif // PORTLAB_PORT_POLICY_H
