// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/reader/keys.h"

namespace portlab
{

namespace
{

constexpr bool REQUIRED = true;
constexpr bool OPTIONAL = false;

// house-rules: long because it is one table, the keys of each section with an example.
Format
MakeFormat()
{
    Format format;
    format.top = {{""},
                  {{"name", "name = \"load-test\"", REQUIRED},
                   {"question", "question = \"How many connections can it open?\""},
                   {"duration", "duration = \"300s\""},
                   {"warmup", "warmup = \"0s\""},
                   {"seed", "seed = 1"},
                   {"fidelity", "fidelity = \"connection\""},
                   {"sample_interval", "sample_interval = \"1s\""},
                   {"nodes", "[nodes.workers], and its keys below"},
                   {"hosts", "[hosts.generator], and its keys below", REQUIRED},
                   {"services", "[services.api], and its keys below", REQUIRED},
                   {"traffic", "[traffic.main], and its keys below", REQUIRED},
                   {"calls", "[calls.cart], and its keys below"},
                   {"nats", "[nats.egress], and its keys below"},
                   {"firewalls", "[firewalls.acl], and its keys below"}}};
    format.node = {{"nodes.*"}, {{"count", "count = 10"}, {"zones", "zones = 3"}}};
    format.host = {{"hosts.*"},
                   {{"count", "count = 1"},
                    {"os", "os = \"linux-6.18\"", REQUIRED},
                    {"addresses", "addresses = 1"},
                    {"hosts_per_kernel", "hosts_per_kernel = 1"},
                    {"node", "node = \"workers\""},
                    {"shares_kernel", "shares_kernel = true"},
                    {"zones", "zones = 3"},
                    {"tuned", "tuned = { ports = \"1024-65535\" }"},
                    {"address", "", OPTIONAL, "given addresses"}}};
    format.service = {{"services.*"},
                      {{"addresses", "addresses = 1"},
                       {"port", "port = 443"},
                       {"rtt", "rtt = \"1ms\""},
                       {"os", "os = \"linux\""},
                       {"tuned", "tuned = { tcp_max_tw_buckets = 5000 }"},
                       {"balance", "balance = \"random\""},
                       {"vip", "vip = true"},
                       {"runs_on", "runs_on = \"pods\""},
                       {"silent", "silent = [[\"60s\", \"120s\"]]"},
                       {"loopback", "loopback = true"},
                       {"same_network", "same_network = true"},
                       {"ip", "ip = \"ipv6\""},
                       {"address", "", OPTIONAL, "given addresses"}}};
    format.traffic = {{"traffic.*"},
                      {{"from", "from = \"generator\"", REQUIRED},
                       {"to", "to = \"api\"", REQUIRED},
                       {"arrivals", "arrivals = \"600/s\"", REQUIRED},
                       {"hold", "hold = \"200ms\""},
                       {"closes", "closes = \"client\""},
                       {"transport", "transport = \"tcp\""},
                       {"connect_timeout", "connect_timeout = \"5s\""},
                       {"on_failure", "on_failure = { retry = \"none\" }"},
                       {"allocate", "allocate = \"connect\""},
                       {"reuse_address", "reuse_address = true"},
                       {"reuse_port", "reuse_port = true"},
                       {"local_port_range", "local_port_range = \"40000-40999\""},
                       {"sends", "sends = \"100MB\""},
                       {"speaks_every", "speaks_every = \"30s\""},
                       {"pool", "", OPTIONAL, "connection pools"}}};
    format.call = {{"calls.*"},
                   {{"at", "at = \"frontend\"", REQUIRED},
                    {"to", "to = \"cart\"", REQUIRED},
                    {"count", "count = 1"},
                    {"hold", "hold = \"20ms\"", REQUIRED},
                    {"closes", "closes = \"client\""},
                    {"transport", "transport = \"tcp\""},
                    {"connect_timeout", "connect_timeout = \"5s\""},
                    {"on_failure", "on_failure = { retry = \"none\" }"},
                    {"allocate", "allocate = \"connect\""},
                    {"reuse_address", "reuse_address = true"},
                    {"reuse_port", "reuse_port = true"},
                    {"local_port_range", "local_port_range = \"40000-40999\""},
                    {"sends", "sends = \"100MB\""},
                    {"speaks_every", "speaks_every = \"30s\""},
                    {"pool", "", OPTIONAL, "connection pools"}}};
    format.arrivals = {{"traffic.*.arrivals"},
                       {{"constant", "constant = \"600/s\""},
                        {"together", "together = true"},
                        {"steps", "steps = [[\"0s\", \"100/s\"], [\"60s\", \"600/s\"]]"},
                        {"users", "users = 200"},
                        {"think", "think = \"1s\""},
                        {"total", "total = \"10000/s\""},
                        {"trace", "trace = \"connections.csv.gz\""}}};
    format.hold = {{"traffic.*.hold", "calls.*.hold"},
                   {{"fixed", "fixed = \"200ms\""},
                    {"lognormal", "lognormal = { median = \"80ms\", sigma = 1.2 }"},
                    {"samples", "samples = \"holds.csv\""}}};
    format.lognormal = {
        {"traffic.*.hold.lognormal", "calls.*.hold.lognormal"},
        {{"median", "median = \"80ms\"", REQUIRED}, {"sigma", "sigma = 1.2", REQUIRED}}};
    format.closes = {{"traffic.*.closes", "calls.*.closes"},
                     {{"client", "client = 0.7"},
                      {"server", "server = 0.3"},
                      {"reset", "reset = 0"},
                      {"half_closed", "half_closed = 0"}}};
    format.onFailure = {{"traffic.*.on_failure", "calls.*.on_failure"},
                        {{"retry", "retry = \"exponential\"", REQUIRED},
                         {"first", "first = \"100ms\""},
                         {"factor", "factor = 2"},
                         {"attempts", "attempts = 5"}}};
    format.nat = {{"nats.*"},
                  {{"preset", "preset = \"linux-masquerade\"", REQUIRED},
                   {"inside", "inside = [\"generator\"]", REQUIRED},
                   {"addresses", "addresses = 1"},
                   {"per", "per = \"node\""},
                   {"bypass", "bypass = [\"internal-api\"]"},
                   {"only", "only = [\"api\"]"},
                   {"tuned", "tuned = { tcp_established = \"350s\" }"}}};
    format.firewall = {
        {"firewalls.*"},
        {{"before", "before = [\"generator\"]", REQUIRED},
         {"sees", "sees = \"outside\""},
         {"allowed_source_ports", "allowed_source_ports = \"1024-65535\"", REQUIRED}}};
    return format;
}

} // namespace

const Format&
ScenarioFormat()
{
    static const Format format = MakeFormat();
    return format;
}

std::vector<const KeyTable*>
TablesOf(const Format& format)
{
    return {&format.top,
            &format.node,
            &format.host,
            &format.service,
            &format.traffic,
            &format.call,
            &format.arrivals,
            &format.hold,
            &format.lognormal,
            &format.closes,
            &format.onFailure,
            &format.nat,
            &format.firewall};
}

std::vector<std::string>
NamesOf(const KeyTable& table)
{
    std::vector<std::string> names;
    for (const Key& key : table.keys)
    {
        if (key.later.empty())
        {
            names.push_back(key.name);
        }
    }
    return names;
}

} // namespace portlab
