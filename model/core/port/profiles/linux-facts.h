// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_LINUX_FACTS_H
#define PORTLAB_LINUX_FACTS_H

#include "model/core/port/profiles/facts.h"
#include "model/core/port/profiles/families.h"

#include <string>

namespace portlab
{

// What the files of the Linux rows share. Commits are those of torvalds/linux. "Measured" means: on
// 6.18.44, HZ = 250, x86-64, in network namespaces.

/// `fact` as it is, or with a measurement behind it: we measured one release only.
template <typename T>
Fact<T>
MeasuredIn(std::uint32_t release, Fact<T> fact, const std::string& measurement)
{
    if (release == LinuxRelease(6, 18))
    {
        fact.evidence = Evidence::Measured;
        fact.source += "; measured: " + measurement;
    }
    return fact;
}

} // namespace portlab

#endif // PORTLAB_LINUX_FACTS_H
