// SPDX-License-Identifier: GPL-2.0-only

// What is called. What the answers have to be is in random-script-checks.cc.

#include "test/kernel/random-script.h"

#include "model/core/port/profiles/families.h"
#include "test/machine/model-machine.h"
#include "test/machine/scripts.h"

#include <array>

namespace portlab::test
{

namespace
{

constexpr std::uint32_t PORTS = 48;
constexpr std::uint32_t OWN_PORTS = 20;

PortRange
RangeOf(Random& random)
{
    const auto low = static_cast<Port>(40000 + random.Below(2));
    return PortRange(low, static_cast<Port>(low + PORTS - 1));
}

} // namespace

std::string
RandomScript::NameOf(Address address)
{
    return address == ANY_ADDRESS ? "any" : "127.0.0." + std::to_string(address & 0xff);
}

std::string
RandomScript::NameOf(const SocketSettings& settings)
{
    return std::string(settings.reuseAddress ? " SO_REUSEADDR" : "") +
           (settings.reusePort ? " SO_REUSEPORT" : "");
}

bool
RandomScript::IsBoundOnly(const Pair& pair)
{
    return !pair.isConnected && !pair.listens && pair.settings.transport == Transport::Tcp;
}

/// Not to be asked of the model: sockets that were bound to any address and share their port. See
/// AnyAddressJoins() in shared-ports.cc.
bool
RandomScript::MayConnect(const Pair& pair)
{
    const bool shares = pair.settings.reuseAddress || pair.settings.reusePort;
    return pair.local != ANY_ADDRESS || !shares;
}

RandomScript::RandomScript(Kernel& live, Kernel& model, std::uint64_t seed)
    : m_random(StreamKey(seed, 1).With("script")),
      m_release(LinuxRelease(live.Version().major, live.Version().minor)),
      m_range(RangeOf(m_random)),
      m_ownRange(static_cast<Port>(m_range.First() + 5),
                 static_cast<Port>(m_range.First() + 5 + OWN_PORTS - 1)),
      m_live(live.NewMachine()),
      m_model(model.NewMachine()),
      m_refuser(live.NewEndpoint(Network::Loopback))
{
    m_relaxes = Chance(30);
    const auto reserved = static_cast<Port>(m_range.First() + m_random.Below(PORTS));
    for (Machine* const machine : {m_live.get(), m_model.get()})
    {
        SetRange(*machine, m_range.First(), m_range.Last());
        MustSet(*machine, "tcp_tw_reuse", "0");
        MustSet(*machine, "ip_autobind_reuse", m_relaxes ? "1" : "0");
        MustSet(*machine, "ip_local_reserved_ports", std::to_string(reserved));
        machine->Serve(m_refuser, Reply::Refuses);
    }
    for (int i = 0; i < 4; ++i)
    {
        m_peers.push_back(live.NewEndpoint(Network::Loopback));
        m_live->Serve(m_peers.back(), Reply::Accepts);
        m_model->Serve(m_peers.back(), Reply::Accepts);
    }
    m_story = "ports " + std::to_string(m_range.First()) + "-" + std::to_string(m_range.Last()) +
              " without " + std::to_string(reserved) + (m_relaxes ? ", ip_autobind_reuse" : "") +
              "\n";
}

std::string
RandomScript::Run(int calls)
{
    while (m_calls < calls && m_complaint.empty())
    {
        ++m_calls;
        Call();
    }
    return m_complaint;
}

void
RandomScript::Call()
{
    using Method = void (RandomScript::*)();
    constexpr std::array<std::pair<std::uint32_t, Method>, 9> calls{
        {{30, &RandomScript::Connect},
         {8, &RandomScript::ConnectWithin},
         {10, &RandomScript::BindAutomatic},
         {12, &RandomScript::BindChosen},
         {7, &RandomScript::UseUdp},
         {8, &RandomScript::ConnectBound},
         {3, &RandomScript::Listen},
         {2, &RandomScript::MeetRefusal},
         {20, &RandomScript::Close}}};
    std::uint32_t draw = m_random.Below(100);
    for (const auto& [weight, method] : calls)
    {
        if (draw < weight)
        {
            (this->*method)();
            return;
        }
        draw -= weight;
    }
}

/// From whatever address, or one that was bound without a port.
void
RandomScript::Connect()
{
    const std::uint32_t number = m_random.Below(3);
    Attempt attempt{"connect to peer " + std::to_string(number), DrawSettings(Transport::Tcp)};
    attempt.local = DrawAddress();
    attempt.peer = m_peers[number];
    Choose(attempt, "EADDRNOTAVAIL");
}

void
RandomScript::ConnectWithin()
{
    Attempt attempt{"connect within " + std::to_string(m_ownRange.First()) + "-" +
                        std::to_string(m_ownRange.Last()),
                    DrawSettings(Transport::Tcp)};
    attempt.range = m_ownRange;
    attempt.peer = m_peers[3];
    Choose(attempt, "EADDRNOTAVAIL");
}

void
RandomScript::BindAutomatic()
{
    Attempt attempt{"bind(0)", DrawSettings(Transport::Tcp)};
    attempt.local = DrawAddress();
    attempt.own = Endpoint{attempt.local, 0};
    Choose(attempt, "EADDRINUSE");
}

void
RandomScript::UseUdp()
{
    Attempt attempt{"UDP connect", DrawSettings(Transport::Udp)};
    if (Chance(50))
    {
        attempt.name = "UDP bind(0)";
        attempt.local = DrawAddress();
        attempt.own = Endpoint{attempt.local, 0};
    }
    else
    {
        attempt.peer = m_peers[m_random.Below(3)];
    }
    Choose(attempt, attempt.own ? "EADDRINUSE" : "EAGAIN");
}

/// A port within the range, or right beside it.
void
RandomScript::BindChosen()
{
    Attempt attempt{"bind", DrawSettings(Chance(85) ? Transport::Tcp : Transport::Udp)};
    if (Chance(50))
    {
        attempt.settings.reuseAddress = true;
        attempt.settings.reusePort = false;
    }
    attempt.local = DrawAddress();
    attempt.own =
        Endpoint{attempt.local, static_cast<Port>(m_range.First() - 2 + m_random.Below(PORTS + 4))};
    SocketId live = 0;
    SocketId model = 0;
    const Answer answer = Try(*m_live, attempt, std::nullopt, live);
    const Answer modelled = Try(*m_model, attempt, std::nullopt, model);
    Compare("bind " + NameOf(attempt.local) + ":" + std::to_string(attempt.own->port) +
                (attempt.settings.transport == Transport::Udp ? " UDP" : "") +
                NameOf(attempt.settings),
            answer,
            modelled);
    if (answer.port)
    {
        m_pairs.push_back({live, model, attempt.settings, attempt.local});
    }
}

void
RandomScript::ConnectBound()
{
    const auto place = Draw([](const Pair& pair) { return IsBoundOnly(pair) && MayConnect(pair); });
    if (!place)
    {
        return;
    }
    Pair& pair = m_pairs[*place];
    const std::uint32_t number = m_random.Below(3);
    const Answer answer = m_live->Connect(pair.live, m_peers[number]);
    Compare("socket " + std::to_string(pair.live) + " connect to peer " + std::to_string(number),
            answer,
            m_model->Connect(pair.model, m_peers[number]));
    pair.isConnected = answer.port.has_value();
    if (!answer.port)
    {
        m_live->Close(pair.live, Closing::Reset);
        m_model->Close(pair.model, Closing::Reset);
        m_pairs.erase(m_pairs.begin() + static_cast<std::ptrdiff_t>(*place));
    }
}

void
RandomScript::Listen()
{
    const auto place = Draw(IsBoundOnly);
    if (!place)
    {
        return;
    }
    Pair& pair = m_pairs[*place];
    try
    {
        const Answer modelled = m_model->Listen(pair.model);
        const Answer answer = m_live->Listen(pair.live);
        Compare("socket " + std::to_string(pair.live) + " listen", answer, modelled);
        pair.listens = answer.port.has_value();
    }
    catch (const NotModelled&)
    {
        // Others share the port, and the model has no listeners.
    }
}

void
RandomScript::MeetRefusal()
{
    const SocketId live = m_live->Open(Tcp());
    const SocketId model = m_model->Open(Tcp());
    const Answer answer = m_live->Connect(live, m_refuser);
    Compare("connect to nobody", answer, m_model->Connect(model, m_refuser));
}

void
RandomScript::Close()
{
    const auto place = Draw([](const Pair&) { return true; });
    if (!place)
    {
        return;
    }
    const Pair pair = m_pairs[*place];
    const std::uint32_t draw = m_random.Below(4);
    const Closing manner = draw == 0   ? Closing::First
                           : draw == 1 ? Closing::Second
                                       : Closing::Reset;
    m_live->Close(pair.live, manner);
    m_model->Close(pair.model, manner);
    m_pairs.erase(m_pairs.begin() + static_cast<std::ptrdiff_t>(*place));
    const char* const names[] = {" closes first", " closes second", " is reset", " is reset"};
    Tell("socket " + std::to_string(pair.live) + (pair.isConnected ? names[draw] : " closes"), {});
}

/// TCP sockets have one option at most: see ReusePortBehindReuseAddress() in bind-conflicts.cc.
SocketSettings
RandomScript::DrawSettings(Transport transport)
{
    SocketSettings settings;
    settings.transport = transport;
    settings.reuseAddress = Chance(25);
    const bool mayHaveBoth = transport == Transport::Udp;
    settings.reusePort = Chance(15) && (mayHaveBoth || !settings.reuseAddress);
    return settings;
}

Address
RandomScript::DrawAddress()
{
    const std::uint32_t draw = m_random.Below(3);
    return draw == 2 ? ANY_ADDRESS : LOOPBACK + draw;
}

bool
RandomScript::Chance(std::uint32_t percent)
{
    return m_random.Below(100) < percent;
}

void
RandomScript::Tell(const std::string& call, const Answer& answer)
{
    m_story += std::to_string(m_calls) + ". " + call;
    m_story += answer.port ? ": " + std::to_string(*answer.port)
                           : (answer.error.empty() ? "" : ": " + answer.error);
    m_story += "\n";
}

} // namespace portlab::test
