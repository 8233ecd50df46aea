// SPDX-License-Identifier: GPL-2.0-only

#include "model/ephemeral-ports.h"

#include "model/core/base/check.h"
#include "model/core/port/initial-sequence.h"
#include "model/core/port/profile-catalogue.h"
#include "model/core/port/units.h"
#include "model/ip-end.h"
#include "model/ns3-time.h"
#include "model/peer-places.h"

#include "ns3/log.h"
#include "ns3/node.h"
#include "ns3/string.h"

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("EphemeralPorts");

NS_OBJECT_ENSURE_REGISTERED(EphemeralPorts);

namespace
{

/// No host has this address, interned or not.
constexpr portlab::Address ANY = 0;

} // namespace

TypeId
EphemeralPorts::GetTypeId()
{
    using Self = EphemeralPorts;
    static TypeId tid =
        TypeId("ns3::EphemeralPorts")
            .SetParent<Object>()
            .SetGroupName("Portlab")
            .AddConstructor<Self>()
            .AddAttribute("Profile",
                          "The operating system, by a name that `portlab profiles` prints.",
                          StringValue("linux"),
                          MakeStringAccessor(&Self::SetProfile, &Self::GetProfile),
                          MakeStringChecker())
            .AddAttribute("Ports",
                          "The range of automatic ports, as \"1024-65535\"; set it after Profile. "
                          "Empty: the profile's.",
                          StringValue(""),
                          MakeStringAccessor(&Self::SetPorts, &Self::GetPorts),
                          MakeStringChecker())
            .AddAttribute("TimeWait",
                          "How long a port stays in TIME_WAIT; negative: the profile's.",
                          TimeValue(Seconds(-1)),
                          MakeTimeAccessor(&Self::m_timeWait),
                          MakeTimeChecker())
            .AddTraceSource("Granted",
                            "A port was handed out.",
                            MakeTraceSourceAccessor(&Self::m_granted),
                            "ns3::EphemeralPorts::GrantedCallback")
            .AddTraceSource("Refused",
                            "The system had no port to give.",
                            MakeTraceSourceAccessor(&Self::m_refused),
                            "ns3::EphemeralPorts::RefusedCallback");
    return tid;
}

EphemeralPorts::EphemeralPorts()
    : m_profile(portlab::FindProfile("linux").profile),
      m_stream(-1),
      m_ledger(nullptr),
      m_host(0)
{
}

EphemeralPorts::~EphemeralPorts() = default;

bool
EphemeralPorts::SetProfile(std::string name)
{
    try
    {
        m_profile = portlab::FindProfile(name).profile;
        return true;
    }
    catch (const std::invalid_argument& error)
    {
        NS_LOG_ERROR(error.what());
        return false;
    }
}

std::string
EphemeralPorts::GetProfile() const
{
    return m_profile.name;
}

bool
EphemeralPorts::SetPorts(std::string range)
{
    if (range.empty())
    {
        return true;
    }
    try
    {
        return portlab::SetKnob(m_profile, "ports", range).known;
    }
    catch (const std::invalid_argument& error)
    {
        NS_LOG_ERROR(error.what());
        return false;
    }
}

std::string
EphemeralPorts::GetPorts() const
{
    return portlab::FormatPortRange(m_profile.ports.value);
}

int64_t
EphemeralPorts::AssignStreams(int64_t stream)
{
    portlab::Check(!m_ledger, "AssignStreams came after the first port");
    m_stream = stream;
    return 1;
}

void
EphemeralPorts::DoInitialize()
{
    MakeLedger();
    Object::DoInitialize();
}

/// At the first use, because an object outside a node is never initialised by ns-3.
void
EphemeralPorts::MakeLedger()
{
    if (m_ledger)
    {
        return;
    }
    if (m_timeWait >= Seconds(0))
    {
        m_profile.timeWait.value = portlab::FromNs3(m_timeWait);
    }
    const Ptr<Node> node = GetObject<Node>();
    const int64_t stream = m_stream >= 0 ? m_stream : (node ? node->GetId() : 0);
    const portlab::StreamKey key = portlab::Ns3Streams(stream);
    m_random = std::make_unique<portlab::Random>(key.With("ports"));
    m_own = std::make_unique<portlab::PortLedger>();
    m_ledger = m_own.get();
    m_host = m_ledger->AddHost(m_ledger->AddKernel(m_profile, key.With("kernel")),
                               std::make_shared<const portlab::PortRules>(m_profile),
                               true);
    m_sockets = std::make_unique<portlab::SocketLayer>(*m_ledger, m_host, *m_random, ANY);
}

void
EphemeralPorts::SetSystem(const portlab::OsProfile& profile)
{
    portlab::Check(m_ledger == nullptr, "the system was changed after the first port");
    m_profile = profile;
}

void
EphemeralPorts::Borrow(portlab::PortLedger& ledger,
                       portlab::PortLedger::HostId host,
                       portlab::Random& random,
                       std::function<portlab::Address(const Address&)> toCore)
{
    portlab::Check(m_ledger == nullptr, "a ledger was lent after the first port");
    m_ledger = &ledger;
    m_host = host;
    m_toCore = std::move(toCore);
    m_sockets = std::make_unique<portlab::SocketLayer>(ledger, host, random, ANY);
}

void
EphemeralPorts::UsePath(portlab::PortLedger::PathId path)
{
    portlab::Check(m_ledger != nullptr && !m_own, "only paths of a borrowed ledger can be named");
    m_nextPath = path;
}

portlab::Address
EphemeralPorts::Intern(const Address& address)
{
    if (m_toCore)
    {
        return m_toCore(address);
    }
    const auto next = static_cast<portlab::Address>(m_addresses.size() + 1); // After ANY.
    return m_addresses.try_emplace(address, next).first->second;
}

uint32_t
EphemeralPorts::PathTo(const Address& local, const Address& peer)
{
    MakeLedger();
    const auto to = portlab::IpEnd::Of(peer);
    return m_ledger->OpenPath(m_host,
                              portlab::Transport::Tcp,
                              {Intern(local), Intern(to.address), to.port});
}

std::optional<uint16_t>
EphemeralPorts::Acquire(const Address& local, const Address& peer)
{
    const uint32_t path = PathTo(local, peer);
    const portlab::Grant grant = m_ledger->Ask(path, portlab::SimulatorNow(), *m_random);
    return Tell(grant, portlab::Transport::Tcp, peer).port;
}

portlab::Grant
EphemeralPorts::Tell(const portlab::Grant& grant, portlab::Transport transport, const Address& peer)
{
    if (grant.port)
    {
        m_granted(peer, *grant.port, grant.probes);
    }
    else
    {
        m_refused(peer, ErrorOf(grant, transport).name, grant.probes);
    }
    return grant;
}

const portlab::ErrorCode&
EphemeralPorts::ErrorOf(const portlab::Grant& grant, portlab::Transport transport)
{
    const bool collides = grant.refusal == portlab::Refusal::TimeWaitCollision;
    return grant.byBind                           ? m_profile.inUse.value
           : transport == portlab::Transport::Udp ? m_profile.udpNoPort.value
           : collides                             ? m_profile.collision.value
                                                  : m_profile.noPort.value;
}

portlab::Grant
EphemeralPorts::Bind(portlab::SocketPort& socket, const Address& local, uint16_t port)
{
    MakeLedger();
    if (!m_own)
    {
        return {port};
    }
    socket.options.ipv6 = Ipv6Address::IsMatchingType(local);
    const auto address = portlab::IsAnyAddress(local) ? std::nullopt : std::optional(Intern(local));
    const portlab::Grant grant = m_sockets->Bind(socket, address, port, portlab::SimulatorNow());
    if (port == 0 || !grant.port)
    {
        const bool isIpv4 = Ipv4Address::IsMatchingType(local);
        const Address any =
            isIpv4 ? Address(Ipv4Address::GetAny()) : Address(Ipv6Address::GetAny());
        Tell(grant, socket.transport, portlab::IpEnd{any, 0}.ToSocketAddress());
    }
    return grant;
}

portlab::Grant
EphemeralPorts::Listen(portlab::SocketPort& socket)
{
    MakeLedger();
    if (!m_own)
    {
        return {socket.port};
    }
    return m_sockets->Listen(socket, portlab::SimulatorNow());
}

/// As exactly as the system's TIME_WAIT needs it: other places than loopback take a search.
portlab::PeerPlace
EphemeralPorts::PlaceOf(const Address& peer) const
{
    const Ptr<Node> node = GetObject<Node>();
    if (node && (m_profile.timeWaitNear.value || m_profile.timeWaitOwn.value))
    {
        return portlab::PlaceOfPeer(*node, peer);
    }
    return portlab::IsLoopbackAddress(peer) ? portlab::PeerPlace::Loopback
                                            : portlab::PeerPlace::Remote;
}

portlab::Grant
EphemeralPorts::Connect(portlab::SocketPort& socket, const Address& local, const Address& peer)
{
    MakeLedger();
    const auto to = portlab::IpEnd::Of(peer);
    socket.options.ipv6 = Ipv6Address::IsMatchingType(to.address);
    socket.options.place = PlaceOf(to.address);
    socket.options.timestamps = m_profile.timestamps.value;
    const portlab::Flow flow{Intern(local), Intern(to.address), to.port};
    const portlab::Instant now = portlab::SimulatorNow();
    const portlab::Grant grant = m_nextPath
                                     ? m_sockets->ConnectAlong(socket, *m_nextPath, flow, now)
                                     : m_sockets->Connect(socket, flow, now);
    m_nextPath.reset();
    m_lastGrant = grant;
    return Tell(grant, socket.transport, peer);
}

void
EphemeralPorts::Abandon(portlab::SocketPort& socket)
{
    m_sockets->Abandon(socket, portlab::SimulatorNow());
}

void
EphemeralPorts::Release(portlab::SocketPort& socket)
{
    if (socket.port)
    {
        m_sockets->Release(socket, portlab::SimulatorNow());
    }
}

std::optional<Time>
EphemeralPorts::Wait(portlab::SocketPort& socket)
{
    const auto end = m_sockets->Wait(socket, portlab::SimulatorNow());
    return end ? std::optional(portlab::ToNs3(end->time_since_epoch())) : std::nullopt;
}

uint32_t
EphemeralPorts::InitialSequence(const portlab::SocketPort& socket) const
{
    portlab::Check(socket.port.has_value(), "a socket without a port does not send SYNs");
    return portlab::InitialSequence(m_ledger->FlowOf(socket.path),
                                    *socket.port,
                                    portlab::SimulatorNow());
}

const portlab::Grant&
EphemeralPorts::LastGrant() const
{
    return m_lastGrant;
}

const portlab::OsProfile&
EphemeralPorts::System()
{
    MakeLedger();
    return m_profile;
}

portlab::Duration
EphemeralPorts::TimeSinceBoot()
{
    MakeLedger();
    return m_ledger->Boot(m_host);
}

void
EphemeralPorts::Close(const Address& local, const Address& peer, uint16_t port)
{
    m_ledger->Wait(PathTo(local, peer), port, portlab::SimulatorNow());
}

void
EphemeralPorts::Release(const Address& local, const Address& peer, uint16_t port)
{
    m_ledger->Release(PathTo(local, peer), port, portlab::SimulatorNow());
}

uint32_t
EphemeralPorts::GetHeld()
{
    MakeLedger();
    return m_ledger->Held(m_host).Count();
}

uint32_t
EphemeralPorts::GetWaiting()
{
    MakeLedger();
    m_ledger->CatchUp(m_host, portlab::SimulatorNow());
    return m_ledger->Waiting(m_host).Count();
}

} // namespace ns3
