#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What ns-3's test.py runs of the examples: (name, whether to run it, whether under valgrind)."""

cpp_examples = [
    ("portlab-background-load", "True", "True"),
    ("portlab-clients-behind-nat", "True", "True"),
    ("portlab-exhaust-a-server-farm", "True", "True"),
    ("portlab-linux-and-windows-clients", "True", "True"),
    ("portlab-nat-hole-punching", "True", "True"),
    ("portlab-port-trace-to-csv", "True", "True"),
]

python_examples = []
