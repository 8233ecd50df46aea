// SPDX-License-Identifier: GPL-2.0-only

// In which order connect() takes ports of a free range.

#include "test/core/chance.h"
#include "test/machine/experiment.h"
#include "test/machine/scripts.h"
#include "test/machine/steps.h"

#include <algorithm>
#include <array>
#include <chrono>

namespace portlab::test
{

namespace
{

using namespace std::chrono_literals;

constexpr Port LOW = 32768;
constexpr Port HIGH = 60999;
const PortRange DEFAULT_PORTS(LOW, HIGH);

const char* const STEPS_OF_TWO = "steps of 2 4 6 8 10 12 14 16, evenly";

bool
IsStepOfTwo(std::uint32_t step)
{
    return step >= 2 && step <= 16 && step % 2 == 0;
}

std::vector<Port>
ResetEach(Machine& machine, const Endpoint& peer, int count)
{
    std::vector<Port> ports;
    for (int i = 0; i < count; ++i)
    {
        const Opened opened = ConnectNew(machine, peer);
        ports.push_back(opened.answer.port.value());
        machine.Close(opened.socket, Closing::Reset);
    }
    return ports;
}

Finding
StepsTowardsOneDestination(Kernel& kernel)
{
    const auto machine = kernel.NewMachine();
    SetRange(*machine, LOW, HIGH);
    Steps steps(DEFAULT_PORTS, 16);
    for (int i = 0; i < 3; ++i)
    {
        const Endpoint peer = NewServer(kernel, *machine);
        steps.Add(UntilRefused([&] { return ConnectNew(*machine, peer); }, 1000).ports);
    }
    return steps.Describe();
}

Finding
StepsWhenEachIsReset(Kernel& kernel)
{
    const auto machine = kernel.NewMachine();
    SetRange(*machine, LOW, HIGH);
    Steps steps(DEFAULT_PORTS, 16);
    for (int i = 0; i < 3; ++i)
    {
        steps.Add(ResetEach(*machine, NewServer(kernel, *machine), 1000));
    }
    return steps.Describe();
}

/// The low parity: even ports of a range that begins with an even one, and odd ones otherwise.
Finding
ParityOfFirstPorts(Kernel& kernel)
{
    const auto machine = kernel.NewMachine();
    std::vector<std::string> seen;
    for (const Port low : {LOW, static_cast<Port>(LOW + 1)})
    {
        SetRange(*machine, low, static_cast<Port>(low + 28229));
        std::vector<Port> ports = ResetEach(*machine, NewServer(kernel, *machine), 500);
        seen.push_back(ParityOf(low) + ": " + Stretches(ports, ParityOf));
    }
    return {Joined(seen, "; ")};
}

Finding
FirstPortOfEachDestination(Kernel& kernel)
{
    const auto machine = kernel.NewMachine();
    SetRange(*machine, LOW, HIGH);
    std::vector<std::uint32_t> counts(10);
    for (int i = 0; i < 500; ++i)
    {
        const Port port = ResetEach(*machine, NewServer(kernel, *machine), 1).front();
        ++counts.at((port - std::uint32_t{LOW}) * 10 / DEFAULT_PORTS.Count());
    }
    const double chance = ChanceOfEvenCounts(counts);
    return {"anywhere in the range, " + AsExpected(chance),
            "500 destinations, p = " + WithDigits(chance, 3)};
}

/// How many of several sequences have only steps of the rule, but for one each. Two of them may
/// share one of the kernel's 65,536 cells, and then neither has: with eight, once in 2,340 runs.
std::size_t
CountClean(const std::vector<std::vector<Port>>& sequences)
{
    return static_cast<std::size_t>(
        std::count_if(sequences.begin(), sequences.end(), [](const std::vector<Port>& ports) {
            std::size_t jumps = 0;
            for (std::size_t i = 1; i < ports.size(); ++i)
            {
                jumps += IsStepOfTwo(StepFrom(ports[i - 1], ports[i], DEFAULT_PORTS)) ? 0 : 1;
            }
            return jumps <= 1;
        }));
}

Finding
OwnSequences(const std::vector<std::vector<Port>>& sequences)
{
    const std::size_t clean = CountClean(sequences);
    return {clean + 2 >= sequences.size() ? "a sequence for each" : "no sequence for each",
            OutOf(clean, sequences.size())};
}

Finding
DestinationsInTurn(Kernel& kernel)
{
    const auto machine = kernel.NewMachine();
    SetRange(*machine, LOW, HIGH);
    std::vector<Endpoint> peers(8);
    std::generate(peers.begin(), peers.end(), [&] { return NewServer(kernel, *machine); });
    std::vector<std::vector<Port>> sequences(peers.size());
    for (int round = 0; round < 250; ++round)
    {
        for (std::size_t i = 0; i < peers.size(); ++i)
        {
            sequences[i].push_back(ConnectNew(*machine, peers[i]).answer.port.value());
        }
    }
    return OwnSequences(sequences);
}

/// An unbound socket, to which the kernel gives 127.0.0.1, and three bound addresses, in turn.
Finding
SourcesInTurn(Kernel& kernel)
{
    const auto machine = kernel.NewMachine();
    SetRange(*machine, LOW, HIGH);
    std::vector<std::vector<Port>> sequences;
    for (int peers = 0; peers < 2; ++peers)
    {
        const Endpoint peer = NewServer(kernel, *machine);
        std::array<std::vector<Port>, 3> ports;
        for (int round = 0; round < 250; ++round)
        {
            ports[0].push_back(ConnectNew(*machine, peer).answer.port.value());
            for (Address i = 0; i < 3; ++i)
            {
                const Opened opened = ConnectFrom(*machine, {LOOPBACK + i, 0}, peer);
                ports[i].push_back(opened.answer.port.value());
            }
        }
        sequences.insert(sequences.end(), ports.begin(), ports.end());
    }
    return OwnSequences(sequences);
}

Finding
NamespacesInTurn(Kernel& kernel)
{
    const Endpoint peer = kernel.NewEndpoint(Network::Loopback);
    std::vector<std::vector<Port>> sequences(1);
    for (int i = 0; i < 10; ++i)
    {
        const auto machine = kernel.NewMachine();
        SetRange(*machine, LOW, HIGH);
        machine->Serve(peer, Reply::Accepts);
        for (const Port port : ResetEach(*machine, peer, 10))
        {
            sequences[0].push_back(port);
        }
    }
    return {CountClean(sequences) == 1 ? "one sequence for all" : "a sequence for each"};
}

/// The rounds in which all of several sequences jumped together. Two of them may jump alone, if
/// they share a cell; a jump may look like a step, once in 1,765 times; and a change of the key may
/// fall into the middle of a round.
std::vector<std::size_t>
JointJumps(const std::vector<std::vector<Port>>& rounds)
{
    std::vector<std::size_t> joint;
    std::size_t jumpsBefore = 0;
    for (std::size_t i = 1; i < rounds.size(); ++i)
    {
        std::size_t jumps = 0;
        for (std::size_t peer = 0; peer < rounds[i].size(); ++peer)
        {
            const std::uint32_t step =
                StepFrom(rounds[i - 1][peer], rounds[i][peer], DEFAULT_PORTS);
            jumps += IsStepOfTwo(step) ? 0 : 1;
        }
        const bool isJoint = jumpsBefore + jumps + 2 >= rounds[i].size();
        if (isJoint)
        {
            joint.push_back(i);
        }
        jumpsBefore = isJoint ? 0 : jumps;
    }
    return joint;
}

Finding
TenDestinationsForTenSeconds(Kernel& kernel)
{
    const auto machine = kernel.NewMachine();
    SetRange(*machine, LOW, HIGH);
    std::vector<Endpoint> peers(10);
    std::generate(peers.begin(), peers.end(), [&] { return NewServer(kernel, *machine); });
    std::vector<std::vector<Port>> rounds;
    const Instant start = kernel.Now();
    while (kernel.Now() < start + 10250ms)
    {
        rounds.emplace_back();
        for (const Endpoint& peer : peers)
        {
            rounds.back().push_back(ResetEach(*machine, peer, 1).front());
        }
        kernel.Sleep(50ms);
    }
    const std::vector<std::size_t> jumps = JointJumps(rounds);
    // 10.25 s contain one change of the key, or two that are 10 s apart.
    const bool isBeat =
        jumps.size() == 1 || (jumps.size() == 2 && jumps[1] - jumps[0] + 10 > rounds.size());
    return {isBeat ? "all jump together, every 10 s" : "other jumps",
            std::to_string(jumps.size()) + " in 10.25 s"};
}

} // namespace

Chapter
ConnectOrder()
{
    return {
        "The order in which connect() takes ports",
        {
            {"connections to one destination, kept open",
             STEPS_OF_TWO,
             StepsTowardsOneDestination,
             5018},
            {"connections to one destination, each reset before the next",
             STEPS_OF_TWO,
             StepsWhenEachIsReset,
             5018},
            {"parities that a free range gives, by its lowest port",
             "even: 500 even; odd: 500 odd",
             ParityOfFirstPorts,
             4006},
            {"the first port of each of 500 destinations",
             "anywhere in the range, evenly",
             FirstPortOfEachDestination,
             5018},
            {"eight destinations in turn", "a sequence for each", DestinationsInTurn, 5018},
            {"source addresses in turn, bound or chosen by the kernel",
             "a sequence for each",
             SourcesInTurn,
             5018},
            {"one destination from ten network namespaces",
             "one sequence for all",
             NamespacesInTurn,
             5018},
            {"ten destinations for ten seconds",
             "all jump together, every 10 s",
             TenDestinationsForTenSeconds,
             5018},
        },
    };
}

} // namespace portlab::test
