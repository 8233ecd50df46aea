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

foreach(kind IN ITEMS "" APP_)
  list(LENGTH PORTLAB_NS3_${kind}MODULES portlab_modules)
  list(LENGTH PORTLAB_NS3_${kind}LIBRARIES portlab_libraries)
  if(NOT portlab_modules EQUAL portlab_libraries)
    message(FATAL_ERROR "PORTLAB_NS3_${kind}MODULES and ..._LIBRARIES must name the same modules.")
  endif()
endforeach()

# The tests of the rooms that are built here, as one suite of ns-3's.
set(portlab_tests "")
if(ENABLE_TESTS)
  find_package(GTest 1.10 QUIET)
  if(GTest_FOUND)
    set(portlab_tests test/ns3/portlab-test-suite.cc)
    foreach(room IN ITEMS core flow model)
      include(test/${room}/files.cmake)
      foreach(file IN LISTS test_${room})
        get_filename_component(path "test/${room}/${file}" ABSOLUTE)
        list(APPEND portlab_tests "${path}")
      endforeach()
    endforeach()
    list(REMOVE_DUPLICATES portlab_tests)
  else()
    message(STATUS "portlab's tests are left out: they need GoogleTest (Debian: libgtest-dev).")
  endif()
endif()

build_lib(
  LIBNAME portlab
  SOURCE_FILES ${PORTLAB_CORE_SOURCES} ${PORTLAB_MODEL_SOURCES}
  HEADER_FILES ${PORTLAB_MODEL_HEADERS}
  LIBRARIES_TO_LINK ${PORTLAB_NS3_LIBRARIES}
  TEST_SOURCES ${portlab_tests}
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
    target_include_directories(
      ${target} SYSTEM PUBLIC $<BUILD_INTERFACE:${PORTLAB_ROBIN_MAP_INCLUDE_DIR}>
    )
  endif()
endforeach()

# Not by target_link_libraries(), which in the form that ns-3 uses for this target would hand
# GoogleTest on to ns-3's test-runner, to which it is unknown.
if(TARGET "${testportlab}")
  set_property(
    TARGET ${testportlab} APPEND PROPERTY LINK_LIBRARIES GTest::gtest ${PORTLAB_NS3_APP_LIBRARIES}
  )
  target_compile_definitions(
    ${testportlab} PRIVATE "PORTLAB_TEST_DATA=\"${CMAKE_CURRENT_SOURCE_DIR}/test/data\""
  )
endif()

install(DIRECTORY model helper DESTINATION include/portlab FILES_MATCHING PATTERN "*.h")
