// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEST_SCRIPT_RUNS_H
#define PORTLAB_TEST_SCRIPT_RUNS_H

#include "model/core/port/port-range.h"
#include "test/recorded/csv-table.h"

#include <string>
#include <vector>

namespace portlab::test
{

/// The system's ports on the recorded machine.
constexpr PortRange DEFAULT_PORTS(32768, 60999);

/// One repetition of a script of system calls, and what each call answered.
struct ScriptRun
{
    std::string variant; ///< The script, by its name in the recordings.
    std::string repetition;
    /// ip_local_port_range; or IP_LOCAL_PORT_RANGE, where 0 is no bound, and bounds outside the
    /// system's ports are ignored.
    PortRange range;
    std::vector<CallResult> results;
};

/// The recordings of scripts: bind0-default-range, bind0-narrow-ranges, bind0-and-connect-mixed,
/// udp, and reserved-ports-and-socket-range.
std::vector<ScriptRun> ReadRuns(const std::string& recording);

/// The runs of one variant.
std::vector<ScriptRun> Select(const std::vector<ScriptRun>& runs, const std::string& variant);

/// Whether the script sets IP_LOCAL_PORT_RANGE.
bool HasOwnRange(const ScriptRun& run);

/// Eight of the twenty ports from 32768 on: those that no call of the scripts "resv_" was given.
const std::vector<Port>& RecordedReservedPorts();

} // namespace portlab::test

#endif // PORTLAB_TEST_SCRIPT_RUNS_H
