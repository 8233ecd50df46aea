// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_FILES_H
#define PORTLAB_FILES_H

#include "model/core/base/time.h"
#include "scenarios/trace/trace.h"

#include <functional>
#include <string>
#include <vector>

namespace portlab
{

/// The files that a scenario may name. The fuzzer puts functions here that touch no disk.
struct ScenarioFiles
{
    /// ReadTrace, or something like it.
    std::function<Trace(const std::string& path)> readTrace;
    /// ReadHoldTimes, or something like it.
    std::function<std::vector<Duration>(const std::string& path)> readHoldTimes;
};

/// Those on disk.
ScenarioFiles FilesOnDisk();

/// Hold times from a text file, plain or gzip-compressed: one a line, in seconds ("0.25") or with a
/// unit ("250ms"). A first line without a digit is a header. Never empty. Throws
/// std::invalid_argument ("FILE:LINE: what, what was expected").
std::vector<Duration> ReadHoldTimes(const std::string& path);

} // namespace portlab

#endif // PORTLAB_FILES_H
