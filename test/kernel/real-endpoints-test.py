#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""This computer's kernel talks to itself through a NAT of ns-3, in real time.

Two network namespaces, a tap in each, and examples/kernel-tcp-through-nat.cc between them. That the
kernel accepts what comes out is the proof that packets are translated right, down to checksums and
to what ICMP errors quote. Nothing leaves the two namespaces.

PORTLAB names a program beside which the example is. Skipped without it, and without root.
"""

import contextlib
import faulthandler
import hashlib
import os
import pathlib
import random
import socket
import struct
import subprocess
import threading
import time
import unittest

from kernel_network import PATIENCE_S, KernelNetwork, obstacle

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PORTLAB = pathlib.Path(os.environ.get("PORTLAB", ROOT / "build" / "release" / "bin" / "portlab"))
EXAMPLE = PORTLAB.with_name("portlab-kernel-tcp-through-nat")
HOST, OTHER_HOST, ROUTER = "10.1.0.2", "10.1.0.3", "10.1.0.1"
EXTERNAL, SERVER = "203.0.113.1", "203.0.113.2"
AMOUNT = 10_000_000

# linux/tcp.h: timestamps, selective acknowledgements, window scaling, ECN, and ECN was seen.
ALL_OPTIONS = 1 | 2 | 4 | 8 | 16
# linux/in.h, asm-generic/socket.h; Python has no names for them.
IP_RECVERR, IP_RECVTTL, IP_RECVTOS, IP_MTU = 11, 12, 13, 14
SO_NO_CHECK, MSG_ERRQUEUE = 11, 0x2000


def setUpModule():
    faulthandler.dump_traceback_later(60, exit=True)  # Whatever hangs.
    if not EXAMPLE.exists():
        raise unittest.SkipTest(f"no {EXAMPLE}: it is built if ns-3 has the module fd-net-device")
    if reason := obstacle():
        raise unittest.SkipTest(reason)


class Router:
    """The example, which runs as long as this."""

    def __init__(self, inside, outside, *options):
        self._program = subprocess.Popen(
            [EXAMPLE, f"--inside-fd={inside.tap}", f"--outside-fd={outside.tap}", *options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            pass_fds=(inside.tap, outside.tap))
        self.table()  # It works once it answers.

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._program.stdin.close()
        try:
            self._program.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._program.kill()
            self._program.wait()
        self._program.stdout.close()

    def table(self):
        """What the router knows of flows, a line for each."""
        self._program.stdin.write("\n")
        self._program.stdin.flush()
        lines = []
        while (line := self._program.stdout.readline()) != "\n":
            if not line:
                raise AssertionError(f"the router ended: status {self._program.wait(PATIENCE_S)}")
            lines.append(line.rstrip())
        return lines


def checksum(data):
    """RFC 1071, for an even number of bytes."""
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def with_checksum(packet, place, protocol, damage):
    """A packet of TCP or UDP from the host to the server with its checksum, XOR `damage`."""
    ends = socket.inet_aton(HOST) + socket.inet_aton(SERVER)
    right = checksum(ends + struct.pack("!HH", protocol, len(packet)) + packet)
    return packet[:place] + struct.pack("!H", right ^ damage) + packet[place + 2:]


def receive(connection):
    """All until the peer's FIN."""
    return b"".join(iter(lambda: connection.recv(1 << 16), b""))


def in_time(question):
    """The first answer that is not empty, or the last one after some seconds."""
    end = time.monotonic() + PATIENCE_S
    while not (answer := question()) and time.monotonic() < end:
        time.sleep(0.02)
    return answer


class RealEndpoints(unittest.TestCase):
    def setUp(self):
        undo = contextlib.ExitStack()
        self.addCleanup(undo.close)
        self.enter = undo.enter_context
        self.inside = self.enter(KernelNetwork(f"{HOST}/24", f"{OTHER_HOST}/24", gateway=ROUTER))
        self.outside = self.enter(KernelNetwork(f"{SERVER}/24"))

    def start_router(self, *options):
        self.router = self.enter(Router(self.inside, self.outside, *options))

    def socket(self, network, kind, address):
        return self.enter(network.socket(kind, address))

    def send_raw(self, network, protocol, packet, to):
        with network.socket(socket.SOCK_RAW, protocol=protocol) as raw:
            raw.sendto(packet, (to, 0))

    def listen(self, network, address):
        return self.enter(network.listen(address))

    def accept(self, listener):
        connection, peer = listener.accept()
        connection.settimeout(PATIENCE_S)
        return self.enter(connection), peer

    def connect(self, listener, source=(HOST, 0)):
        """A TCP connection from inside, its other end, and who that believes to talk to."""
        client = self.socket(self.inside, socket.SOCK_STREAM, source)
        client.connect(listener.getsockname())
        return client, *self.accept(listener)

    def entries(self, start):
        """What stands behind `start` in the lines of the table that begin with it."""
        lines = in_time(lambda: [x for x in self.router.table() if x.startswith(start)])
        return [line[len(start):].split() for line in lines]

    def external_port(self, flow):
        """The port that the router says it has given a flow, of which there is one line."""
        [[port, *_]] = self.entries(f"{flow} as {EXTERNAL}:")
        return int(port)

    def expect_nothing_damaged(self):
        self.assertEqual(self.inside.damaged(), {})
        self.assertEqual(self.outside.damaged(), {})


class Tcp(RealEndpoints):
    def test_carries_ten_megabytes_both_ways_with_another_address_and_another_port(self):
        """The port that the connection would have kept has been taken by another host's."""
        for network in (self.inside, self.outside):
            network.set("ipv4/tcp_ecn", 1)
        self.start_router()
        there, back = (random.Random(seed).randbytes(AMOUNT) for seed in (1, 2))
        listener = self.listen(self.outside, (SERVER, 80))
        self.connect(listener, (OTHER_HOST, 40000))
        client, server, peer = self.connect(listener, (HOST, 40000))
        flow = f"{HOST}:40000 -> {SERVER}:80"
        port = self.external_port(f"tcp ESTABLISHED {flow}")
        self.assertEqual(peer, (EXTERNAL, port))
        self.assertNotEqual(port, 40000)

        arrived = {}

        def serve():
            arrived["there"] = receive(server)
            server.sendall(back)
            server.shutdown(socket.SHUT_WR)

        serving = threading.Thread(target=serve, daemon=True)
        began = time.monotonic()
        serving.start()
        client.sendall(there)
        client.shutdown(socket.SHUT_WR)
        arrived["back"] = receive(client)
        serving.join(PATIENCE_S)
        took = time.monotonic() - began

        for name, sent in (("there", there), ("back", back)):
            self.assertEqual(hashlib.sha256(arrived[name]).hexdigest(),
                             hashlib.sha256(sent).hexdigest(), name)
        self.assertTrue(self.entries(f"tcp TIME_WAIT {flow} as {EXTERNAL}:{port} "))
        for end in (client, server):
            options = end.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 8)[5]
            self.assertEqual(options, ALL_OPTIONS)
        self.expect_nothing_damaged()
        again = sum(n.counters()["Tcp.RetransSegs"] for n in (self.inside, self.outside))
        print(f"\n{AMOUNT:,} bytes there and back in {took:.1f} s, {again} segments sent again:",
              *self.router.table(), sep="\n")

    def test_reaches_a_forwarded_port(self):
        self.start_router()
        listener = self.listen(self.inside, (HOST, 80))
        client = self.socket(self.outside, socket.SOCK_STREAM, (SERVER, 50000))
        client.connect((EXTERNAL, 8080))
        server, peer = self.accept(listener)
        client.sendall(b"hello")
        self.assertEqual(peer, (SERVER, 50000))
        self.assertEqual(server.recv(100), b"hello")
        self.assertEqual(
            self.external_port(f"tcp ESTABLISHED {HOST}:80 <- {SERVER}:50000"), 8080)
        self.expect_nothing_damaged()

    def test_hears_resets(self):
        self.start_router()
        client = self.socket(self.inside, socket.SOCK_STREAM, (HOST, 40000))
        with self.assertRaises(ConnectionRefusedError):
            client.connect((SERVER, 9))
        self.assertEqual(self.router.table(), [])  # Linux keeps no mapping of such an attempt.
        self.expect_nothing_damaged()


class Udp(RealEndpoints):
    def setUp(self):
        super().setUp()
        self.start_router()
        self.server = self.socket(self.outside, socket.SOCK_DGRAM, (SERVER, 7))
        self.holder = self.socket(self.inside, socket.SOCK_DGRAM, (OTHER_HOST, 5000))
        self.holder.sendto(b"I have port 5000", (SERVER, 7))
        self.server.recv(100)
        self.client = self.socket(self.inside, socket.SOCK_DGRAM, (HOST, 5000))

    def echo(self, data):
        self.client.sendto(data, (SERVER, 7))
        heard, peer = self.server.recvfrom(1 << 16)
        self.assertEqual(heard, data)
        self.server.sendto(heard, peer)
        self.assertEqual(self.client.recvfrom(1 << 16), (data, (SERVER, 7)))
        return peer

    def test_comes_back_be_it_empty_or_in_fragments(self):
        peers = {self.echo(random.Random(size).randbytes(size))
                 for size in (0, 1, 2, 1472, 1473, 4000, 65507)}
        port = self.external_port(f"udp NEW {HOST}:5000 -> {SERVER}:7")
        self.assertEqual(peers, {(EXTERNAL, port)})
        self.assertNotEqual(port, 5000)
        self.expect_nothing_damaged()

    def test_may_have_no_checksum(self):
        for end in (self.client, self.server):
            end.setsockopt(socket.SOL_SOCKET, SO_NO_CHECK, 1)
        self.echo(b"without")
        self.echo(bytes(4000))
        self.expect_nothing_damaged()

    def test_keeps_what_else_is_in_the_header(self):
        for option in (IP_RECVTTL, IP_RECVTOS):
            self.server.setsockopt(socket.IPPROTO_IP, option, 1)
        self.client.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, 0xBA)  # EF, ECT(0).
        self.client.sendto(b"", (SERVER, 7))
        _, told, *_ = self.server.recvmsg(100, 100)
        values = {kind: data[0] for _, kind, data in told}
        self.assertEqual(values, {socket.IP_TTL: 63, socket.IP_TOS: 0xBA})


class Icmp(RealEndpoints):
    def setUp(self):
        super().setUp()
        self.start_router()

    def ask(self, client):
        """Sends a datagram; the error that the socket hears, and who sent it."""
        client.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
        client.connect((SERVER, 9))
        client.send(b"Is anybody there?")
        with self.assertRaises(OSError) as heard:
            client.recv(100)
        _, [(_, _, told)], *_ = client.recvmsg(100, 100, MSG_ERRQUEUE)
        return heard.exception.errno, socket.inet_ntoa(told[20:24])  # Behind sock_extended_err.

    def test_errors_reach_the_socket_that_they_are_about(self):
        """The kernel finds it by the addresses and ports of the quoted packet."""
        holder = self.socket(self.inside, socket.SOCK_DGRAM, (OTHER_HOST, 5000))
        holder.sendto(b"I have port 5000", (SERVER, 9))
        client = self.socket(self.inside, socket.SOCK_DGRAM, (HOST, 5000))
        self.assertEqual(self.ask(client), (111, SERVER))  # ECONNREFUSED
        self.assertNotEqual(self.external_port(f"udp NEW {HOST}:5000 -> {SERVER}:9"), 5000)
        self.expect_nothing_damaged()

    def test_errors_tell_of_narrow_paths(self):
        """As a router behind the NAT would: fragmentation needed, RFC 1191."""
        server = self.socket(self.outside, socket.SOCK_DGRAM, (SERVER, 7))
        client = self.socket(self.inside, socket.SOCK_DGRAM, (HOST, 5000))
        client.connect((SERVER, 7))
        client.send(b"big")
        _, (_, port) = server.recvfrom(100)
        ends = socket.inet_aton(EXTERNAL) + socket.inet_aton(SERVER)
        quoted = struct.pack("!BBHHHBBH", 0x45, 0, 1500, 0, 0x4000, 62, 17, 0) + ends
        quoted += struct.pack("!HHHH", port, 7, 1480, 0)
        error = struct.pack("!BBHHH", 3, 4, 0, 0, 1200) + quoted
        error = error[:2] + struct.pack("!H", checksum(error)) + error[4:]
        self.send_raw(self.outside, socket.IPPROTO_ICMP, error, EXTERNAL)
        self.assertTrue(in_time(lambda: client.getsockopt(socket.IPPROTO_IP, IP_MTU) == 1200))
        self.expect_nothing_damaged()

    def test_says_where_a_packet_died(self):
        client = self.socket(self.inside, socket.SOCK_DGRAM, (HOST, 5000))
        client.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 1)
        self.assertEqual(self.ask(client), (113, ROUTER))  # EHOSTUNREACH
        self.assertEqual(self.router.table(), [])
        self.expect_nothing_damaged()

    def test_echoes_find_back_to_two_hosts_with_one_identifier(self):
        self.inside.set("ipv4/ping_group_range", "0 0")
        for host in (OTHER_HOST, HOST):
            with self.inside.visited():
                client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP)
            self.enter(client).settimeout(PATIENCE_S)
            client.bind((host, 77))
            client.sendto(struct.pack("!BBHHH", 8, 0, 0, 0, 1) + host.encode(), (SERVER, 0))
            self.assertEqual(client.recv(100)[8:], host.encode())
        first = self.external_port(f"icmp ECHO {OTHER_HOST}:77 -> {SERVER}")
        second = self.external_port(f"icmp ECHO {HOST}:77 -> {SERVER}")
        self.assertEqual(first, 77)
        self.assertNotEqual(second, 77)
        self.expect_nothing_damaged()


class ThePowerOfThis(RealEndpoints):
    """That the kernel notices is what makes its silence a proof."""

    def test_damaged_datagrams_stay_damaged_and_are_noticed(self):
        self.start_router()
        server = self.socket(self.outside, socket.SOCK_DGRAM, (SERVER, 7))
        packet = struct.pack("!HHHH", 5000, 7, 8 + 4, 0) + b"text"
        for damage in (1, 0):
            damaged = with_checksum(packet, 6, socket.IPPROTO_UDP, damage)
            self.send_raw(self.inside, socket.IPPROTO_UDP, damaged, SERVER)
            in_time(self.outside.damaged)
        self.assertEqual(server.recvfrom(100), (b"text", (EXTERNAL, 5000)))
        self.assertEqual(self.outside.damaged(), {"Udp.InCsumErrors": 1})

    def test_damaged_segments_stay_damaged_and_are_noticed(self):
        self.start_router()
        self.listen(self.outside, (SERVER, 80))
        syn = struct.pack("!HHIIBBHHH", 40000, 80, 1000, 0, 5 << 4, 2, 1000, 0, 0)
        damaged = with_checksum(syn, 16, socket.IPPROTO_TCP, 1)
        self.send_raw(self.inside, socket.IPPROTO_TCP, damaged, SERVER)
        self.assertEqual(in_time(self.outside.damaged), {"Tcp.InCsumErrors": 1})
        self.assertEqual(self.outside.counters()["Tcp.PassiveOpens"], 0)

    def test_without_checksums_nothing_arrives(self):
        self.start_router("--checksums=false")
        listener = self.listen(self.outside, (SERVER, 80))
        client = self.socket(self.inside, socket.SOCK_STREAM, (HOST, 0))
        client.settimeout(1.5)
        with self.assertRaises(TimeoutError):
            client.connect(listener.getsockname())
        self.assertIn("IpExt.InCsumErrors", self.outside.damaged())


if __name__ == "__main__":
    unittest.main(verbosity=2)
