# SPDX-License-Identifier: GPL-2.0-only
#
# portlab as a module of an ns-3 tree. The directory has to be called contrib/portlab: ns-3 names
# the library's variables after it. Only core, model and helper are built here; the command needs
# libraries that an ns-3 tree does not.

include("${CMAKE_CURRENT_LIST_DIR}/rooms.cmake")

find_path(PORTLAB_ROBIN_MAP_INCLUDE_DIR tsl/robin_map.h)
if(NOT PORTLAB_ROBIN_MAP_INCLUDE_DIR)
  message(FATAL_ERROR "portlab needs the header tsl/robin_map.h (Debian: robin-map-dev).")
endif()

list(LENGTH PORTLAB_NS3_MODULES portlab_modules)
list(LENGTH PORTLAB_NS3_LIBRARIES portlab_libraries)
if(NOT portlab_modules EQUAL portlab_libraries)
  message(FATAL_ERROR "PORTLAB_NS3_MODULES and PORTLAB_NS3_LIBRARIES must name the same modules.")
endif()

build_lib(
  LIBNAME portlab
  SOURCE_FILES ${PORTLAB_CORE_SOURCES} ${PORTLAB_MODEL_SOURCES}
  HEADER_FILES ${PORTLAB_MODEL_HEADERS}
  LIBRARIES_TO_LINK ${PORTLAB_NS3_LIBRARIES}
)

# ns-3 puts every listed header into one flat directory, where the core's short names (time.h)
# would not be safe. So the core's headers are found from the root of the repository instead. Said
# after build_lib and of its targets, not of the directory: ns-3.37 would export the path.
foreach(target IN ITEMS ${libportlab} ${libportlab-obj})
  if(TARGET ${target})
    target_include_directories(
      ${target} PUBLIC $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}>
                       $<INSTALL_INTERFACE:include/portlab>
    )
    target_include_directories(${target} SYSTEM PRIVATE "${PORTLAB_ROBIN_MAP_INCLUDE_DIR}")
  endif()
endforeach()

install(DIRECTORY model helper DESTINATION include/portlab FILES_MATCHING PATTERN "*.h")
