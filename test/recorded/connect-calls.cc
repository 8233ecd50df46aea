// SPDX-License-Identifier: GPL-2.0-only

#include "test/recorded/connect-calls.h"

#include "test/recorded/csv-table.h"

#include <set>
#include <stdexcept>

namespace portlab::test
{

namespace
{

/// How a recording of connect() alone says what belongs together.
struct Layout
{
    std::vector<std::string> sequence;
    std::vector<std::string> scope;
    std::string result;
    bool staysOpen{true};
    std::optional<PortRange> range{DEFAULT_PORTS}; ///< Empty: in columns of its own.
};

const std::map<std::string, Layout>&
Layouts()
{
    static const std::map<std::string, Layout> layouts{
        {"connect-one-destination", {{"rep"}, {"rep"}, "port"}},
        {"connect-eight-destinations", {{"rep", "dst", "dport"}, {"rep", "dst", "dport"}, "port"}},
        {"connect-four-sources", {{"rep", "src"}, {"rep", "src"}, "port"}},
        // The state is the machine's, the busy ports are the namespace's.
        {"connect-across-namespaces", {{}, {"rep"}, "port"}},
        {"connect-reset-each", {{"rep"}, {"rep"}, "port", false}},
        {"connect-narrow-ranges",
         {{"rep", "low", "high"}, {"rep", "low", "high"}, "result", true, std::nullopt}},
        {"connect-five-destinations-100-ports",
         {{"rep", "dst"}, {"rep", "dst"}, "result", true, PortRange(32768, 32867)}},
    };
    return layouts;
}

/// An unbound socket is given the source address 127.0.0.1, and shares that one's sequence.
std::string
WithSourceChosen(std::string name)
{
    const std::string automatic = "/auto";
    const std::size_t place = name.find(automatic);
    return place == name.npos ? name : name.replace(place, automatic.size(), "/127.0.0.1");
}

std::shared_ptr<const PortFlags>
FlagsOf(const ScriptRun& run)
{
    auto flags = std::make_shared<PortFlags>();
    for (const CallResult& result : run.results)
    {
        if (result.port)
        {
            flags->set(*result.port);
        }
    }
    return flags;
}

/// The calls of one run, in turn to so many destinations.
void
AddRun(const ScriptRun& run,
       const ConnectCall& pattern,
       std::size_t destinations,
       ConnectCalls& calls)
{
    std::size_t turn = 0;
    for (const CallResult& result : run.results)
    {
        if (!result.port && result.error != "EADDRNOTAVAIL")
        {
            throw std::runtime_error(run.variant + " failed with " + result.error);
        }
        ConnectCall call = pattern;
        call.sequence += "/" + std::to_string(turn++ % destinations);
        call.scope = call.sequence;
        call.port = result.port;
        call.range = run.range;
        calls.push_back(call);
    }
}

} // namespace

const std::vector<std::string>&
ConnectRecordings()
{
    static const std::vector<std::string> names = [] {
        std::vector<std::string> all;
        for (const auto& [name, layout] : Layouts())
        {
            all.push_back(name);
        }
        return all;
    }();
    return names;
}

ConnectCalls
ReadConnects(const std::string& name)
{
    const Layout& layout = Layouts().at(name);
    ConnectCalls calls;
    for (const CsvRow& row : ReadRecording(name))
    {
        const CallResult result = row.ResultAt(layout.result);
        if (!result.port && result.error != "EADDRNOTAVAIL")
        {
            row.Refuse(layout.result, "a port or EADDRNOTAVAIL");
        }
        ConnectCall call{WithSourceChosen(row.Name(layout.sequence)),
                         WithSourceChosen(row.Name(layout.scope)),
                         result.port};
        call.range =
            layout.range ? *layout.range : PortRange(row.PortAt("low"), row.PortAt("high"));
        call.staysOpen = layout.staysOpen;
        calls.push_back(call);
    }
    return calls;
}

ConnectCalls
ConnectsAmongBinds(const std::vector<ScriptRun>& runs)
{
    ConnectCalls calls;
    std::shared_ptr<const PortFlags> bound;
    for (const ScriptRun& run : runs)
    {
        const std::string& variant = run.variant;
        ConnectCall call{variant.substr(0, 1) + run.repetition, "", std::nullopt};
        if (variant == "A_connect25_then_bind0_all__connect")
        {
            AddRun(run, call, 1, calls);
        }
        else if (variant == "A_connect25_then_bind0_all__bind" ||
                 variant == "B_bind50_then_connect__bind")
        {
            bound = FlagsOf(run);
        }
        else if (variant == "A_then_connect" || variant == "B_bind50_then_connect__connect")
        {
            call.blocked = bound;
            AddRun(run, call, 1, calls);
        }
        else if (variant == "A_then_connect_other_dest")
        {
            call.sequence += "/other";
            call.blocked = bound;
            AddRun(run, call, 1, calls);
        }
        else if (variant == "C_noport_bind_connect_3dest")
        {
            AddRun(run, call, 3, calls);
        }
    }
    return calls;
}

ConnectCalls
ConnectsWithReservedPorts(const std::vector<ScriptRun>& runs)
{
    auto reserved = std::make_shared<PortFlags>();
    for (const Port port : RecordedReservedPorts())
    {
        reserved->set(port);
    }
    ConnectCalls calls;
    for (const ScriptRun& run : Select(runs, "resv_connect"))
    {
        ConnectCall call{run.repetition, "", std::nullopt};
        call.blocked = reserved;
        AddRun(run, call, 1, calls);
    }
    return calls;
}

ConnectCalls
ConnectsWithOwnRanges(const std::vector<ScriptRun>& runs)
{
    const std::set<std::string> connects{"lpr_connect_40000_40019",
                                         "lpr_connect_40000_49999",
                                         "lpr_outside_connect",
                                         "lpr_low0_high32777",
                                         "lpr_low60990_high0",
                                         "lpr_60995_61010"};
    ConnectCalls calls;
    std::shared_ptr<const PortFlags> open;
    for (const ScriptRun& run : runs)
    {
        if (connects.count(run.variant) == 0)
        {
            continue;
        }
        ConnectCall call{run.variant + "/" + run.repetition, "", std::nullopt};
        call.ownRange = true;
        if (run.variant == "lpr_low60990_high0")
        {
            open = FlagsOf(run);
        }
        else if (run.variant == "lpr_60995_61010")
        {
            call.blocked = open; // The ten before it were still open.
        }
        AddRun(run, call, 1, calls);
    }
    return calls;
}

std::map<std::string, Findings>
JudgeSequences(const ConnectCalls& calls, Advance advance, std::uint32_t jumpsAllowed)
{
    const auto nothing = std::make_shared<const PortFlags>();
    std::map<std::string, SequenceWitness> witnesses;
    std::map<std::string, PortFlags> taken;
    for (const ConnectCall& call : calls)
    {
        const SearchRule rule{call.range, call.ownRange, advance};
        SequenceWitness& witness =
            witnesses.try_emplace(call.sequence, rule, jumpsAllowed).first->second;
        PortFlags& busy = taken[call.scope];
        witness.Observe(call.port, busy | (call.blocked ? *call.blocked : *nothing));
        if (call.port && call.staysOpen)
        {
            busy.set(*call.port);
        }
    }
    std::map<std::string, Findings> found;
    for (const auto& [name, witness] : witnesses)
    {
        found[name] = witness.Found();
    }
    return found;
}

Findings
Total(const std::map<std::string, Findings>& sequences)
{
    Findings total;
    for (const auto& [name, found] : sequences)
    {
        total += found;
    }
    return total;
}

std::uint32_t
CountRejected(const std::map<std::string, Findings>& sequences)
{
    std::uint32_t count = 0;
    for (const auto& [name, found] : sequences)
    {
        count += found.impossible > 0 ? 1 : 0;
    }
    return count;
}

} // namespace portlab::test
