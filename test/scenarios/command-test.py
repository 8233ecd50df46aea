#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""The command `portlab`, used as people use it. PORTLAB names the program."""

import csv
import io
import json
import os
import pathlib
import signal
import sqlite3
import subprocess
import tempfile
import time
import unittest

PORTLAB = os.environ.get("PORTLAB", "build/release/bin/portlab")
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
LOAD_TEST = "scenarios/load-test.toml"

HOST_KEYS = """name os count attempts connected pending failed failed_share first_failure_s
ports_held_mean ports_held_peak time_wait_mean time_wait_peak probes_mean probes_p50 probes_p99
probes_max search_ns_mean search_ns_p50 search_ns_p99 search_ns_max port_reuse_min_s""".split()
REASONS = """no_free_port time_wait_collision nat_no_port nat_table_full connect_timeout firewall
peer_time_wait pool_full""".split()


def portlab(*words, timeout=120):
    return subprocess.run([PORTLAB, *map(str, words)], cwd=ROOT, capture_output=True, text=True,
                          timeout=timeout, check=False)


def results(*words):
    """The JSON of a command that has to succeed."""
    done = portlab(*words, "--format", "json", "--quiet")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def without_wall_time(report):
    for run in report["runs"]:
        del run["wall_s"], run["connections_per_wall_s"]
    return report


class TheCommand(unittest.TestCase):
    def test_compares_linux_and_windows_as_arithmetic_predicts(self):
        report = results("compare", LOAD_TEST, "--os", "linux-6.18", "--os", "windows-11")
        self.assertEqual(list(report)[:4], ["portlab", "commit", "ns3", "scenario"])
        shares = {}
        for run in report["runs"]:
            host = run["hosts"][0]
            self.assertEqual(list(host), HOST_KEYS)
            self.assertEqual(list(host["failed"]), REASONS)
            failed = sum(host["failed"].values())
            self.assertEqual(host["attempts"], host["connected"] + host["pending"] + failed)
            self.assertEqual(run["set"], {"hosts.generator.os": host["os"]})
            shares[host["os"]] = host["failed_share"]
        # From an empty start, N ports are granted in each round of TIME_WAIT: within 300 s at
        # 600/s Linux (about 61.2 s a round) grants 5 times 28,232, Windows (120.2 s) 3 times
        # 16,384; the rounds before the last are full, the last is cut by the end of the run.
        self.assertAlmostEqual(shares["linux-6.18"], 1 - 5 * 28232 / 180000, delta=0.01)
        self.assertAlmostEqual(shares["windows-11"], 1 - 3 * 16384 / 180000, delta=0.01)

    def test_gives_the_same_bytes_for_the_same_seed_and_others_for_another(self):
        first = without_wall_time(results("run", LOAD_TEST, "--runs", 2))
        again = without_wall_time(results("run", LOAD_TEST, "--runs", 2))
        other = without_wall_time(results("run", LOAD_TEST, "--runs", 2, "--seed", 2))
        self.assertEqual(json.dumps(first), json.dumps(again))
        self.assertNotEqual(first["runs"][0]["hosts"], other["runs"][0]["hosts"])
        self.assertNotEqual(first["runs"][0]["hosts"], first["runs"][1]["hosts"])

    def test_gives_the_same_results_for_any_quantum_and_any_number_of_jobs(self):
        reference = without_wall_time(results("run", LOAD_TEST, "--runs", 3))
        for words in (["--jobs", 2], ["--jobs", 8], ["--quantum", "0s"], ["--quantum", "7ms"]):
            changed = without_wall_time(results("run", LOAD_TEST, "--runs", 3, *words))
            self.assertEqual(reference, changed, words)

    def test_names_the_culprit_and_the_limit_behind_it(self):
        report = results("run", "scenarios/proxy-to-upstreams.toml")
        verdict = report["runs"][0]["verdict"]
        self.assertEqual(verdict["limit"], "no_free_port")
        self.assertEqual(verdict["where"], "proxy -> reports")
        self.assertEqual((verdict["used"], verdict["usable"]), (28232, 28232))
        self.assertAlmostEqual(verdict["since_s"], 90, delta=15)
        self.assertEqual(verdict["next_limit"], "ports of proxy towards api")
        self.assertAlmostEqual(verdict["next_limit_factor"], 28232 / (400 * 62.1), delta=0.05)
        guilty = [pair["to"] for pair in report["runs"][0]["pairs"] if any(pair["failed"].values())]
        self.assertEqual(guilty, ["reports"])
        table = portlab("run", "scenarios/proxy-to-upstreams.toml", "--quiet").stdout
        self.assertTrue(table.startswith("proxy ran out of ports towards reports at "), table[:99])

    def test_drops_keys_that_another_system_lacks_and_says_so(self):
        done = portlab("compare", LOAD_TEST, "--set", "hosts.generator.tuned.tcp_tw_reuse=1",
                       "--os", "linux", "--os", "windows", "--format", "json", "--quiet")
        self.assertEqual(done.returncode, 0, done.stderr)
        notes = " ".join(json.loads(done.stdout)["notes"])
        self.assertIn("tcp_tw_reuse", notes)
        self.assertIn("drop", notes)

    def test_runs_every_scenario_that_comes_with_it(self):
        scenarios = sorted(ROOT.glob("scenarios/*.toml"))
        self.assertGreaterEqual(len(scenarios), 7)
        self.assertEqual(portlab("check", *scenarios).returncode, 0)
        for scenario in scenarios:
            report = results("run", scenario)
            self.assertGreater(report["runs"][0]["connections"], 10000, scenario)

    def test_replays_every_recorded_connection(self):
        report = results("run", "scenarios/trace-replay.toml")
        host = report["runs"][0]["hosts"][0]
        self.assertEqual((host["count"], host["attempts"]), (108, 64366))

    def test_has_help_for_every_command_and_a_version(self):
        self.assertRegex(portlab("--version").stdout, r"^portlab \d+\.\d+\.\d+ \(.+\), ns-3 3\.")
        commands = [line.split()[1] for line in portlab("--help").stdout.splitlines()
                    if line.startswith("  portlab ")]
        self.assertIn("allocate", commands)
        for command in commands:
            done = portlab(command, "--help")
            self.assertEqual(done.returncode, 0)
            self.assertTrue(done.stdout.startswith(f"Usage: portlab {command}"))


class Allocate(unittest.TestCase):
    def rows(self, *words):
        done = portlab("allocate", *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return list(csv.DictReader(io.StringIO(done.stdout)))

    def test_fills_an_even_range_on_linux_to_the_last_port_one_parity_first(self):
        rows = self.rows("--os", "linux-6.18", "--ports", "32768-32867", "--count", 103, "--to",
                         "198.51.100.7:443", "--close", "never")
        ports = [int(row["port"]) for row in rows if row["port"]]
        self.assertEqual(len(ports), 100)
        self.assertEqual(sorted(ports[:50]), list(range(32768, 32868, 2)))
        self.assertEqual(sorted(ports[50:]), list(range(32769, 32868, 2)))
        self.assertEqual([row["outcome"] for row in rows[100:]], ["EADDRNOTAVAIL"] * 3)
        self.assertEqual([row["probes"] for row in rows[100:]], ["100"] * 3)

    def test_may_miss_the_lowest_port_of_an_odd_range_on_linux(self):
        counts = set()
        for seed in range(1, 41):
            rows = self.rows("--os", "linux-6.18", "--ports", "32768-32866", "--count", 102,
                             "--seed", seed)
            counts.add(sum(row["outcome"] == "ok" for row in rows))
        self.assertEqual(counts, {98, 99})
        rows = self.rows("--os", "linux-6.18", "--ports", "32768-32770", "--count", 5)
        self.assertEqual([bool(row["port"]) for row in rows], [True, True, False, False, False])

    def test_moves_one_cursor_over_all_destinations_on_windows(self):
        rows = self.rows("--os", "windows-11", "--count", 16386, "--to", "198.51.100.7:443",
                         "--to", "203.0.113.9:80")
        ports = [int(row["port"]) for row in rows if row["port"]]
        self.assertEqual(sorted(ports), list(range(49152, 65536)))
        for before, after in zip(ports, ports[1:]):
            self.assertEqual(after, before + 1 if before < 65535 else 49152)
        self.assertEqual([row["outcome"] for row in rows[16384:]], ["WSAENOBUFS"] * 2)
        explained = self.rows("--os", "windows-11", "--count", 16385, "--explain")
        self.assertIn("10055", explained[-1]["why"])

    def test_is_repeatable_and_follows_its_seed(self):
        words = ["--os", "linux", "--count", 50]
        self.assertEqual(self.rows(*words), self.rows(*words, "--seed", 1))
        self.assertNotEqual(self.rows(*words), self.rows(*words, "--seed", 2))

    def test_closes_as_it_is_told(self):
        one_port = ["--os", "linux", "--ports", "40000", "--count", 3, "--every", "40s"]
        outcomes = [[row["outcome"] for row in self.rows(*one_port, "--close", rule)]
                    for rule in ("never", "client", "reset")]
        self.assertEqual(outcomes, [["ok", "EADDRNOTAVAIL", "EADDRNOTAVAIL"],
                                    ["ok", "EADDRNOTAVAIL", "ok"],
                                    ["ok", "ok", "ok"]])


class Outputs(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)

    def test_appends_runs_to_one_database(self):
        file = self.directory / "results.sqlite"
        for seed in (1, 2):
            done = portlab("run", LOAD_TEST, "--runs", 2, "--seed", seed, "--out", file, "--quiet")
            self.assertEqual(done.returncode, 0, done.stderr)
        with sqlite3.connect(file) as database:
            self.assertEqual(database.execute("select count(*) from runs").fetchone(), (4,))
            (samples,) = database.execute("select count(*) from samples").fetchone()
        self.assertGreater(samples, 4 * 300)

    def test_keeps_what_was_finished_when_it_is_interrupted(self):
        file = self.directory / "results.sqlite"
        command = [PORTLAB, "run", LOAD_TEST, "--runs", "100000", "--out", file, "--quiet"]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True) as process:
            time.sleep(3)
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 1, errors)
        self.assertRegex(errors, r"Interrupted: \d+ of 100000 runs")
        finished = int(errors.split("Interrupted: ")[1].split()[0])
        with sqlite3.connect(file) as database:
            self.assertEqual(database.execute("select count(*) from runs").fetchone(), (finished,))

    def test_refuses_mistakes_with_one_sentence_and_leaves_nothing_behind(self):
        text = (ROOT / LOAD_TEST).read_text(encoding="utf-8")
        garbage = self.directory / "garbage.toml"
        garbage.write_bytes(b"\x00\x01\x02 this is [not toml")
        broken = self.directory / "broken.toml"
        broken.write_text(text.replace('arrivals = "600/s"', 'arrivals = { trace = "t.csv" }'))
        other = self.directory / "other.sqlite"
        other.write_text("This is not a database, and nobody may overwrite it.")
        run = ("run", LOAD_TEST)

        def with_setting(setting):
            return (*run, "--set", setting)

        for words, expected in (
                (with_setting("traffic.main.arivals=600/s"), "arrivals"),
                (with_setting("traffic.main.hold=200"), "unit"),
                (with_setting("traffic.main.arrivals=-600/s"), "negative"),
                (with_setting("hosts.generator.os=linux-7x"), "portlab profiles"),
                (with_setting("hosts.generator.tuned.ports=60999-32768"), "60999"),
                (with_setting("hosts.generator.tuned.ports="), "port"),
                (with_setting("hosts.generatr.count=3"), "generator"),
                (("run", self.directory / "missing.toml"), "missing.toml"),
                (("run", self.directory), "directory"),
                (("run", garbage), "garbage.toml"),
                (("run", broken), "t.csv"),
                (("run",), "Usage"),
                (("run", LOAD_TEST, LOAD_TEST), "too many"),
                ((*run, "--out", other), "other.sqlite"),
                ((*run, "--out", self.directory / "no" / "such" / "x.sqlite"), "no such directory"),
                ((*run, "--out", self.directory), "directory"),
                ((*run, "--csv", garbage), "garbage.toml"),
                ((*run, "--format", "xml"), "json"),
                ((*run, "--runs", "0"), "--runs"),
                ((*run, "--runs", "-1"), "--runs"),
                ((*run, "--jobs", "many"), "--jobs"),
                ((*run, "--quantum", "3"), "--quantum"),
                ((*run, "--nonsense"), "--help"),
                (("compare", LOAD_TEST, "--os", "linux"), "two systems"),
                (("compare", LOAD_TEST, "--os", "linux", "--os", "linx"), "Did you mean linux"),
                (("allocate",), "which system"),
                (("allocate", "--os", "linux", "--to", "198.51.100.7"), "ADDRESS:PORT"),
                (("allocate", "--os", "linux", "--to", "198.51.100.7:0"), "65535"),
                (("allocate", "--os", "linux", "--ports", "9-1"), "--ports"),
                (("allocate", "--os", "linux", "--allocate", "program:1-9"), "does not model"),
                (("allocate", "--os", "windows", "--allocate", "bind-no-port"), "Linux 4.2"),
                (("allocate", "--os", "linux", "--local-port-range", "1024-2000"), "32768-60999"),
                (("allocate", "--os", "linux", "--close", "maybe"), "--close"),
                (("allocate", "--os", "linux", "--set", "flux=3"), "flux"),
                (("profiles", "beos"), "beos"),
                (("frobnicate",), "frobnicate"),
        ):
            with self.subTest(words=words):
                before = sorted(self.directory.rglob("*"))
                done = portlab(*words)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertEqual(done.stdout, "")
                self.assertIn(expected, done.stderr)
                lines = [x for x in done.stderr.splitlines() if not x.startswith("note: ")]
                self.assertLessEqual(len(lines), 3, "one message")
                self.assertEqual(before, sorted(self.directory.rglob("*")), "something was left")
        self.assertTrue(other.read_text().startswith("This is not a database"))


if __name__ == "__main__":
    unittest.main()
