// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_REPORT_H
#define PORTLAB_REPORT_H

#include "model/core/flow/results.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace portlab
{

/// One run with what is needed to repeat it.
struct RunRecord
{
    std::uint64_t run{1};
    std::uint64_t seed{1};
    /// Overrides on top of the scenario file, in the order given: key and value as typed;
    /// `compare` adds hosts.NAME.os.
    std::vector<std::pair<std::string, std::string>> set;
    double wallSeconds{0};
    RunResult result;
};

/// What a command that runs scenarios has to say; each output format prints this and nothing else.
struct Report
{
    std::string scenarioFile; ///< As the user named it.
    std::string scenarioName;
    std::string question;
    std::string scenarioSha256; ///< Of the file's bytes, in hexadecimal.
    std::string scenarioText;
    std::vector<std::string> notes; ///< What the user should know: dropped keys, uncertain values.
    std::vector<RunRecord> runs;
};

} // namespace portlab

#endif // PORTLAB_REPORT_H
