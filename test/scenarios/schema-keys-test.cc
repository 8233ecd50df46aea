// SPDX-License-Identifier: GPL-2.0-only

// The reader and the JSON schema know the same keys, and require the same.

#include "scenarios/reader/keys.h"
#include "scenarios/scenario.h"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

using namespace portlab;

namespace
{

using Json = nlohmann::json;

struct Keys
{
    std::set<std::string> all;
    std::set<std::string> required;
    std::set<std::string> later;
};

/// By place: "hosts.*".
using Places = std::map<std::string, Keys>;

Json
ReadSchema()
{
    std::ifstream file(std::filesystem::path(PORTLAB_SCENARIOS) / "scenario.schema.json");
    return Json::parse(file);
}

/// Collects the tables that `node` describes, wherever references and alternatives lead.
void
Collect(const Json& schema, const Json& node, const std::string& place, Places& places)
{
    if (node.contains("$ref"))
    {
        const std::string reference = node["$ref"];
        Collect(schema, schema.at(Json::json_pointer(reference.substr(1))), place, places);
    }
    const Json alternatives = node.value("oneOf", Json::array());
    for (const Json& alternative : alternatives)
    {
        Collect(schema, alternative, place, places);
    }
    const std::string prefix = place.empty() ? "" : place + ".";
    if (node.contains("additionalProperties") && node["additionalProperties"].is_object())
    {
        Collect(schema, node["additionalProperties"], prefix + "*", places);
    }
    const Json properties = node.value("properties", Json::object());
    for (const auto& [name, property] : properties.items())
    {
        Keys& keys = places[place];
        keys.all.insert(name);
        const auto required = node.value("required", std::vector<std::string>{});
        keys.required.insert(required.begin(), required.end());
        if (property.value("description", "") == "Not modelled yet.")
        {
            keys.later.insert(name);
        }
        Collect(schema, property, prefix + name, places);
    }
}

Places
PlacesOfSchema()
{
    const Json schema = ReadSchema();
    Places places;
    Collect(schema, schema, "", places);
    return places;
}

Places
PlacesOfReader()
{
    Places places;
    for (const KeyTable* table : TablesOf(ScenarioFormat()))
    {
        Keys keys;
        for (const Key& key : table->keys)
        {
            keys.all.insert(key.name);
            if (key.required)
            {
                keys.required.insert(key.name);
            }
            if (!key.later.empty())
            {
                keys.later.insert(key.name);
            }
        }
        for (const std::string& place : table->places)
        {
            places[place] = keys;
        }
    }
    return places;
}

} // namespace

TEST(Schema, KnowsTheKeysThatTheReaderKnows)
{
    const Places schema = PlacesOfSchema();
    const Places reader = PlacesOfReader();

    EXPECT_EQ(schema.size(), reader.size());
    for (const auto& [place, keys] : reader)
    {
        ASSERT_EQ(schema.count(place), 1u) << place;
        EXPECT_EQ(schema.at(place).all, keys.all) << place;
        EXPECT_EQ(schema.at(place).required, keys.required) << place;
        EXPECT_EQ(schema.at(place).later, keys.later) << place;
    }
}

TEST(ScenarioThatComesWithPortlab, IsReadAndBearsTheNameOfItsFile)
{
    int count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(PORTLAB_SCENARIOS))
    {
        if (entry.path().extension() == ".toml")
        {
            const Scenario scenario = ReadScenario(entry.path().string());
            EXPECT_EQ(scenario.name, entry.path().stem().string());
            EXPECT_EQ(scenario.question.back(), '?') << scenario.name;
            ++count;
        }
    }
    EXPECT_GE(count, 7);
}
