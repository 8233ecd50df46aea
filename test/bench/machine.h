// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_MACHINE_H
#define PORTLAB_MACHINE_H

#include <string>

namespace portlab
{

/// Where and from what the numbers came, as a list: commit, compiler, processor, kernel.
std::string DescribeMachine();

} // namespace portlab

#endif // PORTLAB_MACHINE_H
