// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEST_NETWORK_NAMESPACE_H
#define PORTLAB_TEST_NETWORK_NAMESPACE_H

#include "model/core/port/port-ask.h"
#include "test/kernel/system-call.h"

#include <string>
#include <vector>

namespace portlab::test
{

/// A network of its own, of which nothing but `lo` exists: whatever happens there stays there.
class NetworkNamespace
{
  public:
    /// Throws std::system_error where namespaces are not to be had.
    NetworkNamespace();

    /// A new socket in this namespace.
    FileDescriptor OpenSocket(int type) const;

    /// Switches a network interface on. Answers a socket for the frames of IPv4 that arrive there.
    FileDescriptor OpenWire(const std::string& interface) const;

    /// Gives `lo` one more address.
    void AddAddress(Address address) const;

    /// Writes /proc/sys/net/ipv4/`name`; answers errno's name, or nothing.
    std::string WriteSysctl(const std::string& name, const std::string& value) const;

    /// Reads /proc/net/`name`; throws NotPossible where this kernel has no such file.
    std::string ReadStatus(const std::string& name) const;

    /// Runs a program in this namespace: see RunProgram().
    std::string Run(const std::vector<std::string>& words, const std::string& input) const;

    /// A path by which other programs find this namespace as long as it lives.
    std::string Path() const;

  private:
    FileDescriptor m_handle;
};

} // namespace portlab::test

#endif // PORTLAB_TEST_NETWORK_NAMESPACE_H
