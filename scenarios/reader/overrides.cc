// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/reader/overrides.h"

#include "model/core/base/quoted.h"
#include "scenarios/reader/alternatives.h"
#include "scenarios/reader/toml-tree.h"

#include <algorithm>
#include <utility>

namespace portlab
{

namespace
{

/// The tables whose members' names the user gives.
const std::vector<std::string>&
NamedKinds()
{
    static const std::vector<std::string>
        kinds{"hosts", "services", "traffic", "calls", "nodes", "nats", "firewalls"};
    return kinds;
}

bool
IsNamedKind(const std::string& key)
{
    return std::count(NamedKinds().begin(), NamedKinds().end(), key) > 0;
}

std::vector<std::string>
MemberNames(const Node* node)
{
    std::vector<std::string> names;
    const auto* table = node ? std::get_if<Table>(&node->value) : nullptr;
    for (std::size_t i = 0; table && i < table->size(); ++i)
    {
        names.push_back((*table)[i].key);
    }
    return names;
}

/// Moves the leaves of `from` into `to` as keys with dots: tuned.net.ipv4.tcp_tw_reuse is the knob
/// net.ipv4.tcp_tw_reuse.
void
FlattenInto(Table& to, Table& from, const std::string& prefix)
{
    for (Entry& entry : from)
    {
        auto* table = std::get_if<Table>(&entry.node.value);
        const std::string key = prefix + entry.key;
        if (table == nullptr || table->empty())
        {
            to.push_back({key, entry.where, std::move(entry.node)});
        }
        else
        {
            FlattenInto(to, *table, key + ".");
        }
    }
}

void
FlattenTuned(Node& root)
{
    for (const std::string& kind : NamedKinds())
    {
        Node* tables = root.Find(kind);
        auto* named = tables ? std::get_if<Table>(&tables->value) : nullptr;
        for (std::size_t i = 0; named && i < named->size(); ++i)
        {
            Node* tuned = (*named)[i].node.Find("tuned");
            if (auto* knobs = tuned ? std::get_if<Table>(&tuned->value) : nullptr)
            {
                Table flat;
                FlattenInto(flat, *knobs, "");
                *knobs = std::move(flat);
            }
        }
    }
}

/// The keys on the way to a value. What follows `tuned` is one key, whose name may have dots.
std::vector<std::string>
SplitPath(const std::string& path, const std::string& option)
{
    std::vector<std::string> keys;
    for (std::size_t begin = 0; begin <= path.size();)
    {
        const bool knob = keys.size() == 3 && IsNamedKind(keys[0]) && keys[2] == "tuned";
        const std::size_t end = knob ? path.size() : std::min(path.find('.', begin), path.size());
        keys.push_back(path.substr(begin, end - begin));
        begin = end + 1;
    }
    if (std::count(keys.begin(), keys.end(), "") > 0)
    {
        RefuseAt(option, "", "expected KEY=VALUE, with a KEY such as traffic.main.arrivals");
    }
    return keys;
}

/// Walks to the table that holds the last of `keys`; makes tables that are not there, but none of
/// the named kinds: what has no name in the file would be a misspelling.
Node&
FindParent(Node& root, const std::vector<std::string>& keys, const std::string& option)
{
    constexpr std::size_t deepest = 8;
    if (keys.size() > deepest)
    {
        RefuseAt(option, "", "the key has more dots than any key of a scenario");
    }
    Node* node = &root;
    for (std::size_t i = 0; i + 1 < keys.size(); ++i)
    {
        Node* next = node->Find(keys[i]);
        if (!next || !std::holds_alternative<Table>(next->value))
        {
            node->Set(keys[i], {JoinPath(node->path, keys[i]), option});
            next = node->Find(keys[i]);
        }
        if (i == 0 && IsNamedKind(keys[0]) && !next->Find(keys[1]))
        {
            const auto names = MemberNames(next);
            RefuseAt(option,
                     "",
                     names.empty() ? "the scenario has no " + keys[0]
                                   : "there is no " + JoinPath(keys[0], keys[1]) + ". " +
                                         Alternatives(keys[1], names));
        }
        node = next;
    }
    return *node;
}

/// What the user typed, as a message can repeat it: on one line, in ASCII, of bearable length.
std::string
Repeat(const std::string& typed)
{
    constexpr std::size_t longest = 100;
    const bool plain = std::all_of(typed.begin(), typed.end(), [](char letter) {
        return 0x20 <= letter && letter < 0x7f;
    });
    return plain && typed.size() <= longest ? typed : Quoted(typed);
}

void
ApplySet(Node& root, const std::string& path, const std::string& typed)
{
    const std::string option = "--set " + Repeat(path) + "=" + Repeat(typed);
    const auto keys = SplitPath(path, option);
    Node& parent = FindParent(root, keys, option);
    parent.Set(keys.back(), ParseTyped(typed, JoinPath(parent.path, keys.back()), option));
}

/// Replaces one group's system. Its knobs were chosen for the old one, so they go.
std::string
ReplaceOs(Entry& group, const std::string& os)
{
    auto& table = std::get<Table>(group.node.value);
    const auto knobs = MemberNames(group.node.Find("tuned"));
    table.erase(
        std::remove_if(table.begin(), table.end(), [](const Entry& e) { return e.key == "tuned"; }),
        table.end());
    group.node.Set("os", {JoinPath(group.node.path, "os"), "--os " + Repeat(os), os, os});
    std::string names;
    for (const std::string& knob : knobs)
    {
        names += (names.empty() ? "" : ", ") + knob;
    }
    return names.empty()
               ? ""
               : group.node.path + ": compare with " + Repeat(os) + " drops tuned: " + names + ".";
}

std::vector<std::string>
ApplyOs(Node& root, const Overrides& overrides)
{
    std::vector<std::string> notes;
    Node* hosts = root.Find("hosts");
    const auto names = MemberNames(hosts);
    for (const std::string& name : overrides.osHosts)
    {
        if (std::count(names.begin(), names.end(), name) == 0)
        {
            RefuseAt("--hosts " + Repeat(name),
                     "",
                     "there is no host group of that name. " + Alternatives(name, names));
        }
    }
    for (std::size_t i = 0; i < names.size() && !overrides.os.empty(); ++i)
    {
        Entry& group = std::get<Table>(hosts->value)[i];
        const auto& only = overrides.osHosts;
        const bool meant = only.empty() || std::count(only.begin(), only.end(), group.key) > 0;
        if (meant && std::holds_alternative<Table>(group.node.value))
        {
            notes.push_back(ReplaceOs(group, overrides.os));
        }
    }
    notes.erase(std::remove(notes.begin(), notes.end(), ""), notes.end());
    return notes;
}

} // namespace

std::vector<std::string>
ApplyOverrides(Node& root, const Overrides& overrides)
{
    FlattenTuned(root);
    for (const auto& [path, typed] : overrides.set)
    {
        ApplySet(root, path, typed);
        FlattenTuned(root);
    }
    return ApplyOs(root, overrides);
}

} // namespace portlab
