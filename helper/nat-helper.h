// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_NAT_HELPER_H
#define PORTLAB_NAT_HELPER_H

#include "model/nat-router.h"

#include "ns3/inet-socket-address.h"
#include "ns3/ipv4-address.h"
#include "ns3/net-device-container.h"
#include "ns3/node-container.h"
#include "ns3/node.h"
#include "ns3/object-factory.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace ns3
{

/**
 * @ingroup portlab
 *
 * Makes routers translate as a kind of NAT does: NatHelper("home-router").Install(router, outside).
 *
 * Install it when addresses are assigned and other helpers have made the routes: see NatRouter.
 * Mistakes end with a std::invalid_argument that says what to do.
 */
class NatHelper
{
  public:
    /**
     * @param preset The kind of device, a name that `portlab nats` prints. Those of Azure do not
     * let fragments through; SetAttribute("TranslateFragments", ...) changes that.
     */
    explicit NatHelper(const std::string& preset = "linux-masquerade");

    /**
     * @param name An attribute of NatRouter.
     * @param value Its value.
     */
    void SetAttribute(const std::string& name, const AttributeValue& value);

    /**
     * Changes one rule of the preset.
     *
     * @param knob The name of a knob, or its alias, as `portlab nats PRESET` prints them.
     * @param value Its value, written as there.
     */
    void Set(const std::string& knob, const std::string& value);

    /**
     * Adds an external address to the outside interface's own.
     *
     * @param address The address; see NatRouter::AddAddress().
     */
    void AddAddress(Ipv4Address address);

    /**
     * Sends what strangers send to an external port to an inside end.
     *
     * @param protocol 6 (TCP) or 17 (UDP).
     * @param port The external port.
     * @param inside The inside end.
     */
    void AddForward(uint8_t protocol, uint16_t port, const InetSocketAddress& inside);

    /**
     * Installs a NAT. Inside are all other interfaces that the router has now.
     *
     * @param router The router.
     * @param outside Its device that leads outside.
     * @return The NAT, which is also aggregated to the node.
     */
    Ptr<NatRouter> Install(Ptr<Node> router, Ptr<NetDevice> outside) const;

    /**
     * Installs a NAT that translates for some of the router's interfaces.
     *
     * @param router The router.
     * @param inside Its devices that lead inside.
     * @param outside Its device that leads outside.
     * @return The NAT, which is also aggregated to the node.
     */
    Ptr<NatRouter> Install(Ptr<Node> router,
                           const NetDeviceContainer& inside,
                           Ptr<NetDevice> outside) const;

    /**
     * Fixes the random numbers of the NATs of some nodes.
     *
     * @param nodes The nodes; those without a NAT are passed over.
     * @param stream The first stream's number.
     * @return The count of streams assigned.
     */
    int64_t AssignStreams(const NodeContainer& nodes, int64_t stream) const;

  private:
    struct StaticForward
    {
        uint8_t protocol;
        uint16_t port;
        InetSocketAddress inside;
    };

    ObjectFactory m_factory;
    std::vector<std::pair<std::string, std::string>> m_knobs;
    std::vector<Ipv4Address> m_addresses;
    std::vector<StaticForward> m_forwards;
};

} // namespace ns3

#endif // PORTLAB_NAT_HELPER_H
