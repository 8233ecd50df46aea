// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_WORDS_H
#define PORTLAB_WORDS_H

#include "model/core/base/check.h"
#include "model/core/port/knobs/knob-values.h"

#include <algorithm>
#include <string>
#include <string_view>

namespace portlab
{

/// A value of an enumeration, as people write it. Tables of these are read in both directions.
template <typename T>
struct Word
{
    std::string_view text;
    T value;
};

template <typename Words>
auto
ParseWord(const Words& words, std::string_view text)
{
    const auto word =
        std::find_if(words.begin(), words.end(), [&](const auto& w) { return w.text == text; });
    if (word == words.end())
    {
        std::string expected;
        for (const auto& known : words)
        {
            expected.append(expected.empty()                  ? "expected "
                            : known.text == words.back().text ? " or "
                                                              : ", ");
            expected.append(known.text);
        }
        RefuseValue(text, expected);
    }
    return word->value;
}

template <typename Words, typename T>
std::string
FormatWord(const Words& words, T value)
{
    const auto word =
        std::find_if(words.begin(), words.end(), [&](const auto& w) { return w.value == value; });
    Check(word != words.end(), "a value without a word");
    return std::string(word->text);
}

} // namespace portlab

#endif // PORTLAB_WORDS_H
