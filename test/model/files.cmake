# SPDX-License-Identifier: GPL-2.0-only

# ns-3 objects and helpers.
set(test_model
    ../flow/result-text.cc
    cable.cc
    cable.h
    connection-engine-test.cc
    ephemeral-ports-test.cc
    hole-punching-test.cc
    host-helper-test.cc
    nat-company-test.cc
    nat-errors-test.cc
    nat-flow-monitor-test.cc
    nat-hairpin-test.cc
    nat-packet-test.cc
    nat-print-test.cc
    nat-router-icmp-test.cc
    nat-router-test.cc
    nat-test-net.cc
    nat-test-net.h
    nat-topics-test.cc
    port-trace-test.cc
    tcp-ipv6-test.cc
    tcp-net.cc
    tcp-net.h
    tcp-ports-test.cc
    tcp-round-trip-test.cc
    tcp-socket-maker-test.cc
    tcp-stock-apps-test.cc
    tcp-syn-test.cc
    tcp-time-wait-test.cc
    tcp-time-waits-test.cc
    udp-net.cc
    udp-net.h
    udp-ports-test.cc
    udp-socket-test.cc
)
