// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_PACKET_LIMITS_H
#define PORTLAB_PACKET_LIMITS_H

#include "model/core/flow/workload.h"

#include <optional>
#include <string>

namespace portlab
{

/// What of a workload packets cannot play yet, as the rest of a sentence that begins with "packet
/// level"; empty if they can play all of it.
std::optional<std::string> WhyNoPackets(const Workload& workload);

} // namespace portlab

#endif // PORTLAB_PACKET_LIMITS_H
