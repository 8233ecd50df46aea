// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_HOST_HELPER_H
#define PORTLAB_HOST_HELPER_H

#include "model/core/port/os-profile.h"

#include "ns3/internet-stack-helper.h"
#include "ns3/node-container.h"
#include "ns3/node.h"

#include <cstdint>
#include <memory>
#include <string>

namespace ns3
{

/**
 * @ingroup portlab
 *
 * Gives hosts an operating system: PortlabHostHelper("linux-6.18").Install(nodes) installs what
 * InternetStackHelper installs, with TCP and UDP whose local ports and TIME_WAIT are those of that
 * system. Applications need not know.
 *
 * "ns3-stock" is ns-3 as it is: then nothing but the internet stack is installed. No automatic
 * random stream is used, so that other models draw the same numbers with portlab as without.
 * Mistakes end with a std::invalid_argument that says what to do.
 */
class PortlabHostHelper
{
  public:
    /**
     * @param system The operating system, by a name that `portlab profiles` prints.
     */
    explicit PortlabHostHelper(const std::string& system = "linux");

    /**
     * @param profile An operating system with settings of its own.
     */
    explicit PortlabHostHelper(const portlab::OsProfile& profile);

    /**
     * Changes one setting of the system.
     *
     * @param knob The name of a knob, or its alias, as `portlab profiles SYSTEM` prints them.
     * @param value Its value, written as there.
     */
    void Set(const std::string& knob, const std::string& value);

    /**
     * Installs a stack as this helper makes it: without IPv6, with other routing.
     *
     * @param stack Where the stack comes from; its choice of TCP is passed over.
     */
    void SetInternetStack(const InternetStackHelper& stack);

    /**
     * Installs the system, and the internet stack with it.
     *
     * @param node A node that has no internet stack yet.
     */
    void Install(Ptr<Node> node) const;

    /**
     * Installs the system, and the internet stack with it.
     *
     * @param nodes Nodes that have no internet stack yet.
     */
    void Install(const NodeContainer& nodes) const;

    /**
     * Installs the system, and the internet stack with it.
     *
     * @param nodeName The name of a node that has no internet stack yet.
     */
    void Install(const std::string& nodeName) const;

    /** Installs the system on all nodes there are. */
    void InstallAll() const;

    /**
     * Installs the system on a node that has an internet stack already.
     *
     * ns-3 cannot exchange the node's TCP any more. UDP sockets are the system's from now on; TCP
     * sockets are where applications ask for them by "ns3::PortlabTcpSocketFactory", with the
     * limits that this factory has.
     *
     * @param node A node that has an internet stack.
     */
    void InstallFactories(Ptr<Node> node) const;

    /**
     * Fixes the random numbers of the systems of some nodes; call it before the simulation runs.
     *
     * @param nodes The nodes; those without a system are passed over.
     * @param stream The first stream's number.
     * @return The count of streams assigned.
     */
    int64_t AssignStreams(const NodeContainer& nodes, int64_t stream) const;

  private:
    bool IsStock() const;
    void AggregateSystem(const Ptr<Node>& node) const;

    portlab::OsProfile m_profile; ///< With what has been set.
    std::shared_ptr<const InternetStackHelper> m_stack;
};

} // namespace ns3

#endif // PORTLAB_HOST_HELPER_H
