"""Clusters of three nodes on this machine, started and ended by whoever measures them.

Each is a context manager that owns its processes and keeps its data in a folder that it is given.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

HOST = "127.0.0.1"
NODES = 3
# Below those that the system gives to connections itself.
FIRST_PORT, LAST_PORT = 20_000, 32_000
START_LIMIT_S = 60.0
END_LIMIT_S = 15.0
ANSWER_LIMIT_S = 10.0


class ClusterError(Exception):
    """A cluster cannot be used. One line that says what to do."""


def free_ports(count: int) -> list[int]:
    """Ports that nobody uses now."""
    with contextlib.ExitStack() as stack:
        ports: list[int] = []
        for _ in range(1_000):
            if len(ports) == count:
                return ports
            port = random.randint(FIRST_PORT, LAST_PORT)
            one = stack.enter_context(socket.socket())
            with contextlib.suppress(OSError):
                one.bind((HOST, port))
                ports.append(port)
    raise ClusterError(f"there are no {count} free ports from {FIRST_PORT} to {LAST_PORT}")


def exchange(method: str, url: str, value: dict | None = None) -> dict:
    """One request with JSON and its answer. OSError when there is none or it is no success."""
    body = None if value is None else json.dumps(value).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"},
                                     method=method)
    with urllib.request.urlopen(request, timeout=ANSWER_LIMIT_S) as answer:
        return json.load(answer)


class Cluster:
    """What the two clusters have in common."""

    name = ""

    def __init__(self, executable: str, folder: Path):
        self._executable = executable
        self._folder = folder
        self._processes: list[subprocess.Popen] = []
        self.urls: list[str] = []  # of the nodes, for clients

    def __enter__(self) -> Cluster:
        try:
            self._start()
            self.leader()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            try:
                process.wait(END_LIMIT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _start(self) -> None:
        raise NotImplementedError

    def _leads(self, url: str) -> bool:
        """Whether the node there says that it leads. May raise OSError."""
        raise NotImplementedError

    def _run(self, number: int, command: list[str], environment: dict[str, str]) -> None:
        """Starts a node; what it says goes to a file beside its data."""
        with open(self._folder / f"{self.name}-{number}.log", "wb") as log:
            self._processes.append(subprocess.Popen(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log))

    def leader(self) -> str:
        """The URL of the node that leads, once there is one."""
        deadline = time.monotonic() + START_LIMIT_S
        while time.monotonic() < deadline:
            for number, process in enumerate(self._processes, 1):
                if process.poll() is not None:
                    raise ClusterError(f"node {number} of {self.name} ended with status "
                                       f"{process.returncode}:\n{self._last_words(number)}")
            for url in self.urls:
                with contextlib.suppress(OSError, ValueError):
                    if self._leads(url):
                        return url
            time.sleep(0.05)
        raise ClusterError(f"{self.name} elected no leader within {START_LIMIT_S:g} s")

    def _last_words(self, number: int) -> str:
        text = (self._folder / f"{self.name}-{number}.log").read_text(errors="replace")
        return "\n".join(text.splitlines()[-5:])


class GavelCluster(Cluster):
    """Raft nodes of Gavel, each of which waits for its disk before it answers."""

    name = "gavel"

    def _start(self) -> None:
        ports = free_ports(NODES)
        self.urls = [f"http://{HOST}:{port}" for port in ports]
        peers = ",".join(f"{number}={url}" for number, url in enumerate(self.urls, 1))
        inherited = {name: value for name, value in os.environ.items()
                     if not name.startswith("RAFT_")}
        for number, port in enumerate(ports, 1):
            self._run(number, [self._executable], {
                **inherited, "SERVICE": "raft_node", "RAFT_NODE_ID": str(number),
                "RAFT_NODE_PORT": str(port), "RAFT_PEERS": peers, "BIND_ADDRESS": HOST,
                "DATA_DIR": str(self._folder / f"gavel-{number}"), "LOG_LEVEL": "warning"})

    def _leads(self, url: str) -> bool:
        return exchange("GET", url + "/raft/status").get("role") == "leader"

    def create_auctions(self, count: int) -> list[str]:
        """Ids of that many new auctions without an end."""
        url = self.leader() + "/auctions"
        return [str(exchange("POST", url, {"name": f"Lot {number}", "starting_bid": 1})
                    ["auction"]["id"]) for number in range(count)]


class EtcdCluster(Cluster):
    """etcd as it comes, its HTTP gateway included, which is on by default."""

    name = "etcd"

    def _start(self) -> None:
        ports = free_ports(2 * NODES)
        self.urls = [f"http://{HOST}:{port}" for port in ports[:NODES]]
        peers = [f"http://{HOST}:{port}" for port in ports[NODES:]]
        everyone = ",".join(f"node{number}={url}" for number, url in enumerate(peers, 1))
        inherited = {name: value for name, value in os.environ.items()
                     if not name.startswith("ETCD_")}
        for number, (url, peer) in enumerate(zip(self.urls, peers), 1):
            self._run(number, [
                self._executable, f"--name=node{number}",
                f"--data-dir={self._folder / f'etcd-{number}'}",
                f"--listen-client-urls={url}", f"--advertise-client-urls={url}",
                f"--listen-peer-urls={peer}", f"--initial-advertise-peer-urls={peer}",
                f"--initial-cluster={everyone}", "--initial-cluster-state=new",
                "--logger=zap", "--log-level=error"], inherited)

    def _leads(self, url: str) -> bool:
        status = exchange("POST", url + "/v3/maintenance/status", {})
        return status.get("leader", "0") == status["header"]["member_id"]
