#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Each rule of the house fires on a bad sample and stays silent on a good one."""

import contextlib
import importlib.util
import io
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
spec = importlib.util.spec_from_file_location("house_rules", HERE / "house-rules.py")
rules = importlib.util.module_from_spec(spec)
spec.loader.exec_module(rules)

SPDX = rules.LICENSE
CPP = f"// {SPDX}\n"
# Words that must not stand in a file of ours, not even in this one.
UNFINISHED_WORDS = ["TO" + "DO", "FIX" + "ME", "XX" + "X"]
PRIVATE_ROOTS = ["/" + name + "/" for name in ("home", "work", "root")]


def function(body_lines, signature="void\nF(int a)", end="}"):
    return signature + "\n{\n" + "    ++a;\n" * body_lines + end + "\n"


def header(name, content=""):
    guard = name.upper().replace("-", "_").replace(".", "_")
    return f"{CPP}\n#ifndef {guard}\n#define {guard}\n\n{content}\n#endif // {guard}\n"


class HouseRulesTest(unittest.TestCase):
    def judge(self, check, files):
        """What one check says of a tree of {path: content}: 'path:line: sentence'."""
        with tempfile.TemporaryDirectory() as root:
            write(root, files)
            return [f"{f.path}:{f.line}: {f.sentence}" for f in check(rules.Tree(root))]

    def assert_fires(self, check, files, *beginnings):
        found = self.judge(check, files)
        self.assertEqual(len(found), len(beginnings), found)
        for sentence, beginning in zip(sorted(found), sorted(beginnings)):
            self.assertTrue(sentence.startswith(beginning), sentence)

    def assert_silent(self, check, files):
        self.assertEqual(self.judge(check, files), [])


def write(root, files):
    for path, content in files.items():
        place = Path(root) / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content if isinstance(content, bytes) else content.encode())


class Rooms(HouseRulesTest):
    def include(self, path, name):
        quoted = name if name.startswith("<") else f'"{name}"'
        files = {"model/a.h": "", "helper/b.h": "", "model/core/nat/n.h": "", "test/t.h": ""}
        return {**files, path: f"{CPP}#include {quoted}\n"}

    def test_a_room_may_not_include_a_later_one(self):
        for path, name in (
            ("model/core/base/x.h", "model/core/port/p.h"),
            ("model/core/port/x.h", "model/core/nat/n.h"),
            ("model/core/nat/x.h", "model/core/flow/f.h"),
            ("model/core/flow/x.h", "model/a.h"),
            ("model/x.h", "helper/b.h"),
            ("helper/x.h", "scenarios/s.h"),
            ("scenarios/x.h", "bindings/b.h"),
            ("examples/x.cc", "scenarios/s.h"),
            ("scenarios/x.h", "examples/e.h"),
            ("bindings/x.cc", "test/t.h"),
        ):
            with self.subTest(path=path):
                self.assert_fires(rules.check_rooms, self.include(path, name), f"{path}:2: ")

    def test_the_message_says_what_to_do(self):
        files = self.include("model/core/flow/x.h", "ns3/a.h")
        self.assert_fires(
            rules.check_rooms,
            files,
            "model/core/flow/x.h:2: model/core/flow/ may not include ns3/a.h (model/): "
            "move the code down or the caller up",
        )

    def test_a_room_may_include_itself_and_earlier_ones(self):
        for path, name in (
            ("model/core/flow/x.h", "model/core/nat/n.h"),
            ("model/x.cc", "x.h"),
            ("model/x.cc", "ns3/nstime.h"),
            ("helper/x.h", "ns3/a.h"),
            ("scenarios/x.cc", "model/core/base/time.h"),
            ("examples/x.cc", "ns3/b.h"),
            ("test/core/x.cc", "scenarios/s.h"),
        ):
            with self.subTest(path=path):
                self.assert_silent(rules.check_rooms, self.include(path, name))

    def test_a_neighbour_is_found_without_its_directory(self):
        files = {"helper/b.h": "", "helper/x.h": '#include "../scenarios/s.h"', "scenarios/s.h": ""}
        self.assert_fires(rules.check_rooms, files, "helper/x.h:1: ")

    def test_the_core_knows_only_the_standard_library_and_tsl(self):
        for name in ("<vector>", "<tsl/robin_map.h>", "model/core/nat/n.h"):
            self.assert_silent(rules.check_rooms, self.include("model/core/nat/x.h", name))
        for name in ("<iostream>", "ns3/nstime.h", "<unistd.h>", "<fmt/core.h>", "<sys/time.h>"):
            with self.subTest(name=name):
                files = self.include("model/core/nat/x.h", name)
                self.assert_fires(rules.check_rooms, files, "model/core/nat/x.h:2: ")

    def test_an_include_in_a_comment_is_none(self):
        files = {"model/core/nat/x.h": '/*\n#include "ns3/nstime.h"\n*/\n// #include <iostream>\n'}
        self.assert_silent(rules.check_rooms, files)

    def test_the_core_has_four_rooms(self):
        self.assert_fires(rules.check_rooms, {"model/core/x.h": CPP}, "model/core/x.h:1: ")

    def test_bindings_do_not_know_the_analysis(self):
        good = {"analysis/a.py": "import portlab\nfrom portlab_analysis import plots\n"}
        self.assert_silent(rules.check_rooms, good)
        bad = {"bindings/portlab/a.py": "\nfrom portlab_analysis import plots\n"}
        self.assert_fires(rules.check_rooms, bad, "bindings/portlab/a.py:2: ")


class Bans(HouseRulesTest):
    def test_the_core_has_no_chance_clock_or_environment_of_its_own(self):
        for code in (
            "int a = std::rand();",
            "srand(1);",
            "std::random_device device;",
            "auto now = std::chrono::steady_clock::now();",
            "using std::chrono::system_clock;",
            "auto now = time(nullptr);",
            "std::time(&now);",
            'auto home = std::getenv("HOME");',
        ):
            with self.subTest(code=code):
                files = {"model/core/port/x.cc": f"{CPP}{code}\n"}
                self.assert_fires(rules.check_bans, files, "model/core/port/x.cc:2: ")

    def test_words_that_only_look_alike_are_free(self):
        code = (
            "// unlike steady_clock or getenv\n"
            'const char* text = "time(nullptr)";\n'
            "Record(Instant at) : time(at), operand(2) {}\n"
            "entry.time(0);\n"
        )
        self.assert_silent(rules.check_bans, {"model/core/port/x.cc": code})

    def test_outside_the_core_they_are_free(self):
        self.assert_silent(rules.check_bans, {"scenarios/x.cc": "auto now = time(nullptr);"})


class Form(HouseRulesTest):
    def test_four_hundred_lines_are_the_most(self):
        for path in ("model/a.cc", "a.py", "scenarios/s.toml", "tools/t.sh", "CMakeLists.txt"):
            self.assert_silent(rules.check_sizes, {path: "a\n" * 400})
            self.assert_fires(rules.check_sizes, {path: "a\n" * 401}, f"{path}:401: the file has")

    def test_tables_may_be_longer(self):
        files = {
            "model/core/port/profiles/linux.cc": "a\n" * 401,
            "model/core/nat/presets/clouds.cc": "a" * 101,
        }
        self.assert_silent(rules.check_sizes, files)

    def test_a_hundred_columns_are_the_most(self):
        self.assert_silent(rules.check_sizes, {"model/a.h": "a" * 100, "README.md": "a" * 200})
        bad = {"model/a.h": "\n" + "a" * 101, "b.py": "a" * 101}
        self.assert_fires(rules.check_sizes, bad, "model/a.h:2: ", "b.py:1: ")

    def test_code_is_ascii(self):
        text = 'const char* text = "caf\u00e9";\n'
        self.assert_silent(rules.check_ascii, {"a.cc": r'"caf\u00e9"', "README.md": text})
        bad = {"a.cc": "\n" + text, "run": "#!/bin/bash\n" + text}
        self.assert_fires(rules.check_ascii, bad, "a.cc:2: U+00E9", "run:2: ")

    def test_unfinished_work_names_its_issue(self):
        for word in UNFINISHED_WORDS:
            self.assert_silent(rules.check_unfinished, {"a.cc": f"// {word}(#12): more\n"})
            self.assert_silent(rules.check_unfinished, {"a.sh": f"mktemp a.{word * 2}\n"})
            for path in ("a.cc", "README.md"):
                bad = {path: f"\n// {word}: more\n"}
                self.assert_fires(rules.check_unfinished, bad, f"{path}:2: {word} without")

    def test_the_license_comes_first(self):
        good = {
            "a.cc": CPP,
            "b.py": f"#!/usr/bin/python3\n# {SPDX}\n",
            "c": f"#!/bin/bash\n# {SPDX}\n",
            "d.cmake": f"# {SPDX}\n",
            "README.md": "",
        }
        self.assert_silent(rules.check_licenses, good)
        bad = {"a.h": "\n" + CPP, "b.py": "", "c": "#!/bin/sh\necho\n", "e.cc": f"/* {SPDX} */\n"}
        self.assert_fires(rules.check_licenses, bad, "a.h:1: ", "b.py:1: ", "c:2: ", "e.cc:1: ")

    def test_a_guard_is_named_after_its_file(self):
        good = {
            "model/port-set.h": header("portlab-port-set.h"),
            "helper/portlab-helper.h": header("portlab-helper.h"),
            "test/core/port-set.h": header("portlab-test-port-set.h"),
            "test/core/other.h": header("portlab-other.h"),
        }
        self.assert_silent(rules.check_guards, good)
        bad = {
            "model/port-set.h": header("port-set.h"),
            "helper/a.h": header("portlab-test-a.h"),
            "model/b.h": f"{CPP}#pragma once\n",
            "model/c.h": header("portlab-c.h").replace(" // PORTLAB_C_H", ""),
        }
        self.assert_fires(rules.check_guards, bad, *(path + ":1: " for path in bad))

    def test_two_headers_do_not_share_a_guard(self):
        same = {"helper/a.h": header("portlab-a.h"), "model/a.h": header("portlab-a.h")}
        self.assert_fires(rules.check_guards, same, "model/a.h:1: helper/a.h has the same guard")

    def test_headers_open_no_namespace(self):
        code = "// using namespace std\nusing std::string;\nnamespace a = b;\n"
        self.assert_silent(rules.check_using, {"a.h": code, "a.cc": "using namespace std;"})
        bad = {"a.h": "void F()\n{\n  using namespace std;\n}\n"}
        self.assert_fires(rules.check_using, bad, "a.h:3: ")


class Lists(HouseRulesTest):
    def test_every_source_is_in_a_list(self):
        good = {
            "model/files.cmake": "set(ROOM_SOURCES\n    a.cc\n    sub/b.h\n)\n",
            "model/a.cc": "",
            "model/sub/b.h": "",
            "CMakeLists.txt": 'add_library(x "${PROJECT_SOURCE_DIR}/helper/c.cc")',
            "helper/c.cc": "",
            "test/CMakeLists.txt": "python_test(x-test.py)",
            "test/x-test.py": "",
            "test/module.py": "",
            "test/data/recorded.h": "",
        }
        self.assert_silent(rules.check_lists, good)

    def test_a_source_in_no_list_is_found(self):
        bad = {
            "model/files.cmake": "set(ROOM_SOURCES\n    # a.cc\n    b.cc.in\n)\n",
            "model/a.cc": "",
            "model/sub/b.cc": "",
            "scenarios/one.toml": "",
            "test/x-test.py": "",
        }
        self.assert_fires(
            rules.check_lists,
            bad,
            "model/a.cc:1: no CMake list names this file: add it to model/files.cmake or delete it",
            "model/sub/b.cc:1: no CMake list names this file: add it to model/files.cmake",
            "scenarios/one.toml:1: ",
            "test/x-test.py:1: ",
        )

    def test_paths_of_one_machine_are_found_anywhere(self):
        for place in PRIVATE_ROOTS:
            good = {"a.md": f"https://example.org{place}x $HOME{place}x ..{place}x", "b": b"\0/"}
            self.assert_silent(rules.check_private_paths, good)
            bad = {"a.md": f"\nsee {place}x", "b.json": f'{{"a": "{place}x"}}'}
            self.assert_fires(rules.check_private_paths, bad, "a.md:2: ", "b.json:1: ")


class Functions(HouseRulesTest):
    def assert_length(self, content, *lines):
        beginnings = [f"model/a.cc:{line}: " for line in lines]
        self.assert_fires(rules.check_functions, {"model/a.cc": content}, *beginnings)

    def test_forty_lines_are_the_most(self):
        self.assert_length(function(40))
        self.assert_length(function(41), 1)
        self.assert_fires(
            rules.check_functions,
            {"model/a.cc": function(41)},
            "model/a.cc:1: F() has 41 lines, 40 are allowed: split it, or",
        )

    def test_functions_are_recognised_in_all_their_forms(self):
        for signature in (
            "template <typename T, typename U = std::vector<int>>\nvoid\nF(int a)",
            "[[nodiscard]] static std::vector<int>\nA::F(const B& b) const noexcept",
            "A::A(int a, Options options = {})\n    : m_a{a},\n      m_b(a)",
            "bool\noperator==(const A& a, const A& b)",
            "int\nA::operator()(int a) const",
            "auto\nF(int a) -> std::optional<int>",
            "A::~A()",
        ):
            with self.subTest(signature=signature):
                self.assert_length(function(40, signature))
                self.assert_length(function(41, signature), 1)

    def test_a_method_in_a_class_counts(self):
        begin = "namespace a\n{\n\nclass B : public C<int>\n{\n  public:\n"
        end = "\n  private:\n    int m_a{1};\n};\n\n} // namespace a\n"
        self.assert_length(begin + function(40, "    int F(int a) override") + end)
        self.assert_length(begin + function(41, "    int F(int a) override") + end, 7)

    def test_what_is_not_a_function_may_be_long(self):
        rows = "    {1, Seconds(2)},\n" * 50
        self.assert_length(f"const Row ROWS[] = {{\n{rows}}};\n")
        self.assert_length(f"const std::map<int, int> TABLE{{\n{rows}}};\n")
        self.assert_length("enum class A : int\n{\n" + "    B,\n" * 50 + "};\n")
        self.assert_length("struct A\n{\n" + "    int b{F(1)};\n" * 50 + "};\n")
        self.assert_length("class A\n{\n" + "    int F() { return 1; }\n" * 50 + "};\n")

    def test_short_neighbours_are_not_added_up(self):
        self.assert_length(function(30) + "\n" + function(30, "void\nG(int a)"))
        self.assert_length(function(30) + "int b{1};\n" + function(41, "void\nG(int a)"), 36)

    def test_braces_in_comments_literals_and_directives_do_not_count(self):
        noise = "// {\n/* { */\nconst char* A = \"{\";\nchar b = '{';\nint c = 1'000;\n"
        noise += 'const char* D = R"({ " { )";\n#define E {\n'
        noise += "#if F\nint\nG()\n{\n#else\nint H()\n{\n#endif\n    return 1;\n}\n\n"
        self.assert_length(noise + function(40))
        self.assert_length(noise + function(41), noise.count("\n") + 1)

    def test_a_brace_without_partner_is_reported(self):
        self.assert_length("void\nF()\n{\n", 3)
        self.assert_length("}\n", 1)

    def test_a_reason_excuses_a_long_function(self):
        reason = "// house-rules: long because it is one table in the RFC.\n"
        self.assert_length(reason + function(41))
        self.assert_length("/// Does this.\n" + reason + "// And that.\n" + function(41))
        self.assert_length("// house-rules: long because\n" + function(41), 2)
        self.assert_length(reason + "\n" + function(41), 3)

    def test_tables_and_tests_may_have_long_functions(self):
        files = {"test/a.cc": function(41), "model/core/nat/presets/a.cc": function(41)}
        self.assert_silent(rules.check_functions, files)


class Command(unittest.TestCase):
    def run_on(self, root):
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            status = rules.main([str(root)])
        return status, output.getvalue().splitlines()

    def test_status_and_last_line_tell_the_result(self):
        with tempfile.TemporaryDirectory() as root:
            write(root, {"README.md": "", "build/a.cc": "not ours"})
            self.assertEqual(self.run_on(root), (0, ["house rules: 1 files, no findings"]))
            write(root, {"a.py": "\n"})
            status, lines = self.run_on(root)
        self.assertEqual((status, len(lines), lines[0][:7]), (1, 2, "a.py:1:"))

    def test_what_git_ignores_is_not_ours(self):
        with tempfile.TemporaryDirectory() as root:
            write(root, {".gitignore": "/made/\n", "made/a.py": "\n", "b.py": "\n"})
            subprocess.run(["git", "init", "--quiet", root], check=True)
            status, lines = self.run_on(root)
        self.assertEqual((status, len(lines), lines[0][:7]), (1, 2, "b.py:1:"))


if __name__ == "__main__":
    unittest.main()
