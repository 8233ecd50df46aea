// SPDX-License-Identifier: GPL-2.0-only

#include "test/model/cable.h"

#include "ns3/ipv4-header.h"
#include "ns3/ppp-header.h"

namespace portlab::test
{

using ns3::Ipv4Header;
using ns3::Packet;
using ns3::PppHeader;
using ns3::Ptr;

bool
Cable::DoCorrupt(Ptr<Packet> packet)
{
    if (isCongested)
    {
        PppHeader link;
        Ipv4Header header;
        packet->RemoveHeader(link);
        packet->RemoveHeader(header);
        if (header.GetEcn() != Ipv4Header::ECN_NotECT)
        {
            header.SetEcn(Ipv4Header::ECN_CE);
        }
        packet->AddHeader(header);
        packet->AddHeader(link);
    }
    return isCut;
}

void
Cable::DoReset()
{
}

} // namespace portlab::test
