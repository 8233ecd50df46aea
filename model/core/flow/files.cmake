# SPDX-License-Identifier: GPL-2.0-only

set(ROOM_SOURCES
    draws.cc
    event-queue.cc
    flow-engine-closings.cc
    flow-engine-connections.cc
    flow-engine-handshake.cc
    flow-engine-requests.cc
    flow-engine-results.cc
    flow-engine.cc
    flow-statistics.cc
    sampler.cc
    segment-times.cc
    topology.cc
    verdict.cc
)

set(ROOM_HEADERS
    connect-attempt.h
    draws.h
    event-queue.h
    fin-wait2.h
    flow-engine.h
    flow-observer.h
    flow-statistics.h
    former-connection.h
    peer-waits.h
    request-pool.h
    results.h
    sampler.h
    search-cost.h
    segment-times.h
    topology.h
    verdict.h
    workload.h
)
