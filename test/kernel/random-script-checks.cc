// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/port/profiles/families.h"
#include "test/kernel/random-script.h"
#include "test/machine/model-machine.h"
#include "test/machine/scripts.h"

#include <algorithm>

namespace portlab::test
{

namespace
{

/// One change of the key may happen in the second that a script takes.
constexpr std::uint32_t JUMPS_ALLOWED = 1;

std::string
Describe(const Answer& answer)
{
    return answer.port ? std::to_string(*answer.port) : answer.error;
}

/// In which of its searches bind(0) comes to a port: with SO_REUSEADDR it looks at the lower half
/// first; in each half, first at the parity that the low port has not.
int
RankOf(Port port, const PortRange& range, bool reuseAddress)
{
    const std::uint32_t offset = std::uint32_t{port} - range.First();
    const bool isUpper = reuseAddress && offset >= range.Count() / 4 * 2;
    return (isUpper ? 2 : 0) + (offset % 2 == 0 ? 1 : 0);
}

} // namespace

/// Makes the attempt; the model can be forced to a port, by giving its socket no other.
Answer
RandomScript::Try(Machine& machine,
                  const Attempt& attempt,
                  std::optional<Port> forced,
                  SocketId& id)
{
    SocketSettings settings = attempt.settings;
    settings.bindAddressNoPort = attempt.peer.has_value();
    id = machine.Open(settings);
    if (forced)
    {
        machine.LimitPorts(id, {*forced, *forced});
    }
    else if (attempt.range)
    {
        machine.LimitPorts(id, {attempt.range->First(), attempt.range->Last()});
    }
    if (attempt.own)
    {
        return machine.Bind(id, *attempt.own);
    }
    if (attempt.local != ANY_ADDRESS)
    {
        machine.Bind(id, {attempt.local, 0});
    }
    return machine.Connect(id, *attempt.peer);
}

/// Which ports of its range the model would let the attempt have.
RandomScript::Flags
RandomScript::Usable(const Attempt& attempt)
{
    const PortRange range = attempt.range.value_or(m_range);
    Flags usable;
    for (std::uint32_t offset = 0; offset < range.Count(); ++offset)
    {
        SocketId trial = 0;
        const Answer answer = Try(*m_model, attempt, range.At(offset), trial);
        m_model->Close(trial, Closing::Reset);
        usable.push_back(answer.port.has_value());
    }
    return usable;
}

/// Lets the kernel choose a port, and the model judge it and follow. Before 6.18, a socket that was
/// bound for a trial would leave traces: then the model only judges the port that was chosen.
void
RandomScript::Choose(const Attempt& attempt, const std::string& failure)
{
    const bool mayTry = !attempt.own || m_release >= LinuxRelease(6, 18);
    const Flags usable = mayTry ? Usable(attempt) : Flags{};
    SocketId live = 0;
    const Answer answer = Try(*m_live, attempt, std::nullopt, live);
    Tell("socket " + std::to_string(live) + " " + attempt.name + " as " + NameOf(attempt.local) +
             NameOf(attempt.settings),
         answer);
    SocketId model = 0;
    const Answer modelled = Try(*m_model, attempt, answer.port, model);
    m_model->LimitPorts(model, {});
    if (answer.port != modelled.port || (!answer.port && answer.error != failure))
    {
        Complain("the model, asked for the same, answers " + Describe(modelled));
    }
    if (m_complaint.empty() && mayTry && attempt.settings.transport == Transport::Tcp)
    {
        attempt.own ? CheckBindOrder(attempt, answer.port, usable)
                    : CheckHiddenState(attempt, answer.port, usable);
    }
    if (answer.port)
    {
        m_pairs.push_back({live, model, attempt.settings, attempt.local, attempt.peer.has_value()});
    }
}

void
RandomScript::CheckBindOrder(const Attempt& attempt, std::optional<Port> port, const Flags& usable)
{
    const bool reuse = attempt.settings.reuseAddress;
    if (!port || (reuse && m_relaxes))
    {
        return; // Ports that are shared come last, and the model does not say which these are.
    }
    for (std::uint32_t offset = 0; offset < m_range.Count(); ++offset)
    {
        const Port other = m_range.At(offset);
        if (usable[offset] && RankOf(other, m_range, reuse) < RankOf(*port, m_range, reuse))
        {
            Complain(std::to_string(other) + " comes before " + std::to_string(*port));
            return;
        }
    }
}

void
RandomScript::CheckHiddenState(const Attempt& attempt,
                               std::optional<Port> port,
                               const Flags& usable)
{
    const PortRange range = attempt.range.value_or(m_range);
    const Address source = attempt.local == ANY_ADDRESS ? LOOPBACK : attempt.local;
    const bool isPlain = attempt.range && m_release >= LinuxRelease(6, 8);
    const SearchRule rule{range, isPlain};
    const auto witness =
        m_witnesses.try_emplace({source, *attempt.peer}, rule, JUMPS_ALLOWED).first;
    PortFlags unusable;
    for (std::uint32_t offset = 0; offset < range.Count(); ++offset)
    {
        unusable[range.At(offset)] = !usable[offset];
    }
    if (!witness->second.Observe(port, unusable))
    {
        m_mayBeChance = m_complaint.empty();
        Complain("no hidden state of connect() leads to this port");
    }
}

void
RandomScript::Compare(const std::string& call, const Answer& live, const Answer& model)
{
    Tell(call, live);
    if (Describe(live) != Describe(model))
    {
        Complain("the model answers " + Describe(model));
    }
}

void
RandomScript::Complain(const std::string& what)
{
    m_complaint = m_complaint.empty() ? what : m_complaint;
    m_story += "   WRONG: " + what + "\n";
}

/// The place of one of the sockets that fit, if any do.
std::optional<std::size_t>
RandomScript::Draw(const std::function<bool(const Pair&)>& fits)
{
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < m_pairs.size(); ++i)
    {
        if (fits(m_pairs[i]))
        {
            places.push_back(i);
        }
    }
    if (places.empty())
    {
        return std::nullopt;
    }
    return places[m_random.Below(static_cast<std::uint32_t>(places.size()))];
}

std::string
RunRandomScript(Kernel& kernel, const std::string& profile, std::uint64_t seed)
{
    constexpr int calls = 400;
    std::string complaint;
    bool mayBeChance = true;
    for (int attempt = 0; attempt < 2 && mayBeChance; ++attempt)
    {
        // Another seed than that of a kernel that is a model itself.
        ModelKernel model(profile, seed + 1000);
        RandomScript script(kernel, model, seed);
        complaint = script.Run(calls);
        mayBeChance = script.MayBeChance();
        if (!complaint.empty())
        {
            complaint += ", PORTLAB_SEED=" + std::to_string(seed) + "\n" + script.Story();
        }
    }
    return complaint;
}

} // namespace portlab::test
