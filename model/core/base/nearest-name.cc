// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/base/nearest-name.h"

#include <algorithm>

namespace portlab
{

namespace
{

/// The number of slips between two words (optimal string alignment distance).
std::size_t
Slips(std::string_view a, std::string_view b)
{
    std::vector<std::vector<std::size_t>> slips(a.size() + 1,
                                                std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i)
    {
        for (std::size_t j = 0; j <= b.size(); ++j)
        {
            if (i == 0 || j == 0)
            {
                slips[i][j] = i + j;
                continue;
            }
            const std::size_t wrong = a[i - 1] == b[j - 1] ? 0 : 1;
            slips[i][j] =
                std::min({slips[i - 1][j] + 1, slips[i][j - 1] + 1, slips[i - 1][j - 1] + wrong});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
            {
                slips[i][j] = std::min(slips[i][j], slips[i - 2][j - 2] + 1);
            }
        }
    }
    return slips[a.size()][b.size()];
}

} // namespace

std::string
NearestName(std::string_view name, const std::vector<std::string>& candidates)
{
    constexpr std::size_t longest = 100; // No name of ours is; keeps the work bounded.
    const std::string_view compared = name.substr(0, longest);
    std::string nearest;
    std::size_t fewest = std::max<std::size_t>(compared.size() / 3, 1) + 1;
    for (const std::string& candidate : candidates)
    {
        const std::size_t slips = Slips(compared, candidate);
        if (slips < fewest)
        {
            fewest = slips;
            nearest = candidate;
        }
    }
    return nearest;
}

} // namespace portlab
