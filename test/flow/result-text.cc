// SPDX-License-Identifier: GPL-2.0-only

// Every field of a RunResult as text, so that two results can be compared whole and a failing test
// shows where they differ.

#include "test/flow/flow-test-support.h"

#include <optional>
#include <sstream>
#include <string>

namespace portlab::test
{

namespace
{

class Writer
{
  public:
    Writer()
    {
        m_out << std::hexfloat;
    }

    template <typename... Fields>
    void Row(const char* kind, const Fields&... fields)
    {
        m_out << kind;
        (Field(fields), ...);
        m_out << '\n';
    }

    std::string Text() const
    {
        return m_out.str();
    }

  private:
    template <typename T>
    void Field(const T& value)
    {
        m_out << ' ' << value;
    }

    template <typename T>
    void Field(const std::optional<T>& value)
    {
        if (value)
        {
            Field(*value);
        }
        else
        {
            m_out << " -";
        }
    }

    void Field(Duration value)
    {
        m_out << ' ' << value.count() << "ns";
    }

    void Field(Instant value)
    {
        Field(value.time_since_epoch());
    }

    void Field(const FailureCounts& counts)
    {
        for (const auto count : counts)
        {
            Field(count);
        }
    }

    void Field(const std::vector<std::string>& words)
    {
        for (const auto& word : words)
        {
            Field(word);
        }
    }

    std::ostringstream m_out;
};

void
Write(Writer& out, const HostResult& host)
{
    out.Row("host", host.name, host.os, host.count, host.attempts, host.connected, host.pending);
    out.Row(" failed", host.failed, host.failedShare, host.firstFailure);
    out.Row(" held", host.portsHeldMean, host.portsHeldPeak);
    out.Row(" waiting", host.timeWaitMean, host.timeWaitPeak);
    out.Row(" probes", host.probesMean, host.probesP50, host.probesP99, host.probesMax);
    out.Row(" search", host.searchNsMean, host.searchNsP50, host.searchNsP99, host.searchNsMax);
    out.Row(" reuse", host.portReuseMin);
}

void
Write(Writer& out, const TrafficResult& traffic)
{
    out.Row("traffic", traffic.name, traffic.requests, traffic.requestsFailed);
    out.Row(" attempts", traffic.attempts, traffic.retries);
    out.Row(" delay", traffic.connectDelayP50, traffic.connectDelayP99);
}

void
Write(Writer& out, const PairResult& pair)
{
    out.Row("pair", pair.from, pair.through, pair.to, pair.attempts, pair.failed);
    out.Row(" ports", pair.portsUsedPeak, pair.portsUsable, pair.utilisationPeak);
    out.Row(" first failure", pair.firstFailure);
}

void
Write(Writer& out, const NatResult& nat)
{
    out.Row("nat", nat.name, nat.preset, nat.devices, nat.addresses, nat.asked, nat.granted);
    for (const auto& [reason, count] : nat.dropped)
    {
        out.Row(" dropped", reason, count);
    }
    out.Row(" kept", nat.preservedShare, nat.collisions, nat.evicted, nat.lost);
    out.Row(" mappings", nat.mappingsMean, nat.mappingsPeak, nat.mappingsMost);
    out.Row(" ports", nat.portsInUsePeak, nat.portsUsable, nat.probesMean);
    out.Row(" subscribers", nat.subscribers, nat.portsPerSubscriberMean);
    out.Row(" peaks", nat.portsPerSubscriberP99, nat.portsPerSubscriberMax);
    out.Row(" blocks", nat.blockUtilisationPeak, nat.logRecords);
}

void
Write(Writer& out, const ServiceResult& service)
{
    out.Row("service", service.name, service.accepted);
    out.Row(" waiting", service.timeWaitPeak, service.tupleCollisions);
}

void
Write(Writer& out, const Verdict& verdict)
{
    out.Row("verdict", verdict.sentence, verdict.limit, verdict.where, verdict.since);
    out.Row(" used", verdict.used, verdict.usable, verdict.nextLimit, verdict.nextLimitFactor);
}

void
Write(Writer& out, const Series& series)
{
    out.Row("series", series.entity, series.name, series.quantity);
    for (const Sample& sample : series.samples)
    {
        out.Row(" sample", sample.time, sample.value);
    }
}

void
Write(Writer& out, const Histogram& histogram)
{
    out.Row("histogram", histogram.entity, histogram.name, histogram.quantity);
    for (const Histogram::Bin& bin : histogram.bins)
    {
        out.Row(" bin", bin.low, bin.high, bin.count);
    }
}

template <typename T>
void
WriteAll(Writer& out, const std::vector<T>& rows)
{
    for (const T& row : rows)
    {
        Write(out, row);
    }
}

} // namespace

std::string
TextOf(const RunResult& result)
{
    Writer out;
    out.Row("run", result.simulated, result.connections);
    Write(out, result.verdict);
    WriteAll(out, result.hosts);
    WriteAll(out, result.traffic);
    WriteAll(out, result.pairs);
    WriteAll(out, result.services);
    WriteAll(out, result.nats);
    WriteAll(out, result.series);
    WriteAll(out, result.histograms);
    return out.Text();
}

} // namespace portlab::test
