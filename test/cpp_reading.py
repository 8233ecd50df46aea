# SPDX-License-Identifier: GPL-2.0-only
"""Reads C++ as far as house-rules.py needs: comments, directives, and where functions are.

Not a parser. It relies on the format that .clang-format gives the code.
"""

import re


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


TOKEN = re.compile(
    r"""(?P<number>(?<!\w)\d(?:'?[\w.])*)       # may contain apostrophes
      | //(?:[^\n\\]|\\.)* | /\*.*?\*/
      | R"(?P<tag>[^()\\\s]{0,16})\(.*?\)(?P=tag)"
      | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*'
    """,
    re.DOTALL | re.VERBOSE,
)


def without_comments(text):
    """C++ with comments and literals blanked out; every line and column stays where it was."""
    return TOKEN.sub(lambda m: m[0] if m["number"] else re.sub(r"[^\n]", " ", m[0]), text)


def without_preprocessor(code):
    """Blanks out directives and, so that braces balance, all branches of an #if but the first."""
    lines, in_later_branch, continued = [], [], False
    for line in code.split("\n"):
        directive = None if continued else re.match(r"\s*#\s*(\w+)", line)
        if directive and directive[1].startswith("if"):
            in_later_branch.append(False)
        elif directive and directive[1] in ("elif", "else") and in_later_branch:
            in_later_branch[-1] = True
        elif directive and directive[1] == "endif" and in_later_branch:
            in_later_branch.pop()
        blank = directive or continued or any(in_later_branch)
        continued = bool(directive or continued) and line.rstrip().endswith("\\")
        lines.append("" if blank else line)
    return "\n".join(lines)


def signature_start(code, head):
    """Where a declaration begins, after blanks and access specifiers."""
    skipped = re.compile(r"(?:\s|\b(?:public|private|protected)\s*:)*")
    return skipped.match(code, head).end()


def kind_of_brace(code, start, brace):
    """What the brace after this declaration opens: a scope, a function, or an initializer."""
    head = re.sub(r"\[\[.*?\]\]", " ", code[start:brace], flags=re.DOTALL).strip()
    while re.match(r"template\s*<", head):
        inside = re.sub(r"->|>=|<=", "  ", head)
        depth, end = 1, inside.index("<") + 1
        while depth and end < len(inside):
            depth += {"<": 1, ">": -1}.get(inside[end], 0)
            end += 1
        head = head[end:].strip()
    if re.match(r"(inline\s+)?(namespace|class|struct|union|enum)\b|extern$", head):
        return "scope"
    own_line = not code[code.rfind("\n", 0, brace) + 1 : brace].strip()
    allman = own_line or re.search(r"(\)|\bconst|\bnoexcept|\boverride|\bfinal)$", head)
    return "function" if allman and ")" in head and not head.endswith("=") else "initializer"


def functions(code):
    """Start and opening and closing brace of each function outside of functions."""
    stack, head, parentheses = [], 0, 0
    for match in re.finditer(r"[{}();]", code):
        char, at = match[0], match.start()
        outside = all(kind == "scope" for kind, _, _ in stack)
        parentheses += {"(": 1, ")": -1}.get(char, 0)
        if char == "{":
            start = signature_start(code, head)
            plain = outside and parentheses == 0
            stack.append((kind_of_brace(code, start, at) if plain else "inner", start, at))
            head = at + 1 if stack[-1][0] == "scope" else head
        elif char == "}":
            if not stack:
                raise ValueError(at)
            kind, start, opening = stack.pop()
            if kind == "function":
                yield start, opening, at
            # After an initializer, `, { ;` continue the declaration: Foo() : m_a{1}, m_b{2} {
            ends = not re.compile(r"\s*[,{;)=.]").match(code, at + 1)
            if kind in ("scope", "function") or (kind == "initializer" and ends):
                head = at + 1
        elif char == ";" and outside and parentheses == 0:
            head = at + 1
    if stack:
        raise ValueError(stack[-1][2])
