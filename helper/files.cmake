# SPDX-License-Identifier: GPL-2.0-only

set(ROOM_SOURCES
    background-load.cc
    nat-helper.cc
    packet-carrier-drops.cc
    packet-carrier-udp.cc
    packet-carrier.cc
    packet-network-pcap.cc
    packet-network.cc
    port-trace-helper.cc
    portlab-host-helper.cc
)

set(ROOM_HEADERS
    address-book.h
    background-load.h
    nat-helper.h
    packet-carrier.h
    packet-network.h
    port-trace-helper.h
    portlab-host-helper.h
)
