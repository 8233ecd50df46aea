// SPDX-License-Identifier: GPL-2.0-only

// Which values the settings take.

#include "test/machine/experiment.h"
#include "test/machine/scripts.h"

namespace portlab::test
{

namespace
{

/// What writing each of the values answers, one after another on one machine.
std::string
Try(Kernel& kernel, const std::string& name, const std::vector<std::string>& values)
{
    const auto machine = kernel.NewMachine();
    std::vector<std::string> answers;
    for (const std::string& value : values)
    {
        const std::string error = machine->Set(name, value);
        answers.push_back(value + ": " + (error.empty() ? "OK" : error));
    }
    return Joined(answers);
}

Finding
Ranges(Kernel& kernel)
{
    return {Try(kernel,
                "ip_local_port_range",
                {"0 100",
                 "1023 2000",
                 "1024 65535",
                 "2000 1999",
                 "2000 2000",
                 "2000 65535",
                 "2000 65536"})};
}

Finding
UnprivilegedPorts(Kernel& kernel)
{
    const auto machine = kernel.NewMachine();
    SetRange(*machine, 32768, 60999);
    std::vector<std::string> answers;
    for (const char* const first : {"32769", "32768", "0"})
    {
        const std::string error = machine->Set("ip_unprivileged_port_start", first);
        answers.push_back(std::string(first) + ": " + (error.empty() ? "OK" : error));
    }
    const std::string error = machine->Set("ip_local_port_range", "1 65535");
    answers.push_back("then a range of 1 65535: " + (error.empty() ? "OK" : error));
    return {Joined(answers)};
}

Finding
ReservedPorts(Kernel& kernel)
{
    return {Try(kernel, "ip_local_reserved_ports", {"0-65535", "65535", "65536", "20-10"})};
}

Finding
TwReuse(Kernel& kernel)
{
    return {Try(kernel, "tcp_tw_reuse", {"0", "1", "2", "3"})};
}

Finding
TwReuseDelay(Kernel& kernel)
{
    return {Try(kernel, "tcp_tw_reuse_delay", {"0", "1", "60000", "60001"})};
}

Finding
SynRetries(Kernel& kernel)
{
    return {Try(kernel, "tcp_syn_retries", {"0", "1", "127", "128"})};
}

Finding
SynLinearTimeouts(Kernel& kernel)
{
    return {Try(kernel, "tcp_syn_linear_timeouts", {"0", "127", "128"})};
}

Finding
MaxTwBuckets(Kernel& kernel)
{
    return {Try(kernel, "tcp_max_tw_buckets", {"0", "1"})};
}

Finding
SocketRanges(Kernel& kernel)
{
    const auto machine = kernel.NewMachine();
    std::vector<std::string> answers;
    for (const auto& [low, high] : {std::pair<Port, Port>(20, 10), {10, 10}, {10, 20}, {0, 0}})
    {
        const std::string error = machine->LimitPorts(machine->Open(Tcp()), {low, high});
        answers.push_back(std::to_string(low) + " " + std::to_string(high) + ": " +
                          (error.empty() ? "OK" : error));
    }
    return {Joined(answers)};
}

} // namespace

Chapter
Limits()
{
    return {
        "Which values are allowed",
        {
            {"values of ip_local_port_range",
             "0 100: EINVAL, 1023 2000: EINVAL, 1024 65535: OK, 2000 1999: EINVAL, 2000 2000: OK, "
             "2000 65535: OK, 2000 65536: EINVAL",
             Ranges},
            {"values of ip_unprivileged_port_start with a range of 32768 60999",
             "32769: EINVAL, 32768: OK, 0: OK, then a range of 1 65535: OK",
             UnprivilegedPorts},
            {"values of ip_local_reserved_ports",
             "0-65535: OK, 65535: OK, 65536: EINVAL, 20-10: EINVAL",
             ReservedPorts},
            {"values of tcp_tw_reuse", "0: OK, 1: OK, 2: OK, 3: EINVAL", TwReuse, 4019},
            {"values of tcp_tw_reuse_delay",
             "0: EINVAL, 1: OK, 60000: OK, 60001: EINVAL",
             TwReuseDelay,
             6014},
            {"values of tcp_max_tw_buckets", "0: OK, 1: OK", MaxTwBuckets},
            {"values of tcp_syn_retries", "0: EINVAL, 1: OK, 127: OK, 128: EINVAL", SynRetries},
            {"values of tcp_syn_linear_timeouts",
             "0: OK, 127: OK, 128: EINVAL",
             SynLinearTimeouts,
             6005},
            {"values of the option IP_LOCAL_PORT_RANGE",
             "20 10: EINVAL, 10 10: OK, 10 20: OK, 0 0: OK",
             SocketRanges,
             6003},
        },
    };
}

} // namespace portlab::test
