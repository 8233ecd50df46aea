// SPDX-License-Identifier: GPL-2.0-only

// How long a NAT remembers connections, and who may have the port of one that has closed.

#include "test/machine/experiment.h"
#include "test/machine/nat-scripts.h"
#include "test/machine/scripts.h"

#include <algorithm>

namespace portlab::test
{

namespace
{

constexpr Port LOW = 40000;

/// A connection's life, closed from inside.
const std::vector<std::string>
    LIFE{"SYN out", "SYN-ACK in", "ACK out", "FIN out", "ACK in", "FIN in", "ACK out"};

/// What the box remembers after each step of a new connection of host 2.
std::string
Entries(NatBox& box, Port port, const std::vector<std::string>& steps)
{
    Conversation conversation(box, UdpFlow(2, port));
    std::vector<std::string> entries;
    for (const std::string& step : steps)
    {
        const bool arrived = conversation.Send(step);
        entries.push_back(conversation.Entry() + (arrived ? "" : " lost"));
    }
    return Joined(entries);
}

Finding
Life(Kernel& kernel)
{
    return {Entries(*kernel.NewNat({}), 5000, LIFE)};
}

Finding
ServerCloses(Kernel& kernel)
{
    const std::vector<std::string>
        steps{"SYN out", "SYN-ACK in", "ACK out", "FIN in", "ACK out", "FIN out", "ACK in"};
    return {Entries(*kernel.NewNat({}), 5000, steps)};
}

Finding
Resets(Kernel& kernel)
{
    const auto box = kernel.NewNat({});
    return {Joined({Entries(*box, 5000, {"SYN out", "SYN-ACK in", "ACK out", "RST out"}),
                    Entries(*box, 5001, {"SYN out", "SYN-ACK in", "ACK out", "RST in"}),
                    Entries(*box, 5002, {"SYN out", "RST in"})},
                   "; ")};
}

/// A connection in each state, with the port that it holds.
struct Holder
{
    std::string state;
    Conversation conversation;
};

/// Connections to a destination each, from remote port `first` on, of endpoint 5000 of host 2.
std::vector<Holder>
HoldersIn(NatBox& box, Port first)
{
    std::vector<Holder> holders;
    const auto add = [&](const std::vector<std::string>& steps) {
        const auto remotePort = static_cast<Port>(first + holders.size());
        Conversation conversation(box, UdpFlow(2, 5000, 1, remotePort));
        for (const std::string& step : steps)
        {
            conversation.Send(step);
        }
        const std::string entry = conversation.Entry();
        holders.push_back({entry.substr(0, entry.find(' ')), conversation});
    };
    for (std::size_t length = 1; length <= LIFE.size(); ++length)
    {
        add({LIFE.begin(), LIFE.begin() + static_cast<std::ptrdiff_t>(length)});
    }
    add({"SYN out", "SYN-ACK in", "ACK out", "RST out"});
    return holders;
}

/// On a range of one port, the states of holders that give way to a SYN from `port` of another host
/// which is so far ahead of the end of the holder's sequence.
std::string
Evicted(NatBox& box, Port first, int ahead, Port port = 5000)
{
    std::vector<std::string> states;
    Port remotePort = first;
    for (const Holder& holder : HoldersIn(box, first))
    {
        const auto sequence = holder.conversation.Sequence() + static_cast<std::uint32_t>(ahead);
        if (SendSyn(box, UdpFlow(3, port, 1, remotePort), sequence))
        {
            states.push_back(holder.state);
        }
        ++remotePort;
    }
    return states.empty() ? "none" : Joined(states, " ");
}

Finding
Evictions(Kernel& kernel)
{
    const auto box = kernel.NewNat({PortRange(LOW, LOW)});
    return {Joined({"behind " + Evicted(*box, 7000, -1), "at it " + Evicted(*box, 7100, 0)})};
}

Finding
EvictionsFromThatPort(Kernel& kernel)
{
    const auto box = kernel.NewNat({PortRange(LOW, LOW)});
    return {Evicted(*box, 7000, 1000, LOW)};
}

/// A second SYN of the same endpoint, behind the sequence of the first: what the box remembers
/// then, in each state of the first.
Finding
SecondSyns(Kernel& kernel)
{
    const auto box = kernel.NewNat({});
    std::vector<std::string> answers;
    Port remotePort = 7000;
    for (const Holder& holder : HoldersIn(*box, 7000))
    {
        const InsideFlow flow = UdpFlow(2, 5000, 1, remotePort++);
        const auto port = SendSyn(*box, flow, holder.conversation.Sequence() - 100);
        const std::string entry = Conversation(*box, flow).Entry();
        answers.push_back(holder.state + ": " + entry.substr(0, entry.find(' ')) +
                          (port == 5000 ? ""
                           : port       ? " elsewhere"
                                        : " lost"));
    }
    return {Joined(answers)};
}

} // namespace

// house-rules: long because it is a table.
Chapter
NatConnections()
{
    return {
        "How a NAT follows connections",
        {
            {"entry of a connection from SYN to the last ACK, closed from inside",
             "SYN_SENT 120, SYN_RECV 60, ESTABLISHED 432000, FIN_WAIT 120, CLOSE_WAIT 60, LAST_ACK "
             "30, TIME_WAIT 120",
             Life},
            {"entry of a connection from SYN to the last ACK, closed from outside",
             "SYN_SENT 120, SYN_RECV 60, ESTABLISHED 432000, FIN_WAIT 120, CLOSE_WAIT 60, LAST_ACK "
             "30, TIME_WAIT 120",
             ServerCloses},
            {"entry of a connection reset from inside, from outside, and instead of an answer",
             "SYN_SENT 120, SYN_RECV 60, ESTABLISHED 432000, CLOSE 10; SYN_SENT 120, SYN_RECV 60, "
             "ESTABLISHED 432000, CLOSE 10; SYN_SENT 120, none",
             Resets},
            {"entry after a second SYN of the same endpoint, by the state before",
             "SYN_SENT: SYN_SENT, SYN_RECV: SYN_RECV, ESTABLISHED: ESTABLISHED, FIN_WAIT: "
             "FIN_WAIT, "
             "CLOSE_WAIT: CLOSE_WAIT, LAST_ACK: LAST_ACK, TIME_WAIT: SYN_SENT, CLOSE: SYN_SENT",
             SecondSyns},
            {"states that give way to a SYN of another host on a range of one port, by its number "
             "and the end of their own",
             "behind none, at it TIME_WAIT CLOSE",
             Evictions,
             6005},
            {"states that give way to a SYN of another host on a range of one port, formerly",
             "behind none, at it none",
             Evictions,
             0,
             6005},
            {"states that give way to a SYN from the inside port that is the one of the range",
             "none",
             EvictionsFromThatPort},
        },
    };
}

} // namespace portlab::test
