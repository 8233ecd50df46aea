// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_READER_SAMPLES_H
#define PORTLAB_READER_SAMPLES_H

#include "scenarios/reader/reader.h"

#include <stdexcept>
#include <string>

namespace portlab
{

/// The smallest scenario there is. Tests replace a part of it.
const std::string SMALLEST = "name = \"small\"\n"
                             "\n"
                             "[hosts.generator]\n"
                             "os = \"linux-6.18\"\n"
                             "\n"
                             "[services.api]\n"
                             "port = 8443\n"
                             "\n"
                             "[traffic.main]\n"
                             "from = \"generator\"\n"
                             "to = \"api\"\n"
                             "arrivals = \"600/s\"\n"
                             "hold = \"200ms\"\n";

/// The smallest scenario with `part`, which is in it, replaced.
inline std::string
SmallestWith(const std::string& part, const std::string& replacement)
{
    const std::size_t at = SMALLEST.find(part);
    if (at == std::string::npos)
    {
        throw std::logic_error("the smallest scenario has no " + part);
    }
    return std::string(SMALLEST).replace(at, part.size(), replacement);
}

/// Three connections of two sources to two endpoints, the last after 2.5 s; all but the last have
/// durations.
const std::string SAMPLE_TRACE = "time_s,proto,src,src_port,dst,dst_port,duration_s\n"
                                 "0,tcp,192.0.2.2,40000,2001:db8::1,443,1.5\n"
                                 "1,udp,192.0.2.1,40001,198.51.100.7,53,0.25\n"
                                 "2.5,tcp,192.0.2.2,40002,198.51.100.7,53,\n";

/// No disk: every trace is SAMPLE_TRACE, and every file of hold times holds 1 s and 2 s.
inline ScenarioFiles
SampleFiles()
{
    return {[](const std::string& path) { return ParseTrace(SAMPLE_TRACE, path); },
            [](const std::string&) {
                return std::vector<Duration>{std::chrono::seconds(1), std::chrono::seconds(2)};
            }};
}

inline Scenario
Parse(const std::string& text, const Overrides& overrides = {})
{
    return ParseScenarioWith(SampleFiles(), text, "small.toml", overrides);
}

/// What the reader has against the text; empty if it has nothing against it.
inline std::string
ErrorOf(const std::string& text, const Overrides& overrides = {})
{
    try
    {
        Parse(text, overrides);
        return "";
    }
    catch (const std::invalid_argument& error)
    {
        return error.what();
    }
}

} // namespace portlab

#endif // PORTLAB_READER_SAMPLES_H
