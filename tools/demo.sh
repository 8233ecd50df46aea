#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What `make demo` shows, once the command is built.

set -euo pipefail
cd "$(dirname "$0")/.."

build/release/bin/portlab --version
