// SPDX-License-Identifier: GPL-2.0-only

// How many flows a NAT has external ports for, and when it does not find them.

#include "test/machine/experiment.h"
#include "test/machine/nat-scripts.h"
#include "test/machine/scripts.h"
#include "test/machine/window-law.h"

#include <algorithm>

namespace portlab::test
{

namespace
{

constexpr Port LOW = 40960;

/// A box with so many external ports from LOW on.
std::unique_ptr<NatBox>
NewNatOf(Kernel& kernel, std::uint32_t ports)
{
    return kernel.NewNat({PortRange(LOW, static_cast<Port>(LOW + ports - 1))});
}

/// Inside ports are numbered from this on, below all external ones.
InsideFlow
NumberedFlow(std::uint32_t number, std::uint32_t remote)
{
    return UdpFlow(2, static_cast<Port>(5000 + number), remote);
}

Finding
NarrowRanges(Kernel& kernel)
{
    std::vector<std::string> answers;
    for (const std::uint32_t ports : {1u, 8u, 100u, 128u})
    {
        const auto box = NewNatOf(kernel, ports);
        std::uint32_t inOrder = 0;
        std::uint32_t passed = 0;
        for (std::uint32_t i = 0; i < ports + 20; ++i)
        {
            const bool passes = SendFrom(*box, NumberedFlow(i, 1)).has_value();
            inOrder += passes && passed == i ? 1 : 0;
            passed += passes ? 1 : 0;
        }
        answers.push_back(std::to_string(ports) + ": " + std::to_string(inOrder) +
                          (passed == inOrder ? "" : " and " + std::to_string(passed - inOrder)));
    }
    return {Joined(answers)};
}

Finding
CountedFailures(Kernel& kernel)
{
    const auto box = NewNatOf(kernel, 8);
    for (std::uint32_t i = 0; i < 8; ++i)
    {
        SendFrom(*box, NumberedFlow(i, 1));
    }
    const std::uint64_t before = box->Failures();
    for (std::uint32_t i = 8; i < 28; ++i)
    {
        SendFrom(*box, NumberedFlow(i, 1));
    }
    return {std::to_string(before) + ", then " + std::to_string(box->Failures() - before)};
}

/// Of 20 flows each.
Finding
SeparateRanges(Kernel& kernel)
{
    const auto box = NewNatOf(kernel, 8);
    std::vector<std::size_t> counts(4);
    for (std::uint32_t i = 0; i < 20; ++i)
    {
        counts[0] += SendFrom(*box, NumberedFlow(i, 1)) ? 1 : 0;
        counts[1] += SendFrom(*box, NumberedFlow(i + 20, 2)) ? 1 : 0;
        counts[2] += SendFrom(*box, UdpFlow(3, static_cast<Port>(5000 + i), 1, 8)) ? 1 : 0;
        counts[3] += SendSyn(*box, NumberedFlow(i, 1)) ? 1 : 0;
    }
    std::vector<std::string> words;
    std::transform(counts.begin(), counts.end(), std::back_inserter(words), [](std::size_t count) {
        return std::to_string(count);
    });
    return {Joined(words, " + ")};
}

Finding
KeptInRange(Kernel& kernel)
{
    const auto box = NewNatOf(kernel, 1000);
    std::vector<std::string> answers;
    for (const int offset : {-1, 0, 999, 1000})
    {
        const auto port = static_cast<Port>(LOW + offset);
        const std::optional<Port> external = SendFrom(*box, UdpFlow(2, port));
        const bool isInside = external && *external >= LOW && *external < LOW + 1000;
        answers.push_back(std::to_string(port) + (external == port ? " kept"
                                                  : isInside       ? " not"
                                                                   : " astray"));
    }
    return {Joined(answers)};
}

constexpr std::uint32_t SEARCHED = 1024;

/// Sends the first datagram of a flow that has to search, and notes what that found.
bool
Search(NatBox& box, const InsideFlow& flow, WindowSearches& searches)
{
    const std::optional<Port> port = SendFrom(box, flow);
    searches.Add(port ? std::optional<std::size_t>(*port - LOW) : std::nullopt);
    return port.has_value();
}

/// Three ranges that fill up by searches, until they are full.
Finding
FillingRanges(Kernel& kernel)
{
    const auto box = NewNatOf(kernel, SEARCHED);
    WindowSearches searches(SEARCHED);
    std::uint32_t number = 0;
    for (std::uint32_t remote = 1; remote <= 3; ++remote)
    {
        searches.BeginAnew();
        std::uint32_t found = 0;
        for (std::uint32_t i = 0; found < SEARCHED && i < 2 * SEARCHED; ++i, ++number)
        {
            found += Search(*box, NumberedFlow(number, remote), searches) ? 1 : 0;
        }
    }
    return searches.Describe();
}

/// All ports above the first 300 are taken by flows that have kept them.
Finding
OneHole(Kernel& kernel)
{
    const auto box = NewNatOf(kernel, SEARCHED);
    WindowSearches searches(SEARCHED);
    for (std::uint32_t port = 300; port < SEARCHED; ++port)
    {
        SendFrom(*box, UdpFlow(3, static_cast<Port>(LOW + port)));
        searches.Take(port);
    }
    for (std::uint32_t i = 0; i < 150; ++i)
    {
        Search(*box, NumberedFlow(i, 1), searches);
    }
    return searches.Describe();
}

} // namespace

Chapter
NatRanges()
{
    return {
        "How many flows an external range has ports for",
        {
            {"flows that masquerade to ranges of so many ports gives before the first failure",
             "1: 1, 8: 8, 100: 100, 128: 128",
             NarrowRanges},
            {"insert_failed of 8 and of 20 more flows on a range of 8",
             "0, then 20",
             CountedFailures},
            {"flows of a range of 8 to two destinations, to another port of one, and by TCP",
             "8 + 8 + 8 + 8",
             SeparateRanges},
            {"inside ports in and beside the range 40960-41959",
             "40959 not, 40960 kept, 41959 kept, 41960 not",
             KeptInRange},
            {"searches of 1,024 ports, three times until all are taken",
             "ports evenly, failures evenly, 0 impossible",
             FillingRanges},
            {"searches of 1,024 ports of which 300 in a row are free",
             "ports evenly, failures evenly, 0 impossible",
             OneHole},
        },
    };
}

} // namespace portlab::test
