// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEST_RANDOM_SCRIPT_H
#define PORTLAB_TEST_RANDOM_SCRIPT_H

#include "model/core/base/random.h"
#include "test/linux/hidden-state-filter.h"
#include "test/machine/machine.h"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace portlab::test
{

/// Random system calls on one machine of a real kernel. A machine of the model follows, and has to
/// agree with every answer: that a port which the kernel chose was free, that none was if it chose
/// none, and whether a port that the program chose may be had. Which of the free ports it is, the
/// order of bind() or the hidden state of connect() has to allow.
class RandomScript
{
  public:
    RandomScript(Kernel& live, Kernel& model, std::uint64_t seed);

    /// Makes so many calls, or fewer if an answer is wrong. Answers what is wrong, or nothing.
    std::string Run(int calls);

    /// Whether what is wrong may be chance: two of the seven sequences of connect() share one of
    /// the kernel's 65,536 cells in one of 3,000 scripts.
    bool MayBeChance() const
    {
        return m_mayBeChance;
    }

    /// The calls so far with their answers.
    const std::string& Story() const
    {
        return m_story;
    }

  private:
    /// One socket on both machines.
    struct Pair
    {
        SocketId live;
        SocketId model;
        SocketSettings settings;
        Address local; ///< Of bind(); ANY_ADDRESS also without bind().
        bool isConnected{false};
        bool listens{false};
    };

    /// Opens a socket and does one thing with it.
    struct Attempt
    {
        std::string name;
        SocketSettings settings;
        Address local{ANY_ADDRESS};
        std::optional<Endpoint> own{};  ///< bind() to this ...
        std::optional<Endpoint> peer{}; ///< ... or connect() to that.
        std::optional<PortRange> range{};
    };

    using Flags = std::vector<bool>;

    static std::string NameOf(Address address);
    static std::string NameOf(const SocketSettings& settings);
    static bool IsBoundOnly(const Pair& pair);
    static bool MayConnect(const Pair& pair);

    void Call();
    void Connect();
    void ConnectWithin();
    void BindAutomatic();
    void BindChosen();
    void UseUdp();
    void ConnectBound();
    void Listen();
    void MeetRefusal();
    void Close();

    SocketSettings DrawSettings(Transport transport);
    Address DrawAddress();
    Answer Try(Machine& machine, const Attempt& attempt, std::optional<Port> forced, SocketId& id);
    Flags Usable(const Attempt& attempt);
    void Choose(const Attempt& attempt, const std::string& failure);
    void CheckBindOrder(const Attempt& attempt, std::optional<Port> port, const Flags& usable);
    void CheckHiddenState(const Attempt& attempt, std::optional<Port> port, const Flags& usable);
    void Compare(const std::string& call, const Answer& live, const Answer& model);
    void Tell(const std::string& call, const Answer& answer);
    void Complain(const std::string& what);
    std::optional<std::size_t> Draw(const std::function<bool(const Pair&)>& fits);
    bool Chance(std::uint32_t percent);

    Random m_random;
    std::uint32_t m_release;
    PortRange m_range;
    PortRange m_ownRange;
    bool m_relaxes{false}; ///< ip_autobind_reuse
    std::unique_ptr<Machine> m_live;
    std::unique_ptr<Machine> m_model;
    std::vector<Endpoint> m_peers; ///< The last one is for sockets with a range of their own.
    Endpoint m_refuser;
    std::vector<Pair> m_pairs;
    std::map<std::pair<Address, Endpoint>, SequenceWitness> m_witnesses;
    std::string m_story;
    std::string m_complaint;
    bool m_mayBeChance{false};
    int m_calls{0};
};

/// A script of 400 calls against the model of a profile: its complaint and its story, or nothing. A
/// complaint that may be chance counts when it comes twice.
std::string RunRandomScript(Kernel& kernel, const std::string& profile, std::uint64_t seed);

} // namespace portlab::test

#endif // PORTLAB_TEST_RANDOM_SCRIPT_H
