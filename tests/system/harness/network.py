"""Where the nodes of a cluster live: on loopback ports, or each in a network namespace of its own,
whose messages can be lost in one direction or both.

The namespaces hang on a bridge in a network namespace of this process alone, so nothing outside
sees them, several tests run side by side, and the kernel removes everything with the process.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
from pathlib import Path
from typing import Callable

from .gavel_process import free_port
from .http_client import HOST

CLONE_NEWNS = 0x00020000
CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
NODE_PORT = 9001
SUBNET = "10.77.0"
HUB = "hub0"
NAMED_NAMESPACES = Path("/run/netns")
DROP_PRIORITY = "5"

_libc = ctypes.CDLL(None, use_errno=True)


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise OSError(f"{' '.join(command)}: {done.stderr.strip() or done.stdout.strip()}")


def _unshare(flags: int) -> None:
    if _libc.unshare(flags) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _become_root_of_a_user_namespace() -> None:
    user, group = os.geteuid(), os.getegid()
    _unshare(CLONE_NEWUSER)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"0 {user} 1")
    Path("/proc/self/gid_map").write_text(f"0 {group} 1")


def _enter(namespace: Path) -> None:
    with open(namespace) as file:
        if _libc.setns(file.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")


class LoopbackNetwork:
    """Every node on a port of its own. Nothing can be cut off."""

    def place(self, _node: int) -> tuple[str, int]:
        return HOST, free_port()

    def enter(self, _node: int) -> Callable[[], None] | None:
        return None


class NamespaceNetwork:
    """Every node at an address of its own. A direction is cut where it arrives: the receiver's
    routing drops what comes from the sender, silently, as a broken switch would."""

    _why_not: str | None = None

    def __init__(self) -> None:
        self._nodes: set[int] = set()
        self._cut: set[tuple[int, int]] = set()

    @classmethod
    def why_not(cls) -> str:
        """"" once this process has namespaces, else what is in the way. Call it in the main thread
        before there are others: it moves this thread into the new namespaces."""
        if cls._why_not is None:
            try:
                cls._prepare()
                cls._why_not = ""
            except OSError as error:
                cls._why_not = f"this machine allows no network namespaces: {error}"
        return cls._why_not

    @classmethod
    def _prepare(cls) -> None:
        if os.geteuid() != 0:
            _become_root_of_a_user_namespace()
        _unshare(CLONE_NEWNS | CLONE_NEWNET)
        _run("mount", "--make-rprivate", "/")
        NAMED_NAMESPACES.mkdir(exist_ok=True)
        _run("mount", "-t", "tmpfs", "tmpfs", str(NAMED_NAMESPACES))
        _run("ip", "link", "set", "lo", "up")
        _run("ip", "link", "add", HUB, "type", "bridge")
        _run("ip", "address", "add", f"{SUBNET}.254/24", "dev", HUB)
        _run("ip", "link", "set", HUB, "up")

    def place(self, node: int) -> tuple[str, int]:
        name = self._name(node)
        if not (NAMED_NAMESPACES / name).exists():
            _run("ip", "netns", "add", name)
            _run("ip", "link", "add", f"veth{node}", "type", "veth", "peer", "name", "eth0",
                 "netns", name)
            _run("ip", "link", "set", f"veth{node}", "master", HUB, "up")
            self._ip(node, "address", "add", f"{self._address(node)}/24", "dev", "eth0")
            self._ip(node, "link", "set", "lo", "up")
            self._ip(node, "link", "set", "eth0", "up")
            # What is for this host comes after what is dropped.
            self._ip(node, "rule", "add", "pref", "10", "lookup", "local")
            self._ip(node, "rule", "del", "pref", "0")
        self._nodes.add(node)
        return self._address(node), NODE_PORT

    def enter(self, node: int) -> Callable[[], None]:
        return lambda: _enter(NAMED_NAMESPACES / self._name(node))

    def cut(self, sender: int, receiver: int) -> None:
        """What `sender` sends to `receiver` is lost from now on."""
        if (sender, receiver) not in self._cut:
            self._drop("add", sender, receiver)
            self._cut.add((sender, receiver))

    def partition(self, *sides: set[int]) -> None:
        """Between these groups everything is lost; within one nothing is."""
        for side in sides:
            for other in sides:
                for sender in side if side is not other else ():
                    for receiver in other:
                        self.cut(sender, receiver)

    def heal(self) -> None:
        for sender, receiver in sorted(self._cut):
            self._drop("del", sender, receiver)
        self._cut.clear()

    def _drop(self, verb: str, sender: int, receiver: int) -> None:
        self._ip(receiver, "rule", verb, "pref", DROP_PRIORITY, "from", self._address(sender),
                 "blackhole")

    @staticmethod
    def _name(node: int) -> str:
        return f"node{node}"

    @staticmethod
    def _address(node: int) -> str:
        return f"{SUBNET}.{node}"

    def _ip(self, node: int, *arguments: str) -> None:
        _run("ip", "-n", self._name(node), *arguments)
