// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_RANDOM_H
#define PORTLAB_RANDOM_H

#include <cmath>
#include <cstdint>
#include <string_view>

namespace portlab
{

/// Stirs 64 bits so that every input bit reaches every output bit.
/// Source: the finaliser of SplitMix64, "Fast splittable pseudorandom number generators",
/// Steele, Lea, Flood, OOPSLA 2014, variant 13 of D. Stafford's mixers.
constexpr std::uint64_t
Mix(std::uint64_t bits)
{
    bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9u;
    bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebu;
    return bits ^ (bits >> 31);
}

/// Names a stream of random numbers. Streams are named by what they are for, never numbered in
/// order of creation, so that adding a host leaves the draws of all others as they were.
class StreamKey
{
  public:
    constexpr StreamKey(std::uint64_t seed, std::uint64_t run)
        : m_bits(Mix(Mix(seed + GOLDEN) ^ (run + GOLDEN)))
    {
    }

    constexpr StreamKey With(std::uint64_t part) const
    {
        return StreamKey(Mix(m_bits + GOLDEN) ^ Mix(part ^ GOLDEN));
    }

    constexpr StreamKey With(std::string_view name) const
    {
        // The mark keeps names and numbers apart: With("") is not With(0).
        StreamKey key = With(NAME_MARK + name.size());
        for (const char letter : name)
        {
            key = key.With(static_cast<std::uint64_t>(static_cast<unsigned char>(letter)));
        }
        return key;
    }

    constexpr std::uint64_t Bits() const
    {
        return m_bits;
    }

  private:
    explicit constexpr StreamKey(std::uint64_t bits)
        : m_bits(Mix(bits))
    {
    }

    static constexpr std::uint64_t GOLDEN = 0x9e3779b97f4a7c15u;
    static constexpr std::uint64_t NAME_MARK = std::uint64_t{1} << 63;
    std::uint64_t m_bits;
};

/// A stream of random numbers in 16 bytes, so that each of a million sources can own one.
/// The algorithm is SplittableRandom (Steele, Lea, Flood 2014), specified here and nowhere else:
/// the same key gives the same numbers with every compiler and standard library.
class Random
{
  public:
    explicit constexpr Random(StreamKey key)
        : m_state(key.Bits()),
          m_step(Mix(key.Bits() + 0x9e3779b97f4a7c15u) | 1u)
    {
    }

    constexpr std::uint64_t Bits()
    {
        m_state += m_step;
        return Mix(m_state);
    }

    /// Uniform on 0 .. bound-1; `bound` is at least 1. The multiply-shift method without rejection:
    /// for a bound below 2^17 no value is off by more than 2^-47 of its share.
    constexpr std::uint32_t Below(std::uint32_t bound)
    {
        return static_cast<std::uint32_t>((Wide{Bits()} * bound) >> 64);
    }

    /// Uniform on (0, 1]: never zero, so that its logarithm is finite.
    constexpr double Unit()
    {
        return static_cast<double>((Bits() >> 11) + 1) * 0x1p-53;
    }

    /// Exponential with mean 1.
    double Exponential()
    {
        return -std::log(Unit());
    }

    /// Standard normal, by the polar method without its second value: no state to carry.
    double Normal()
    {
        while (true)
        {
            const double x = 2 * Unit() - 1;
            const double y = 2 * Unit() - 1;
            const double square = x * x + y * y;
            if (square > 0 && square < 1)
            {
                return x * std::sqrt(-2 * std::log(square) / square);
            }
        }
    }

  private:
    __extension__ using Wide = unsigned __int128;

    std::uint64_t m_state;
    std::uint64_t m_step;
};

} // namespace portlab

#endif // PORTLAB_RANDOM_H
