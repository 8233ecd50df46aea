// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_ALTERNATIVES_H
#define PORTLAB_ALTERNATIVES_H

#include <string>
#include <string_view>
#include <vector>

namespace portlab
{

/// The end of an error about a word that is none of `words`: "Did you mean main? (main, mail)",
/// or as much of it as there is to say.
std::string Alternatives(std::string_view word, const std::vector<std::string>& words);

} // namespace portlab

#endif // PORTLAB_ALTERNATIVES_H
