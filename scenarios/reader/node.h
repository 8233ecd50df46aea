// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_NODE_H
#define PORTLAB_NODE_H

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace portlab
{

struct Node;
struct Entry;

using List = std::vector<Node>;
using Table = std::vector<Entry>; ///< In the order of the file.

/// One value of a scenario file, which knows where it came from so that errors can say so.
struct Node
{
    std::string
        path; ///< "traffic.main.hold", as messages and `--set` name it; the root's is empty.
    std::string where; ///< "load-test.toml:7:6", or the option that set it: "--set seed=x".
    /// What the user typed after `=` in an option: text needs no quotes there.
    std::optional<std::string> typed{};
    std::variant<std::string, std::int64_t, double, bool, List, Table> value{Table{}};

    /// The member called `key`; null if there is none or this is not a table.
    const Node* Find(std::string_view key) const;
    Node* Find(std::string_view key);

    /// Makes `child` the member called `key`, in place of one that is there; this is a table.
    void Set(const std::string& key, Node child);
};

struct Entry
{
    std::string key;
    std::string where; ///< Of the key.
    Node node;
};

/// `path` extended by a key; a key that would not read well is quoted.
std::string JoinPath(const std::string& path, std::string_view key);

/// The shortest decimal that reads back as the same number: 0.1, 10.
std::string ShowNumber(double number);

/// The value as TOML writes it, cut short where it is long.
std::string Show(const Node& node);

/// Throws std::invalid_argument: "FILE:LINE:COLUMN: KEY.PATH = VALUE: why", or "--set
/// KEY.PATH=VALUE: why".
[[noreturn]] void Refuse(const Node& node, const std::string& why);

/// The same with the message of a function that was given `text`, less its own quotation of it.
[[noreturn]] void Refuse(const Node& node, std::string_view text, std::string_view message);

/// Throws std::invalid_argument: "FILE:LINE:COLUMN: KEY.PATH: why", for what is not one value.
[[noreturn]] void RefuseAt(const std::string& where,
                           const std::string& path,
                           const std::string& why);

} // namespace portlab

#endif // PORTLAB_NODE_H
