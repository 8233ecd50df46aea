// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/reader/toml-tree.h"

#include "model/core/base/quoted.h"
#include "scenarios/reader/toml-guard.h"

#include <algorithm>
#include <stdexcept>
#include <toml++/toml.h>
#include <utility>

namespace portlab
{

namespace
{

/// The format needs 8: hosts.NAME.tuned and a sysctl such as net.inet.ip.portrange.first.
constexpr std::size_t MAX_DEPTH = 16;

std::string
Position(const std::string& name, const toml::source_position& position)
{
    return name + ":" + std::to_string(std::max<unsigned>(position.line, 1)) + ":" +
           std::to_string(std::max<unsigned>(position.column, 1));
}

/// Turns the parser's nodes into ours.
class TreeBuilder
{
  public:
    /// Errors will show positions in the file `name`, or always the option where there is one.
    TreeBuilder(std::string name, std::string option)
        : m_name(std::move(name)),
          m_option(std::move(option))
    {
    }

    Node Build(const toml::node& from, const std::string& path, std::size_t depth) const
    {
        Node node{path, Where(from.source().begin)};
        if (depth > MAX_DEPTH)
        {
            RefuseAt(node.where, "", "tables nested deeper than a scenario's ever are");
        }
        if (const auto* table = from.as_table())
        {
            node.value = BuildTable(*table, path, depth);
        }
        else if (const auto* array = from.as_array())
        {
            node.value = BuildList(*array, path, depth);
        }
        else
        {
            SetScalar(node, from);
        }
        return node;
    }

  private:
    std::string Where(const toml::source_position& position) const
    {
        return m_option.empty() ? Position(m_name, position) : m_option;
    }

    Table BuildTable(const toml::table& from, const std::string& path, std::size_t depth) const
    {
        // The parser sorts by name; people expect results in the order of their file.
        std::vector<std::pair<const toml::key*, const toml::node*>> members;
        for (auto&& [key, node] : from)
        {
            members.emplace_back(&key, &node);
        }
        std::sort(members.begin(), members.end(), [](const auto& a, const auto& b) {
            return a.first->source().begin < b.first->source().begin;
        });
        Table table;
        for (const auto& [key, node] : members)
        {
            table.push_back({std::string(key->str()),
                             Where(key->source().begin),
                             Build(*node, JoinPath(path, key->str()), depth + 1)});
        }
        return table;
    }

    List BuildList(const toml::array& from, const std::string& path, std::size_t depth) const
    {
        List list;
        for (const auto& member : from)
        {
            list.push_back(
                Build(member, path + "[" + std::to_string(list.size()) + "]", depth + 1));
        }
        return list;
    }

    static void SetScalar(Node& node, const toml::node& from)
    {
        if (const auto* text = from.as_string())
        {
            node.value = text->get();
        }
        else if (const auto* integer = from.as_integer())
        {
            node.value = integer->get();
        }
        else if (const auto* number = from.as_floating_point())
        {
            node.value = number->get();
        }
        else if (const auto* flag = from.as_boolean())
        {
            node.value = flag->get();
        }
        else
        {
            RefuseAt(node.where, node.path, "a date or a time of day: a scenario has none");
        }
    }

    std::string m_name;
    std::string m_option;
};

/// The most frequent mistake is `duration = 300s`; the parser only sees a strange number.
std::string
HintAboutQuotes(const std::string& text, const toml::source_position& at)
{
    std::size_t begin = 0;
    for (toml::source_index line = 1; line < at.line && begin < text.size(); ++line)
    {
        begin = std::min(text.find('\n', begin), text.size() - 1) + 1;
    }
    const std::string_view row =
        std::string_view(text).substr(begin, text.find('\n', begin) - begin);
    const std::size_t equals = row.find('=');
    if (equals == std::string_view::npos || at.column < equals + 2)
    {
        return "";
    }
    std::string_view value = row.substr(equals + 1);
    value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
    value = value.substr(0, value.find_first_of(" \t#,\r"));
    const std::size_t unit = value.find_first_not_of("0123456789.");
    const bool withUnit =
        unit != 0 && unit != std::string_view::npos &&
        value.find_first_not_of("/abcdefghijklmnopqrstuvwxyz", unit) == std::string_view::npos;
    return withUnit ? ". A value with a unit stands in quotes: " + Quoted(value) : "";
}

/// The parser's own words, which may quote bytes of the file.
std::string
InAscii(std::string_view description)
{
    std::string text;
    for (const char letter : description.substr(0, 200))
    {
        text += letter >= 0x20 && letter < 0x7f ? letter : '?';
    }
    return text;
}

} // namespace

Node
ParseToml(const std::string& text, const std::string& name)
{
    TomlGuard(text, name).Check();
    try
    {
        const toml::table table = toml::parse(std::string_view(text), std::string_view(name));
        Node root = TreeBuilder(name, "").Build(table, "", 0);
        root.where = name + ":1:1";
        return root;
    }
    catch (const toml::parse_error& error)
    {
        const auto at = error.source().begin;
        throw std::invalid_argument(Position(name, at) + ": not TOML: " +
                                    InAscii(error.description()) + HintAboutQuotes(text, at));
    }
}

Node
ParseTyped(const std::string& typed, const std::string& path, const std::string& option)
{
    Node node{path, option, typed, typed};
    if (typed.find('\n') != std::string::npos)
    {
        return node;
    }
    try
    {
        const std::string line = "value = " + typed;
        TomlGuard(line, option).Check();
        const toml::table table = toml::parse(std::string_view(line));
        node.value = TreeBuilder("", option).Build(*table.get("value"), path, 0).value;
    }
    catch (const toml::parse_error&)
    {
        // Not a TOML value: the text itself is meant, as in 900/s or 1024-65535.
    }
    catch (const std::invalid_argument&)
    {
        // No value that a scenario could have.
    }
    return node;
}

} // namespace portlab
