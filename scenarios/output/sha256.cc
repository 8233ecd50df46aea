// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/output/sha256.h"

#include <array>
#include <cstdint>
#include <fmt/format.h>

namespace portlab
{

namespace
{

using Word = std::uint32_t;

constexpr std::size_t BLOCK_BYTES = 64;
constexpr std::size_t ROUND_COUNT = 64;

/// FIPS 180-4, section 4.2.2.
constexpr std::array<Word, ROUND_COUNT> ROUND_CONSTANTS{
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

/// Eight words, a to h in the standard's text.
using State = std::array<Word, 8>;

/// FIPS 180-4, section 5.3.3.
constexpr State INITIAL_STATE{0x6a09e667,
                              0xbb67ae85,
                              0x3c6ef372,
                              0xa54ff53a,
                              0x510e527f,
                              0x9b05688c,
                              0x1f83d9ab,
                              0x5be0cd19};

constexpr Word
RotateRight(Word word, unsigned count)
{
    return word >> count | word << (32 - count);
}

/// The message schedule, section 6.2.2 step 1.
std::array<Word, ROUND_COUNT>
Schedule(std::string_view block)
{
    std::array<Word, ROUND_COUNT> words{};
    for (std::size_t byte = 0; byte < BLOCK_BYTES; ++byte)
    {
        words[byte / 4] = words[byte / 4] << 8 | static_cast<unsigned char>(block[byte]);
    }
    for (std::size_t i = 16; i < ROUND_COUNT; ++i)
    {
        const Word before15 = words[i - 15];
        const Word before2 = words[i - 2];
        words[i] = words[i - 16] + words[i - 7] +
                   (RotateRight(before15, 7) ^ RotateRight(before15, 18) ^ before15 >> 3) +
                   (RotateRight(before2, 17) ^ RotateRight(before2, 19) ^ before2 >> 10);
    }
    return words;
}

/// Section 6.2.2 steps 2 to 4.
void
Absorb(State& state, std::string_view block)
{
    const auto words = Schedule(block);
    auto [a, b, c, d, e, f, g, h] = state;
    for (std::size_t i = 0; i < ROUND_COUNT; ++i)
    {
        const Word choice = (e & f) ^ (~e & g);
        const Word majority = (a & b) ^ (a & c) ^ (b & c);
        const Word first = h + (RotateRight(e, 6) ^ RotateRight(e, 11) ^ RotateRight(e, 25)) +
                           choice + ROUND_CONSTANTS[i] + words[i];
        const Word second =
            (RotateRight(a, 2) ^ RotateRight(a, 13) ^ RotateRight(a, 22)) + majority;
        h = g;
        g = f;
        f = e;
        e = d + first;
        d = c;
        c = b;
        b = a;
        a = first + second;
    }
    const State added{a, b, c, d, e, f, g, h};
    for (std::size_t i = 0; i < state.size(); ++i)
    {
        state[i] += added[i];
    }
}

/// The last block or two: what is left of the message, a one bit, zeros, and the length in bits
/// (section 5.1.1).
std::string
PaddedTail(std::string_view bytes)
{
    constexpr std::size_t LENGTH_BYTES = 8;
    std::string tail(bytes.substr(bytes.size() - bytes.size() % BLOCK_BYTES));
    tail += '\x80';
    while (tail.size() % BLOCK_BYTES != BLOCK_BYTES - LENGTH_BYTES)
    {
        tail += '\0';
    }
    const std::uint64_t bits = std::uint64_t{bytes.size()} * 8;
    for (int shift = 56; shift >= 0; shift -= 8)
    {
        tail += static_cast<char>(static_cast<unsigned char>(bits >> shift));
    }
    return tail;
}

void
AbsorbBlocks(State& state, std::string_view bytes)
{
    for (std::size_t first = 0; first + BLOCK_BYTES <= bytes.size(); first += BLOCK_BYTES)
    {
        Absorb(state, bytes.substr(first, BLOCK_BYTES));
    }
}

} // namespace

std::string
Sha256(std::string_view bytes)
{
    State state = INITIAL_STATE;
    AbsorbBlocks(state, bytes);
    AbsorbBlocks(state, PaddedTail(bytes));
    std::string digest;
    for (const Word word : state)
    {
        digest += fmt::format("{:08x}", word);
    }
    return digest;
}

} // namespace portlab
