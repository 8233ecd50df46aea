#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Installs the Debian packages that a purpose needs and that are not there yet. With everything in
# place it asks for nothing and changes nothing: no root, no network.

set -euo pipefail

usage="Usage: $0 [demo|test|bench|check|tidy|figures|all]"

demo=(
    g++ cmake ninja-build make git pkg-config
    libns3-dev libboost-program-options-dev libfmt-dev libsqlite3-dev libtomlplusplus-dev
    nlohmann-json3-dev robin-map-dev zlib1g-dev
)
test=(
    "${demo[@]}" libgtest-dev librapidcheck-dev python3 python3-jsonschema
    iproute2 nftables # For live NATs.
)
bench=("${demo[@]}")
check=("${test[@]}" clang libclang-rt-14-dev clang-format)
tidy=("${check[@]}" clang-tidy)
figures=("${demo[@]}" python3 python3-matplotlib)
all=("${tidy[@]}" python3-matplotlib)

fail()
{
    printf '%s\n' "$@" >&2
    exit 2
}

purpose="${1:-demo}"
case "$purpose" in
demo | test | bench | check | tidy | figures | all) ;;
-h | --help)
    echo "$usage"
    exit 0
    ;;
*) fail "$0: there is no purpose '$purpose'." "$usage" ;;
esac
declare -n packages="$purpose"

# Another system may well have all that is needed; of that CMake is the judge. But without its
# tools nothing can begin.
if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    missing=()
    for tool in cmake ninja make git c++ pkg-config; do
        command -v "$tool" >/dev/null || missing+=("$tool")
    done
    if ((${#missing[@]})); then
        fail "This system has no apt-get, and these commands are missing: ${missing[*]}." \
            "Please install them, and what these Debian packages contain: ${packages[*]}."
    fi
    echo "No apt-get here: taking for granted what these Debian packages contain: ${packages[*]}."
    exit 0
fi

missing=()
for package in "${packages[@]}"; do
    status=$(dpkg-query --show --showformat='${db:Status-Status} ' "$package" 2>/dev/null || true)
    [[ " $status" == *" installed "* ]] || missing+=("$package")
done
if ((${#missing[@]} == 0)); then
    echo "All ${#packages[@]} packages for '$purpose' are installed."
    exit 0
fi

as_root=()
if ((EUID != 0)); then
    as_root=(sudo)
fi
environment=(env DEBIAN_FRONTEND=noninteractive)
install=(apt-get install --yes --no-install-recommends "${missing[@]}")

echo "Missing for '$purpose': ${missing[*]}."
if ((EUID != 0)) && ! command -v sudo >/dev/null; then
    fail "There is no sudo. Please run as root: apt-get update && ${install[*]}"
fi
echo "Installing: ${as_root[*]:+${as_root[*]} }${install[*]}"
# One repository out of reach, of which the system may have many, need not matter here.
"${as_root[@]}" "${environment[@]}" apt-get update --quiet ||
    echo "Not all package lists could be updated: going on with those at hand."
"${as_root[@]}" "${environment[@]}" "${install[@]}"
