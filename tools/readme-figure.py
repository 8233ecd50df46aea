#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Draws the README's figure, doc/figures/load-test.png, from a run of scenarios/load-test.toml.

Usage: tools/readme-figure.py [PORTLAB [FILE.png]]
Needs `tools/install-dependencies.sh figures`, and the command as `make demo` builds it.
"""

import collections
import csv
import pathlib
import subprocess
import sys
import tempfile

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent
SYSTEMS = {"linux-6.18": ("#0072b2", "-", 28232), "windows-11": ("#d55e00", "--", 16384)}


def run_comparison(portlab, directory):
    systems = [word for name in SYSTEMS for word in ("--os", name)]
    scenario = ROOT / "scenarios" / "load-test.toml"
    command = [portlab, "compare", scenario, *systems, "--csv", directory, "--quiet"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def read_series(directory):
    """Of each run, in the order of SYSTEMS: quantity -> (times, values) of the one pair."""
    series = collections.defaultdict(lambda: collections.defaultdict(lambda: ([], [])))
    with open(directory / "samples.csv", newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["entity"] == "pairs":
                times, values = series[row["run_id"]][row["quantity"]]
                times.append(float(row["time_s"]))
                values.append(float(row["value"]))
    return [series[run] for run in sorted(series, key=int)]


def draw(series, file):
    figure, (ports, failed) = plt.subplots(2, 1, sharex=True, figsize=(8, 5), dpi=120)
    for (name, (colour, line, limit)), run in zip(SYSTEMS.items(), series):
        ports.plot(*run["ports_used"], color=colour, linestyle=line, label=name)
        ports.annotate(f"{limit:,} ports", (300, limit), (-4, 4), textcoords="offset points",
                       ha="right", color=colour)
        failed.plot(*run["failed_per_s"], color=colour, linestyle=line, label=name)
    ports.set_ylabel("ports held or in TIME_WAIT")
    ports.set_ylim(0, 32000)
    ports.legend(loc="lower right", frameon=False)
    ports.set_title("600 connections a second from one host to one service", loc="left")
    failed.set_ylabel("failed connections a second")
    failed.set_xlabel("time in seconds")
    failed.set_ylim(0, 720)
    failed.set_xlim(0, 300)
    for axes in (ports, failed):
        axes.grid(color="#dddddd", linewidth=0.6)
        axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(file, metadata={"Source": "scenarios/load-test.toml, seed 1"})


def main(arguments):
    portlab = arguments[0] if arguments else ROOT / "build" / "release" / "bin" / "portlab"
    file = arguments[1] if len(arguments) > 1 else ROOT / "doc" / "figures" / "load-test.png"
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name) / "results"
        run_comparison(portlab, directory)
        draw(read_series(directory), file)


if __name__ == "__main__":
    main(sys.argv[1:])
