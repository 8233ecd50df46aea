# SPDX-License-Identifier: GPL-2.0-only

set(ROOM_SOURCES
    draws.cc
    event-queue.cc
    flow-engine-connections.cc
    flow-engine-requests.cc
    flow-engine-results.cc
    flow-engine.cc
    flow-statistics.cc
    sampler.cc
    topology.cc
    verdict.cc
)

set(ROOM_HEADERS
    draws.h
    event-queue.h
    flow-engine.h
    flow-observer.h
    flow-statistics.h
    peer-waits.h
    request-pool.h
    results.h
    sampler.h
    syn-attempts.h
    topology.h
    verdict.h
    workload.h
)
