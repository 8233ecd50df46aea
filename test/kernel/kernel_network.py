# SPDX-License-Identifier: GPL-2.0-only
"""Networks of this computer's kernel that are connected to nothing but one tap.

A network namespace here has no name: it and its tap are gone when their descriptors are closed,
however this process ends. Needs root and /dev/net/tun.
"""

import contextlib
import ctypes
import fcntl
import os
import shutil
import socket
import struct
import subprocess

CLONE_NEWNET = 0x40000000  # linux/sched.h
TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 0x0002, 0x1000  # linux/if_tun.h
OWN_NETWORK = "/proc/thread-self/ns/net"
PATIENCE_S = 10

_libc = ctypes.CDLL(None, use_errno=True)


def _call(function, *arguments):
    if function(*arguments) != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{function.__name__}: {os.strerror(error)}")


def obstacle():
    """Why there can be no such networks here; None if there can."""
    if os.geteuid() != 0:
        return "needs root, for network namespaces"
    if shutil.which("ip") is None:
        return "needs the command ip (Debian: iproute2)"
    try:
        with KernelNetwork("192.0.2.1/24"):
            return None
    except (OSError, subprocess.CalledProcessError) as error:
        return f"no namespaces with taps here: {error}"


class KernelNetwork:
    """A network namespace, with the given addresses on its tap. It has no way to anywhere else.

    `tap` is the other end: what is read there, the kernel has sent. Checksums are computed and
    looked at, for a tap offloads nothing that its other end has not asked for.
    """

    def __init__(self, *addresses, gateway=None):
        with contextlib.ExitStack() as undo:
            home = os.open(OWN_NETWORK, os.O_RDONLY)
            undo.callback(os.close, home)
            _call(_libc.unshare, CLONE_NEWNET)
            undo.callback(_call, _libc.setns, home, CLONE_NEWNET)
            self._handle = os.open(OWN_NETWORK, os.O_RDONLY)
        with self.visited():
            self.tap = os.open("/dev/net/tun", os.O_RDWR)
            fcntl.ioctl(self.tap, TUNSETIFF, struct.pack("16sH22x", b"tap", IFF_TAP | IFF_NO_PI))
        for address in addresses:
            self._ip("address", "add", address, "dev", "tap")
        self._ip("link", "set", "tap", "up")
        if gateway:
            self._ip("route", "add", "default", "via", gateway)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.tap)
        os.close(self._handle)

    @contextlib.contextmanager
    def visited(self):
        """Within, this thread is in the network: sockets belong to where they were made."""
        home = os.open(OWN_NETWORK, os.O_RDONLY)
        try:
            _call(_libc.setns, self._handle, CLONE_NEWNET)
            try:
                yield
            finally:
                _call(_libc.setns, home, CLONE_NEWNET)
        finally:
            os.close(home)

    def _ip(self, *words):
        with self.visited():
            subprocess.run(["ip", *words], check=True, timeout=PATIENCE_S)

    def set(self, name, value):
        """Sets one of /proc/sys/net."""
        with self.visited(), open(f"/proc/sys/net/{name}", "w", encoding="ascii") as file:
            file.write(str(value))

    def socket(self, kind, address=None, protocol=0):
        with self.visited():
            made = socket.socket(socket.AF_INET, kind, protocol)
        made.settimeout(PATIENCE_S)
        if address:
            made.bind(address)
        return made

    def listen(self, address):
        listener = self.socket(socket.SOCK_STREAM, address)
        listener.listen()
        return listener

    def counters(self):
        """The kernel's counters of this network, as {"Tcp.InCsumErrors": 0, ...}."""
        counters = {}
        for name in ("snmp", "netstat"):
            with self.visited(), open(f"/proc/thread-self/net/{name}", encoding="ascii") as file:
                lines = file.read().splitlines()
            for names, values in zip(lines[::2], lines[1::2]):
                group, *names = names.split()
                counters |= zip([group.replace(":", ".") + n for n in names],
                                map(int, values.split()[1:]))
        return counters

    def damaged(self):
        """How many packets the kernel refused because a checksum was wrong, by its counters."""
        names = ("Ip.InHdrErrors", "IpExt.InCsumErrors", "Tcp.InCsumErrors", "Udp.InCsumErrors",
                 "Icmp.InCsumErrors")
        counters = self.counters()
        return {name: counters[name] for name in names if counters[name] != 0}
