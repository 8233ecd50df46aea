// SPDX-License-Identifier: GPL-2.0-only

// Which external address and port a NAT gives to a flow.

#include "model/core/nat/address-hash.h"
#include "test/core/chance.h"
#include "test/machine/experiment.h"
#include "test/machine/nat-scripts.h"
#include "test/machine/scripts.h"

#include <algorithm>
#include <chrono>
#include <set>

namespace portlab::test
{

namespace
{

using namespace std::chrono_literals;

/// The bounds of Linux's classes of ports on both sides, and more of them.
std::vector<Port>
SomePorts()
{
    std::vector<Port> ports{1, 511, 512, 599, 600, 1023, 1024, 65535};
    for (Port port = 1200; ports.size() < 300; port = static_cast<Port>(port + 220))
    {
        ports.push_back(port);
    }
    return ports;
}

std::size_t
CountKept(Kernel& kernel, NatFlag flag)
{
    const auto box = kernel.NewNat({{}, flag});
    const std::vector<Port> ports = SomePorts();
    return static_cast<std::size_t>(std::count_if(ports.begin(), ports.end(), [&](Port port) {
        return SendFrom(*box, UdpFlow(2, port)) == port;
    }));
}

/// A drawn port is the inside one in one of 64,512 cases; three of 300 would be 2e-8.
Finding
KeptPorts(Kernel& kernel)
{
    const auto some = [](std::size_t kept) {
        return kept <= 2 ? "at most 2" : std::to_string(kept);
    };
    return {"masquerade " + OutOf(CountKept(kernel, NatFlag::None), 300) + "; random " +
            some(CountKept(kernel, NatFlag::Random)) + "; fully-random " +
            some(CountKept(kernel, NatFlag::FullyRandom))};
}

/// "600: 600, then 600-1023": what the first of 20 hosts got, and the class of all others. 19 draws
/// of a class lie in a smaller one by chance in less than one case in 10^10.
std::string
ClassOfClashes(NatBox& box, Port port, std::uint32_t remote)
{
    const std::optional<Port> first = SendFrom(box, UdpFlow(2, port, remote));
    std::set<Port> others;
    for (std::uint32_t host = 3; host <= 21; ++host)
    {
        others.insert(SendFrom(box, UdpFlow(host, port, remote)).value_or(0));
    }
    std::string text = std::to_string(port) + ": " + std::to_string(first.value_or(0)) + ", then ";
    for (const PortRange& range : {PortRange(1, 511), PortRange(600, 1023), PortRange(1024, 65535)})
    {
        if (others.size() == 19 && range.Contains(*others.begin()) &&
            range.Contains(*others.rbegin()))
        {
            return text + std::to_string(range.First()) + "-" + std::to_string(range.Last());
        }
    }
    return text + std::to_string(others.size()) + " in " + std::to_string(*others.begin()) + "-" +
           std::to_string(*others.rbegin());
}

Finding
Clashes(Kernel& kernel)
{
    const auto box = kernel.NewNat({});
    std::vector<std::string> classes;
    std::uint32_t remote = 0;
    for (const Port port : {Port{100}, Port{511}, Port{512}, Port{1023}, Port{1024}})
    {
        classes.push_back(ClassOfClashes(*box, port, ++remote));
    }
    return {Joined(classes, "; ")};
}

/// Host 3 has lost its port to host 2 where it went first.
Finding
Inheritance(Kernel& kernel)
{
    const auto box = kernel.NewNat({});
    SendFrom(*box, UdpFlow(2, 5000, 1));
    const Port other = SendFrom(*box, UdpFlow(3, 5000, 1)).value_or(0);
    const auto count = [&](std::uint32_t first, std::uint32_t last, Port port) {
        std::size_t same = 0;
        for (std::uint32_t remote = first; remote <= last; ++remote)
        {
            same += SendFrom(*box, UdpFlow(3, 5000, remote)) == port ? 1 : 0;
        }
        return OutOf(same, last - first + 1);
    };
    const std::string first = other == 5000 ? "the same" : "another";
    const std::string others = count(2, 20, other);
    SendFrom(*box, UdpFlow(4, other, 21));
    const std::string taken = count(21, 21, 5000);
    return {first + ", so for " + others + "; its own where that is taken, " + taken +
            ", and from then on, " + count(22, 40, 5000)};
}

/// Whether an endpoint of this host, whose latest external port a destination has in use, gets the
/// one that it had before.
bool
InheritsOlder(NatBox& box, std::uint32_t host)
{
    const std::uint32_t remote = host * 10;
    SendFrom(box, UdpFlow(2, 5000, remote));
    const Port older = SendFrom(box, UdpFlow(host, 5000, remote)).value_or(0);
    SendFrom(box, UdpFlow(2, older, remote + 1));
    SendFrom(box, UdpFlow(host, 5000, remote + 1));
    SendFrom(box, UdpFlow(2, 5000, remote + 2));
    return SendFrom(box, UdpFlow(host, 5000, remote + 2)) == older;
}

/// Two hosts are asked, as one in 64,512 draws that port by chance.
Finding
OnlyLatest(Kernel& kernel)
{
    const auto box = kernel.NewNat({});
    const bool first = InheritsOlder(*box, 3);
    const bool second = InheritsOlder(*box, 4);
    return {first && second ? "the one before" : "a new one"};
}

/// Of ten drawn ports two pairs are alike once in 1e-6.
Finding
NoInheritance(Kernel& kernel)
{
    std::vector<std::string> answers;
    for (const NatFlag flag : {NatFlag::Random, NatFlag::FullyRandom})
    {
        const auto box = kernel.NewNat({{}, flag});
        std::set<Port> ports;
        for (std::uint32_t remote = 1; remote <= 10; ++remote)
        {
            ports.insert(SendFrom(*box, UdpFlow(2, 5000, remote)).value_or(0));
        }
        answers.push_back(ports.size() >= 9 ? "9 or 10" : std::to_string(ports.size()));
    }
    return {Joined(answers)};
}

/// Draws of an empty range: each flow has a destination of its own. 65,536 = 64,512 + 1,024.
Finding
DrawnPorts(Kernel& kernel)
{
    const auto box = kernel.NewNat({{}, NatFlag::FullyRandom});
    constexpr std::uint32_t draws = 5000;
    std::vector<std::uint32_t> counts(63);
    for (std::uint32_t i = 0; i < draws; ++i)
    {
        const InsideFlow flow =
            UdpFlow(2, static_cast<Port>(1024 + i), 1 + i % 250, static_cast<Port>(7000 + i / 250));
        ++counts.at(SendFrom(*box, flow).value() / 1024 - 1);
    }
    const std::uint32_t low = counts.front();
    counts.erase(counts.begin());
    const double twice = ChanceOfCounts({low, draws - low}, {draws / 32.0, draws * 31 / 32.0});
    const double others = ChanceOfEvenCounts(counts);
    return {"1024-2047 twice as often, " + AsExpected(twice) + ", the others " + AsExpected(others),
            "5,000 ports, " + WithCommas(low) + " of them there, p = " + WithDigits(twice, 3) +
                " and " + WithDigits(others, 3)};
}

Finding
Pool(Kernel& kernel)
{
    std::vector<std::string> answers;
    for (const NatFlag flag : {NatFlag::None, NatFlag::Persistent})
    {
        const auto box = kernel.NewNat({{}, flag, 8});
        std::size_t predicted = 0;
        for (std::uint32_t i = 0; i < 200; ++i)
        {
            const InsideFlow flow = UdpFlow(2 + i, 5000, 1 + i * 7 % 250);
            const Address seed = flag == NatFlag::Persistent ? 0 : flow.remote.address;
            const Address address = EXTERNAL + LinuxAddressIndex(flow.inside.address, seed, 8);
            const auto end = box->Outbound(flow, {});
            predicted += end && end->address == address ? 1 : 0;
        }
        answers.push_back(OutOf(predicted, 200));
    }
    return {"of both ends " + answers.front() + "; persistent: of the inside one " +
            answers.back()};
}

Finding
NoSpill(Kernel& kernel)
{
    const auto box = kernel.NewNat({PortRange(40000, 40007), NatFlag::Persistent, 4});
    std::vector<std::size_t> counts;
    for (std::uint32_t i = 0; i < 20; ++i)
    {
        counts.push_back(SendFrom(*box, UdpFlow(2, static_cast<Port>(5000 + i))) ? 1 : 0);
    }
    return {OutOf(static_cast<std::size_t>(std::count(counts.begin(), counts.end(), 1u)), 20)};
}

Finding
Strangers(Kernel& kernel)
{
    const auto box = kernel.NewNat({});
    const InsideFlow flow = UdpFlow(2, 5000, 1, 7);
    SendFrom(*box, flow);
    const auto try_ = [&](Port external, const portlab::Endpoint& remote) {
        const auto end = box->Inbound(flow.protocol, {EXTERNAL, external}, remote, {});
        return std::string(!end ? "no" : *end == flow.inside ? "yes" : "astray");
    };
    return {Joined({"its remote end " + try_(5000, flow.remote),
                    "another port of it " + try_(5000, {RemoteHost(1), 8}),
                    "another address " + try_(5000, {RemoteHost(2), 7}),
                    "its remote end to another port " + try_(5001, flow.remote),
                    "and again " + try_(5000, flow.remote)})};
}

Finding
UdpTimers(Kernel& kernel)
{
    const auto box = kernel.NewNat({});
    const InsideFlow flow = UdpFlow(2, 5000);
    std::vector<std::string> timers;
    const auto note = [&] { timers.push_back(box->EntryOf(flow)); };
    note();
    SendFrom(*box, flow);
    note();
    box->Inbound(flow.protocol, {EXTERNAL, 5000}, flow.remote, {});
    note();
    SendFrom(*box, flow);
    note();
    kernel.Sleep(2100ms);
    SendFrom(*box, flow);
    note();
    return {Joined(timers)};
}

} // namespace

// house-rules: long because it is a table.
Chapter
NatChoices()
{
    return {
        "Which external port a NAT gives",
        {
            {"external ports of 300 free ones from 1 to 65535 that are the inside ones",
             "masquerade 300 of 300; random at most 2; fully-random at most 2",
             KeptPorts},
            {"external ports of 20 hosts with one port towards one destination",
             "100: 100, then 1-511; 511: 511, then 1-511; 512: 512, then 600-1023; "
             "1023: 1023, then 600-1023; 1024: 1024, then 1024-65535",
             Clashes},
            {"external port of an endpoint whose own port was taken, and for 39 more destinations",
             "another, so for 19 of 19; its own where that is taken, 1 of 1, and from then on, 19 "
             "of "
             "19",
             Inheritance},
            {"external port of an endpoint where its latest one is taken, and its own",
             "a new one",
             OnlyLatest},
            {"external ports of one endpoint for ten destinations by random and fully-random",
             "9 or 10, 9 or 10",
             NoInheritance},
            {"ports that fully-random draws of 64,512 free ones",
             "1024-2047 twice as often, evenly, the others evenly",
             DrawnPorts},
            {"addresses of snat to 192.0.2.1-192.0.2.8 that are the hash",
             "of both ends 200 of 200; persistent: of the inside one 200 of 200",
             Pool},
            {"flows of one host that snat gives on 4 addresses of 8 ports under persistent",
             "8 of 20",
             NoSpill},
            {"datagrams from outside that arrive inside",
             "its remote end yes, another port of it no, another address no, its remote end to "
             "another port no, and again yes",
             Strangers},
            {"entry of a flow of UDP before it, unanswered, answered, gone on, after two seconds",
             "none, 30, 30, 30, 120",
             UdpTimers},
        },
    };
}

} // namespace portlab::test
