// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/reader/node.h"

#include "model/core/base/quoted.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>
#include <utility>

namespace portlab
{

namespace
{

constexpr std::size_t LONGEST_SHOWN = 60;

bool
IsPlainKey(std::string_view key)
{
    return !key.empty() && key.size() <= LONGEST_SHOWN &&
           std::all_of(key.begin(), key.end(), [](char letter) {
               return ('a' <= letter && letter <= 'z') || ('A' <= letter && letter <= 'Z') ||
                      ('0' <= letter && letter <= '9') || letter == '-' || letter == '_' ||
                      letter == '.';
           });
}

std::string
PlainKey(std::string_view key)
{
    return IsPlainKey(key) ? std::string(key) : Quoted(key);
}

/// The members of a list or table, with commas, as many as bear reading.
template <typename Members, typename ShowOne>
std::string
ShowMembers(const Members& members, ShowOne showOne)
{
    std::string text;
    for (const auto& member : members)
    {
        text += text.empty() ? "" : ", ";
        if (text.size() > LONGEST_SHOWN)
        {
            return text + "...";
        }
        text += showOne(member);
    }
    return text;
}

/// Whether `where` is an option that names the path and its value already.
bool
IsSaidBy(const std::string& where, const std::string& path)
{
    return where.rfind("--set " + path + "=", 0) == 0 || where.rfind("--os ", 0) == 0;
}

struct Shower
{
    std::string operator()(const std::string& text) const
    {
        return Quoted(text);
    }

    std::string operator()(std::int64_t number) const
    {
        return std::to_string(number);
    }

    std::string operator()(double number) const
    {
        const std::string text = ShowNumber(number);
        const bool whole = text.find_first_not_of("-0123456789") == std::string::npos;
        return whole ? text + ".0" : text;
    }

    std::string operator()(bool flag) const
    {
        return flag ? "true" : "false";
    }

    std::string operator()(const List& list) const
    {
        return "[" + ShowMembers(list, Show) + "]";
    }

    std::string operator()(const Table& table) const
    {
        const auto entry = [](const Entry& e) { return PlainKey(e.key) + " = " + Show(e.node); };
        return table.empty() ? "{}" : "{ " + ShowMembers(table, entry) + " }";
    }
};

} // namespace

const Node*
Node::Find(std::string_view key) const
{
    const auto* table = std::get_if<Table>(&value);
    if (table == nullptr)
    {
        return nullptr;
    }
    const auto entry =
        std::find_if(table->begin(), table->end(), [&](const Entry& e) { return e.key == key; });
    return entry == table->end() ? nullptr : &entry->node;
}

Node*
Node::Find(std::string_view key)
{
    return const_cast<Node*>(std::as_const(*this).Find(key));
}

void
Node::Set(const std::string& key, Node child)
{
    if (Node* present = Find(key))
    {
        *present = std::move(child);
        return;
    }
    const std::string origin = child.where;
    std::get<Table>(value).push_back({key, origin, std::move(child)});
}

std::string
JoinPath(const std::string& path, std::string_view key)
{
    return path.empty() ? PlainKey(key) : path + "." + PlainKey(key);
}

std::string
ShowNumber(double number)
{
    std::array<char, 32> text{};
    const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), number);
    return {text.data(), end};
}

std::string
Show(const Node& node)
{
    return std::visit(Shower{}, node.value);
}

void
Refuse(const Node& node, const std::string& why)
{
    const bool said = IsSaidBy(node.where, node.path);
    throw std::invalid_argument(node.where + ": " +
                                (said ? "" : node.path + " = " + Show(node) + ": ") + why);
}

void
Refuse(const Node& node, std::string_view text, std::string_view message)
{
    std::string why(message);
    const std::string quoted = Quoted(text);
    if (why.rfind(quoted + ": ", 0) == 0)
    {
        why.erase(0, quoted.size() + 2);
    }
    else if (const auto at = why.find(" " + quoted); at != std::string::npos)
    {
        why.erase(at, quoted.size() + 1);
    }
    Refuse(node, why);
}

void
RefuseAt(const std::string& where, const std::string& path, const std::string& why)
{
    const bool said = path.empty() || IsSaidBy(where, path);
    throw std::invalid_argument(where + ": " + (said ? "" : path + ": ") + why);
}

} // namespace portlab
