// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEST_SOCKET_SCRIPTS_H
#define PORTLAB_TEST_SOCKET_SCRIPTS_H

#include "test/recorded/script-runs.h"

#include <cstdint>
#include <vector>

namespace portlab::test
{

/// The same scripts on the model, with as many calls. Each repetition has a machine of its own, but
/// for those that go on where the one before them ended: they have to come with that.
std::vector<ScriptRun> AskModel(const std::vector<ScriptRun>& runs, std::uint64_t seed);

} // namespace portlab::test

#endif // PORTLAB_TEST_SOCKET_SCRIPTS_H
