// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_NEAREST_NAME_H
#define PORTLAB_NEAREST_NAME_H

#include <string>
#include <string_view>
#include <vector>

namespace portlab
{

/// What the user may have meant by `name`: the candidate that the fewest slips of the hand (a
/// letter too many, too few, wrong, or two swapped) turn into it, the first of equals. Empty when
/// even that takes more than a third of the letters.
std::string NearestName(std::string_view name, const std::vector<std::string>& candidates);

} // namespace portlab

#endif // PORTLAB_NEAREST_NAME_H
