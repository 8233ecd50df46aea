// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/reader/hosts.h"
#include "scenarios/reader/socket.h"
#include "scenarios/reader/traffic.h"
#include "scenarios/reader/values.h"

#include <algorithm>

namespace portlab
{

namespace
{

Call
ReadCall(const Entry& entry,
         const Surroundings& around,
         const Workload& workload,
         const std::vector<std::string>& serviceNames)
{
    const Section section(entry.node, ScenarioFormat().call);
    Call call;
    call.name = entry.key;
    call.at = ReadReference(section.Get("at"), serviceNames, "service");
    call.to = ReadReference(section.Get("to"), serviceNames, "service");
    if (!workload.services[call.at].runsOn)
    {
        Refuse(section.Get("at"),
               "a service needs hosts to call from: write runs_on under [services." +
                   workload.services[call.at].name + "]");
    }
    if (!workload.services[call.to].recordedEndpoints.empty())
    {
        Refuse(section.Get("to"),
               "this stands for the machines in a trace, which only the trace can use");
    }
    if (const Node* count = section.Find("count"))
    {
        call.count = ReadCount(*count);
    }
    section.Get("hold");
    const ConnectionKeys keys = ReadConnectionKeys(section, around);
    call.hold = *keys.hold;
    call.closes = keys.closes;
    call.transport = keys.transport;
    call.connectTimeout = keys.connectTimeout;
    call.retry = keys.retry;
    call.sends = keys.sends;
    call.speaksEvery = keys.speaksEvery;
    call.socket = ReadSocket(section, workload, *workload.services[call.at].runsOn);
    return call;
}

/// For each service a call that leads on to a service of which the same is true: the way into a
/// circle. Null for services whose calls all come to an end.
std::vector<const Call*>
EndlessCalls(const Workload& workload)
{
    std::vector<const Call*> endless(workload.services.size(), nullptr);
    std::vector<std::uint32_t> callsLeft(workload.services.size(), 0);
    std::vector<std::vector<std::uint32_t>> callers(workload.services.size());
    for (const Call& call : workload.calls)
    {
        ++callsLeft[call.at];
        callers[call.to].push_back(call.at);
    }
    std::vector<std::uint32_t> ending;
    for (std::uint32_t service = 0; service < callsLeft.size(); ++service)
    {
        if (callsLeft[service] == 0)
        {
            ending.push_back(service);
        }
    }
    while (!ending.empty())
    {
        const std::uint32_t service = ending.back();
        ending.pop_back();
        for (const std::uint32_t caller : callers[service])
        {
            if (--callsLeft[caller] == 0)
            {
                ending.push_back(caller);
            }
        }
    }
    for (const Call& call : workload.calls)
    {
        if (callsLeft[call.at] > 0 && callsLeft[call.to] > 0)
        {
            endless[call.at] = &call;
        }
    }
    return endless;
}

void
RefuseCircles(const Section& top, const Workload& workload)
{
    const auto endless = EndlessCalls(workload);
    const auto first =
        std::find_if(endless.begin(), endless.end(), [](const Call* c) { return c != nullptr; });
    if (first == endless.end())
    {
        return;
    }
    // The way into a circle may begin outside it: after as many steps as there are services, one
    // is inside.
    const Call* call = *first;
    for (std::size_t i = 0; i < endless.size(); ++i)
    {
        call = endless[call->to];
    }
    const Call* const start = call;
    std::string circle = workload.services[start->at].name;
    do
    {
        circle += " -> " + workload.services[call->to].name;
        call = endless[call->to];
    } while (call != start);
    Refuse(*top.Get("calls").Find(start->name)->Find("to"),
           "the calls would never end: " + circle + ". Take one of them out");
}

} // namespace

void
ReadCalls(const Section& top, const Surroundings& around, Scenario& scenario)
{
    Workload& workload = scenario.workload;
    const auto serviceNames = NamesOf(workload.services);
    for (const Entry* entry : NamedTables(top, "calls"))
    {
        workload.calls.push_back(ReadCall(*entry, around, workload, serviceNames));
    }
    RefuseCircles(top, workload);
}

} // namespace portlab
