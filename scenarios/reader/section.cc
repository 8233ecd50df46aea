// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/reader/section.h"

#include "model/core/base/check.h"
#include "model/core/base/nearest-name.h"
#include "model/core/base/quoted.h"
#include "model/core/nat/nat-catalogue.h"
#include "model/core/port/profile-catalogue.h"
#include "scenarios/reader/alternatives.h"
#include "scenarios/reader/limits.h"

#include <algorithm>

namespace portlab
{

Section::Section(const Node& node, const KeyTable& keys)
    : m_node(&node),
      m_keys(&keys)
{
    const auto* table = std::get_if<Table>(&node.value);
    if (table == nullptr)
    {
        Refuse(node, "expected a table such as { " + keys.keys.front().example + " }");
    }
    for (const Entry& entry : *table)
    {
        const auto key = std::find_if(keys.keys.begin(), keys.keys.end(), [&](const Key& k) {
            return k.name == entry.key;
        });
        if (key == keys.keys.end())
        {
            RefuseUnknown(entry);
        }
        if (!key->later.empty())
        {
            RefuseAt(entry.where,
                     entry.node.path,
                     "this version does not model " + key->later + " yet: leave the key out");
        }
    }
}

const Node*
Section::Find(std::string_view key) const
{
    Known(key);
    return m_node->Find(key);
}

const Node&
Section::Get(std::string_view key) const
{
    const Key& known = Known(key);
    const Node* node = m_node->Find(key);
    if (node == nullptr)
    {
        RefuseAt(m_node->where,
                 JoinPath(m_node->path, key),
                 "the key is missing. Write " + known.example);
    }
    return *node;
}

void
Section::Forbid(std::string_view key, const std::string& why) const
{
    if (const Node* node = Find(key))
    {
        Refuse(*node, why);
    }
}

const Key&
Section::Known(std::string_view key) const
{
    const auto known = std::find_if(m_keys->keys.begin(), m_keys->keys.end(), [&](const Key& k) {
        return k.name == key;
    });
    Check(known != m_keys->keys.end(), "the reader asked for a key that its format lacks");
    return *known;
}

void
Section::RefuseUnknown(const Entry& entry) const
{
    const auto names = NamesOf(*m_keys);
    const bool canBeTuned = std::count(names.begin(), names.end(), "tuned") > 0;
    const bool isKnob =
        m_keys == &ScenarioFormat().nat ? IsKnobOfAnyNat(entry.key) : IsKnobOfAnyFamily(entry.key);
    const bool tuned = canBeTuned && isKnob && NearestName(entry.key, names).empty();
    RefuseAt(entry.where,
             entry.node.path,
             tuned ? "this belongs below [" + m_node->path + ".tuned]"
                   : "there is no such key. " + Alternatives(entry.key, names));
}

std::vector<const Entry*>
NamedTables(const Section& top, std::string_view kind)
{
    std::vector<const Entry*> tables;
    const Node* node = top.Find(kind);
    if (node == nullptr)
    {
        return tables;
    }
    const std::string kindName(kind);
    const auto* table = std::get_if<Table>(&node->value);
    if (table == nullptr)
    {
        Refuse(*node, "expected a table of its own for each, as [" + kindName + ".NAME]");
    }
    for (const Entry& entry : *table)
    {
        if (!std::holds_alternative<Table>(entry.node.value))
        {
            Refuse(entry.node, "expected a table, as [" + kindName + ".NAME] or { ... }");
        }
        CheckName(entry.key, entry.where, entry.node.path);
        tables.push_back(&entry);
    }
    return tables;
}

void
CheckName(const std::string& name, const std::string& where, const std::string& path)
{
    const bool fit = !name.empty() && name.size() <= MAX_NAME_LENGTH &&
                     std::all_of(name.begin(), name.end(), [](char letter) {
                         return ('a' <= letter && letter <= 'z') ||
                                ('A' <= letter && letter <= 'Z') ||
                                ('0' <= letter && letter <= '9') || letter == '-' || letter == '_';
                     });
    if (!fit)
    {
        RefuseAt(where,
                 path,
                 Quoted(name) + " is no name: use letters, digits, - and _, at most " +
                     std::to_string(MAX_NAME_LENGTH));
    }
}

} // namespace portlab
