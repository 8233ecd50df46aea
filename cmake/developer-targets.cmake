# SPDX-License-Identifier: GPL-2.0-only
#
# format, format-check and tidy: see `make help`.

# Version 14, that of Debian 12, where it can be had: versions differ in what they find beautiful.
find_program(PORTLAB_CLANG_FORMAT NAMES clang-format-14 clang-format)
find_program(PORTLAB_RUN_CLANG_TIDY NAMES run-clang-tidy-14 run-clang-tidy)

set(cpp_files "git ls-files -z --cached --others --exclude-standard -- '*.cc' '*.h'")

# The options are one string, for the shell.
function(portlab_format_target name options comment)
  if(PORTLAB_CLANG_FORMAT)
    set(command "${cpp_files} | xargs -0 '${PORTLAB_CLANG_FORMAT}' ${options}")
  else()
    set(command "echo 'clang-format is missing: tools/install-dependencies.sh check'; exit 2")
  endif()
  add_custom_target(
    ${name}
    COMMAND sh -c "${command}"
    WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}"
    COMMENT "${comment}"
    VERBATIM
  )
endfunction()

portlab_format_target(format "-i" "Formatting every C++ file")
portlab_format_target(format-check "--dry-run --Werror" "Checking the format of every C++ file")

if(PORTLAB_RUN_CLANG_TIDY)
  set(tidy "${Python3_EXECUTABLE}" "${PORTLAB_RUN_CLANG_TIDY}" -quiet -p "${PROJECT_BINARY_DIR}"
           "^${PROJECT_SOURCE_DIR}/"
  )
else()
  set(tidy sh -c "echo 'clang-tidy is missing: tools/install-dependencies.sh tidy'; exit 2")
endif()
add_custom_target(
  tidy
  COMMAND ${tidy}
  WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}"
  COMMENT "Looking for likely mistakes (.clang-tidy)"
  USES_TERMINAL VERBATIM
)
