// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/command/catalogue-sheet.h"

#include "scenarios/output/readable.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace portlab
{

namespace
{

using Json = nlohmann::ordered_json;

const char*
EvidenceName(Evidence evidence)
{
    switch (evidence)
    {
    case Evidence::Measured:
        return "measured";
    case Evidence::Documented:
        return "documented";
    case Evidence::Uncertain:
        return "uncertain";
    case Evidence::Chosen:
        return "chosen";
    }
    return "";
}

void
WriteKnob(const Knob& knob, std::ostream& out, std::size_t width)
{
    constexpr std::size_t indent = 4;
    const std::string between = knob.between.empty() ? "" : ": " + knob.between;
    WriteWrapped(fmt::format("{} = {}  ({}{})",
                             knob.name,
                             knob.value.empty() ? "\"\"" : knob.value,
                             EvidenceName(knob.evidence),
                             between),
                 out,
                 width);
    WriteWrapped(knob.meaning, out, width, indent);
    if (!knob.alias.empty())
    {
        WriteWrapped("also called: " + knob.alias, out, width, indent);
    }
    WriteWrapped("source: " + knob.source, out, width, indent);
    if (!knob.command.empty())
    {
        // Not broken, so that it can be copied.
        out << std::string(indent, ' ') << "change: " << knob.command << "\n";
    }
}

void
WriteSheet(const Sheet& sheet, const SheetWords& words, std::ostream& out, std::size_t width)
{
    WriteWrapped(sheet.name + ": " + sheet.title, out, width);
    if (!sheet.note.empty())
    {
        WriteWrapped(sheet.note, out, width);
    }
    out << "\n";
    for (const Knob& knob : sheet.knobs)
    {
        WriteKnob(knob, out, width);
    }
    out << "\n" << words.traits << ":\n\n";
    for (const Knob& trait : sheet.traits)
    {
        WriteKnob(trait, out, width);
    }
}

Json
ToJson(const std::vector<Knob>& knobs)
{
    const auto orNull = [](const std::string& text) { return text.empty() ? Json() : Json(text); };
    Json all = Json::array();
    for (const Knob& knob : knobs)
    {
        all.push_back({{"name", knob.name},
                       {"alias", orNull(knob.alias)},
                       {"value", knob.value},
                       {"evidence", EvidenceName(knob.evidence)},
                       {"between", orNull(knob.between)},
                       {"meaning", knob.meaning},
                       {"source", knob.source},
                       {"command", orNull(knob.command)}});
    }
    return all;
}

void
WriteJson(const std::vector<Sheet>& sheets, std::ostream& out)
{
    Json all = Json::array();
    for (const Sheet& sheet : sheets)
    {
        all.push_back({{"name", sheet.name},
                       {"family", sheet.family},
                       {"title", sheet.title},
                       {"note", sheet.note.empty() ? Json() : Json(sheet.note)},
                       {"knobs", ToJson(sheet.knobs)},
                       {"traits", ToJson(sheet.traits)}});
    }
    out << all.dump(2) << "\n";
}

/// A cell as RFC 4180 has it.
std::string
CsvCell(const std::string& text)
{
    if (text.find_first_of(",\"\r\n") == std::string::npos)
    {
        return text;
    }
    std::string quoted;
    for (const char letter : text)
    {
        quoted += letter == '"' ? "\"\"" : std::string(1, letter);
    }
    return '"' + quoted + '"';
}

void
WriteCsv(const std::vector<Sheet>& sheets, const SheetWords& words, std::ostream& out)
{
    out << words.kind << ",name,alias,value,evidence,between,source,command\n";
    for (const Sheet& sheet : sheets)
    {
        for (const auto* knobs : {&sheet.knobs, &sheet.traits})
        {
            for (const Knob& knob : *knobs)
            {
                out << fmt::format("{},{},{},{},{},{},{},{}\n",
                                   sheet.name,
                                   knob.name,
                                   knob.alias,
                                   CsvCell(knob.value),
                                   EvidenceName(knob.evidence),
                                   CsvCell(knob.between),
                                   CsvCell(knob.source),
                                   CsvCell(knob.command));
            }
        }
    }
}

} // namespace

void
WriteWrapped(const std::string& text, std::ostream& out, std::size_t width, std::size_t indent)
{
    const std::string margin(indent, ' ');
    for (const std::string& line : Wrap(text, width - indent))
    {
        out << margin << line << "\n";
    }
}

void
WriteSheets(const std::vector<Sheet>& sheets,
            const SheetWords& words,
            OutputFormat format,
            std::ostream& out,
            std::size_t width)
{
    switch (format)
    {
    case OutputFormat::Json:
        WriteJson(sheets, out);
        return;
    case OutputFormat::Csv:
        WriteCsv(sheets, words, out);
        return;
    case OutputFormat::Table:
        break;
    }
    for (const Sheet& sheet : sheets)
    {
        out << (&sheet == &sheets.front() ? "" : "\n");
        WriteSheet(sheet, words, out, width);
    }
}

} // namespace portlab
