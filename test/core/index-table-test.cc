// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/base/random.h"
#include "model/core/nat/index-table.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <gtest/gtest.h>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace
{

using portlab::IndexTable;
using portlab::Random;
using portlab::StreamKey;

constexpr std::uint32_t NONE = IndexTable::NONE;

/// The size of a table that has not grown.
constexpr std::uint32_t FIRST_SLOTS = 8;

/// The hash of a key whose home is a slot of a table that has not grown.
constexpr std::uint64_t
HomeAt(std::uint64_t slot)
{
    return slot << 61;
}

/// Things whose keys and hashes a test chooses, and their index.
class Shelf
{
  public:
    /// Adds a thing and returns what it replaced.
    std::uint32_t Put(std::uint32_t id, std::uint64_t key, std::uint64_t hash)
    {
        m_things.resize(std::max<std::size_t>(m_things.size(), id + 1));
        m_things[id] = {key, hash};
        return m_index.Put(
            hash,
            id,
            [&](std::uint32_t other) { return LookAt(other) == key; },
            [&](std::uint32_t other) { return m_things.at(other).hash; });
    }

    std::uint32_t Find(std::uint64_t key, std::uint64_t hash) const
    {
        return m_index.Find(hash, [&](std::uint32_t id) { return LookAt(id) == key; });
    }

    void Erase(std::uint32_t id)
    {
        m_index.Erase(m_things.at(id).hash, id, [&](std::uint32_t other) {
            return m_things.at(other).hash;
        });
    }

    const IndexTable& Index() const
    {
        return m_index;
    }

    /// How often a thing's key was looked at.
    std::uint32_t Looks() const
    {
        return m_looks;
    }

  private:
    struct Thing
    {
        std::uint64_t key;
        std::uint64_t hash;
    };

    std::uint64_t LookAt(std::uint32_t id) const
    {
        ++m_looks;
        return m_things.at(id).key;
    }

    std::vector<Thing> m_things;
    IndexTable m_index;
    mutable std::uint32_t m_looks{0};
};

/// Random operations on few keys, so that many are met again; `hashOf` may be as bad as it likes.
template <typename HashOf>
void
AgreeWithAMap(std::uint64_t seed, std::uint32_t keys, const HashOf& hashOf)
{
    SCOPED_TRACE("seed " + std::to_string(seed) + ", " + std::to_string(keys) + " keys");
    Random random(StreamKey(seed, 1).With("index"));
    Shelf shelf;
    std::map<std::uint64_t, std::uint32_t> known; // Key and id.
    std::vector<std::uint32_t> freeIds;
    for (std::uint32_t id = 0; id <= keys; ++id)
    {
        freeIds.push_back(id);
    }
    for (int step = 0; step < 6000; ++step)
    {
        const std::uint64_t key = random.Below(keys);
        const auto place = known.find(key);
        const std::uint32_t expected = place == known.end() ? NONE : place->second;
        ASSERT_EQ(shelf.Find(key, hashOf(key)), expected) << "step " << step << ", key " << key;
        // Filled up, then drained.
        if (random.Below(100) < (step < 4000 ? 65u : 25u))
        {
            const std::uint32_t id = freeIds.back();
            freeIds.pop_back();
            ASSERT_EQ(shelf.Put(id, key, hashOf(key)), expected) << "step " << step;
            known[key] = id;
        }
        else if (expected != NONE)
        {
            shelf.Erase(expected);
            known.erase(key);
        }
        if (expected != NONE)
        {
            freeIds.push_back(expected);
        }
        ASSERT_EQ(shelf.Index().Count(), known.size());
    }
    for (std::uint64_t key = 0; key < keys; ++key)
    {
        const auto place = known.find(key);
        ASSERT_EQ(shelf.Find(key, hashOf(key)), place == known.end() ? NONE : place->second);
    }
}

} // namespace

TEST(IndexTable, FindsWhatWasPutAndNothingElse)
{
    Shelf shelf;
    EXPECT_EQ(shelf.Find(10, HomeAt(3)), NONE);
    EXPECT_EQ(shelf.Put(7, 10, HomeAt(3)), NONE);

    EXPECT_EQ(shelf.Find(10, HomeAt(3)), 7u);
    EXPECT_EQ(shelf.Find(11, HomeAt(3)), NONE);
    EXPECT_EQ(shelf.Find(10, HomeAt(2)), NONE);
}

TEST(IndexTable, ReplacesAThingOfTheSameKeyAndSaysWhich)
{
    Shelf shelf;
    shelf.Put(7, 10, HomeAt(3));

    EXPECT_EQ(shelf.Put(8, 10, HomeAt(3)), 7u);
    EXPECT_EQ(shelf.Find(10, HomeAt(3)), 8u);
    EXPECT_EQ(shelf.Index().Count(), 1u);
}

TEST(IndexTable, ReplacesOneThingByAnotherWithoutALook)
{
    IndexTable index;
    const auto isSought = [](std::uint32_t) { return true; };
    const auto hashOf = [](std::uint32_t) { return HomeAt(7); };
    const auto isOther = [](std::uint32_t) { return false; };
    index.Put(HomeAt(7), 1, isOther, hashOf);
    index.Put(HomeAt(7), 2, isOther, hashOf);
    index.Replace(HomeAt(7), 2, 5);
    index.Erase(HomeAt(7), 1, hashOf);

    EXPECT_EQ(index.Find(HomeAt(7), isSought), 5u);
    EXPECT_EQ(index.Count(), 1u);
}

/// Four things fit into the first eight slots. All their homes, and the removal of each of them:
/// runs that meet, gaps within them, and runs around the end of the table.
TEST(IndexTable, LosesNothingWhereverFourThingsLiveAndWhicheverOfThemLeaves)
{
    constexpr std::uint32_t things = 4;
    for (std::uint32_t homes = 0; homes < 8 * 8 * 8 * 8; ++homes)
    {
        const auto hashOf = [homes](std::uint32_t id) { return HomeAt(homes >> 3 * id & 7); };
        for (std::uint32_t leaving = 0; leaving < things; ++leaving)
        {
            Shelf shelf;
            for (std::uint32_t id = 0; id < things; ++id)
            {
                ASSERT_EQ(shelf.Put(id, id, hashOf(id)), NONE);
            }
            shelf.Erase(leaving);
            for (std::uint32_t id = 0; id < things; ++id)
            {
                ASSERT_EQ(shelf.Find(id, hashOf(id)), id == leaving ? NONE : id)
                    << "homes 0" << std::oct << homes << ", without " << leaving;
            }
            ASSERT_EQ(shelf.Index().MemoryBytes(), FIRST_SLOTS * sizeof(std::uint32_t));
        }
    }
}

TEST(IndexTable, LooksOnAfterAThingThatAgreesInAllButTheKey)
{
    Shelf shelf;
    shelf.Put(1, 10, HomeAt(3) + 5);
    shelf.Put(2, 11, HomeAt(3) + 5);
    const std::uint32_t looks = shelf.Looks();

    EXPECT_EQ(shelf.Find(11, HomeAt(3) + 5), 2u);
    EXPECT_EQ(shelf.Looks(), looks + 2);
}

TEST(IndexTable, LooksAtNoThingOfAnotherHomeOrWithOtherBitsOfTheHash)
{
    constexpr std::uint64_t bit = std::uint64_t{1} << 26;
    Shelf shelf;
    shelf.Put(1, 10, HomeAt(3));
    shelf.Put(2, 11, HomeAt(3) + bit);
    shelf.Put(3, 12, HomeAt(4));
    EXPECT_EQ(shelf.Looks(), 0u);

    EXPECT_EQ(shelf.Find(12, HomeAt(4)), 3u);
    EXPECT_EQ(shelf.Looks(), 1u);
    EXPECT_EQ(shelf.Find(13, HomeAt(3) + 2 * bit), NONE);
    EXPECT_EQ(shelf.Find(13, HomeAt(2)), NONE);
    EXPECT_EQ(shelf.Looks(), 1u);
}

TEST(IndexTable, AgreesWithAMapWhateverTheHash)
{
    for (std::uint64_t seed = 1; seed <= 5; ++seed)
    {
        for (const std::uint32_t keys : {5u, 60u, 2000u})
        {
            const auto good = [](std::uint64_t key) { return portlab::Mix(key + 1); };
            const auto crowded = [good](std::uint64_t key) { return good(key % 7); };
            const auto neighbours = [](std::uint64_t key) {
                return ~std::uint64_t{0} - (key << 57);
            };
            ASSERT_NO_FATAL_FAILURE(AgreeWithAMap(seed, keys, good));
            ASSERT_NO_FATAL_FAILURE(AgreeWithAMap(seed, keys, neighbours));
            ASSERT_NO_FATAL_FAILURE(AgreeWithAMap(seed, std::min(keys, 200u), crowded));
        }
        const auto constant = [](std::uint64_t) { return ~std::uint64_t{0}; };
        ASSERT_NO_FATAL_FAILURE(AgreeWithAMap(seed, 40, constant));
    }
}

TEST(IndexTable, HasThreeSlotsInFiveInUseAtMostAndFromAHundredThingsOnNearlyHalf)
{
    Shelf shelf;
    for (std::uint32_t id = 0; id < 50000; ++id)
    {
        shelf.Put(id, id, portlab::Mix(id));
        const std::size_t slots = shelf.Index().MemoryBytes() / sizeof(std::uint32_t);
        ASSERT_LE((id + 1) * 5, slots * 3) << id;
        ASSERT_TRUE(id < 100 || (id + 1) * 100 >= slots * 47) << id;
    }
}

TEST(IndexTable, TakesIdsUpToItsLimit)
{
    IndexTable index;
    const auto isOther = [](std::uint32_t) { return false; };
    const auto isSought = [](std::uint32_t) { return true; };
    const auto hashOf = [](std::uint32_t) { return ~std::uint64_t{0}; };
    constexpr std::uint32_t last = IndexTable::ID_LIMIT - 1;

    EXPECT_EQ(index.Put(hashOf(0), last, isOther, hashOf), NONE);
    EXPECT_EQ(index.Find(hashOf(0), isSought), last);
    EXPECT_THROW(index.Put(hashOf(0), last + 1, isOther, hashOf), std::logic_error);
    EXPECT_THROW(index.Replace(hashOf(0), last, last + 1), std::logic_error);
    EXPECT_EQ(index.Find(hashOf(0), isSought), last);
}

TEST(IndexTable, ComplainsWhenItIsToForgetWhatItDoesNotKnow)
{
    Shelf shelf;
    shelf.Put(1, 10, HomeAt(3));
    shelf.Put(2, 11, HomeAt(3));
    shelf.Erase(2);

    EXPECT_THROW(shelf.Erase(2), std::logic_error);
    EXPECT_EQ(shelf.Index().Count(), 1u);
    EXPECT_EQ(shelf.Find(10, HomeAt(3)), 1u);
}
