// SPDX-License-Identifier: GPL-2.0-only

#include "test/machine/scripts.h"

#include <iomanip>
#include <sstream>
#include <stdexcept>

namespace portlab::test
{

std::string
ToText(const Answer& answer)
{
    return answer.error.empty() ? "OK" : answer.error;
}

std::string
ToText(const Opened& opened)
{
    return ToText(opened.answer);
}

SocketSettings
Tcp()
{
    return {};
}

SocketSettings
Udp()
{
    SocketSettings settings;
    settings.transport = Transport::Udp;
    return settings;
}

SocketSettings
ReuseAddress(SocketSettings settings)
{
    settings.reuseAddress = true;
    return settings;
}

SocketSettings
ReusePort(SocketSettings settings)
{
    settings.reusePort = true;
    return settings;
}

Opened
ConnectNew(Machine& machine, const Endpoint& peer, const SocketSettings& settings)
{
    const SocketId socket = machine.Open(settings);
    return {socket, machine.Connect(socket, peer)};
}

Opened
ConnectFrom(Machine& machine, const Endpoint& own, const Endpoint& peer, SocketSettings settings)
{
    settings.bindAddressNoPort = own.port == 0;
    const Opened bound = BindNew(machine, own, settings);
    return bound.answer.error.empty() ? Opened{bound.socket, machine.Connect(bound.socket, peer)}
                                      : bound;
}

Opened
BindNew(Machine& machine, const Endpoint& own, const SocketSettings& settings)
{
    const SocketId socket = machine.Open(settings);
    return {socket, machine.Bind(socket, own)};
}

Endpoint
NewServer(Kernel& kernel, Machine& machine, Network network)
{
    const Endpoint server = kernel.NewEndpoint(network);
    machine.Serve(server, Reply::Accepts);
    return server;
}

void
SetRange(Machine& machine, Port low, Port high)
{
    MustSet(machine, "ip_local_port_range", std::to_string(low) + " " + std::to_string(high));
}

void
MustSet(Machine& machine, const std::string& name, const std::string& value)
{
    const std::string error = machine.Set(name, value);
    if (!error.empty())
    {
        throw std::runtime_error("net.ipv4." + name + " = " + value + ": " + error);
    }
}

Harvest
UntilRefused(const std::function<Opened()>& open, std::size_t most)
{
    Harvest harvest;
    while (harvest.ports.size() < most)
    {
        const Opened opened = open();
        if (!opened.answer.port)
        {
            harvest.error = opened.answer.error;
            break;
        }
        harvest.sockets.push_back(opened.socket);
        harvest.ports.push_back(*opened.answer.port);
    }
    return harvest;
}

std::string
Stretches(const std::vector<Port>& ports, const std::function<std::string(Port)>& kind)
{
    std::vector<std::string> stretches;
    for (std::size_t i = 0; i < ports.size();)
    {
        const std::string now = kind(ports[i]);
        const std::size_t start = i;
        while (i < ports.size() && kind(ports[i]) == now)
        {
            ++i;
        }
        stretches.push_back(std::to_string(i - start) + " " + now);
    }
    return Joined(stretches);
}

std::string
ParityOf(Port port)
{
    return port % 2 == 0 ? "even" : "odd";
}

std::string
Joined(const std::vector<std::string>& parts, const std::string& between)
{
    std::string text;
    for (const std::string& part : parts)
    {
        text += (text.empty() ? "" : between) + part;
    }
    return text;
}

std::string
OutOf(std::size_t some, std::size_t all)
{
    return WithCommas(some) + " of " + WithCommas(all);
}

std::string
WithCommas(std::size_t count)
{
    std::string text = std::to_string(count);
    for (std::size_t place = text.size(); place > 3;)
    {
        place -= 3;
        text.insert(place, ",");
    }
    return text;
}

std::string
WithDigits(double number, int digits)
{
    std::ostringstream out;
    out << std::fixed << std::setprecision(digits) << number;
    return out.str();
}

} // namespace portlab::test
