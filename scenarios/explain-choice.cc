// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/explain-choice.h"

#include <fmt/format.h>

namespace portlab
{

namespace
{

const PolicySpec&
PolicyOf(const Choice& choice)
{
    return choice.transport == Transport::Tcp ? choice.profile.tcp.value : choice.profile.udp.value;
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

/// Linux: which pass, and how far it walked.
std::string
ExplainLinux(const Choice& choice)
{
    const PolicySpec& policy = PolicyOf(choice);
    const Port low = choice.profile.ports.value.First();
    if (policy.parity != Parity::TwoPasses)
    {
        return Step(choice) + Walked(choice);
    }
    const bool isFirstPass = (*choice.grant.port - low) % 2 == 0;
    return fmt::format("{}{} pass ({} ports, like {}): {}",
                       Step(choice),
                       isFirstPass ? "first" : "second",
                       *choice.grant.port % 2 == 0 ? "even" : "odd",
                       isFirstPass ? low : low + 1,
                       Walked(choice));
}

std::string
ExplainGrant(const Choice& choice)
{
    switch (PolicyOf(choice).algorithm)
    {
    case Algorithm::LinuxConnect:
        return ExplainLinux(choice);
    case Algorithm::RisingCursor:
        return Step(choice) + "the cursor of all destinations: " + Walked(choice);
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

} // namespace

std::string
OutcomeName(const Choice& choice)
{
    if (choice.grant.port)
    {
        return "ok";
    }
    if (choice.transport == Transport::Udp)
    {
        return choice.profile.udpNoPort.value.name;
    }
    return choice.grant.refusal == Refusal::TimeWaitCollision ? choice.profile.collision.value.name
                                                              : choice.profile.noPort.value.name;
}

std::string
ExplainChoice(const Choice& choice)
{
    if (choice.grant.port)
    {
        return ExplainGrant(choice);
    }
    const ErrorCode& error = choice.transport == Transport::Udp ? choice.profile.udpNoPort.value
                             : choice.grant.refusal == Refusal::TimeWaitCollision
                                 ? choice.profile.collision.value
                                 : choice.profile.noPort.value;
    return fmt::format("error {}: all {} candidates were taken", error.number, choice.grant.probes);
}

} // namespace portlab
