// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/reader/tuned.h"

#include "model/core/nat/nat-catalogue.h"
#include "model/core/port/profile-catalogue.h"
#include "scenarios/reader/alternatives.h"
#include "scenarios/reader/values.h"

#include <map>
#include <stdexcept>

namespace portlab
{

namespace
{

/// The two catalogues, by the type of their rows.
bool
IsKnobElsewhere(const OsProfile&, const std::string& key)
{
    return IsKnobOfAnyFamily(key);
}

bool
IsKnobElsewhere(const NatPreset&, const std::string& key)
{
    return IsKnobOfAnyNat(key);
}

std::string
CommandFor(const OsProfile& profile)
{
    return "portlab profiles " + profile.name;
}

std::string
CommandFor(const NatPreset& preset)
{
    return "portlab nats " + preset.name;
}

/// A value as the catalogue wants it, in text; `node` is the knob's value or a member of its list.
std::string
KnobText(const Node& node)
{
    if (const auto* text = std::get_if<std::string>(&node.value))
    {
        return *text;
    }
    if (const auto* flag = std::get_if<bool>(&node.value))
    {
        return *flag ? "1" : "0";
    }
    if (std::holds_alternative<std::int64_t>(node.value) ||
        std::holds_alternative<double>(node.value))
    {
        return Show(node);
    }
    const auto* list = std::get_if<List>(&node.value);
    if (list == nullptr)
    {
        Refuse(node, "expected a number, true or false, text in quotes, or a list of those");
    }
    std::string text;
    for (const Node& member : *list)
    {
        if (std::holds_alternative<List>(member.value))
        {
            Refuse(member, "expected a number or text in quotes, not a list in a list");
        }
        text += (&member == &list->front() ? "" : ",") + KnobText(member);
    }
    return text;
}

/// The knob that `key` means by name or by alias; empty if the row has none.
template <typename Row>
std::string
KnobName(const Row& row, const std::string& key)
{
    for (const Knob& knob : Knobs(row))
    {
        if (key == knob.name || key == knob.alias)
        {
            return knob.name;
        }
    }
    return "";
}

template <typename Row>
[[noreturn]] void
RefuseKnob(const Entry& entry, const Row& row)
{
    std::vector<std::string> names;
    std::vector<std::string> aliases;
    std::string list;
    for (const Knob& knob : Knobs(row))
    {
        names.push_back(knob.name);
        if (!knob.alias.empty())
        {
            aliases.push_back(knob.alias);
        }
        list += (list.empty() ? "" : ", ") + knob.name;
    }
    if (IsKnobElsewhere(row, entry.key))
    {
        RefuseAt(entry.where,
                 entry.node.path,
                 "this is another system's knob. " + row.name + " has " + list);
    }
    const bool system = entry.key.find('.') != std::string::npos;
    RefuseAt(entry.where,
             entry.node.path,
             row.name + " has no such knob. " + Alternatives(entry.key, system ? aliases : names) +
                 " (" + CommandFor(row) + ")");
}

template <typename Row>
void
SetOne(const Entry& entry, const std::string& owner, Row& row, std::vector<std::string>& notes)
{
    const std::string text = KnobText(entry.node);
    KnobResult result;
    try
    {
        result = SetKnob(row, entry.key, text);
    }
    catch (const std::invalid_argument& error)
    {
        Refuse(entry.node, text, error.what());
    }
    if (!result.known)
    {
        RefuseKnob(entry, row);
    }
    AddNote(owner, result.note, notes);
}

template <typename Row>
void
ReadKnobs(const Node& tuned, const std::string& owner, Row& row, std::vector<std::string>& notes)
{
    const auto* table = std::get_if<Table>(&tuned.value);
    if (table == nullptr)
    {
        Refuse(tuned, "expected a table such as { ports = \"1024-65535\" }");
    }
    // A knob has two names, its own and the system's: --set may use one where the file has the
    // other, but the file must not say two things itself.
    std::map<std::string, const Entry*> last;
    for (const Entry& entry : *table)
    {
        const std::string name = KnobName(row, entry.key);
        const Entry*& other = last[name.empty() ? entry.key : name];
        if (other != nullptr && !entry.node.typed)
        {
            RefuseAt(entry.where, entry.node.path, "this is set as " + other->key + " already");
        }
        other = &entry;
    }
    for (const Entry& entry : *table)
    {
        const std::string name = KnobName(row, entry.key);
        if (last[name.empty() ? entry.key : name] == &entry)
        {
            SetOne(entry, owner, row, notes);
        }
    }
}

} // namespace

void
AddNote(const std::string& owner, const std::string& note, std::vector<std::string>& notes)
{
    if (!note.empty())
    {
        notes.push_back(owner + ": " + note + (note.back() == '.' ? "" : "."));
    }
}

void
ReadTuned(const Node& tuned,
          const std::string& owner,
          OsProfile& profile,
          std::vector<std::string>& notes)
{
    ReadKnobs(tuned, owner, profile, notes);
}

void
ReadTuned(const Node& tuned,
          const std::string& owner,
          NatPreset& preset,
          std::vector<std::string>& notes)
{
    ReadKnobs(tuned, owner, preset, notes);
}

} // namespace portlab
