// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_QUOTED_H
#define PORTLAB_QUOTED_H

#include <string>
#include <string_view>

namespace portlab
{

/// Text as an error message shows it: quoted, on one line, in ASCII, and of bearable length.
inline std::string
Quoted(std::string_view text)
{
    constexpr std::size_t longest = 60;
    constexpr std::string_view hexadecimal = "0123456789abcdef";
    std::string quoted = "\"";
    for (const char letter : text.substr(0, longest))
    {
        const auto byte = static_cast<unsigned char>(letter);
        if (byte >= 0x20 && byte < 0x7f)
        {
            quoted += letter;
        }
        else
        {
            quoted += {'\\', 'x', hexadecimal[byte >> 4], hexadecimal[byte & 15]};
        }
    }
    return quoted + (text.size() > longest ? "...\"" : "\"");
}

} // namespace portlab

#endif // PORTLAB_QUOTED_H
