#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""What README.md shows is what the commands print.

A block of text behind a block of commands is an excerpt of what the last of them prints: its lines
occur in the output in this order. Every `portlab` command of the README has to succeed.
"""

import os
import pathlib
import re
import shlex
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
PORTLAB = os.environ.get("PORTLAB", str(ROOT / "build" / "release" / "bin" / "portlab"))
SHOWN = "build/release/bin/portlab"


def blocks():
    """Pairs of a language and a text, in order."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return re.findall(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def run(command):
    words = shlex.split(command)
    program = os.path.join(os.path.dirname(PORTLAB), os.path.basename(words[0]))
    return subprocess.run([program, *words[1:]], cwd=ROOT, capture_output=True, text=True,
                          timeout=120, check=False)


class TheReadme(unittest.TestCase):
    def test_shows_commands_that_work_and_what_they_print(self):
        outputs = []
        excerpts = 0
        for language, text in blocks():
            if language == "sh":
                outputs = []
                for command in text.splitlines():
                    if command.startswith(SHOWN):
                        done = run(command)
                        self.assertEqual(done.returncode, 0, f"{command}\n{done.stderr}")
                        outputs.append(done.stdout)
            elif language == "text":
                excerpts += 1
                rest = iter(outputs[-1].splitlines())
                for line in text.splitlines():
                    self.assertIn(line, rest, "the README shows a line that is not printed there")
        self.assertGreaterEqual(excerpts, 2)

    def test_names_the_two_commands_that_a_newcomer_types(self):
        first = next(text for language, text in blocks() if language == "sh")
        self.assertEqual(first.split("\n"), ["make demo", "make test", ""])

    def test_names_files_that_exist(self):
        text = (ROOT / "README.md").read_text(encoding="utf-8")
        for path in re.findall(r"\]\(([^)]+)\)", text):
            if not path.startswith("http"):
                self.assertTrue((ROOT / path).exists(), path)
        listed = set(re.findall(r"^\| `([\w-]+\.toml)`", text, re.MULTILINE))
        self.assertEqual(listed, {path.name for path in (ROOT / "scenarios").glob("*.toml")})


if __name__ == "__main__":
    unittest.main()
