// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEST_CABLE_H
#define PORTLAB_TEST_CABLE_H

#include "ns3/error-model.h"
#include "ns3/packet.h"
#include "ns3/ptr.h"

namespace portlab::test
{

/// The cable, which can be cut, or report congestion.
class Cable : public ns3::ErrorModel
{
  public:
    bool isCut{false};
    bool isCongested{false}; ///< Marks IPv4 packets whose sender understands ECN.

  private:
    bool DoCorrupt(ns3::Ptr<ns3::Packet> packet) override;
    void DoReset() override;
};

} // namespace portlab::test

#endif // PORTLAB_TEST_CABLE_H
