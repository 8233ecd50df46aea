# SPDX-License-Identifier: GPL-2.0-only
#
# Finds an installed ns-3 and offers the modules that portlab uses as the one target portlab-ns3.

# Which package would be taken? No package has version 0, so none is loaded yet; and a real version
# cannot be asked for: ns-3's packages accept only exactly their own.
find_package(ns3 0.0.0.1 QUIET CONFIG)
if(NOT ns3_CONSIDERED_CONFIGS)
  message(FATAL_ERROR "ns-3 is not installed. On Debian: tools/install-dependencies.sh demo")
endif()
list(GET ns3_CONSIDERED_CONFIGS 0 ns3_config)
list(GET ns3_CONSIDERED_VERSIONS 0 ns3_VERSION)
if(ns3_VERSION VERSION_LESS 3.37)
  message(FATAL_ERROR "ns-3 ${ns3_VERSION} is too old: portlab needs 3.37 or later.")
endif()
get_filename_component(ns3_config_directory "${ns3_config}" DIRECTORY)
get_filename_component(ns3_library_directory "${ns3_config_directory}/../.." ABSOLUTE)

# Debian's package is for looking at only: it refuses to load unless three programs that nobody
# needs here are installed (Debian's package ns3), and the development files of gsl, libxml2,
# sqlite3 and Python as well, for it exports their directories, and /usr. What it would tell is
# known without it: the libraries stand beside it and the headers where all headers are.
function(portlab_import_ns3_of_debian module)
  add_library(ns3::lib${module} SHARED IMPORTED)
  set(library "${ns3_library_directory}/libns3-${module}.so")
  set_target_properties(ns3::lib${module} PROPERTIES IMPORTED_LOCATION "${library}")
endfunction()

if(EXISTS "${ns3_library_directory}/libns3-core.so" AND EXISTS /usr/include/ns3/core-module.h)
  foreach(module IN LISTS PORTLAB_NS3_MODULES PORTLAB_NS3_APP_MODULES)
    portlab_import_ns3_of_debian(${module})
  endforeach()
  if(EXISTS "${ns3_library_directory}/libns3-fd-net-device.so")
    portlab_import_ns3_of_debian(fd-net-device)
  endif()
else()
  find_package(ns3 ${ns3_VERSION} EXACT REQUIRED CONFIG)
endif()
message(STATUS "ns-3 ${ns3_VERSION}: ${ns3_library_directory}")

# portlab_ns3_library(NAME MODULE...): modules under the names that this release gives them.
function(portlab_ns3_library name)
  add_library(${name} INTERFACE)
  foreach(module IN LISTS ARGN)
    if(TARGET ns3::lib${module}) # up to 3.42
      target_link_libraries(${name} INTERFACE ns3::lib${module})
    elseif(TARGET ns3::${module})
      target_link_libraries(${name} INTERFACE ns3::${module})
    else()
      message(FATAL_ERROR "The installed ns-3 ${ns3_VERSION} lacks the module ${module}.")
    endif()
  endforeach()
endfunction()

portlab_ns3_library(portlab-ns3 ${PORTLAB_NS3_MODULES})
# What tests and examples use besides.
portlab_ns3_library(portlab-ns3-apps ${PORTLAB_NS3_APP_MODULES})
# What one example needs besides, where ns-3 has it.
if(TARGET ns3::libfd-net-device OR TARGET ns3::fd-net-device)
  portlab_ns3_library(portlab-ns3-fd fd-net-device)
endif()

# Up to 3.39 no package says that ns-3 itself was compiled with NS3_LOG_ENABLE (Debian's was),
# although the layout of UdpClient depends on it (udp-client.h).
if(ns3_VERSION VERSION_LESS 3.40)
  target_compile_definitions(portlab-ns3 INTERFACE NS3_LOG_ENABLE)
endif()

# What the headers of ns-3 are written in.
if(ns3_VERSION VERSION_GREATER_EQUAL 3.46)
  target_compile_features(portlab-ns3 INTERFACE cxx_std_23)
elseif(ns3_VERSION VERSION_GREATER_EQUAL 3.41)
  target_compile_features(portlab-ns3 INTERFACE cxx_std_20)
endif()
