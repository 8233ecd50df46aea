// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_SECTION_H
#define PORTLAB_SECTION_H

#include "scenarios/reader/keys.h"
#include "scenarios/reader/node.h"

#include <string>
#include <string_view>
#include <vector>

namespace portlab
{

/// A table whose keys are all known, so that what the reader does not ask for is not there.
class Section
{
  public:
    /// Throws std::invalid_argument when the node is not a table, when it has a key that the
    /// format lacks (with the nearest that it has), or one that this version does not model yet.
    Section(const Node& node, const KeyTable& keys);

    const Node& Self() const
    {
        return *m_node;
    }

    /// The value of a key of the format; null where the scenario is silent.
    const Node* Find(std::string_view key) const;

    /// Throws std::invalid_argument with an example when the key is missing.
    const Node& Get(std::string_view key) const;

    /// Throws std::invalid_argument, which begins with the key's value, when the key is there.
    void Forbid(std::string_view key, const std::string& why) const;

  private:
    const Key& Known(std::string_view key) const;
    [[noreturn]] void RefuseUnknown(const Entry& entry) const;

    const Node* m_node;
    const KeyTable* m_keys;
};

/// The tables [KIND.NAME] of a scenario, in its order; none if there is no KIND. Throws
/// std::invalid_argument for anything else under KIND, and for names that would not do as names of
/// files.
std::vector<const Entry*> NamedTables(const Section& top, std::string_view kind);

/// Throws std::invalid_argument unless `name`, which stands at `where` as `path`, is made of
/// letters, digits, - and _: it will appear in paths and in names of files.
void CheckName(const std::string& name, const std::string& where, const std::string& path);

} // namespace portlab

#endif // PORTLAB_SECTION_H
