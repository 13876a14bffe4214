"""Bidders at a cluster, who do not give up: each bid is sent again, under its key, until it is
answered, at whichever node."""

from __future__ import annotations

import itertools
import random
import threading
import time
from typing import Collection

from .http_client import Client
from .ledger import Ledger
from .raft_cluster import NO_ANSWER, RaftCluster, RaftNode
from .waiting import limit_s, wait_for

LEAN = {"Prefer": "return=minimal"}
# Shorter than a node's own patience: a node that was stopped answers nothing at all.
ATTEMPT_TIMEOUT_S = 1.5
PAUSE_S = 0.004
AVOIDED_S = 3.0  # a node that did not answer is left alone for a while, as any good client does
ANSWERED_WITHIN_S = 60


def create_auction(node: RaftNode, name: str) -> str:
    """The id of a new auction; asked for, under one key, until it is there."""
    def created() -> str | None:
        try:
            answer = node.call("POST", "/auctions", {"name": name, "starting_bid": 1},
                               {"Idempotency-Key": name}, timeout_s=ATTEMPT_TIMEOUT_S)
        except NO_ANSWER:
            return None
        if answer.status in (503, 504):
            return None
        assert answer.status == 201, str(answer)
        return answer.json["auction"]["id"]

    return wait_for(created, 20, f"auction {name} is created")


class RaftLoad:
    """Threads that bid on some auctions until end(). `ledger` has every answer, `indexes` the
    place in the log of every bid that was taken."""

    def __init__(self, cluster: RaftCluster, ledger: Ledger, rng: random.Random, name: str = "load",
                 threads: int = 4, auctions: int = 3, nodes: Collection[RaftNode] | None = None):
        self._nodes = list(nodes or cluster.nodes.values())
        self._ledger = ledger
        self._name = name
        self._auctions = []
        for number in range(auctions):
            title = f"{name}.{number}"
            auction = create_auction(rng.choice([node for node in self._nodes if node.alive]),
                                     title)
            ledger.note_created(auction, title)
            self._auctions.append(auction)
        self._amounts = itertools.count(10)
        self._stop = threading.Event()
        self._mutex = threading.Lock()
        self.indexes: dict[str, int] = {}
        self.unexpected: list[str] = []
        self.retries = 0
        self._threads = [threading.Thread(target=self._run, daemon=True,
                                          args=(number, random.Random(rng.randrange(1 << 32))))
                         for number in range(threads)]
        for thread in self._threads:
            thread.start()

    @property
    def taken(self) -> int:
        return len(self.indexes)

    def add_node(self, node: RaftNode) -> None:
        """One that has joined is bid at from now on."""
        self._nodes = [*self._nodes, node]

    def remove_node(self, node: RaftNode) -> None:
        """One that leaves is not bid at any more; what it was asked may still be on its way."""
        self._nodes = [other for other in self._nodes if other is not node]

    def wait_progress(self, bids: int = 30, seconds: float = 30) -> None:
        """So many further bids are taken."""
        goal = self.taken + bids
        wait_for(lambda: self.taken >= goal, seconds, f"{bids} further bids are taken")

    def end(self) -> None:
        """No new bids; returns when every one that was begun is answered."""
        self._stop.set()
        deadline = time.monotonic() + limit_s(ANSWERED_WITHIN_S) + 5
        for thread in self._threads:
            thread.join(max(0.1, deadline - time.monotonic()))
            assert not thread.is_alive(), "a bidder hangs"

    def _run(self, number: int, rng: random.Random) -> None:
        clients: dict[RaftNode, Client] = {}
        avoided: dict[RaftNode, float] = {}  # until when
        for serial in itertools.count():
            if self._stop.wait(PAUSE_S):
                break
            bidder = f"{self._name}.{number}.{serial}"
            auction, amount = rng.choice(self._auctions), next(self._amounts)
            answer = self._until_answered(clients, avoided, rng, bidder, auction, amount)
            if answer is None:
                self.unexpected.append(f"{bidder} was never answered")
                break
            with self._mutex:
                if answer.status == 200:
                    self._ledger.note_accepted(auction, bidder, amount)
                    self.indexes[bidder] = int(answer.headers["gavel-index"])
                elif answer.status == 409:
                    self._ledger.note_refused(bidder)
                else:
                    self.unexpected.append(f"{bidder}: {answer}")
        for client in clients.values():
            client.close()

    def _until_answered(self, clients, avoided, rng, bidder, auction, amount):
        deadline = time.monotonic() + limit_s(ANSWERED_WITHIN_S)
        while time.monotonic() < deadline:
            now = time.monotonic()
            inviting = [node for node in self._nodes
                        if node.process.running and avoided.get(node, 0) < now]
            if inviting:
                node = rng.choice(inviting)
                client = clients.setdefault(node, node.client(ATTEMPT_TIMEOUT_S))
                try:
                    answer = client.post(f"/auctions/{auction}/bid",
                                         {"bidder": bidder, "amount": amount},
                                         {"Idempotency-Key": bidder, **LEAN})
                    if answer.status not in (503, 504):
                        return answer
                except TimeoutError:
                    avoided[node] = time.monotonic() + AVOIDED_S
                except NO_ANSWER:
                    pass
            self.retries += 1
            time.sleep(0.01)
        return None
