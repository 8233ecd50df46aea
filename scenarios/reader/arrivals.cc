// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/reader/arrivals.h"

#include "scenarios/reader/limits.h"
#include "scenarios/reader/one-of.h"
#include "scenarios/reader/values.h"

#include <stdexcept>

namespace portlab
{

namespace
{

SteppedArrivals
ReadSteps(const Node& node)
{
    const std::string example = "[[\"0s\", \"100/s\"], [\"60s\", \"600/s\"]]";
    SteppedArrivals arrivals;
    for (const Node& member : ReadList(node, example))
    {
        const List& pair = ReadPair(member, "[\"60s\", \"600/s\"]");
        const Instant from = At(ReadDuration(pair[0], LikelyUnit::Seconds));
        const bool first = arrivals.steps.empty();
        if (first && from != Instant{})
        {
            Refuse(member, "the first step says what happens from the start: begin at \"0s\"");
        }
        if (!first && from <= arrivals.steps.back().from)
        {
            Refuse(member, "each step begins later than the one in front of it: put them in order");
        }
        arrivals.steps.push_back({from, ReadRate(pair[1])});
    }
    if (arrivals.steps.empty())
    {
        Refuse(node, "expected at least one step, as " + example);
    }
    return arrivals;
}

Trace
ReadTraceOf(const Node& node, const Surroundings& around)
{
    const std::string path = around.PathOf(node);
    try
    {
        return around.files.readTrace(path);
    }
    catch (const std::invalid_argument& error)
    {
        Refuse(node, error.what());
    }
}

} // namespace

ArrivalKeys
ReadArrivals(const Node& node, const Surroundings& around)
{
    if (!std::holds_alternative<Table>(node.value))
    {
        return {PoissonArrivals{ReadRate(node)}};
    }
    const Section section(node, ScenarioFormat().arrivals);
    const std::string form = OneOf(section, {"constant", "steps", "users", "total", "trace"});
    const Node& value = section.Get(form);
    if (form != "constant")
    {
        section.Forbid("together", "only constant arrivals can come together: leave this out");
    }
    if (form == "users")
    {
        const std::uint32_t users = ReadCount(value);
        const Node& think = section.Get("think");
        return {UserArrivals{users, ReadDuration(think, LikelyUnit::Seconds, MAX_WAIT)}};
    }
    section.Forbid("think", "only users think: leave this out, or write users in place of " + form);
    if (form == "constant")
    {
        const Node* together = section.Find("together");
        return {ConstantArrivals{ReadRate(value), together != nullptr && ReadFlag(*together)}};
    }
    if (form == "steps")
    {
        return {ReadSteps(value)};
    }
    if (form == "total")
    {
        return {PoissonArrivals{ReadRate(value)}, true};
    }
    return {RecordedArrivals{}, false, ReadTraceOf(value, around)};
}

} // namespace portlab
