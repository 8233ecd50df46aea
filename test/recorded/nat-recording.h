// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEST_NAT_RECORDING_H
#define PORTLAB_TEST_NAT_RECORDING_H

#include "test/recorded/csv-table.h"

#include <string>
#include <vector>

namespace portlab::test
{

/// A file of test/data/netfilter-6.18, by its name without ".csv". Its cells may stand in quotes,
/// and its lines end in carriage returns: both are left out, and each comma between quotes becomes
/// a semicolon.
std::vector<CsvRow> ReadNatRecording(const std::string& name);

/// The words of a cell like "('CLOSE'; 9; ''; 5003)": CLOSE, 9, nothing, 5003. None if the cell is
/// empty.
std::vector<std::string> TupleAt(const CsvRow& row, const std::string& column);

} // namespace portlab::test

#endif // PORTLAB_TEST_NAT_RECORDING_H
