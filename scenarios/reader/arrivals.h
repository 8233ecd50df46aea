// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_ARRIVALS_H
#define PORTLAB_ARRIVALS_H

#include "scenarios/reader/connection.h"

#include <optional>

namespace portlab
{

/// The value of an arrivals key.
struct ArrivalKeys
{
    Arrivals arrivals{PoissonArrivals{0}};
    bool total{false};            ///< The rate is that of all hosts together.
    std::optional<Trace> trace{}; ///< A trace to replay; `arrivals` is to be made of it.
};

ArrivalKeys ReadArrivals(const Node& node, const Surroundings& around);

} // namespace portlab

#endif // PORTLAB_ARRIVALS_H
