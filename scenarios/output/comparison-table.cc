// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/output/comparison-table.h"

#include "scenarios/output/readable.h"
#include "scenarios/output/text-table.h"

#include <algorithm>
#include <map>
#include <set>

namespace portlab
{

namespace
{

using Keys = std::vector<std::string>;
using Values = std::vector<std::string>; ///< Of one key, run by run.
using Columns = std::vector<TextColumn<RunRecord>>;

/// Every key that some run sets, in order of first appearance.
Keys
KeysOf(const std::vector<RunRecord>& runs)
{
    Keys keys;
    std::set<std::string> known;
    for (const auto& run : runs)
    {
        for (const auto& [key, value] : run.set)
        {
            if (known.insert(key).second)
            {
                keys.push_back(key);
            }
        }
    }
    return keys;
}

/// What a run sets a key to; of several values the last counts.
std::string
ValueOf(const RunRecord& run, const std::string& key)
{
    const auto found = std::find_if(run.set.rbegin(), run.set.rend(), [&key](const auto& entry) {
        return entry.first == key;
    });
    return found == run.set.rend() ? NOTHING : Printable(found->second);
}

Values
ValuesOf(const std::vector<RunRecord>& runs, const std::string& key)
{
    Values values;
    for (const auto& run : runs)
    {
        values.push_back(ValueOf(run, key));
    }
    return values;
}

bool
AllEqual(const Values& values)
{
    return std::adjacent_find(values.begin(), values.end(), std::not_equal_to<>()) == values.end();
}

/// One name for keys that vary together: "hosts.*.os" where only the middle differs, as `compare`
/// makes them, else all of them.
std::string
JointName(const Keys& keys)
{
    const auto head = keys.front().substr(0, keys.front().find('.') + 1);
    const auto tail = keys.front().substr(keys.front().find_last_of('.') + 1);
    std::string all;
    bool areAlike = !head.empty() && head.size() + tail.size() < keys.front().size();
    for (const auto& key : keys)
    {
        all += (all.empty() ? "" : ", ") + key;
        areAlike = areAlike && key.compare(0, head.size(), head) == 0 &&
                   key.substr(key.find_last_of('.') + 1) == tail;
    }
    return Printable(keys.size() > 1 && areAlike ? head + "*." + tail : all);
}

/// A heading over values: on one line if it is no wider than they are, else a line for each part.
std::string
HeadingOver(const Values& values, const std::string& keys)
{
    const auto isAsWide = [&keys](const auto& value) { return value.size() >= keys.size(); };
    if (std::any_of(values.begin(), values.end(), isAsWide))
    {
        return keys;
    }
    std::string heading;
    for (const char letter : keys)
    {
        heading += letter == '.' ? "\n." : std::string(1, letter);
    }
    return heading;
}

template <typename Member>
void
AddIfItVaries(Columns& columns,
              const std::vector<RunRecord>& runs,
              const char* heading,
              Member member)
{
    const auto differs = [member](const RunRecord& left, const RunRecord& right) {
        return left.*member != right.*member;
    };
    if (std::adjacent_find(runs.begin(), runs.end(), differs) != runs.end())
    {
        columns.push_back(
            {heading, [member](const RunRecord& run) { return std::to_string(run.*member); }});
    }
}

/// The keys that vary, those together that vary alike.
std::vector<Keys>
VaryingKeys(const std::vector<RunRecord>& runs)
{
    std::vector<Keys> groups;
    std::map<Values, std::size_t> groupOf;
    for (const auto& key : KeysOf(runs))
    {
        const auto values = ValuesOf(runs, key);
        if (!AllEqual(values))
        {
            const auto [entry, isNew] = groupOf.try_emplace(values, groups.size());
            if (isNew)
            {
                groups.emplace_back();
            }
            groups[entry->second].push_back(key);
        }
    }
    return groups;
}

/// What tells the runs apart.
Columns
VaryingColumns(const std::vector<RunRecord>& runs)
{
    Columns columns;
    for (const auto& keys : VaryingKeys(runs))
    {
        const auto value = [key = keys.front()](const RunRecord& run) { return ValueOf(run, key); };
        const auto heading = HeadingOver(ValuesOf(runs, keys.front()), JointName(keys));
        columns.push_back({heading, value, Align::Left});
    }
    AddIfItVaries(columns, runs, "run", &RunRecord::run);
    AddIfItVaries(columns, runs, "seed", &RunRecord::seed);
    if (columns.empty())
    {
        columns.push_back({"run", [](const RunRecord& run) { return std::to_string(run.run); }});
    }
    return columns;
}

/// "key = value, ..." of the keys that all runs set alike.
std::string
CommonSettings(const std::vector<RunRecord>& runs)
{
    std::string common;
    for (const auto& key : KeysOf(runs))
    {
        const auto values = ValuesOf(runs, key);
        if (AllEqual(values))
        {
            common += (common.empty() ? "" : ", ") + Printable(key) + " = " + values.front();
        }
    }
    return common;
}

std::string
FailedShare(const RunRecord& run)
{
    std::uint64_t attempts = 0;
    std::uint64_t failed = 0;
    for (const auto& host : run.result.hosts)
    {
        attempts += host.attempts;
        failed += Total(host.failed);
    }
    return attempts == 0 ? NOTHING
                         : Percent(static_cast<double>(failed) / static_cast<double>(attempts));
}

std::string
FirstFailure(const RunRecord& run)
{
    Instant first = NEVER;
    for (const auto& host : run.result.hosts)
    {
        first = std::min(first, host.firstFailure.value_or(NEVER));
    }
    return first == NEVER ? NOTHING : TimeText(InSeconds(first));
}

/// The largest of the groups' values; empty if no group has one.
template <typename Member>
TextColumn<RunRecord>
WorstOf(const char* heading, Member member)
{
    return {heading, [member](const RunRecord& run) {
                std::optional<std::uint64_t> worst;
                for (const auto& host : run.result.hosts)
                {
                    worst = std::max(worst, std::optional<std::uint64_t>(host.*member));
                }
                return OrNothing(worst, Thousands);
            }};
}

std::string
LimitReached(const RunRecord& run)
{
    const auto& verdict = run.result.verdict;
    if (!verdict.limit)
    {
        return "none";
    }
    return FailureWords(*verdict.limit) +
           (verdict.where ? ", " + Printable(*verdict.where) : std::string());
}

} // namespace

void
WriteComparison(const Report& report, std::ostream& out, std::size_t width)
{
    auto columns = VaryingColumns(report.runs);
    const std::size_t varying = columns.size();
    const Columns outcome{
        {"failed", FailedShare},
        {"first\nfailure", FirstFailure},
        WorstOf("held\npeak", &HostResult::portsHeldPeak),
        WorstOf("TIME_WAIT\npeak", &HostResult::timeWaitPeak),
        WorstOf("probes\np50", &HostResult::probesP50),
        WorstOf("probes\np99", &HostResult::probesP99),
        {"limit reached", LimitReached, Align::Left},
    };
    columns.insert(columns.end(), outcome.begin(), outcome.end());
    TableOf(report.runs, columns).Write(out, width, varying);

    const auto common = CommonSettings(report.runs);
    if (!common.empty())
    {
        for (const auto& line : Wrap("In every run: " + common, width, 2))
        {
            out << line << '\n';
        }
    }
}

} // namespace portlab
