// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEST_NETWORK_NAMESPACE_H
#define PORTLAB_TEST_NETWORK_NAMESPACE_H

#include "model/core/port/port-ask.h"
#include "test/kernel/system-call.h"

#include <string>

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

    /// Gives `lo` one more address.
    void AddAddress(Address address) const;

    /// Writes /proc/sys/net/ipv4/`name`; answers errno's name, or nothing.
    std::string WriteSysctl(const std::string& name, const std::string& value) const;

  private:
    FileDescriptor m_handle;
};

} // namespace portlab::test

#endif // PORTLAB_TEST_NETWORK_NAMESPACE_H
