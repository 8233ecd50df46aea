// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_READER_H
#define PORTLAB_READER_H

#include "scenarios/reader/files.h"
#include "scenarios/scenario.h"

#include <string>

namespace portlab
{

/// ParseScenario with files from elsewhere than the disk.
Scenario ParseScenarioWith(const ScenarioFiles& files,
                           const std::string& text,
                           const std::string& path,
                           const Overrides& overrides = {});

} // namespace portlab

#endif // PORTLAB_READER_H
