// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_DETECTED_MACHINE_H
#define PORTLAB_DETECTED_MACHINE_H

#include "model/core/port/profile-catalogue.h"
#include "scenarios/detect/machine-files.h"
#include "scenarios/detect/port-usage.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace portlab
{

/// A Linux machine as its files describe it.
struct Machine
{
    std::string kernel; ///< Release as uname(1) prints it; empty if it could not be read.
    std::string os;     ///< As a scenario names it: "linux-6.18.44".
    ProfileMatch match; ///< The row for it, with the machine's settings.

    /// Knobs whose values differ from the row's, and these values; `ports` in any case.
    std::vector<std::pair<std::string, std::string>> tuned;
    std::vector<std::string> asInProfile; ///< Knobs that were read and do not differ.
    std::vector<std::string> remarks;     ///< Sentences on what could not be read or said.

    std::optional<PortUsage> usage; ///< Empty if no table of sockets could be read.
};

/// Reads a machine. Throws std::invalid_argument with file and line for a file that does not hold
/// what Linux writes there; a missing file makes a remark.
Machine ReadMachine(const MachineFiles& files);

} // namespace portlab

#endif // PORTLAB_DETECTED_MACHINE_H
