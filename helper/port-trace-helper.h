// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_PORT_TRACE_HELPER_H
#define PORTLAB_PORT_TRACE_HELPER_H

#include "ns3/node-container.h"
#include "ns3/output-stream-wrapper.h"
#include "ns3/ptr.h"

#include <string>

namespace ns3
{

/**
 * @ingroup portlab
 *
 * Writes what the EphemeralPorts of hosts grant and refuse to a table, one row each:
 * PortTraceHelper().EnableCsv("ports.csv", nodes).
 *
 * The columns are time_s, the simulated time; node, its id; peer, as 198.51.100.7:443 or
 * [2001:db8::7]:443; port, empty when there was none; probes, how many candidates the real system
 * would have examined; outcome, "granted" or the error's name on that system.
 *
 * It sees what the trace sources Granted and Refused tell. A port that bind() has chosen has the
 * peer 0.0.0.0:0 or [::]:0. Ports that programs name themselves are no rows, unless refused.
 */
class PortTraceHelper
{
  public:
    /**
     * @param fileName The file to write; what it had is lost.
     * @param nodes The hosts, with their system installed; nodes without one are passed over.
     */
    void EnableCsv(const std::string& fileName, const NodeContainer& nodes) const;

    /**
     * @param stream Where to write, the columns' names first.
     * @param nodes The hosts, with their system installed; nodes without one are passed over.
     */
    void EnableCsv(Ptr<OutputStreamWrapper> stream, const NodeContainer& nodes) const;

    /**
     * @param fileName The file to write for all nodes there are; what it had is lost.
     */
    void EnableCsvAll(const std::string& fileName) const;
};

} // namespace ns3

#endif // PORTLAB_PORT_TRACE_HELPER_H
