#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""The examples print what test/data/examples has recorded, and refuse nonsense with a sentence.

With PORTLAB_RECORD=1 the records are written anew. PORTLAB names a program beside which the
examples are.
"""

import os
import pathlib
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
RECORDS = ROOT / "test" / "data" / "examples"
PORTLAB = pathlib.Path(os.environ.get("PORTLAB", ROOT / "build" / "release" / "bin" / "portlab"))
RECORD = os.environ.get("PORTLAB_RECORD") == "1"

NEEDS_TAPS = {"kernel-tcp-through-nat"}  # test/kernel/real-endpoints-test.py runs it.
EXAMPLES = sorted(path.stem for path in (ROOT / "examples").glob("*.cc")
                  if path.stem not in NEEDS_TAPS)
A_PAGE = 105


def run(name, *options):
    return subprocess.run([PORTLAB.with_name(f"portlab-{name}"), *options], capture_output=True,
                          text=True, timeout=120, check=False)


def output(name, *options):
    done = run(name, *options)
    assert done.returncode == 0, done.stderr
    return done.stdout


class Examples(unittest.TestCase):
    def test_print_what_is_recorded(self):
        for name in EXAMPLES:
            with self.subTest(name):
                done = run(name)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(done.stderr, "")
                record = RECORDS / f"{name}.txt"
                if RECORD:
                    record.write_text(done.stdout, encoding="utf-8")
                self.assertEqual(done.stdout, record.read_text(encoding="utf-8"))

    def test_are_all_recorded(self):
        self.assertEqual({path.stem for path in RECORDS.glob("*.txt")}, set(EXAMPLES))

    def test_are_a_page_each(self):
        for path in (ROOT / "examples").glob("*.cc"):
            with self.subTest(path.name):
                lines = path.read_text(encoding="utf-8").splitlines()
                self.assertLessEqual(len(lines), A_PAGE)

    def test_end_with_a_sentence_when_a_name_is_wrong(self):
        for name in EXAMPLES:
            source = (ROOT / "examples" / f"{name}.cc").read_text(encoding="utf-8")
            for option in (word for word in ("system", "preset") if f'AddValue("{word}"' in source):
                with self.subTest(name, option=option):
                    done = run(name, f"--{option}=beos")
                    self.assertEqual(done.returncode, 2)
                    self.assertEqual(done.stdout, "")
                    self.assertEqual(done.stderr.count("\n"), 1)
                    self.assertIn("beos", done.stderr)

    def test_are_known_to_ns3s_own_tests(self):
        listed = (ROOT / "test" / "examples-to-run.py").read_text(encoding="utf-8")
        for name in EXAMPLES:
            self.assertIn(f'"portlab-{name}"', listed)


class TheFarm(unittest.TestCase):
    def test_has_as_many_ports_for_each_server_as_the_range_has(self):
        table = output("exhaust-a-server-farm", "--ports=40000-40099").splitlines()[1:]
        self.assertEqual([row.split()[:2] for row in table],
                         [["1", "100"], ["2", "200"], ["4", "400"]])


class TheNat(unittest.TestCase):
    def test_drops_nothing_when_it_has_a_port_for_everyone(self):
        text = output("clients-behind-nat", "--ports=50000-50009")
        self.assertNotIn("dropped", text)
        self.assertIn("80000 bytes received", text)


if __name__ == "__main__":
    unittest.main()
