// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/output/result-tables.h"

namespace portlab
{

namespace
{

template <auto List>
void
ForEachIn(const RunResult& result, const RowSink& sink)
{
    for (const auto& row : result.*List)
    {
        sink(FieldsOf(row));
    }
}

template <auto List, auto Parts>
void
ForEachPartIn(const RunResult& result, const RowSink& sink)
{
    for (const auto& whole : result.*List)
    {
        for (const auto& part : whole.*Parts)
        {
            sink(FieldsOf(whole, part));
        }
    }
}

} // namespace

const std::vector<ResultTable>&
ResultTables()
{
    using Run = RunResult;
    static const std::vector<ResultTable> tables{
        {"hosts", "host_results", true, FieldsOf(HostResult{}), ForEachIn<&Run::hosts>},
        {"traffic", "traffic_results", true, FieldsOf(TrafficResult{}), ForEachIn<&Run::traffic>},
        {"pairs", "pair_results", true, FieldsOf(PairResult{}), ForEachIn<&Run::pairs>},
        {"services", "service_results", true, FieldsOf(ServiceResult{}), ForEachIn<&Run::services>},
        {"nats", "nat_results", true, FieldsOf(NatResult{}), ForEachIn<&Run::nats>},
        {"samples",
         "sample_results",
         false,
         FieldsOf(Series{}, Sample{}),
         ForEachPartIn<&Run::series, &Series::samples>},
        {"histograms",
         "histogram_results",
         false,
         FieldsOf(Histogram{}, Histogram::Bin{}),
         ForEachPartIn<&Run::histograms, &Histogram::bins>},
    };
    return tables;
}

} // namespace portlab
