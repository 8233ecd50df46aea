// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_BACKGROUND_LOAD_H
#define PORTLAB_BACKGROUND_LOAD_H

#include "helper/address-book.h"
#include "model/connection-engine.h"
#include "model/core/nat/nat-catalogue.h"      // For those who make a workload:
#include "model/core/port/profile-catalogue.h" // FindNatPreset() and FindProfile().
#include "model/nat-router.h"

#include "ns3/address.h"
#include "ns3/inet-socket-address.h"
#include "ns3/ipv4-address.h"
#include "ns3/node.h"
#include "ns3/ptr.h"

#include <cstdint>
#include <map>
#include <string>

namespace ns3
{

/**
 * @ingroup portlab
 *
 * Many connections without packets, beside a script's few with packets: both take their ports from
 * the same hosts, and their mappings from the same NATs.
 *
 * @code
 *   BackgroundLoad load(workload);
 *   load.ShareHost("clients", node);                                 // PortlabHostHelper's
 *   load.ShareService("api", InetSocketAddress("198.51.100.2", 443)); // where packets find it
 *   load.ShareNat("gateway", nat);
 * @endcode
 *
 * What is not shared exists in the workload only. Share everything before the simulation runs. The
 * workload's clock is the simulator's; its load ends with its duration. Its statistics count its
 * own connections, but for ports and TIME_WAITs: there those of packets are among its own, peaks
 * being those at the moments when a connection of its own gets a port.
 *
 * The load must outlive the simulation. Mistakes end with a std::invalid_argument that says what to
 * do.
 */
class BackgroundLoad
{
  public:
    /**
     * @param workload Hosts, services and traffic, checked.
     * @param stream Which random numbers it draws; see ConnectionEngine::AssignStreams().
     */
    explicit BackgroundLoad(const portlab::Workload& workload, int64_t stream = 0);
    ~BackgroundLoad();
    BackgroundLoad(const BackgroundLoad&) = delete;
    BackgroundLoad& operator=(const BackgroundLoad&) = delete;

    /**
     * Makes a node one of the workload's hosts: with that host's operating system, ports and
     * TIME_WAITs. A port that a program of the node names itself is not kept from the load.
     *
     * @param group The host's group; it has one address a host.
     * @param node The node, with a system of PortlabHostHelper that has not been used.
     * @param index The host's number in its group.
     */
    void ShareHost(const std::string& group, Ptr<Node> node, uint32_t index = 0);

    /**
     * Names the address under which packets find a service, so that they take ports towards it from
     * the same ones as the load.
     *
     * @param service The service.
     * @param address Its address, and the port that the workload gives it.
     * @param index Which of its addresses.
     */
    void ShareService(const std::string& service,
                      const InetSocketAddress& address,
                      uint32_t index = 0);

    /**
     * Makes a router's NAT one of the workload's devices: with its rules and mappings.
     *
     * @param nat The group of NATs.
     * @param router The NAT, with as many external addresses as the device, that has not been used.
     * @param index The device's number in its group.
     */
    void ShareNat(const std::string& nat, Ptr<NatRouter> router, uint32_t index = 0);

    /** @return The engine of the load, with its statistics. */
    Ptr<ConnectionEngine> Engine() const;

  private:
    void Enter(portlab::Address core, Ipv4Address address, const std::string& what);
    portlab::Address CoreOf(const Address& address);

    portlab::Workload m_workload;
    Ptr<ConnectionEngine> m_engine;
    portlab::AddressBook m_book;
    std::map<Address, portlab::Address> m_ipv6;
};

} // namespace ns3

#endif // PORTLAB_BACKGROUND_LOAD_H
