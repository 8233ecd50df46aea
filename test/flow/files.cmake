# SPDX-License-Identifier: GPL-2.0-only

# Connections without packets (model/core/flow).
set(test_flow
    arrival-draws-test.cc
    closed-loop-test.cc
    connect-attempt-test.cc
    connection-life-test.cc
    conservation-test.cc
    determinism-test.cc
    event-queue-test.cc
    everything-at-once.cc
    fan-out-test.cc
    flow-statistics-test.cc
    flow-test-support.cc
    flow-test-support.h
    half-closed-test.cc
    hold-draws-test.cc
    independent-draws-test.cc
    inside-addresses-test.cc
    linux-server-test.cc
    nat-life-test.cc
    nat-test-support.cc
    nat-test-support.h
    nat-topology-test.cc
    orphan-test.cc
    port-counts.h
    result-text.cc
    retry-test.cc
    search-cost-test.cc
    series-test.cc
    server-time-wait-test.cc
    short-cut-test.cc
    socket-options-test.cc
    syn-schedule-test.cc
    verdict-test.cc
    warm-up-test.cc
)
