// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEST_WAITING_H
#define PORTLAB_TEST_WAITING_H

#include "test/machine/machine.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace portlab::test
{

/// A machine with a range of one port, which one closed connection still holds.
struct Occupied
{
    std::unique_ptr<Machine> machine;
    Endpoint peer;
    Instant closed{};               ///< Just before it was.
    std::optional<Instant> freed{}; ///< When a connect() first succeeded.
};

/// Opens a connection on the one port of a new machine and closes it in this manner. The settings
/// are sysctls with their values.
Occupied Occupy(Kernel& kernel,
                const std::vector<std::pair<std::string, std::string>>& settings,
                Closing manner,
                Network network = Network::Loopback);

/// Tries to connect again and again on all of them, until each succeeded or this time has passed.
void Poll(Kernel& kernel, std::vector<Occupied>& ports, Duration limit);

/// "1 s": the length of a hold if it fits what was expected, else what it was. The timer wheel adds
/// up to an eighth, and a busy machine a quarter of a second.
std::string HeldFor(const Occupied& port, Duration expected);

/// "1.024 s", or "no end".
std::string LengthOf(const Occupied& port);

} // namespace portlab::test

#endif // PORTLAB_TEST_WAITING_H
