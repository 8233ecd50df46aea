// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/nat/knobs/system-knobs.h"

namespace portlab
{

namespace
{

using namespace std::chrono_literals;

NatSetting
Tracking(const std::string& knob,
         const std::string& name,
         std::uint32_t least,
         std::uint32_t greatest)
{
    return {knob,
            name,
            1s,
            "aws ec2 modify-network-interface-attribute --network-interface-id ID "
            "--connection-tracking-specification " +
                name + "=%",
            least,
            greatest};
}

} // namespace

/// Only the number of its addresses can be changed.
std::vector<NatKnobSpec>
AwsNatGatewayKnobs()
{
    SystemKnobs knobs("AWS");
    knobs.AddGroup("udp_idle", {"udp_new", "udp_stream"});
    return knobs.Finish();
}

/// Source of the limits: ListenerAttribute, Elastic Load Balancing API Reference.
std::vector<NatKnobSpec>
AwsNlbKnobs()
{
    SystemKnobs knobs("AWS");
    knobs.AddGroup("udp_idle", {"udp_new", "udp_stream"});
    knobs.Apply({"tcp_established",
                 "tcp.idle_timeout.seconds",
                 1s,
                 "aws elbv2 modify-listener-attributes --listener-arn ARN --attributes "
                 "Key=tcp.idle_timeout.seconds,Value=%",
                 60,
                 6000});
    return knobs.Finish();
}

/// Source of the limits: ConnectionTrackingConfiguration, Amazon EC2 API Reference.
std::vector<NatKnobSpec>
Ec2Knobs()
{
    SystemKnobs knobs("AWS");
    knobs.Apply(Tracking("tcp_established", "TcpEstablishedTimeout", 60, 432000));
    knobs.Apply(Tracking("udp_stream", "UdpStreamTimeout", 60, 180));
    knobs.Apply(Tracking("udp_new", "UdpTimeout", 30, 60));
    return knobs.Finish();
}

} // namespace portlab
