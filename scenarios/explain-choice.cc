// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/explain-choice.h"

#include "model/core/port/units.h"

#include <fmt/format.h>

namespace portlab
{

namespace
{

const PolicySpec&
PolicyOf(const Choice& choice)
{
    const OsProfile& profile = choice.profile;
    if (choice.transport == Transport::Udp)
    {
        return profile.udp.value;
    }
    const bool isBind = choice.socket.manner == PortManner::Bind;
    return isBind && profile.bind.value ? *profile.bind.value : profile.tcp.value;
}

std::string
Walked(const Choice& choice)
{
    const std::uint32_t taken = choice.grant.probes - 1;
    return taken == 0 ? "the first candidate was free"
                      : fmt::format("{} candidate{} before it {} taken",
                                    taken,
                                    taken == 1 ? "" : "s",
                                    taken == 1 ? "was" : "were");
}

std::string
Step(const Choice& choice)
{
    return choice.lastPort
               ? fmt::format("{:+d} from the last, ", *choice.grant.port - *choice.lastPort)
               : std::string();
}

/// "even ports, like 32768"
std::string
ParityOf(Port port, Port low)
{
    return fmt::format("{} ports, {} {}",
                       port % 2 == 0 ? "even" : "odd",
                       port % 2 == low % 2 ? "like" : "unlike",
                       low);
}

/// Linux: which pass, and how far it walked.
std::string
ExplainLinux(const Choice& choice)
{
    const PolicySpec& policy = PolicyOf(choice);
    const PortRange range = choice.socket.range.value_or(choice.profile.ports.value);
    if (policy.parity != Parity::TwoPasses || (choice.socket.range && policy.plainSocketRange))
    {
        return Step(choice) + Walked(choice);
    }
    const Port port = *choice.grant.port;
    const bool isFirstPass = (port - range.First()) % 2 == 0;
    return fmt::format("{}{} pass ({}): {}",
                       Step(choice),
                       isFirstPass ? "first" : "second",
                       ParityOf(port, range.First()),
                       Walked(choice));
}

/// bind(0) takes the two parities in the other order.
std::string
ExplainLinuxBind(const Choice& choice)
{
    const PortRange range = choice.socket.range.value_or(choice.profile.ports.value);
    const Port port = *choice.grant.port;
    return fmt::format("bind(0), a random start, {} ({}): {}",
                       port % 2 == range.First() % 2 ? "the parity that connect() takes first"
                                                     : "the parity that connect() takes last",
                       ParityOf(port, range.First()),
                       Walked(choice));
}

/// FreeBSD until 13; a step of 1 shows that the gate was shut.
std::string
ExplainGate(const Choice& choice)
{
    const bool follows =
        choice.lastPort && *choice.grant.port == *choice.lastPort + choice.grant.probes;
    return follows && !PolicyOf(choice).ignoresGate
               ? "behind the last, as ports are asked for so fast: "
               : "a random start, then upward: ";
}

std::string
ExplainSearch(const Choice& choice)
{
    switch (PolicyOf(choice).algorithm)
    {
    case Algorithm::LinuxConnect:
        return ExplainLinux(choice);
    case Algorithm::LinuxBind:
        return ExplainLinuxBind(choice);
    case Algorithm::LinuxUdp:
        return fmt::format("a random start, then along the {} slots of the hash table: {}",
                           PolicyOf(choice).slots,
                           Walked(choice));
    case Algorithm::RisingCursor:
        return Step(choice) + "the cursor of all destinations: " + Walked(choice);
    case Algorithm::FallingCursor:
        return Step(choice) + "the cursor of all destinations, downward: " + Walked(choice);
    case Algorithm::RateGated:
        return Step(choice) + ExplainGate(choice) + Walked(choice);
    case Algorithm::SimpleRandom:
        return "a random start, then upward: " + Walked(choice);
    case Algorithm::RandomRetry:
        return "a random port each try: " + Walked(choice);
    case Algorithm::SimpleHash:
        return Step(choice) + "the destination's offset plus one counter: " + Walked(choice);
    case Algorithm::DoubleHash:
        return Step(choice) + "the destination's offset plus its counter: " + Walked(choice);
    case Algorithm::RandomIncrement:
        return Step(choice) + "a random step of one counter: " + Walked(choice);
    }
    return {};
}

std::string
ExplainGrant(const Choice& choice)
{
    std::string why = choice.socket.manner == PortManner::Fixed
                          ? "the port that the program chose, and nobody in the way"
                          : ExplainSearch(choice);
    if (choice.socket.range && choice.socket.manner != PortManner::Fixed)
    {
        why = fmt::format("of the socket's own range {}, {}",
                          FormatPortRange(*choice.socket.range),
                          why);
    }
    return choice.isEarly ? why + "; taken out of TIME_WAIT" : why;
}

/// What the system reports when it gives no port.
const ErrorCode&
ErrorOf(const Choice& choice)
{
    const OsProfile& profile = choice.profile;
    if (choice.grant.byBind)
    {
        return profile.inUse.value;
    }
    const bool isFull = choice.grant.refusal == Refusal::NoFreePort;
    if (isFull && choice.socket.ipv6 && profile.noPortIpv6.value)
    {
        return *profile.noPortIpv6.value;
    }
    if (choice.transport == Transport::Udp)
    {
        return profile.udpNoPort.value;
    }
    return choice.grant.refusal == Refusal::TimeWaitCollision ? profile.collision.value
                                                              : profile.noPort.value;
}

std::string
ExplainRefusal(const Choice& choice)
{
    const Grant& grant = choice.grant;
    if (grant.probes == 0)
    {
        return fmt::format("all {} TCP sockets that there may be are in use",
                           choice.profile.maxSockets.value.value_or(0));
    }
    if (choice.socket.manner != PortManner::Fixed)
    {
        return grant.probes == 1 ? std::string("the only candidate was taken")
                                 : fmt::format("all {} candidates were taken", grant.probes);
    }
    const char* const call = grant.byBind ? "bind()" : "connect()";
    return grant.refusal == Refusal::TimeWaitCollision
               ? fmt::format("{} finds port {} in TIME_WAIT", call, choice.socket.fixedPort)
               : fmt::format("{} finds port {} in use", call, choice.socket.fixedPort);
}

} // namespace

std::string
OutcomeName(const Choice& choice)
{
    return choice.grant.port ? "ok" : ErrorOf(choice).name;
}

std::string
ExplainChoice(const Choice& choice)
{
    return choice.grant.port
               ? ExplainGrant(choice)
               : fmt::format("error {}: {}", ErrorOf(choice).number, ExplainRefusal(choice));
}

} // namespace portlab
