// SPDX-License-Identifier: GPL-2.0-only

// Which bind() to a port keeps others from it.

#include "test/machine/experiment.h"
#include "test/machine/scripts.h"

namespace portlab::test
{

namespace
{

constexpr Port LOW = 40000;
constexpr Endpoint CHOSEN{LOOPBACK, LOW};

/// bind() to one port by two sockets.
std::string
BindBoth(Kernel& kernel,
         const SocketSettings& first,
         const SocketSettings& second,
         bool listens = false,
         const Endpoint& secondOwn = CHOSEN)
{
    const auto machine = kernel.NewMachine();
    const Opened owner = BindNew(*machine, CHOSEN, first);
    if (listens)
    {
        machine->Listen(owner.socket);
    }
    return ToText(BindNew(*machine, secondOwn, second));
}

Finding
ReuseAddressOnBind(Kernel& kernel)
{
    const SocketSettings plain;
    const SocketSettings reuse = ReuseAddress();
    return {Joined({"none " + BindBoth(kernel, plain, plain),
                    "first " + BindBoth(kernel, reuse, plain),
                    "second " + BindBoth(kernel, plain, reuse),
                    "both " + BindBoth(kernel, reuse, reuse),
                    "both, first listens " + BindBoth(kernel, reuse, reuse, true)})};
}

Finding
ReusePortOnBind(Kernel& kernel)
{
    const SocketSettings plain;
    const SocketSettings reuse = ReusePort();
    return {Joined({"first " + BindBoth(kernel, reuse, plain),
                    "second " + BindBoth(kernel, plain, reuse),
                    "both " + BindBoth(kernel, reuse, reuse),
                    "both, first listens " + BindBoth(kernel, reuse, reuse, true)})};
}

Finding
AddressesOnBind(Kernel& kernel)
{
    return {Joined({"same " + BindBoth(kernel, {}, {}),
                    "other " + BindBoth(kernel, {}, {}, false, {LOOPBACK + 1, LOW}),
                    "any " + BindBoth(kernel, {}, {}, false, {ANY_ADDRESS, LOW}),
                    "other port " + BindBoth(kernel, {}, {}, false, {LOOPBACK, LOW + 1})})};
}

/// bind() to any address with both options, where one address has a socket with SO_REUSEADDR and
/// another one with SO_REUSEPORT.
Finding
BothBesideEach(Kernel& kernel)
{
    const auto machine = kernel.NewMachine();
    BindNew(*machine, CHOSEN, ReuseAddress());
    BindNew(*machine, {LOOPBACK + 1, LOW}, ReusePort());
    return {ToText(BindNew(*machine, {ANY_ADDRESS, LOW}, ReusePort(ReuseAddress())))};
}

/// The second socket comes by SO_REUSEADDR, and has SO_REUSEPORT as well. That is what the kernel
/// remembers of the port, and lets in the third, whom the first one should have kept out.
/// Source: sk_reuseport_match() in net/ipv4/inet_connection_sock.c.
Finding
ReusePortBehindReuseAddress(Kernel& kernel)
{
    const auto machine = kernel.NewMachine();
    return {Joined({"SO_REUSEADDR " + ToText(BindNew(*machine, CHOSEN, ReuseAddress())),
                    "both " + ToText(BindNew(*machine, CHOSEN, ReusePort(ReuseAddress()))),
                    "SO_REUSEPORT " + ToText(BindNew(*machine, CHOSEN, ReusePort()))})};
}

/// Two sockets on one port, which then listen one after the other.
Finding
BothListen(Kernel& kernel)
{
    const auto machine = kernel.NewMachine();
    const Opened first = BindNew(*machine, CHOSEN, ReuseAddress());
    const Opened second = BindNew(*machine, CHOSEN, ReuseAddress());
    const std::string one = ToText(machine->Listen(first.socket));
    return {Joined({"first " + one, "second " + ToText(machine->Listen(second.socket))})};
}

} // namespace

// house-rules: long because it is a table.
Chapter
BindConflicts()
{
    return {
        "Which bind() keeps out which",
        {
            {"two bind() to one port, by who has SO_REUSEADDR",
             "none EADDRINUSE, first EADDRINUSE, second EADDRINUSE, both OK, both, first listens "
             "EADDRINUSE",
             ReuseAddressOnBind},
            {"two bind() to one port, by who has SO_REUSEPORT",
             "first EADDRINUSE, second EADDRINUSE, both OK, both, first listens OK",
             ReusePortOnBind},
            {"two bind() to one port, by address",
             "same EADDRINUSE, other OK, any EADDRINUSE, other port OK",
             AddressesOnBind},
            {"bind() to any address with both options, beside one address with SO_REUSEADDR and "
             "one "
             "with SO_REUSEPORT",
             "OK",
             BothBesideEach},
            {"three bind() to one port: with SO_REUSEADDR, both options, SO_REUSEPORT",
             "SO_REUSEADDR OK, both OK, SO_REUSEPORT OK",
             ReusePortBehindReuseAddress},
            {"two bind() to one port with SO_REUSEADDR, then listen()",
             "first OK, second EADDRINUSE",
             BothListen},
        },
    };
}

} // namespace portlab::test
