// SPDX-License-Identifier: GPL-2.0-only

#include "test/kernel/network-namespace.h"

#include "test/kernel/program.h"
#include "test/machine/machine.h"

#include <arpa/inet.h>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace portlab::test
{

namespace
{

FileDescriptor
OpenOwnNamespace()
{
    const char* const path = "/proc/thread-self/ns/net";
    return FileDescriptor(Must(::open(path, O_RDONLY | O_CLOEXEC), path));
}

/// As long as it lives, this thread is in another namespace.
class Visit
{
  public:
    explicit Visit(const FileDescriptor& destination)
        : m_home(OpenOwnNamespace())
    {
        Must(::setns(destination.Number(), CLONE_NEWNET), "setns");
    }

    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;

    ~Visit()
    {
        if (::setns(m_home.Number(), CLONE_NEWNET) != 0)
        {
            std::abort(); // Whatever came next would happen in the wrong network.
        }
    }

  private:
    FileDescriptor m_home;
};

FileDescriptor
NewSocket(int type)
{
    return FileDescriptor(
        Must(::socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket"));
}

ifreq
RequestFor(const char* interface)
{
    ifreq request{};
    std::strncpy(request.ifr_name, interface, IFNAMSIZ - 1);
    return request;
}

void
SwitchOn(const FileDescriptor& socket, const char* interface)
{
    ifreq request = RequestFor(interface);
    Must(::ioctl(socket.Number(), SIOCGIFFLAGS, &request), "SIOCGIFFLAGS");
    request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
    Must(::ioctl(socket.Number(), SIOCSIFFLAGS, &request), "SIOCSIFFLAGS");
}

} // namespace

NetworkNamespace::NetworkNamespace()
{
    const FileDescriptor home = OpenOwnNamespace();
    Must(::unshare(CLONE_NEWNET), "unshare(CLONE_NEWNET)");
    m_handle = OpenOwnNamespace();
    const FileDescriptor socket = NewSocket(SOCK_DGRAM);
    if (::setns(home.Number(), CLONE_NEWNET) != 0)
    {
        std::abort();
    }
    SwitchOn(socket, "lo");
}

FileDescriptor
NetworkNamespace::OpenSocket(int type) const
{
    const Visit visit(m_handle);
    return NewSocket(type);
}

FileDescriptor
NetworkNamespace::OpenWire(const std::string& interface) const
{
    const Visit visit(m_handle);
    SwitchOn(NewSocket(SOCK_DGRAM), interface.c_str());
    const int type = SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC;
    FileDescriptor wire(Must(::socket(AF_PACKET, type, 0), "socket(AF_PACKET)"));
    sockaddr_ll end{};
    end.sll_family = AF_PACKET;
    end.sll_protocol = htons(ETH_P_IP);
    end.sll_ifindex = static_cast<int>(::if_nametoindex(interface.c_str()));
    Must(::bind(wire.Number(), reinterpret_cast<const sockaddr*>(&end), sizeof end), "bind");
    return wire;
}

void
NetworkNamespace::AddAddress(Address address) const
{
    const FileDescriptor socket = OpenSocket(SOCK_DGRAM);
    ifreq request = RequestFor("lo:1");
    sockaddr_in own{};
    own.sin_family = AF_INET;
    own.sin_addr.s_addr = htonl(address);
    std::memcpy(&request.ifr_addr, &own, sizeof own);
    Must(::ioctl(socket.Number(), SIOCSIFADDR, &request), "SIOCSIFADDR");
}

std::string
NetworkNamespace::WriteSysctl(const std::string& name, const std::string& value) const
{
    const Visit visit(m_handle);
    const FileDescriptor file(::open(("/proc/sys/net/ipv4/" + name).c_str(), O_WRONLY | O_CLOEXEC));
    if (!file.IsOpen() || ::write(file.Number(), value.data(), value.size()) < 0)
    {
        return ErrorName(errno);
    }
    return "";
}

std::string
NetworkNamespace::ReadStatus(const std::string& name) const
{
    const Visit visit(m_handle);
    const std::string path = "/proc/thread-self/net/" + name;
    std::ifstream file(path);
    if (!file)
    {
        throw NotPossible("this kernel has no " + path);
    }
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string
NetworkNamespace::Run(const std::vector<std::string>& words, const std::string& input) const
{
    const Visit visit(m_handle);
    return RunProgram(words, input);
}

std::string
NetworkNamespace::Path() const
{
    return "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(m_handle.Number());
}

} // namespace portlab::test
