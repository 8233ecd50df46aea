# SPDX-License-Identifier: GPL-2.0-only
#
# Run at every build (cmake -P) to write build-info.cc. The file changes, and is compiled again,
# only when what it says changes. A tree without .git, or without git, has the commit "unknown".

# Reads only: takes no lock that would disturb a commit in progress, runs no monitor, and does not
# mind that a container's user is not the owner of the files.
set(ENV{GIT_OPTIONAL_LOCKS} 0)
set(git git -c core.fsmonitor=false -c safe.directory=* -C "${PORTLAB_SOURCE_DIR}")

# The prefix is empty only at the top of a repository: a copy of portlab inside somebody else's
# repository does not carry its commit.
execute_process(
  COMMAND ${git} rev-parse --show-prefix
  RESULT_VARIABLE outside_git
  OUTPUT_VARIABLE prefix
  OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET
)
set(PORTLAB_COMMIT "")
if(outside_git STREQUAL "0" AND prefix STREQUAL "")
  execute_process(
    COMMAND ${git} describe --always --dirty --abbrev=12 --exclude=*
    OUTPUT_VARIABLE PORTLAB_COMMIT
    OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET
  )
endif()
if(NOT PORTLAB_COMMIT)
  set(PORTLAB_COMMIT "unknown")
endif()

configure_file("${CMAKE_CURRENT_LIST_DIR}/build-info.cc.in" "${PORTLAB_BUILD_INFO}" @ONLY)
