#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What `make demo` shows: two questions, each asked of Linux and of Windows, and a short answer.

set -euo pipefail
cd "$(dirname "$0")/.."

portlab=build/release/bin/portlab

# summarise SCENARIO LABEL: one line for each system, from the CSV of the hosts.
summarise() {
  "$portlab" compare "scenarios/$1.toml" --os linux --os windows --quiet --format csv 2>/dev/null |
    awk -F, -v label="$2" '
      NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
      {
        share = $column["failed_share"]
        failed = share > 0 ? sprintf("%.1f %%", 100 * share) : "none"
        first = $column["first_failure_s"]
        since = first != "" ? sprintf("%.0f s", first) : "-"
        printf "  %-26s %-11s %11d %9s %14s %11d\n", label, $column["os"], $column["attempts"],
               failed, since, $column["time_wait_peak"]
      }'
}

"$portlab" --version
echo
echo "One load generator opens 600 connections a second to one service (scenarios/load-test.toml):"
echo
"$portlab" compare scenarios/load-test.toml --os linux --os windows --quiet
echo
echo "Connections that 108 real machines made in 21 minutes (scenarios/trace-replay.toml), as if"
echo "all of them ran the same system:"
echo
"$portlab" compare scenarios/trace-replay.toml --os linux --os windows --quiet
echo
echo "In short:"
echo
printf '  %-26s %-11s %11s %9s %14s %11s\n' question system connections failed 'first failure' \
  TIME_WAIT
summarise load-test '600/s to one service'
summarise trace-replay '108 recorded machines'
echo
echo "TIME_WAIT is the most ports that one machine had waiting. When nothing is left to hand out,"
echo "connect() fails: with EADDRNOTAVAIL on Linux, with WSAENOBUFS or WSAEADDRINUSE on Windows."
echo "Next: open scenarios/load-test.toml, or try"
echo "  $portlab run scenarios/load-test.toml --set traffic.main.arrivals=400/s"
