// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_FACTS_H
#define PORTLAB_FACTS_H

#include "model/core/port/os-profile.h"

#include <string>
#include <utility>

namespace portlab
{

// How the rows of the catalogue write their facts: what we know, and from where.

template <typename T>
Fact<T>
Measured(T value, std::string source)
{
    return {std::move(value), Evidence::Measured, std::move(source), {}, {}};
}

template <typename T>
Fact<T>
Documented(T value, std::string source)
{
    return {std::move(value), Evidence::Documented, std::move(source), {}, {}};
}

template <typename T>
Fact<T>
Chosen(T value, std::string source)
{
    return {std::move(value), Evidence::Chosen, std::move(source), {}, {}};
}

/// Without a range: for what has no order.
template <typename T>
Fact<T>
Uncertain(T value, std::string source)
{
    return {std::move(value), Evidence::Uncertain, std::move(source), {}, {}};
}

/// What is plausible runs from `low` to `high`; for what has no order they are the alternatives.
template <typename T>
Fact<T>
Uncertain(T value, T low, T high, std::string source)
{
    return {std::move(value),
            Evidence::Uncertain,
            std::move(source),
            std::move(low),
            std::move(high)};
}

} // namespace portlab

#endif // PORTLAB_FACTS_H
