// SPDX-License-Identifier: GPL-2.0-only

#include "test/machine/waiting.h"

#include "test/machine/scripts.h"

#include <algorithm>
#include <chrono>

namespace portlab::test
{

namespace
{

using namespace std::chrono_literals;

constexpr Port ONLY_PORT = 40000;

std::string
InText(Duration duration)
{
    return duration % 1s == 0ns ? std::to_string(duration / 1s) + " s"
                                : WithDigits(InSeconds(duration), 3) + " s";
}

} // namespace

Occupied
Occupy(Kernel& kernel,
       const std::vector<std::pair<std::string, std::string>>& settings,
       Closing manner,
       Network network)
{
    Occupied port{kernel.NewMachine(), {}};
    SetRange(*port.machine, ONLY_PORT, ONLY_PORT);
    for (const auto& [name, value] : settings)
    {
        MustSet(*port.machine, name, value);
    }
    port.peer = NewServer(kernel, *port.machine, network);
    const SocketId socket = ConnectNew(*port.machine, port.peer).socket;
    port.closed = kernel.Now();
    port.machine->Close(socket, manner);
    return port;
}

void
Poll(Kernel& kernel, std::vector<Occupied>& ports, Duration limit)
{
    const Instant end = kernel.Now() + limit;
    const auto isFree = [](const Occupied& port) { return port.freed.has_value(); };
    while (kernel.Now() < end && !std::all_of(ports.begin(), ports.end(), isFree))
    {
        for (Occupied& port : ports)
        {
            if (port.freed)
            {
                continue;
            }
            const Opened opened = ConnectNew(*port.machine, port.peer);
            if (opened.answer.port)
            {
                port.freed = kernel.Now();
            }
            port.machine->Close(opened.socket, Closing::Reset);
        }
        kernel.Sleep(1ms);
    }
}

std::string
HeldFor(const Occupied& port, Duration expected)
{
    const Duration held = port.freed.value_or(NEVER) - port.closed;
    const bool fits = held >= expected && held <= expected + expected / 8 + 250ms;
    return fits ? InText(expected) : LengthOf(port);
}

std::string
LengthOf(const Occupied& port)
{
    return port.freed ? WithDigits(InSeconds(*port.freed - port.closed), 3) + " s" : "no end";
}

} // namespace portlab::test
