# SPDX-License-Identifier: GPL-2.0-only

set(ROOM_SOURCES
    nearest-name.cc
)

set(ROOM_HEADERS
    check.h
    gauge.h
    log-histogram.h
    nearest-name.h
    quoted.h
    random.h
    time.h
)
