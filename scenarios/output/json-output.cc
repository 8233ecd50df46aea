// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/output/json-output.h"

#include "scenarios/output/result-tables.h"

namespace portlab
{

namespace
{

Cell
RunJson(const RunRecord& record)
{
    auto run = Nest(FieldsOf(record));
    for (const auto& table : ResultTables())
    {
        if (table.inJson)
        {
            auto& rows = run[table.name] = Cell::array();
            table.forEachRow(record.result,
                             [&rows](const Fields& row) { rows.push_back(Nest(row)); });
        }
    }
    return run;
}

} // namespace

void
WriteJson(const Report& report, std::ostream& out, const BuildInfo& build)
{
    auto document = Nest(FieldsOf(report, build));
    auto& runs = document["runs"] = Cell::array();
    for (const auto& record : report.runs)
    {
        runs.push_back(RunJson(record));
    }
    out << document.dump(2, ' ', false, Cell::error_handler_t::replace) << '\n';
}

} // namespace portlab
