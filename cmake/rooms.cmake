# SPDX-License-Identifier: GPL-2.0-only
#
# A room that both ways of building share lists its files in ROOM/files.cmake, as ROOM_SOURCES and
# ROOM_HEADERS, named from the room's own directory. This file collects the lists.

# portlab_collect(PREFIX ROOM...): sets PREFIX_SOURCES and PREFIX_HEADERS, named from the root of
# the repository.
function(portlab_collect prefix)
  set(root "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/..")
  set(sources "")
  set(headers "")
  foreach(room IN LISTS ARGN)
    set(ROOM_SOURCES "")
    set(ROOM_HEADERS "")
    include("${root}/${room}/files.cmake")
    list(TRANSFORM ROOM_SOURCES PREPEND "${room}/")
    list(TRANSFORM ROOM_HEADERS PREPEND "${room}/")
    list(APPEND sources ${ROOM_SOURCES})
    list(APPEND headers ${ROOM_HEADERS})
  endforeach()
  set(${prefix}_SOURCES ${sources} PARENT_SCOPE)
  set(${prefix}_HEADERS ${headers} PARENT_SCOPE)
endfunction()

portlab_collect(PORTLAB_CORE model/core/base model/core/port model/core/nat model/core/flow)
portlab_collect(PORTLAB_MODEL model helper)
