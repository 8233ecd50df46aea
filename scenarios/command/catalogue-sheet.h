// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_CATALOGUE_SHEET_H
#define PORTLAB_CATALOGUE_SHEET_H

#include "model/core/port/profile-catalogue.h"
#include "scenarios/command/output-format.h"

#include <cstddef>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace portlab
{

/// A row of a catalogue in full, as the commands that list catalogues print it.
struct Sheet
{
    std::string name;
    std::string family;
    std::string title;
    std::string note; ///< How the row was found, or empty.
    std::vector<Knob> knobs;
    std::vector<Knob> traits; ///< What is no knob; without alias and command.
};

/// What the sheets of a catalogue have in common.
struct SheetWords
{
    std::string kind;   ///< Heading of the column with their names, in CSV.
    std::string traits; ///< Heading of their traits, for people.
};

/// What is no knob: a fact, and its value as text.
template <typename T>
Knob
Trait(std::string name, std::string meaning, std::string value, const Fact<T>& fact)
{
    return {std::move(name),
            "",
            std::move(meaning),
            std::move(value),
            fact.evidence,
            fact.source,
            "",
            ""};
}

/// The text with a ? behind it if the fact is uncertain.
template <typename T>
std::string
Marked(const std::string& text, const Fact<T>& fact)
{
    return text + (fact.evidence == Evidence::Uncertain ? "?" : "");
}

/// Text for people in lines of at most `width` characters.
void WriteWrapped(const std::string& text,
                  std::ostream& out,
                  std::size_t width,
                  std::size_t indent = 0);

/// Prints sheets one below the other.
void WriteSheets(const std::vector<Sheet>& sheets,
                 const SheetWords& words,
                 OutputFormat format,
                 std::ostream& out,
                 std::size_t width);

} // namespace portlab

#endif // PORTLAB_CATALOGUE_SHEET_H
