"""The base of the tests of Raft nodes, and what must hold after every scenario."""

from __future__ import annotations

import json
from typing import Collection

from .ledger import Ledger
from .raft_cluster import RaftCluster, RaftNode
from .raft_load import RaftLoad
from .system_test import SystemTest

PAGE_EVENTS = 1_000


def whole_feed(node: RaftNode) -> list[dict]:
    """Every event from the first on, in pages."""
    events: list[dict] = []
    after, head = 0, 1
    while after < head:
        answer = node.call("GET", f"/feed?after={after}&limit={PAGE_EVENTS}")
        assert answer.status == 200, str(answer)
        page = answer.json
        assert page["index"] > after or page["index"] == page["head"], page["index"]
        events += page["events"]
        after, head = page["index"], page["head"]
    return events


class RaftTest(SystemTest):
    """Clusters made through cluster() end with the test. Nodes that the test killed stay so."""

    def cluster(self, size: int, **options) -> RaftCluster:
        return self.unstarted_cluster(size, **options).start()

    def unstarted_cluster(self, size: int, **options) -> RaftCluster:
        cluster = RaftCluster(size, **options)
        self._platforms.append(cluster)
        self.addCleanup(cluster.kill)
        return cluster

    def load(self, cluster: RaftCluster, ledger: Ledger, **options) -> RaftLoad:
        load = RaftLoad(cluster, ledger, self.seeded(), **options)
        self.addCleanup(load.end)
        return load

    def check_cluster(self, cluster: RaftCluster, ledger: Ledger, *loads: RaftLoad,
                      uncertain: Collection[str] = ()) -> None:
        """Ends the loads. Of what was acknowledged nothing is lost or doubled on any node, one node
        leads, and book and feed are the same everywhere. `uncertain`: bidders who were told that
        nobody knows."""
        for load in loads:
            load.end()
            self.assertEqual(load.unexpected, [])
        nodes = cluster.alive()
        cluster.wait_leader()
        cluster.wait_equal_books(nodes)
        shown = [node.call("GET", "/auctions").body for node in nodes]
        for node, body in zip(nodes, shown):
            self.assertEqual(body, shown[0], f"node {node.id} shows what node {nodes[0].id} does")
        auctions = json.loads(shown[0])["auctions"]
        ledger.check(self, auctions)
        bidders = {bid["bidder"] for auction in auctions for bid in auction["bids"]}
        self.assertEqual(bidders - ledger.accepted.keys() - set(uncertain), set(),
                         "no bid is there that nobody was answered for")
        self.check_places(auctions, loads)
        self.check_feeds(nodes, auctions)

    def check_places(self, auctions: list[dict], loads: Collection[RaftLoad]) -> None:
        places: dict[str, int] = {}
        for load in loads:
            places |= load.indexes
        self.assertEqual(len(set(places.values())), len(places), "each bid has a place of its own")
        for auction in auctions:
            told = [places[bid["bidder"]] for bid in auction["bids"] if bid["bidder"] in places]
            self.assertEqual(told, sorted(told), "bids stand in the order of the log")

    def check_feeds(self, nodes: Collection[RaftNode], auctions: list[dict]) -> None:
        feeds = {node.id: whole_feed(node) for node in nodes}
        first, *others = feeds
        for other in others:
            self.assertEqual(feeds[other], feeds[first], f"node {other} tells what {first} does")
        told: dict[str, list[tuple]] = {}
        for event in feeds[first]:
            what = ((event["bidder"], event["amount"]) if event["type"] == "bid"
                    else (event["type"],))
            told.setdefault(str(event["auction_id"]), []).append(what)
        self.assertEqual(told, {auction["id"]: [
            ("created",), *((bid["bidder"], bid["amount"]) for bid in auction["bids"])]
            for auction in auctions}, "the feed tells the book from the beginning")
