// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/nat/presets/nat-families.h"

namespace portlab
{

NatPreset
PlainNat(std::string name, std::string family, std::string title)
{
    using namespace std::chrono_literals;
    using Limit = std::optional<std::uint32_t>;
    NatPreset row{};
    row.name = std::move(name);
    row.family = std::move(family);
    row.title = std::move(title);
    row.addresses = Chosen(1u, "one, where the scenario does not say more");
    row.mostAddresses = Chosen(Limit{}, "no limit is known");
    row.retries = Chosen(0u, "of linear searches only");
    row.lowClasses = Chosen(std::vector<PortClass>{}, "no source describes any");
    row.reserved = Chosen(PortList{}, "none: port forwards are the scenario's");
    row.preservesAnyPort = Chosen(false, "no source describes it");
    row.startsBy16Bits = Chosen(false, "of Linux only");
    row.spills = Chosen(false, "with one address there is no other");
    row.addressPick = Chosen(AddressPick::HashInside, "with one address there is no choice");
    row.blocks = Chosen(BlockMode::None, "ports are not parcelled out");
    row.blockSize = Chosen(0u, "there are no blocks");
    row.blockSizeByHosts =
        Chosen(decltype(row.blockSizeByHosts.value){}, "it does not depend on the hosts");
    row.mostBlocks = Chosen(1u, "of blocks on demand only");
    row.mostPortsOfHost = Chosen(0u, "of doubling blocks only");
    row.blockActive = Chosen(Duration{0s}, "of blocks on demand only");
    row.ofSubscriber = Chosen(Limit{}, "no source describes a limit");
    row.ofDestination = Chosen(Limit{}, "no limit but the ports");
    row.ofTable = Chosen(Limit{}, "no source describes a limit");
    row.buckets = Chosen(0u, "a full table refuses: only of Linux is more known");
    row.udpStreamAfter = Chosen(Duration{0s}, "no source describes a delay");
    row.rests = {Chosen(Duration{0s}, "no source describes a rest"),
                 Chosen(Duration{0s}, "no source describes a rest"),
                 Chosen(Duration{0s}, "no source describes a rest"),
                 Chosen(Duration{0s}, "no source describes a rest")};
    row.expiryGrid = Chosen(Duration{0s}, "no source describes a grid");
    row.evictsClosing = Chosen(false, "of Linux only");
    row.raceWindow = Chosen(Duration{0s}, "not measured");
    row.counters = {Chosen(std::string("no_port"), "portlab's word: no source has one"),
                    Chosen(std::string("table_full"), "portlab's word: no source has one")};
    return row;
}

NatTcpTimers
TwoTimers(const Fact<Duration>& established, const Fact<Duration>& transitory)
{
    return {transitory,
            transitory,
            established,
            established,
            transitory,
            transitory,
            transitory,
            transitory,
            transitory};
}

} // namespace portlab
