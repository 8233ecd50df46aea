// SPDX-License-Identifier: GPL-2.0-only

// How often a flow got a port while ranges filled up: three recordings of a real kernel's NAT,
// success-while-filling.csv, and the first drops of exact-count.csv, among 2,000 fillings by the
// model's search. It fills a bare range; nat-exhaustion-test.cc shows that a Nat draws the same
// ports.
//
// How the recording is read. Each try counts in the bin of what was taken before it, in thousandths
// of the range, cut. Tries went on until there had been a fixed number: 2,500 in a range of 1,000
// ports, ten times; 16,000 in 10,000, three times; 90,000 in 64,512, once. So all successes of a
// bin are known beforehand, and its failures are what is random. Those of the full range, and how
// many tries there were, are the experimenter's.

#include "test/core/chance.h"
#include "test/recorded/nat-recording.h"
#include "test/recorded/window-search.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <gtest/gtest.h>
#include <iostream>
#include <map>
#include <vector>

namespace
{

using namespace portlab;
using namespace portlab::test;

constexpr int REPLICATIONS = 2000;

struct Filling
{
    std::uint32_t size;
    std::uint32_t times; ///< Recorded one after the other, and added up.
    std::uint32_t tries; ///< Of each time.
};

constexpr std::array<Filling, 3> FILLINGS{{{1000, 10, 2500}, {10000, 3, 16000}, {64512, 1, 90000}}};

/// Ranges of exact-count.csv that a search does not look at as a whole; each was filled twice.
constexpr std::array<std::uint32_t, 3> COUNTED{129, 256, 1000};

/// Where the classes of utilisation begin, in thousandths.
constexpr std::array<std::uint32_t, 12> CLASSES{
    {0, 850, 900, 920, 940, 960, 970, 980, 985, 990, 995, 999}};

std::size_t
ClassOf(std::uint32_t thousandths)
{
    const auto next = std::upper_bound(CLASSES.begin(), CLASSES.end(), thousandths);
    return static_cast<std::size_t>(next - CLASSES.begin()) - 1;
}

/// What one set of recordings shows: failures by size and class of utilisation, the tries until the
/// first failure among 64,512 ports, and the failures before each of the small ranges was full.
using Sample = std::vector<std::uint32_t>;

/// The first failure is told by the bin it lies in, as recorded.
void
Fill(const Filling& filling, StreamKey key, const WindowRule& rule, Sample& sample)
{
    Sample failures(CLASSES.size());
    std::uint32_t firstFailure = 1000;
    for (std::uint32_t time = 0; time < filling.times; ++time)
    {
        WindowFill fill(filling.size, key.With(filling.size).With(time), rule);
        while (fill.Taken() < filling.size)
        {
            const std::uint32_t taken = fill.Taken();
            if (!fill.Try())
            {
                const std::uint32_t thousandths = taken * 1000 / filling.size;
                ++failures[ClassOf(thousandths)];
                firstFailure = std::min(firstFailure, thousandths);
            }
        }
    }
    sample.insert(sample.end(), failures.begin(), failures.end());
    sample.push_back(firstFailure);
}

Sample
ModelSample(std::uint64_t seed, const WindowRule& rule = {})
{
    const StreamKey key = StreamKey(seed, 1).With("filling");
    Sample sample;
    for (const Filling& filling : FILLINGS)
    {
        Fill(filling, key, rule, sample);
    }
    for (const std::uint32_t size : COUNTED)
    {
        for (std::uint64_t time = 0; time < 2; ++time)
        {
            WindowFill fill(size, key.With("counted").With(size).With(time), rule);
            std::uint32_t failures = 0;
            while (fill.Taken() < size)
            {
                failures += fill.Try() ? 0 : 1;
            }
            sample.push_back(failures);
        }
    }
    return sample;
}

Sample
RecordedSample()
{
    std::map<std::uint32_t, Sample> failures;
    std::map<std::uint32_t, std::uint32_t> firstFailure;
    for (const CsvRow& row : ReadNatRecording("success-while-filling"))
    {
        const std::uint32_t size = row.Number("range_size");
        const auto thousandths =
            static_cast<std::uint32_t>(row.Seconds("utilisation_bin") * 1000 + 0.5);
        const std::uint32_t failed = row.Number("attempts") - row.Number("ok");
        failures[size].resize(CLASSES.size());
        if (thousandths < 1000 && failed > 0)
        {
            failures[size][ClassOf(thousandths)] += failed;
            firstFailure.try_emplace(size, thousandths);
        }
    }
    Sample sample;
    for (const Filling& filling : FILLINGS)
    {
        const Sample& its = failures.at(filling.size);
        sample.insert(sample.end(), its.begin(), its.end());
        sample.push_back(firstFailure.at(filling.size));
    }
    for (const CsvRow& row : ReadNatRecording("exact-count"))
    {
        const std::uint32_t size = row.Number("range_size");
        if (size > 128)
        {
            sample.push_back(row.Number("last_success_attempt") - size);
        }
    }
    return sample;
}

/// Samples of the model by which others are judged.
class Envelope
{
  public:
    Envelope()
        : m_sorted(ModelSample(0).size())
    {
        for (std::uint64_t seed = 1; seed <= REPLICATIONS; ++seed)
        {
            m_samples.push_back(ModelSample(seed));
            for (std::size_t i = 0; i < m_sorted.size(); ++i)
            {
                m_sorted[i].push_back(m_samples.back()[i]);
            }
        }
        for (Sample& values : m_sorted)
        {
            std::sort(values.begin(), values.end());
        }
        for (const Sample& sample : m_samples)
        {
            m_depths.push_back(DepthOf(sample));
        }
    }

    /// The chance that a sample of the model lies as far out. How far out: for each number, how
    /// many replications lie as far on its side; the least of these first, then the next. So it
    /// corrects for the number of comparisons, and for their being of one piece, which Bonferroni's
    /// way would need millions of replications for. It is that of global envelopes by extreme rank
    /// length: M. Myllymaki and others, "Global envelope tests for spatial processes", Journal of
    /// the Royal Statistical Society B 79, 2017.
    double Chance(const Sample& sample) const
    {
        const std::vector<std::uint32_t> depth = DepthOf(sample);
        const auto farther = std::count_if(m_depths.begin(),
                                           m_depths.end(),
                                           [&](const auto& other) { return other <= depth; });
        return (1.0 + static_cast<double>(farther)) / (REPLICATIONS + 1);
    }

    /// The share of replications whose number `index` lies from `low` to `high`.
    double Share(std::size_t index, std::uint32_t low, std::uint32_t high) const
    {
        const Sample& values = m_sorted[index];
        return static_cast<double>(std::upper_bound(values.begin(), values.end(), high) -
                                   std::lower_bound(values.begin(), values.end(), low)) /
               REPLICATIONS;
    }

    double Mean(std::size_t index) const
    {
        double sum = 0;
        for (const std::uint32_t value : m_sorted[index])
        {
            sum += value;
        }
        return sum / REPLICATIONS;
    }

  private:
    std::vector<std::uint32_t> DepthOf(const Sample& sample) const
    {
        std::vector<std::uint32_t> depth;
        for (std::size_t i = 0; i < sample.size(); ++i)
        {
            const Sample& values = m_sorted[i];
            const auto below = std::upper_bound(values.begin(), values.end(), sample[i]);
            const auto above = std::lower_bound(values.begin(), values.end(), sample[i]);
            depth.push_back(
                static_cast<std::uint32_t>(std::min(below - values.begin(), values.end() - above)));
        }
        std::sort(depth.begin(), depth.end());
        return depth;
    }

    std::vector<Sample> m_samples;
    std::vector<Sample> m_sorted; ///< By number: its values in all samples.
    std::vector<std::vector<std::uint32_t>> m_depths;
};

/// Where the first failure of 64,512 ports stands in a sample.
constexpr std::size_t FIRST_FAILURE = 3 * (CLASSES.size() + 1) - 1;

} // namespace

TEST(FillingRanges, HadSuccessesInEachBinAsItIsRead)
{
    std::map<std::uint32_t, std::uint32_t> tries;
    for (const CsvRow& row : ReadNatRecording("success-while-filling"))
    {
        const std::uint32_t size = row.Number("range_size");
        const auto filling = std::find_if(FILLINGS.begin(),
                                          FILLINGS.end(),
                                          [&](const Filling& some) { return some.size == size; });
        const auto bin = static_cast<std::uint32_t>(row.Seconds("utilisation_bin") * 1000 + 0.5);
        // From the first number of taken ports that falls into the bin to the last.
        const std::uint32_t first = (bin * size + 999) / 1000;
        const std::uint32_t next = bin == 1000 ? first : ((bin + 1) * size + 999) / 1000;
        ASSERT_EQ(row.Number("ok"), (next - first) * filling->times) << size << ", " << bin;
        tries[size] += row.Number("attempts");
    }
    for (const Filling& filling : FILLINGS)
    {
        EXPECT_EQ(tries[filling.size], filling.times * filling.tries);
    }
}

/// Inside the envelope of 99.9 %; false alarm: 1e-3 in all. Of 64,512 ports the first failure comes
/// between 79 and 93 % in 19 of 20 fillings; the one recording that there is had it at 84 %.
TEST(FillingRanges, FailedAsOftenAndFromTheSameLoadOnAsTheModel)
{
    const Sample recorded = RecordedSample();
    const Envelope envelope;
    const double chance = envelope.Chance(recorded);
    std::cout << recorded.size() << " numbers, recorded and the model's mean:";
    for (std::size_t i = 0; i < recorded.size(); ++i)
    {
        std::cout << " " << recorded[i] << "/" << envelope.Mean(i);
    }
    const double share = envelope.Share(FIRST_FAILURE, 790, 929);
    std::cout << "\nchance of samples as far out " << chance
              << "; first failure of 64,512 ports from 79 to 93 %: " << share << "\n";

    EXPECT_GT(chance, 1e-3);
    EXPECT_EQ(recorded[FIRST_FAILURE], 838u);
    EXPECT_GT(share, 0.94);
}

/// Windows twice or half as wide, and a search of all ports, are found out for 19 of 20 seeds; that
/// the last window has 8 ports, nat-exhaustion-test.cc shows. Of the model's own samples the
/// chances lie as uniform draws do: Kolmogorov and Smirnov; false alarm: 1e-3.
TEST(TestOfFillingRanges, FindsOtherSearchesOutAndRaisesFalseAlarmsAsOftenAsItSays)
{
    const Envelope envelope;
    std::vector<double> chances;
    std::map<std::uint32_t, int> found;
    for (std::uint64_t seed = 10001; seed <= 10020; ++seed)
    {
        chances.push_back(envelope.Chance(ModelSample(seed)));
        for (const WindowRule& wrong : {WindowRule{256}, WindowRule{64}, EXHAUSTIVE})
        {
            found[wrong.first] += envelope.Chance(ModelSample(seed, wrong)) < 1e-3 ? 1 : 0;
        }
    }

    for (const auto& [width, times] : found)
    {
        EXPECT_GE(times, 19) << width;
    }
    EXPECT_EQ(found.size(), 3u);
    EXPECT_GT(ChanceOfUniforms(chances), 1e-3);
}
