// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/base/random.h"
#include "model/core/port/policies/epoch-table.h"

#include <cstdint>
#include <gtest/gtest.h>
#include <map>

namespace
{

using portlab::EpochTable;
using portlab::Random;
using portlab::StreamKey;

} // namespace

TEST(EpochTable, ForgetsEveryCellWhenAnEpochBegins)
{
    EpochTable table;
    table.Cell(0, 7) = 5;
    EXPECT_EQ(table.Cell(0, 7), 5u);

    EXPECT_EQ(table.Cell(1, 7), 0u);
    table.Cell(1, 7) = 6;
    EXPECT_EQ(table.Cell(1, 7), 6u);
    EXPECT_EQ(table.Cell(2, 7), 0u);
}

/// Few cells and many, epochs that come one by one and after a gap.
TEST(EpochTable, AgreesWithAMapThatIsCleared)
{
    for (std::uint64_t seed = 1; seed <= 20; ++seed)
    {
        Random random(StreamKey(seed, 1).With("epochs"));
        EpochTable table;
        std::map<std::uint32_t, std::uint32_t> known;
        std::uint32_t epoch = 0;
        for (int i = 0; i < 4000; ++i)
        {
            if (random.Below(200) == 0)
            {
                epoch += 1 + random.Below(3);
                known.clear();
            }
            const std::uint32_t cell = random.Below(seed % 2 == 0 ? 30 : 65536);
            ASSERT_EQ(table.Cell(epoch, cell), known[cell]) << "seed " << seed << ", step " << i;
            table.Cell(epoch, cell) += 3;
            known[cell] += 3;
        }
    }
}

TEST(EpochTable, TakesMemoryForTheCellsOfOneEpochOnly)
{
    EpochTable table;
    for (std::uint32_t epoch = 0; epoch < 1000; ++epoch)
    {
        for (std::uint32_t cell = 0; cell < 100; ++cell)
        {
            ++table.Cell(epoch, cell * 601 + epoch);
        }
    }

    EXPECT_EQ(table.MemoryBytes(), 256 * 3 * sizeof(std::uint32_t));
}
