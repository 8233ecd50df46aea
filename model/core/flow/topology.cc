// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/flow/topology.h"

#include "model/core/base/check.h"

#include <algorithm>
#include <iterator>
#include <map>

namespace portlab
{

namespace
{

constexpr std::uint32_t UNSET = ~std::uint32_t{0};
constexpr std::uint32_t TRANSPORTS = 2;

Stream
FromTraffic(const Traffic& traffic)
{
    return {traffic.name,
            traffic.from,
            traffic.to,
            &traffic.arrivals,
            traffic.hold,
            traffic.closes,
            traffic.transport,
            traffic.connectTimeout,
            traffic.retry,
            traffic.socket,
            traffic.sends,
            traffic.speaksEvery};
}

Stream
FromCall(const Call& call, const Service& caller)
{
    Stream stream{call.name,
                  *caller.runsOn,
                  call.to,
                  nullptr,
                  call.hold,
                  call.closes,
                  call.transport,
                  call.connectTimeout,
                  call.retry,
                  call.socket,
                  call.sends,
                  call.speaksEvery};
    stream.callCount = call.count;
    return stream;
}

/// Ports on which a group's own services listen are theirs: no automatic choice takes them.
std::shared_ptr<const PortRules>
RulesOf(const Workload& workload, std::uint32_t group)
{
    OsProfile profile = workload.hosts[group].profile;
    for (const Service& service : workload.services)
    {
        if (service.runsOn == group)
        {
            profile.reserved.value.push_back(PortRange(service.port, service.port));
        }
    }
    return std::make_shared<const PortRules>(profile);
}

std::string
Numbered(const std::string& name, std::uint32_t index, std::uint32_t count)
{
    return count == 1 ? name : name + "[" + std::to_string(index) + "]";
}

} // namespace

Topology::Topology(const Workload& load, std::uint64_t run)
    : workload(load),
      placement(load),
      border(load, placement, StreamKey(load.seed, run))
{
    const StreamKey key(load.seed, run);
    AddHosts(key);
    AddServices(key);
    for (std::uint32_t nat = 0; nat < load.nats.size(); ++nat)
    {
        const StreamKey owner = key.With("nats").With(load.nats[nat].name);
        border.AddDevices(nat, ReserveAddresses(owner, border.AddressCount(nat)));
    }
    AddStreams();
    AddSources(key);
}

void
Topology::AddHosts(StreamKey key)
{
    for (std::uint32_t group = 0; group < workload.hosts.size(); ++group)
    {
        const HostGroup& hosts = workload.hosts[group];
        const auto rules = RulesOf(workload, group);
        const bool binds = CallsBind(group);
        const StreamKey groupKey = key.With("hosts").With(hosts.name);
        const Address first =
            ReserveAddresses(groupKey, std::size_t{hosts.count} * hosts.addresses);
        groupFirstHost.push_back(HostCount());
        for (std::uint32_t index = 0; index < hosts.count; ++index)
        {
            const PortLedger::KernelId kernel = KernelOf(placement.Of(group, index), key);
            ledger.AddHost(kernel, rules, binds);
            hostGroups.push_back(group);
            hostMachines.push_back(kernel);
            portDraws.emplace_back(groupKey.With("ports").With(index));
            m_hostAddress.push_back(first + index * hosts.addresses);
        }
    }
}

/// The kernel of a host: a new one, unless another host of its node or group shares it.
PortLedger::KernelId
Topology::KernelOf(const HostPlace& place, StreamKey key)
{
    const HostGroup& hosts = workload.hosts[place.group];
    const std::uint32_t index = place.host - groupFirstHost[place.group];
    if (hosts.nodes && !hosts.sharesKernel)
    {
        return ledger.AddKernel(hosts.profile,
                                key.With("hosts").With(hosts.name).With("kernel").With(index));
    }
    m_kernelOfNode.resize(std::max<std::size_t>(m_kernelOfNode.size(), place.node + 1), UNSET);
    if (m_kernelOfNode[place.node] == UNSET)
    {
        const StreamKey owner = hosts.nodes ? key.With("nodes")
                                                  .With(workload.nodes[*hosts.nodes].name)
                                                  .With(index % workload.nodes[*hosts.nodes].count)
                                            : key.With("hosts")
                                                  .With(hosts.name)
                                                  .With("kernel")
                                                  .With(index / hosts.hostsPerKernel);
        m_kernelOfNode[place.node] = ledger.AddKernel(hosts.profile, owner);
    }
    return m_kernelOfNode[place.node];
}

/// Whether a program on such a host gets ports by bind().
bool
Topology::CallsBind(std::uint32_t group) const
{
    const auto binds = [](const SocketOptions& socket) {
        return socket.manner != PortManner::Connect;
    };
    return std::any_of(workload.traffic.begin(),
                       workload.traffic.end(),
                       [&](const Traffic& t) { return t.from == group && binds(t.socket); }) ||
           std::any_of(workload.calls.begin(), workload.calls.end(), [&](const Call& call) {
               return workload.services[call.at].runsOn == group && binds(call.socket);
           });
}

/// Systems hash addresses, so they are drawn as well: an entity's depend on its name, not on how
/// many others come before it. Should a stretch be taken, which is rare, the next draw counts.
Address
Topology::ReserveAddresses(StreamKey owner, std::size_t count)
{
    constexpr std::size_t most = std::size_t{1} << 31;
    Check(count > 0 && count <= most, "an entity has 1 to 2^31 addresses");
    for (std::uint64_t draw = 0;; ++draw)
    {
        const auto first = static_cast<Address>(owner.With("addresses").With(draw).Bits() >> 33);
        const auto last = static_cast<Address>(first + count - 1);
        const auto behind = m_reserved.upper_bound(last);
        if (behind == m_reserved.begin() || std::prev(behind)->second < first)
        {
            m_reserved.emplace(first, last);
            return first;
        }
    }
}

void
Topology::AddServices(StreamKey key)
{
    for (const Service& service : workload.services)
    {
        const StreamKey serviceKey = key.With("services").With(service.name);
        endpoints.emplace_back();
        if (!service.recordedEndpoints.empty())
        {
            AddRecordedEndpoints(service, serviceKey);
            continue;
        }
        const bool onHosts = service.runsOn && !service.vip;
        const std::uint32_t count = service.vip ? 1
                                    : onHosts   ? workload.hosts[*service.runsOn].count
                                                : service.addresses;
        const Address first = onHosts ? 0 : ReserveAddresses(serviceKey, count);
        for (std::uint32_t index = 0; index < count; ++index)
        {
            const Address address =
                onHosts ? m_hostAddress[groupFirstHost[*service.runsOn] + index] : first + index;
            endpoints.back().push_back({address, service.port, machineCount++});
        }
    }
}

/// Endpoints with the same recorded address share it, as their machines did.
void
Topology::AddRecordedEndpoints(const Service& service, StreamKey key)
{
    const Address first = ReserveAddresses(key, service.recordedEndpoints.size());
    std::map<std::string, Address> known;
    for (const std::string& text : service.recordedEndpoints)
    {
        const std::size_t colon = text.rfind(':');
        Check(colon != std::string::npos, "a recorded endpoint is ADDRESS:PORT");
        const auto next = static_cast<Address>(first + known.size());
        const auto entry = known.try_emplace(text.substr(0, colon), next).first;
        const auto port = static_cast<Port>(std::stoul(text.substr(colon + 1)));
        const bool isIpv6 = text.find(':') != colon;
        endpoints.back().push_back({entry->second, port, machineCount++, isIpv6});
    }
}

void
Topology::AddStreams()
{
    callsOf.resize(workload.services.size());
    for (const Traffic& traffic : workload.traffic)
    {
        streams.push_back(FromTraffic(traffic));
    }
    for (const Call& call : workload.calls)
    {
        const Service& caller = workload.services[call.at];
        Check(caller.runsOn.has_value(), "a service that calls runs on hosts");
        callsOf[call.at].push_back(static_cast<std::uint32_t>(streams.size()));
        streams.push_back(FromCall(call, caller));
    }
    for (Stream& stream : streams)
    {
        stream.pair = PairOf(stream.from, stream.to);
        pairs[stream.pair].serverCloses |= stream.closes.server > 0;
    }
    SettlePairs();
    for (Stream& stream : streams)
    {
        const Service& service = workload.services[stream.to];
        stream.socket.place = service.place;
        stream.socket.ipv6 = service.ipv6;
        stream.socket.timestamps = pairs[stream.pair].timestamps;
        stream.search =
            stream.socket.manner == PortManner::Connect ? Search::Connect : Search::Bind;
        const bool isPatient = !stream.connectTimeout || *stream.connectTimeout >= service.rtt;
        stream.rtt = service.rtt;
        stream.isAnsweredAtOnce =
            isPatient && service.silent.empty() && !pairs[stream.pair].serverCloses;
    }
}

void
Topology::SettlePairs()
{
    // A later connection's SYN leaves at least one round trip after the former one's FIN, so that
    // its timestamp is newer if it takes a tick of that clock.
    constexpr Duration tick = std::chrono::milliseconds(1);
    for (Pair& pair : pairs)
    {
        const Service& service = workload.services[pair.service];
        const bool isLinux = service.profile.linuxSettings.has_value();
        pair.timestamps =
            workload.hosts[pair.group].profile.timestamps.value && service.profile.timestamps.value;
        pair.needsOrigins =
            pair.serverCloses && isLinux && (!pair.timestamps || service.rtt < tick);
    }
}

std::uint32_t
Topology::PairOf(std::uint32_t group, std::uint32_t service)
{
    for (std::uint32_t index = 0; index < pairs.size(); ++index)
    {
        if (pairs[index].group == group && pairs[index].service == service)
        {
            return index;
        }
    }
    pairs.push_back({group, service});
    return static_cast<std::uint32_t>(pairs.size() - 1);
}

void
Topology::AddSources(StreamKey key)
{
    for (std::uint32_t number = 0; number < streams.size(); ++number)
    {
        Stream& stream = streams[number];
        const HostGroup& hosts = workload.hosts[stream.from];
        const auto pathCount =
            static_cast<std::uint32_t>(hosts.addresses * endpoints[stream.to].size() * TRANSPORTS);
        const bool isCall = stream.arrivals == nullptr;
        const StreamKey streamKey = key.With(isCall ? "calls" : "traffic").With(stream.name);
        stream.firstSource = static_cast<std::uint32_t>(sources.size());
        for (std::uint32_t index = 0; index < hosts.count; ++index)
        {
            const StreamKey own = streamKey.With(index);
            Source source{Random(own.With("arrivals")),
                          Random(own.With("life")),
                          number,
                          groupFirstHost[stream.from] + index,
                          0,
                          Random(own.With("round-robin")).Below(1u << 16),
                          static_cast<std::uint32_t>(m_pathTable.size())};
            sources.push_back(source);
            m_pathTable.resize(m_pathTable.size() + pathCount, UNSET);
        }
    }
}

std::uint32_t
Topology::NextEndpoint(Source& source) const
{
    const Stream& stream = streams[source.stream];
    const auto count = static_cast<std::uint32_t>(endpoints[stream.to].size());
    if (count == 1)
    {
        return 0;
    }
    if (workload.services[stream.to].balance == Balance::RoundRobin)
    {
        return source.nextEndpoint++ % count;
    }
    return source.life.Below(count);
}

std::uint32_t
Topology::NextServer(Source& source, std::uint32_t endpoint) const
{
    const Service& service = workload.services[streams[source.stream].to];
    return service.vip ? source.life.Below(workload.hosts[*service.runsOn].count) : endpoint;
}

PortLedger::PathId
Topology::Path(Source& source, std::uint32_t endpoint, Transport transport)
{
    const Stream& stream = streams[source.stream];
    const std::uint32_t addresses = workload.hosts[stream.from].addresses;
    const std::uint32_t address = addresses == 1 ? 0 : source.nextAddress++ % addresses;
    const auto place = source.firstPath + (endpoint * addresses + address) * TRANSPORTS +
                       static_cast<std::uint32_t>(transport);
    if (m_pathTable[place] == UNSET)
    {
        const ServiceEndpoint& to = endpoints[stream.to][endpoint];
        const Flow flow{m_hostAddress[source.host] + address, to.address, to.port};
        SocketOptions socket = stream.socket;
        socket.ipv6 = socket.ipv6 || to.ipv6;
        const PortLedger::PathId path = ledger.OpenPath(source.host, transport, flow, socket);
        m_pathTable[place] = path;
        if (path >= paths.size())
        {
            paths.resize(path + 1);
        }
        if (paths[path].pair == PathInfo::NOBODY)
        {
            const std::uint32_t index = source.host - groupFirstHost[stream.from];
            const HostPlace host = placement.Of(stream.from, index);
            const auto route = border.Open(host, stream.to, transport, flow);
            paths[path] = {stream.pair, to.machine, endpoint, route};
        }
    }
    return m_pathTable[place];
}

std::string
Topology::HostName(std::uint32_t host) const
{
    const std::uint32_t group = hostGroups[host];
    const HostGroup& hosts = workload.hosts[group];
    const std::uint32_t index = host - groupFirstHost[group];
    return hosts.recordedAddresses.empty() ? Numbered(hosts.name, index, hosts.count)
                                           : hosts.recordedAddresses[index];
}

std::string
Topology::EndpointName(const PathInfo& path) const
{
    const std::uint32_t number = pairs[path.pair].service;
    const Service& service = workload.services[number];
    return service.recordedEndpoints.empty()
               ? Numbered(service.name,
                          path.endpoint,
                          static_cast<std::uint32_t>(endpoints[number].size()))
               : service.recordedEndpoints[path.endpoint];
}

} // namespace portlab
