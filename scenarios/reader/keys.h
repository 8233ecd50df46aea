// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_KEYS_H
#define PORTLAB_KEYS_H

#include <string>
#include <vector>

namespace portlab
{

/// One key of the scenario format.
struct Key
{
    std::string name;
    std::string example{}; ///< The line that one would write.
    bool required{false};
    std::string later{}; ///< What this version does not model yet; empty: it does.
};

/// The keys of one kind of table.
struct KeyTable
{
    /// Where such tables stand, `*` for names that the user gives: "hosts.*". The root's is "".
    std::vector<std::string> places;
    std::vector<Key> keys;
};

/// The whole format: nothing else in the reader lists keys, and a test compares them with
/// scenario.schema.json.
struct Format
{
    KeyTable top;
    KeyTable node;
    KeyTable host;
    KeyTable service;
    KeyTable traffic;
    KeyTable call;
    KeyTable arrivals;
    KeyTable hold;
    KeyTable lognormal;
    KeyTable closes;
    KeyTable onFailure;
    KeyTable nat;
    KeyTable firewall;
};

const Format& ScenarioFormat();

std::vector<const KeyTable*> TablesOf(const Format& format);

/// The keys that this version models.
std::vector<std::string> NamesOf(const KeyTable& table);

} // namespace portlab

#endif // PORTLAB_KEYS_H
