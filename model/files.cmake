# SPDX-License-Identifier: GPL-2.0-only

set(ROOM_SOURCES
    connection-engine.cc
    ephemeral-ports.cc
)

set(ROOM_HEADERS
    connection-engine.h
    ephemeral-ports.h
    ns3-time.h
    ns3-versions.h
)

