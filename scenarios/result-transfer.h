// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_RESULT_TRANSFER_H
#define PORTLAB_RESULT_TRANSFER_H

#include "scenarios/report.h"

#include <string>

namespace portlab
{

/// A run's record as bytes, to hand it from one process to another of the same build.
std::string Pack(const RunRecord& record);

/// The record that was packed. Throws std::runtime_error if the bytes are not whole.
RunRecord Unpack(const std::string& bytes);

} // namespace portlab

#endif // PORTLAB_RESULT_TRANSFER_H
