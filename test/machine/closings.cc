// SPDX-License-Identifier: GPL-2.0-only

// When ports come back that no TIME_WAIT holds: resets, refusals, silence, half-closed connections.

#include "test/machine/experiment.h"
#include "test/machine/scripts.h"
#include "test/machine/waiting.h"

#include <algorithm>
#include <array>
#include <chrono>

namespace portlab::test
{

namespace
{

using namespace std::chrono_literals;

constexpr Port LOW = 40000;

Finding
ResetOnTwoPorts(Kernel& kernel)
{
    const auto machine = kernel.NewMachine();
    SetRange(*machine, LOW, LOW + 1);
    const Endpoint peer = NewServer(kernel, *machine);
    std::size_t connected = 0;
    for (int i = 0; i < 200; ++i)
    {
        const Opened opened = ConnectNew(*machine, peer);
        connected += opened.answer.port ? 1 : 0;
        machine->Close(opened.socket, Closing::Reset);
    }
    return {OutOf(connected, 200)};
}

/// All sockets stay open.
Finding
RefusedOnOnePort(Kernel& kernel)
{
    const auto machine = kernel.NewMachine();
    SetRange(*machine, LOW, LOW);
    const Endpoint peer = kernel.NewEndpoint(Network::Loopback);
    machine->Serve(peer, Reply::Refuses);
    std::size_t refused = 0;
    for (int i = 0; i < 100; ++i)
    {
        refused += ToText(ConnectNew(*machine, peer)) == "ECONNREFUSED" ? 1 : 0;
    }
    return {OutOf(refused, 100) + " ECONNREFUSED"};
}

Finding
FinWait2(Kernel& kernel)
{
    std::vector<Occupied> ports;
    std::vector<std::string> answers;
    std::vector<std::string> figures;
    const std::array<std::pair<const char*, Duration>, 3> cases{{{"1", 1s}, {"5", 5s}, {"61", 2s}}};
    for (const auto& [timeout, hold] : cases)
    {
        ports.push_back(Occupy(kernel, {{"tcp_fin_timeout", timeout}}, Closing::Alone));
    }
    Poll(kernel, ports, 6s);
    for (std::size_t i = 0; i < ports.size(); ++i)
    {
        answers.push_back(std::string(cases[i].first) + ": " + HeldFor(ports[i], cases[i].second));
        figures.push_back(LengthOf(ports[i]));
    }
    return {Joined(answers), Joined(figures)};
}

/// FIN_WAIT2 with a socket has no end, and without one tcp_tw_reuse does not shorten it.
Finding
FinWait2IsKept(Kernel& kernel)
{
    std::vector<Occupied> ports;
    ports.push_back(Occupy(kernel, {{"tcp_fin_timeout", "1"}}, Closing::HalfClosed));
    ports.push_back(
        Occupy(kernel,
               {{"tcp_fin_timeout", "50"}, {"tcp_tw_reuse", "1"}, {"tcp_tw_reuse_delay", "100"}},
               Closing::Alone));
    kernel.Sleep(1500ms);
    return {Joined({"with a socket " + ToText(ConnectNew(*ports[0].machine, ports[0].peer)),
                    "tcp_tw_reuse " + ToText(ConnectNew(*ports[1].machine, ports[1].peer))})};
}

/// A connect() on the one port of its machine, to which nobody replies.
struct Unanswered
{
    explicit Unanswered(Kernel& kernel, const char* linear)
        : machine(kernel.NewMachine()),
          peer(kernel.NewEndpoint(Network::Loopback)),
          started(kernel.Now())
    {
        SetRange(*machine, LOW, LOW);
        MustSet(*machine, "tcp_syn_retries", "1");
        machine->Set("tcp_syn_linear_timeouts", linear);
        machine->Serve(peer, Reply::Silence);
        started = kernel.Now();
        const Opened opened = ConnectNew(*machine, peer);
        socket = opened.socket;
        answer = opened.answer;
    }

    std::unique_ptr<Machine> machine;
    Endpoint peer;
    Instant started;
    std::optional<Duration> length{};
    SocketId socket{0};
    Answer answer{};
};

Finding
SilentPeer(Kernel& kernel)
{
    std::array<Unanswered, 2> tries{{Unanswered(kernel, "0"), Unanswered(kernel, "4")}};
    std::vector<std::string> answers;
    for (const Unanswered& wait : tries)
    {
        answers.push_back(ToText(wait.answer) + ", another " +
                          ToText(ConnectNew(*wait.machine, wait.peer)));
    }
    const Instant end = kernel.Now() + 5s;
    while (kernel.Now() < end && !(tries[0].length && tries[1].length))
    {
        for (Unanswered& wait : tries)
        {
            if (!wait.length && wait.answer.error == "EINPROGRESS")
            {
                wait.answer = wait.machine->Progress(wait.socket);
                wait.length = kernel.Now() - wait.started;
            }
            if (wait.answer.error == "EINPROGRESS")
            {
                wait.length.reset();
            }
        }
        kernel.Sleep(5ms);
    }
    std::vector<std::string> figures;
    for (std::size_t i = 0; i < tries.size(); ++i)
    {
        const Duration length = tries[i].length.value_or(0s);
        const bool fits = length >= 3s && length < 3500ms;
        answers[i] += std::string(", then ") + ToText(tries[i].answer) +
                      (fits ? " after 3 s" : " at another time") + ", another " +
                      ToText(ConnectNew(*tries[i].machine, tries[i].peer));
        figures.push_back(WithDigits(InSeconds(length), 3) + " s");
    }
    return {answers[0] == answers[1] ? answers[0] : Joined(answers, "; "), Joined(figures)};
}

} // namespace

Chapter
Closings()
{
    return {
        "Other endings",
        {
            {"200 connections on two ports, each reset before the next",
             "200 of 200",
             ResetOnTwoPorts},
            {"100 refused connections on one port, all sockets open",
             "100 of 100 ECONNREFUSED",
             RefusedOnOnePort},
            {"the hold of FIN_WAIT2 without a socket, by tcp_fin_timeout",
             "1: 1 s, 5: 5 s, 61: 2 s",
             FinWait2},
            {"FIN_WAIT2 after 1.5 s: with a socket and tcp_fin_timeout = 1; without one and "
             "tcp_tw_reuse_delay = 100",
             "with a socket EADDRNOTAVAIL, tcp_tw_reuse EADDRNOTAVAIL",
             FinWait2IsKept,
             6014},
            {"connect() to a silent peer on one port, tcp_syn_retries = 1",
             "EINPROGRESS, another EADDRNOTAVAIL, then ETIMEDOUT after 3 s, another EINPROGRESS",
             SilentPeer},
        },
    };
}

} // namespace portlab::test
