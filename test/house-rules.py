#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""The rules of the house that no compiler knows, as a test: prints FILE:LINE: WHAT TO DO.

Looks at what git tracks or would track; without git, at every file outside build/.
Usage: house-rules.py [ROOT]. Status: 0 all in order, 1 findings, 2 wrong usage.
"""

import functools
import os
import posixpath
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from cpp_reading import functions, line_of, without_comments, without_preprocessor

LINES_OF_FILE = 400
LINES_OF_FUNCTION = 40
COLUMNS = 100
LICENSE = "SPDX-License-Identifier: GPL-2.0-only"

# Each room may include those before it. Two are special: test/ may include all and be included by
# none, and so is it with examples/, which sit on helper/.
ROOMS = (
    "model/core/base", "model/core/port", "model/core/nat", "model/core/flow",
    "model", "helper", "scenarios", "bindings", "analysis", "examples", "test",
)  # fmt: skip
CORE = ROOMS[:4]
PYTHON_PACKAGES = {"portlab": "bindings", "portlab_analysis": "analysis"}

# In the core: pattern, what it is, what to do instead.
BANNED_IN_CORE = (
    (r"\b(std|::)?\s*\b(rand|srand)\s*\(", "rand()", "take a portlab::Random as an argument"),
    (r"\brandom_device\b", "random_device", "take a portlab::Random as an argument"),
    (
        r"\b(system_clock|steady_clock|high_resolution_clock)\b",
        "a real clock",
        "take the time as an argument, `Instant now`",
    ),
    (
        r"(?<![.>\w])time\s*\(\s*(nullptr|NULL|0|&\s*\w+)\s*\)",
        "time()",
        "take the time as an argument, `Instant now`",
    ),
    (r"\b(secure_)?getenv\b", "getenv()", "take the setting as an argument"),
)
BANNED_HEADERS = {"iostream": "return values and let the caller print"}

# Written in pieces, for this file obeys its own rules.
UNFINISHED = r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b(?!\(#\d+\))"
PRIVATE_PATH = r"(?<![\w.:/-])/(home" + r"|work" + r"|root)/"


class Finding(NamedTuple):
    path: str
    line: int
    sentence: str


class Tree:
    """The files of a repository, by their path from its root, with '/' on every system."""

    def __init__(self, root):
        self.root = Path(root)
        self.paths = sorted(p for p in list_files(self.root) if (self.root / p).is_file())
        self.known = set(self.paths)

    @functools.lru_cache(maxsize=None)
    def text(self, path):
        """The text of a file, or None if it is not text."""
        content = (self.root / path).read_bytes()
        try:
            return None if b"\0" in content else content.decode("utf-8")
        except UnicodeDecodeError:
            return None

    @functools.lru_cache(maxsize=None)
    def code(self, path):
        return without_comments(self.text(path) or "")

    def having(self, *endings):
        """Our own files of some kinds; recorded data is not ours to judge."""
        return [p for p in self.paths if p.endswith(endings) and not is_data(p)]


def list_files(root):
    git = ["git", "-c", "safe.directory=*", "-C", str(root)]
    try:
        prefix = subprocess.run([*git, "rev-parse", "--show-prefix"], capture_output=True)
        if prefix.returncode == 0 and not prefix.stdout.strip():
            query = [*git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
            listed = subprocess.run(query, capture_output=True, check=True).stdout
            return {path for path in listed.decode().split("\0") if path}
    except (OSError, subprocess.CalledProcessError):
        pass
    found = set()
    for directory, children, names in os.walk(root):
        children[:] = [c for c in children if c not in (".git", "build", "__pycache__")]
        found |= {(Path(directory) / name).relative_to(root).as_posix() for name in names}
    return found


def is_data(path):
    return path.startswith(("test/data/", "test/fuzz/corpus/"))


def is_table(path):
    """Tables of literals, one row for each system: as long as the world makes them."""
    return "/profiles/" in path or "/presets/" in path


def is_cmake(path):
    return path.endswith(".cmake") or posixpath.basename(path) == "CMakeLists.txt"


def is_shell(tree, path):
    text = None if is_data(path) else tree.text(path)
    return path.endswith(".sh") or bool(text and re.match(r"#!.*\b(ba|da)?sh\b", text))


def matches(text, pattern):
    for match in re.finditer(pattern, text):
        yield line_of(text, match.start()), match


# ---- Rooms ----


def room_of(path):
    inside = [room for room in ROOMS if path.startswith(room + "/")]
    return max(inside, key=len, default=None)


def may_include(room, other):
    if room == "test" or room == other:
        return True
    if other in ("test", "examples"):
        return False
    highest = "helper" if room == "examples" else room
    return ROOMS.index(other) <= ROOMS.index(highest)


def included_file(tree, path, name):
    """The file of ours that an #include means, or None; ns3/x.h may be one of ours as well."""
    short = posixpath.basename(name)
    places = [posixpath.join(posixpath.dirname(path), name), name]
    if name.startswith("ns3/"):
        places += ["model/" + short, "helper/" + short]
    places = [posixpath.normpath(place) for place in places]
    return next((p for p in places if p in tree.known), name if room_of(name) else None)


def includes(tree, path):
    """Line, name and whether it stands in angle brackets, for each #include that is code."""
    lines = tree.text(path).split("\n")
    for number, _ in matches(tree.code(path), r"(?m)^[ \t]*#[ \t]*include\b"):
        match = re.search(r'include\s*([<"])([^>"]+)[>"]', lines[number - 1])
        if match:
            yield number, match[2], match[1] == "<"


def check_rooms(tree):
    for path in tree.having(".cc", ".h"):
        room = room_of(path)
        if path.startswith("model/core/") and room not in CORE:
            known = ", ".join(CORE)
            yield Finding(path, 1, f"the core has no such room: move the file to one of {known}")
        for line, name, _ in includes(tree, path) if room else ():
            target = included_file(tree, path, name)
            if target:
                yield from check_order(path, line, room, name, room_of(target))
            elif room in CORE:
                yield from check_foreign(path, line, room, name)
    for path in tree.having(".py"):
        for line, match in matches(tree.text(path), r"(?m)^[ \t]*(?:import|from)\s+(\w+)"):
            other = PYTHON_PACKAGES.get(match[1])
            if other and room_of(path):
                yield from check_order(path, line, room_of(path), match[1], other)


def check_order(path, line, room, name, other):
    if other and not may_include(room, other):
        advice = "move the code down or the caller up"
        yield Finding(path, line, f"{room}/ may not include {name} ({other}/): {advice}")


def check_foreign(path, line, room, name):
    if name in BANNED_HEADERS:
        yield Finding(path, line, f"{room}/ may not include {name}: {BANNED_HEADERS[name]}")
    elif not re.fullmatch(r"[a-z0-9_]+|tsl/.*", name):
        allowed = "the core includes only standard C++, tsl/ and itself"
        yield Finding(path, line, f"{room}/ may not include {name}: {allowed}")


def check_bans(tree):
    for path in tree.having(".cc", ".h"):
        for pattern, what, advice in BANNED_IN_CORE if room_of(path) in CORE else ():
            for line, _ in matches(tree.code(path), pattern):
                yield Finding(path, line, f"the core may not use {what}: {advice}")


# ---- Form ----


def check_sizes(tree):
    for path in tree.having(".cc", ".h", ".py", ".toml", ".sh", ".cmake", "CMakeLists.txt"):
        if is_table(path):
            continue
        lines = tree.text(path).splitlines()
        if len(lines) > LINES_OF_FILE:
            excess = f"the file has {len(lines)} lines, {LINES_OF_FILE} are allowed"
            yield Finding(path, LINES_OF_FILE + 1, f"{excess}: split it by ideas")
        for number, line in enumerate(lines, 1):
            if len(line) > COLUMNS and path.endswith((".cc", ".h", ".py")):
                excess = f"the line has {len(line)} columns, {COLUMNS} are allowed"
                yield Finding(path, number, f"{excess}: break it")


def check_ascii(tree):
    code = (".cc", ".h", ".py", ".toml", ".cmake", "CMakeLists.txt", "Makefile")
    for path in tree.having(*code) + [p for p in tree.paths if is_shell(tree, p)]:
        for line, match in matches(tree.text(path) or "", r"[^\x00-\x7f]"):
            name = f"U+{ord(match[0]):04X}"
            yield Finding(path, line, f"{name} is not ASCII: write it in letters or escape it")


def check_unfinished(tree):
    for path in tree.paths:
        for line, match in matches("" if is_data(path) else tree.text(path) or "", UNFINISHED):
            advice = f"finish it, or name its issue: {match[0]}(#12)"
            yield Finding(path, line, f"{match[0]} without an issue: {advice}")


def check_licenses(tree):
    for path in tree.paths:
        if path.endswith((".cc", ".h")):
            expected = "// " + LICENSE
        elif path.endswith(".py") or is_cmake(path) or is_shell(tree, path):
            expected = "# " + LICENSE
        else:
            continue
        lines = (tree.text(path) or "").splitlines()
        first = 1 if lines and lines[0].startswith("#!") else 0
        if not is_data(path) and lines[first : first + 1] != [expected]:
            yield Finding(path, first + 1, f"the license is missing: begin with `{expected}`")


def check_guards(tree):
    owners = {}
    for path in tree.having(".h"):
        stem = re.sub(r"\W", "_", posixpath.basename(path)).upper()
        guard = "PORTLAB_" + re.sub(r"^PORTLAB_", "", stem)
        if path.startswith("test/") and f"#ifndef PORTLAB_TEST_{stem}\n" in tree.text(path):
            guard = "PORTLAB_TEST_" + stem
        opening = rf"\s*#ifndef {guard}\n#define {guard}\n"
        closing = f"#endif // {guard}\n"
        if not re.match(opening, tree.code(path)) or not tree.text(path).endswith(closing):
            form = f"#ifndef {guard}, #define {guard}, ..., #endif // {guard}"
            yield Finding(path, 1, f"the include guard is not as agreed: write {form}")
        elif owners.setdefault(guard, path) != path:
            yield Finding(path, 1, f"{owners[guard]} has the same guard: rename one of the files")


def check_using(tree):
    for path in tree.having(".h"):
        for line, _ in matches(tree.code(path), r"\busing\s+namespace\b"):
            advice = "name what is used, or move it to a .cc file"
            yield Finding(path, line, f"`using namespace` in a header: {advice}")


# ---- Lists ----


def check_lists(tree):
    """A file that no CMake list names is not compiled, not installed, not run."""
    listed = set()
    for path in filter(is_cmake, tree.paths):
        words = re.sub(r"(?m)#.*$", "", tree.text(path))
        for word in re.findall(r'[^\s()"]+', words):
            word = re.sub(r"^\$\{(CMAKE_CURRENT_\w+|PROJECT_SOURCE)_DIR\}/", "", word)
            listed |= {posixpath.normpath(posixpath.join(posixpath.dirname(path), word)), word}
    sources = tree.having(".cc", ".h")
    sources += [p for p in tree.having("-test.py") if p.startswith("test/")]
    sources += [p for p in tree.having(".toml") if p.startswith("scenarios/")]
    for path in sources:
        if path not in listed:
            advice = f"add it to {nearest_list(tree, path)} or delete it"
            yield Finding(path, 1, f"no CMake list names this file: {advice}")


def nearest_list(tree, path):
    directory = posixpath.dirname(path)
    while directory:
        for name in ("files.cmake", "CMakeLists.txt"):
            if posixpath.join(directory, name) in tree.known:
                return posixpath.join(directory, name)
        directory = posixpath.dirname(directory)
    return "CMakeLists.txt"


def check_private_paths(tree):
    for path in tree.paths:
        for line, match in matches(tree.text(path) or "", PRIVATE_PATH):
            advice = "make it relative to the repository, or an argument"
            yield Finding(path, line, f"{match[0]} exists on one machine only: {advice}")


# ---- Functions ----


NAME_OF_FUNCTION = re.compile(r"(operator\s*[^\w\s]+?|[\w:~]+)(?=\s*\()")


def is_excused(lines, number):
    """Whether the comment right above line `number` says why the function is long."""
    while number > 1 and lines[number - 2].lstrip().startswith("//"):
        number -= 1
        if re.search(r"// house-rules: long because \S", lines[number - 1]):
            return True
    return False


def check_functions(tree):
    for path in tree.having(".cc", ".h"):
        if not path.startswith(("model/", "helper/", "scenarios/")) or is_table(path):
            continue
        code, lines = without_preprocessor(tree.code(path)), tree.text(path).split("\n")
        try:
            for start, opening, closing in functions(code):
                length = code.count("\n", opening, closing) - 1
                line = line_of(code, start)
                if length > LINES_OF_FUNCTION and not is_excused(lines, line):
                    name = NAME_OF_FUNCTION.search(code, start, opening)[0]
                    excess = f"{name}() has {length} lines, {LINES_OF_FUNCTION} are allowed"
                    advice = "split it, or put `// house-rules: long because ...` above it"
                    yield Finding(path, line, f"{excess}: {advice}")
        except ValueError as error:
            advice = "write it so that house-rules.py can follow"
            yield Finding(path, line_of(code, error.args[0]), f"a brace has no partner: {advice}")


CHECKS = (
    check_rooms, check_bans, check_sizes, check_ascii, check_unfinished, check_licenses,
    check_guards, check_using, check_lists, check_private_paths, check_functions,
)  # fmt: skip


def findings(root):
    tree = Tree(root)
    return sorted(finding for check in CHECKS for finding in check(tree)), len(tree.paths)


def main(arguments):
    if len(arguments) > 1 or arguments[:1] in (["-h"], ["--help"]):
        print(__doc__)
        return 2
    root = Path(arguments[0]) if arguments else Path(__file__).resolve().parent.parent
    found, count = findings(root)
    for finding in found:
        print(f"{finding.path}:{finding.line}: {finding.sentence}")
    print(f"house rules: {count} files, {len(found) or 'no'} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
