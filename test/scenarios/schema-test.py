#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""The schema accepts every scenario that comes with portlab, and rejects bad ones."""

import copy
import json
import tomllib
import unittest
from pathlib import Path

import jsonschema

SCENARIOS = Path(__file__).resolve().parents[2] / "scenarios"
SCHEMA = json.loads((SCENARIOS / "scenario.schema.json").read_text())

GOOD = tomllib.loads(
    """
name = "good"

[hosts.generator]
os = "linux-6.18"
tuned.net.ipv4.tcp_tw_reuse = 1

[services.api]
silent = [["60s", "120s"]]

[nats.egress]
preset = "linux-masquerade"
inside = ["generator"]

[firewalls.acl]
before = ["generator"]
allowed_source_ports = "443,32768-60999"

[traffic.main]
from = "generator"
to = "api"
arrivals = "600/s"
hold = "200ms"
closes = { client = 0.7, server = 0.3 }
on_failure = { retry = "exponential", first = "100ms", attempts = 5 }
"""
)

# A dotted path, and values that the schema accepts or rejects there.
ACCEPTED = {
    "traffic.main.arrivals": (
        "2.5/min",
        {"constant": "1e3/s"},
        {"steps": [["0s", "100/s"], ["60s", "600/s"]]},
        {"users": 200, "think": "1s"},
        {"total": "10000/s"},
        {"trace": "connections.csv.gz"},
    ),
    "traffic.main.hold": (
        "1.5s",
        {"fixed": "0s"},
        {"lognormal": {"median": "80ms", "sigma": 1}},
        {"samples": "holds.csv"},
    ),
    "traffic.main.closes": ("client", "server", "reset", {"reset": 1}),
    "calls": ({"cart": {"at": "api", "to": "api", "hold": "1ms", "count": 3}},),
    "nodes": ({"workers": {"count": 10, "zones": 3}}, {"workers": {}}),
    "nats.egress.per": ("all", "host", "node", "zone"),
    "nats.egress.addresses": (1, 65536),
    "nats.egress.only": (["api"],),
    "nats.egress.tuned": ({"net": {"netfilter": {"nf_conntrack_max": 1000}}},),
    "firewalls.acl.sees": ("inside", "outside"),
    "traffic.main.speaks_every": ("30s",),
}
REJECTED = {
    "name": ("", "a b", "a/b", 3),
    "duration": (300, "300", "5 s", "-5s", "5m"),
    "seed": (-1, 1.5, "1"),
    "fidelity": ("conection",),
    "hosts": ({}, {"a b": {"os": "linux"}}, {"a": {}}, {"a": {"os": "linux", "cuont": 1}}),
    "hosts.generator.count": (0, 1_000_001, "1"),
    "services.api.port": (0, 65536, "443"),
    "services.api.silent": ([["60s"]], [["60s", "61s", "62s"]], ["60s", "61s"]),
    "traffic.main.from": ("a b", None),
    "traffic.main.arrivals": (
        600,
        "600",
        "-1/s",
        {},
        {"users": 200},
        {"think": "1s", "total": "1/s"},
        {"constant": "1/s", "total": "1/s"},
        {"steps": []},
    ),
    "traffic.main.hold": (200, "200", {}, {"fixed": "1s", "samples": "x"}, {"lognormal": {}}),
    "traffic.main.closes": ("clients", {}, {"client": 2}),
    "traffic.main.on_failure": ({}, {"retry": "exponential", "atempts": 3}),
    "nodes": ({"workers": {"count": 0}}, {"a b": {}}),
    "hosts.generator.shares_kernel": (1, "yes"),
    "nats.egress": (
        {"preset": "cilium"},
        {"inside": ["generator"]},
        {"preset": "cilium", "inside": ["generator"], "only": ["api"], "bypass": ["api"]},
    ),
    "nats.egress.inside": ("generator", [], ["generator", "generator"], [1]),
    "nats.egress.addresses": (0, 65537, "1"),
    "nats.egress.per": ("pod",),
    "firewalls.acl": ({"before": ["generator"]}, {"allowed_source_ports": "443"}),
    "firewalls.acl.allowed_source_ports": ("", "443-", 443, "1-2,"),
    "traffic.main.speaks_every": (30, "30"),
    "trafic": ({},),
}


def with_value(path, value):
    """GOOD with the value at the path replaced."""
    scenario = copy.deepcopy(GOOD)
    *tables, key = path.split(".")
    table = scenario
    for name in tables:
        table = table[name]
    table[key] = value
    return scenario


class SchemaTest(unittest.TestCase):
    def setUp(self):
        self.validator = jsonschema.Draft7Validator(SCHEMA)

    def test_is_a_schema(self):
        jsonschema.Draft7Validator.check_schema(SCHEMA)

    def test_accepts_every_scenario_that_comes_with_portlab(self):
        paths = sorted(SCENARIOS.glob("*.toml"))
        self.assertGreaterEqual(len(paths), 7)
        for path in paths:
            with self.subTest(path.name):
                self.validator.validate(tomllib.loads(path.read_text()))

    def test_accepts_every_form_of_a_value(self):
        self.validator.validate(GOOD)
        for path, values in ACCEPTED.items():
            for value in values:
                with self.subTest(path, value=value):
                    self.validator.validate(with_value(path, value))

    def test_rejects_values_that_are_wrong(self):
        for path, values in REJECTED.items():
            for value in values:
                with self.subTest(path, value=value):
                    self.assertFalse(self.validator.is_valid(with_value(path, value)))

    def test_rejects_scenarios_that_lack_a_key(self):
        for key in ("name", "hosts", "services", "traffic"):
            with self.subTest(key):
                scenario = copy.deepcopy(GOOD)
                del scenario[key]
                self.assertFalse(self.validator.is_valid(scenario))


if __name__ == "__main__":
    unittest.main()
