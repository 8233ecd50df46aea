# SPDX-License-Identifier: GPL-2.0-only

set(ROOM_SOURCES)

set(ROOM_HEADERS)
