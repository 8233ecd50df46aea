// SPDX-License-Identifier: GPL-2.0-only

#include "test/kernel/live-machine.h"
#include "test/kernel/live-nat.h"

#include <chrono>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <thread>

namespace portlab::test
{

namespace
{

/// "6.18.44" of "6.18.44-arch1-1".
std::string
OwnRelease()
{
    utsname system{};
    Must(::uname(&system), "uname");
    const std::string release(system.release);
    return release.substr(0, release.find_first_not_of("0123456789."));
}

void
AllowManyFiles()
{
    rlimit limit{};
    Must(::getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
    limit.rlim_cur = limit.rlim_max;
    Must(::setrlimit(RLIMIT_NOFILE, &limit), "setrlimit");
}

} // namespace

LiveKernel::LiveKernel()
{
    AllowManyFiles();
}

std::string
LiveKernel::Obstacle()
{
    const auto version = ParseLinuxVersion(OwnRelease());
    if (!version)
    {
        return "no version of Linux: " + OwnRelease();
    }
    if (std::pair(version->major, version->minor) < std::pair(5u, 18u))
    {
        return "Linux " + OwnRelease() + " is older than 5.18";
    }
    try
    {
        LiveMachine machine;
        const std::string error = machine.Set("ip_local_port_range", "32768 60999");
        return error.empty() ? "" : "settings cannot be written: " + error;
    }
    catch (const std::system_error& error)
    {
        return std::string("no network namespaces: ") + error.what();
    }
}

LinuxVersion
LiveKernel::Version() const
{
    return ParseLinuxVersion(OwnRelease()).value();
}

std::unique_ptr<Machine>
LiveKernel::NewMachine()
{
    return std::make_unique<LiveMachine>();
}

std::unique_ptr<NatBox>
LiveKernel::NewNat(const NatRule& rule)
{
    static const std::string obstacle = LiveNat::Obstacle();
    if (!obstacle.empty())
    {
        throw NotPossible(obstacle);
    }
    return std::make_unique<LiveNat>(rule);
}

/// The state of connect() belongs to the whole kernel, and other processes may be running the same
/// experiments: the process's number is in the address.
Endpoint
LiveKernel::NewEndpoint(Network network)
{
    const auto process = static_cast<Address>(::getpid());
    const Address address = network == Network::Loopback
                                ? 0x7f100000u + (process & 0x7fffffu)
                                : 0xc0000200u + 1 + process % 254; // 192.0.2.0/24, RFC 5737
    return {address, m_nextPort++};
}

Instant
LiveKernel::Now() const
{
    return At(std::chrono::steady_clock::now().time_since_epoch());
}

void
LiveKernel::Sleep(Duration duration)
{
    std::this_thread::sleep_for(duration);
}

} // namespace portlab::test
