// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_OUTPUT_FORMAT_H
#define PORTLAB_OUTPUT_FORMAT_H

namespace portlab
{

/// How a command prints what it has to say.
enum class OutputFormat
{
    Table, ///< For people.
    Json,
    Csv,
};

} // namespace portlab

#endif // PORTLAB_OUTPUT_FORMAT_H
