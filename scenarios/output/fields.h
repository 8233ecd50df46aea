// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_FIELDS_H
#define PORTLAB_FIELDS_H

#include "model/core/flow/results.h"
#include "scenarios/build-info.h"
#include "scenarios/report.h"

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace portlab
{

/// A value of a result in JSON's types: null where it has no meaning, and then also instead of NaN
/// and infinity, which JSON cannot say.
using Cell = nlohmann::ordered_json;

/// What a reader may expect in a column, besides null.
enum class FieldKind
{
    Whole,     ///< 0 ... 2^63 - 1
    WholeWide, ///< 0 ... 2^64 - 1: more than SQLite's integers hold.
    Real,
    Text,       ///< Valid UTF-8.
    Structured, ///< An array or an object; JSON text where a column has to be flat.
};

/// One named value of one row of results.
struct Field
{
    std::string_view path; ///< The key in JSON; a dot goes one level down: "failed.no_free_port".
    FieldKind kind;
    Cell value;
};

/// A row. Which fields a row has, their order and their kinds depend on its type alone.
///
/// This is the only place that knows the names of results: JSON nests these rows, CSV and SQLite
/// lay them flat.
using Fields = std::vector<Field>;

/// What all runs of a report have in common, and where it came from.
Fields FieldsOf(const Report& report, const BuildInfo& build);

/// A run but for its tables (result-tables.h).
Fields FieldsOf(const RunRecord& record);

/// Both in one row.
Fields FieldsOf(const Report& report, const RunRecord& record, const BuildInfo& build);

Fields FieldsOf(const HostResult& host);
Fields FieldsOf(const TrafficResult& traffic);
Fields FieldsOf(const PairResult& pair);
Fields FieldsOf(const ServiceResult& service);
Fields FieldsOf(const NatResult& nat);
Fields FieldsOf(const Series& series, const Sample& sample);

/// `low` and `high` are null where a bin is open.
Fields FieldsOf(const Histogram& histogram, const Histogram::Bin& bin);

/// The column that a field has in CSV and SQLite: "failed_no_free_port".
std::string ColumnName(const Field& field);

/// The value as one piece of text: the text itself, numbers and structures as in JSON, null as
/// nothing.
std::string FlatText(const Cell& cell);

/// The row as JSON.
Cell Nest(const Fields& fields);

/// `text` with every byte that is not UTF-8 replaced. Paths may hold any bytes, and many readers of
/// SQLite and CSV stop at such a byte.
std::string ValidUtf8(const std::string& text);

} // namespace portlab

#endif // PORTLAB_FIELDS_H
