"""Raft nodes as real processes, each with a data folder, and what a test does to them."""

from __future__ import annotations

import http.client
import shutil
import signal
import tempfile
from pathlib import Path
from typing import Any, Collection, Mapping

from .gavel_process import LOG_LINES_SHOWN, GavelProcess
from .http_client import Answer, Client, call
from .network import LoopbackNetwork, NamespaceNetwork
from .waiting import SLOW, wait_for

NO_ANSWER = (OSError, http.client.HTTPException)
ASK_TIMEOUT_S = 1.0
# Fast, so that tests are; with sanitizers a node may need longer for a heartbeat.
HEARTBEAT_MS = round(50 * SLOW)
ELECTION_MS = (round(150 * SLOW), round(300 * SLOW))
DEFAULTS: Mapping[str, str] = {"RAFT_HEARTBEAT_MS": str(HEARTBEAT_MS),
                               "RAFT_ELECTION_TIMEOUT_MS": f"{ELECTION_MS[0]}-{ELECTION_MS[1]}"}


class RaftNode:
    """One node. Its address and folder stay the same through kill() and start()."""

    def __init__(self, node_id: int, host: str, port: int, process: GavelProcess, data_dir: Path):
        self.id = node_id
        self.host = host
        self.port = port
        self.process = process
        self.data_dir = data_dir
        self.paused = False

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def alive(self) -> bool:
        return self.process.running and not self.paused

    def start(self) -> None:
        self.process.start()

    def kill(self) -> None:
        """As a power cut of the process: SIGKILL."""
        self.process.kill()
        self.paused = False

    def stop(self) -> int:
        self.resume()
        return self.process.stop()

    def pause(self) -> None:
        self.process.signal(signal.SIGSTOP)
        self.paused = True

    def resume(self) -> None:
        if self.paused:
            self.paused = False
            self.process.signal(signal.SIGCONT)

    def restart(self) -> None:
        self.stop()
        self.start()

    def client(self, timeout_s: float = 10) -> Client:
        return Client(self.port, timeout_s, self.host)

    def call(self, method: str, path: str, body: Any = None,
             headers: Mapping[str, str] | None = None, timeout_s: float = 10) -> Answer:
        return call(self.port, method, path, body, headers, timeout_s, self.host)

    def ask(self, path: str) -> dict | None:
        """The JSON of a GET; None while there is no such answer."""
        if not self.alive:
            return None
        try:
            answer = self.call("GET", path, timeout_s=ASK_TIMEOUT_S)
        except NO_ANSWER:
            return None
        return answer.json if answer.status == 200 else None

    def status(self) -> dict:
        return self.ask("/raft/status") or {}

    def log(self) -> str:
        return self.process.log()

    def wait_refused(self, seconds: float = 10) -> str:
        """Waits for the node's end and gives the log of a node that must not serve."""
        status = self.process.wait(seconds)
        if status == 0:
            raise AssertionError(f"node {self.id} ended with 0:\n{self.process.last_log_lines()}")
        return self.log()


class RaftCluster:
    """Owns the nodes it makes. All share one list of peers, which names the first `size`."""

    def __init__(self, size: int, network: LoopbackNetwork | NamespaceNetwork | None = None,
                 environment: Mapping[str, str] | None = None,
                 data_dirs: Mapping[int, Path] | None = None):
        self.folder = Path(tempfile.mkdtemp(prefix="gavel-test-"))
        self.size = size
        self.network = network or LoopbackNetwork()
        self.environment = {**DEFAULTS, **(environment or {})}
        self._data_dirs = data_dirs or {}
        self.places = {number: self.network.place(number) for number in range(1, size + 1)}
        self.peers = self._list_of(self.places)
        self.nodes: dict[int, RaftNode] = {}
        for number in self.places:
            self._add(number, {"RAFT_PEERS": self.peers})

    @staticmethod
    def _list_of(places: Mapping[int, tuple[str, int]]) -> str:
        return ",".join(f"{number}=http://{host}:{port}"
                        for number, (host, port) in sorted(places.items()))

    def _add(self, number: int, environment: Mapping[str, str], name: str = "") -> RaftNode:
        host, port = self.places[number]
        node = self.unlisted_node(number, host, port, environment, name or f"node{number}")
        self.nodes[number] = node
        return node

    def unlisted_node(self, number: int, host: str, port: int, environment: Mapping[str, str],
                      name: str) -> RaftNode:
        """A node that the cluster does not count: an intruder, say. Not started."""
        data_dir = self._data_dirs.get(number, self.folder / f"{name}.data")
        settings = {"SERVICE": "raft_node", "RAFT_NODE_ID": str(number),
                    "RAFT_NODE_PORT": str(port), "BIND_ADDRESS": host,
                    "DATA_DIR": str(data_dir), **self.environment, **environment}
        process = GavelProcess(settings, self.folder / f"{name}.log", name,
                               self.network.enter(number))
        return RaftNode(number, host, port, process, data_dir)

    def new_node(self, number: int) -> RaftNode:
        """One that joins later: it knows the first members and itself. Not started."""
        self.places[number] = self.network.place(number)
        known = {other: self.places[other] for other in {*range(1, self.size + 1), number}}
        return self._add(number, {"RAFT_PEERS": self._list_of(known), "RAFT_JOIN": "1"})

    # ---- all of them ---------------------------------------------------------------------------

    def start(self) -> RaftCluster:
        for node in self.nodes.values():
            if not node.process.running:
                node.start()
        self.wait_leader()
        return self

    def kill(self) -> None:
        for node in self.nodes.values():
            node.kill()

    def stop(self) -> None:
        for node in self.nodes.values():
            if node.process.running:
                status = node.stop()
                if status != 0:
                    raise AssertionError(f"node {node.id} ended with {status}")

    def alive(self) -> list[RaftNode]:
        return [node for node in self.nodes.values() if node.alive]

    def others(self, *but: RaftNode) -> list[RaftNode]:
        return [node for node in self.nodes.values() if node not in but]

    # ---- what they agree on --------------------------------------------------------------------

    def leader_now(self, among: Collection[RaftNode] | None = None) -> RaftNode | None:
        """The one that leads and whom a majority of the cluster follows; None while there is none
        or more than one says so."""
        statuses = {node: node.status() for node in (among or self.alive())}
        leaders = [node for node, status in statuses.items() if status.get("role") == "leader"]
        if len(leaders) != 1:
            return None
        told = [status for status in statuses.values()
                if status.get("leader_id") == leaders[0].id and
                status.get("term") == statuses[leaders[0]]["term"]]
        return leaders[0] if 2 * len(told) > len(self.nodes) else None

    def wait_leader(self, among: Collection[RaftNode] | None = None,
                    seconds: float = 20) -> RaftNode:
        def found() -> RaftNode | None:
            for node in self.alive() if among is None else ():
                if not node.process.running:
                    raise AssertionError(f"node {node.id} ended:\n{node.process.last_log_lines()}")
            return self.leader_now(among)

        try:
            return wait_for(found, seconds, "exactly one node leads, and a majority follows it")
        except AssertionError as error:
            statuses = {node.id: node.status() for node in self.nodes.values()}
            raise AssertionError(f"{error}; {statuses}") from error

    def wait_equal_books(self, nodes: Collection[RaftNode] | None = None,
                         seconds: float = 30) -> dict:
        """All show one index and one hash, and everything that they acknowledged is in it."""
        shown: dict[int, dict | None] = {}

        def equal() -> dict | None:
            chosen = list(nodes or self.alive())
            shown.clear()
            shown.update({node.id: node.ask("/book") for node in chosen})
            books = list(shown.values())
            if books[0] is None or any(book != books[0] for book in books):
                return None
            # Nothing is under way: right after a restart equal books may all be old.
            settled = all(node.status().get(name) == books[0]["index"] for node in chosen
                          for name in ("applied_index", "commit_index", "last_index"))
            return books[0] if settled and all(node.ask("/readyz") for node in chosen) else None

        try:
            return wait_for(equal, seconds, "all nodes show one book")
        except AssertionError as error:
            raise AssertionError(f"{error}; {shown}") from error

    # ---- for whoever reads a failure -----------------------------------------------------------

    def explain(self) -> str:
        lines = []
        for node in self.nodes.values():
            told = [line for line in node.log().splitlines() if "RPC AppendEntries" not in line]
            lines += [f"  node {node.id}| {line}" for line in told[-LOG_LINES_SHOWN:]]
        return "\n".join(lines) + f"\n  data and logs kept in {self.folder}"

    def remove_files(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
