// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_CHECK_H
#define PORTLAB_CHECK_H

#include <stdexcept>
#include <string>

namespace portlab
{

/// Raises the error that blames portlab itself. Kept out of line so that Check() stays one branch.
[[noreturn]] inline void
ReportBug(const char* promise)
{
    throw std::logic_error(std::string("portlab bug: ") + promise);
}

/// An invariant of ours. It stays on in every build: a wrong answer costs more than a branch.
inline void
Check(bool holds, const char* promise)
{
    if (!holds)
    {
        ReportBug(promise);
    }
}

} // namespace portlab

#endif // PORTLAB_CHECK_H
