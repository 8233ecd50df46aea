# SPDX-License-Identifier: GPL-2.0-only
#
# Compiler settings of everything that is ours: link portlab-settings, privately.

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Release or Debug" FORCE)
endif()

set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lib")
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lib")
set(CMAKE_INSTALL_RPATH "${CMAKE_INSTALL_FULL_LIBDIR}")

# The system's Python, whichever other one comes first on PATH: the Debian packages that the tests
# import belong to this one.
if(NOT DEFINED Python3_EXECUTABLE AND EXISTS /usr/bin/python3)
  set(Python3_EXECUTABLE /usr/bin/python3 CACHE FILEPATH "Python for tests and bindings")
endif()

find_program(PORTLAB_CCACHE ccache)
if(PORTLAB_CCACHE AND NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${PORTLAB_CCACHE}")
endif()

# The core is many small functions in many files, all on the path of every connection.
option(PORTLAB_LTO "Optimise across files (Release)" ON)
if(PORTLAB_LTO AND CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT PORTLAB_SANITIZE)
  include(CheckIPOSupported)
  check_ipo_supported(RESULT portlab_has_lto OUTPUT portlab_lto_trouble LANGUAGES CXX)
  set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ${portlab_has_lto})
endif()

add_library(portlab-settings INTERFACE)

target_compile_options(
  portlab-settings
  INTERFACE
    -Wall
    -Wextra
    -Wpedantic
    -Wshadow
    -Wconversion
    -Wnon-virtual-dtor
    $<$<BOOL:${PORTLAB_WARNINGS_AS_ERRORS}>:-Werror>
    # Multiply-add must round the same way on every machine, or recorded results would differ.
    -ffp-contract=off
    # Calls within libns3-portlab stay within it and may be inlined.
    -fno-semantic-interposition
)

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # False alarms about std::string in optimised code: https://gcc.gnu.org/PR105651
  target_compile_options(portlab-settings INTERFACE -Wno-restrict)
endif()

if(PORTLAB_NATIVE)
  target_compile_options(portlab-settings INTERFACE -march=native)
endif()

if(PORTLAB_SANITIZE)
  target_compile_options(
    portlab-settings
    INTERFACE "-fsanitize=${PORTLAB_SANITIZE}" -fno-sanitize-recover=all -fno-omit-frame-pointer
  )
  target_link_options(portlab-settings INTERFACE "-fsanitize=${PORTLAB_SANITIZE}")
  target_compile_definitions(portlab-settings INTERFACE _GLIBCXX_ASSERTIONS)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # The sanitizers' own branches mislead this warning, as GCC's manual says of -fsanitize.
    target_compile_options(portlab-settings INTERFACE -Wno-maybe-uninitialized)
  endif()
endif()

if(PORTLAB_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "The fuzzers need clang's libFuzzer: use `cmake --preset fuzz`.")
  endif()
  target_compile_options(portlab-settings INTERFACE -fsanitize=fuzzer-no-link)
endif()
