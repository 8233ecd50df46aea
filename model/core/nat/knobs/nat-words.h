// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_NAT_WORDS_H
#define PORTLAB_NAT_WORDS_H

#include "model/core/nat/nat-preset.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace portlab
{

// Values of NATs as people write them. Each Parse throws std::invalid_argument whose text begins
// with the quoted input and says what was expected.

/// The value of an enumeration of nat-rules.h that a word means.
template <typename Enum>
Enum ParseNatWord(std::string_view text);

template <typename Enum>
std::string FormatNatWord(Enum value);

/// "1-511:1-511,512-1023:600-1023": inside ports, and the external ones that they get.
std::vector<PortClass> ParsePortClasses(std::string_view text);
std::string FormatPortClasses(const std::vector<PortClass>& classes);

/// "50:1024,100:512": up to so many hosts, so many ports each; hosts rise.
std::vector<std::pair<std::uint32_t, std::uint32_t>> ParseSizesByHosts(std::string_view text);
std::string FormatSizesByHosts(const std::vector<std::pair<std::uint32_t, std::uint32_t>>& sizes);

/// "off" is empty; else a whole number that is not 0.
std::optional<std::uint32_t> ParseLimit(std::string_view text);

} // namespace portlab

#endif // PORTLAB_NAT_WORDS_H
