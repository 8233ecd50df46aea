// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/reader/alternatives.h"

#include "model/core/base/nearest-name.h"
#include "scenarios/reader/limits.h"

#include <algorithm>
#include <iterator>

namespace portlab
{

std::string
Alternatives(std::string_view word, const std::vector<std::string>& words)
{
    constexpr std::size_t mostShown = 20;
    // Before names are checked, a file may hold ones that no message should repeat.
    std::vector<std::string> fit;
    std::copy_if(words.begin(), words.end(), std::back_inserter(fit), [](const auto& w) {
        return w.size() <= MAX_NAME_LENGTH;
    });
    const std::string nearest = NearestName(word, fit);
    std::string text = nearest.empty() ? "" : "Did you mean " + nearest + "? ";
    text += "(";
    for (std::size_t i = 0; i < std::min(fit.size(), mostShown); ++i)
    {
        text += (i > 0 ? ", " : "") + fit[i];
    }
    return text + (fit.size() > mostShown ? ", ...)" : ")");
}

} // namespace portlab
