#!/usr/bin/env python3
"""Networks that lose messages between real nodes, in both directions or in one.

Each node has a network namespace of its own. Where a machine allows none, the test says so and
ends with the status 77, which ctest shows as skipped.
"""

from __future__ import annotations

import sys
import time
import unittest

from harness.ledger import Ledger
from harness.network import NamespaceNetwork
from harness.raft_cluster import NO_ANSWER, RaftCluster, RaftNode
from harness.raft_load import create_auction
from harness.raft_test import RaftTest
from harness.waiting import wait_for

SKIPPED = 77


class RaftPartitions(RaftTest):
    def setUp(self) -> None:
        self.network = NamespaceNetwork()
        self.addCleanup(self.network.heal)

    def five(self) -> RaftCluster:
        return self.cluster(5, network=self.network)

    def assert_takes_nothing(self, node: RaftNode, auction: str, bidder: str) -> bool:
        """A bid without a key at a node without a majority is refused, or its fate is unknown;
        it is never acknowledged. True when it was refused."""
        try:
            answer = node.call("POST", f"/auctions/{auction}/bid", {"bidder": bidder, "amount": 5},
                               timeout_s=5)
        except NO_ANSWER:
            return False
        self.assertIn(answer.status, (503, 504), str(answer))
        return answer.status == 503

    def test_a_leader_in_the_minority_acknowledges_nothing_and_the_majority_goes_on(self):
        cluster, ledger, uncertain = self.five(), Ledger(), []
        load = self.load(cluster, ledger)
        for number in range(2):
            load.wait_progress()
            old = cluster.wait_leader()
            companion, *majority = cluster.others(old)
            title = f"apart{number}"
            apart = create_auction(old, title)
            ledger.note_created(apart, title)
            self.network.partition({old.id, companion.id}, {node.id for node in majority})
            bidders = [f"cut{number}.{old.id}", f"cut{number}.{companion.id}"]
            for node, bidder in zip((old, companion), bidders):
                if self.assert_takes_nothing(node, apart, bidder):
                    ledger.note_refused(bidder)
                else:
                    uncertain.append(bidder)
            successor = cluster.wait_leader(majority)
            wait_for(lambda: old.status().get("role") not in (None, "leader"), 10,
                     "the old leader steps down")
            for node in (old, companion):
                answer = node.call("GET", "/auctions?level=linearizable")
                self.assert_answer(answer, 503)
                self.assert_answer(node.call("GET", "/auctions"), 200)
            load.wait_progress(50)
            term = successor.status()["term"]
            self.network.heal()
            load.wait_progress()
            self.assertEqual(cluster.wait_leader().status()["term"], term,
                             "who comes back disturbs nobody (pre-vote)")
        self.check_cluster(cluster, ledger, load, uncertain=uncertain)

    def test_a_follower_that_was_cut_off_catches_up_and_disturbs_nobody(self):
        cluster, ledger = self.five(), Ledger()
        load = self.load(cluster, ledger)
        leader = cluster.wait_leader()
        term = leader.status()["term"]
        lonely, *others = cluster.others(leader)
        self.network.partition({lonely.id}, {node.id for node in (leader, *others)})
        wait_for(lambda: lonely.status().get("role") == "pre-candidate", 10, "it misses the leader")
        load.wait_progress(100)
        self.network.heal()
        load.wait_progress()
        self.check_cluster(cluster, ledger, load)
        self.assertEqual(cluster.wait_leader().status()["term"], term)

    def test_a_leader_that_cannot_be_heard_is_replaced(self):
        """It hears the others, but nothing that it says arrives."""
        cluster, ledger = self.five(), Ledger()
        load = self.load(cluster, ledger)
        load.wait_progress()
        old = cluster.wait_leader()
        others = cluster.others(old)
        for node in others:
            self.network.cut(old.id, node.id)
        cluster.wait_leader(others)
        load.wait_progress(50)
        wait_for(lambda: old.status().get("role") != "leader", 10, "it steps down")
        self.network.heal()
        load.wait_progress()
        self.check_cluster(cluster, ledger, load)

    def test_a_leader_that_hears_nothing_is_replaced(self):
        """What it says arrives, but it learns of no answer: it must not lead on for ever."""
        cluster, ledger = self.five(), Ledger()
        load = self.load(cluster, ledger)
        load.wait_progress()
        old = cluster.wait_leader()
        others = cluster.others(old)
        for node in others:
            self.network.cut(node.id, old.id)
        wait_for(lambda: old.status().get("role") != "leader", 10, "it steps down")
        cluster.wait_leader(others)
        load.wait_progress(50)
        self.network.heal()
        load.wait_progress()
        self.check_cluster(cluster, ledger, load)

    def test_one_deaf_link_stops_nobody(self):
        """The leader and one follower do not hear each other, all else is well."""
        cluster, ledger = self.five(), Ledger()
        load = self.load(cluster, ledger)
        load.wait_progress()
        leader = cluster.wait_leader()
        follower = cluster.others(leader)[0]
        self.network.partition({leader.id}, {follower.id})
        load.wait_progress(100)
        self.network.heal()
        load.wait_progress()
        self.check_cluster(cluster, ledger, load)

    def test_without_any_majority_nothing_is_taken_and_all_mends(self):
        cluster, ledger, uncertain = self.five(), Ledger(), []
        load = self.load(cluster, ledger)
        load.wait_progress()
        apart = create_auction(cluster.wait_leader(), "apart")
        ledger.note_created(apart, "apart")
        self.network.partition({1, 2}, {3, 4}, {5})
        wait_for(lambda: not any(node.status().get("role") == "leader"
                                 for node in cluster.nodes.values()), 10, "nobody leads")
        for node in cluster.nodes.values():
            if self.assert_takes_nothing(node, apart, f"cut{node.id}"):
                ledger.note_refused(f"cut{node.id}")
            else:
                uncertain.append(f"cut{node.id}")
        self.network.heal()
        load.wait_progress()
        self.check_cluster(cluster, ledger, load, uncertain=uncertain)

    def test_partitions_come_and_go(self):
        rng = self.seeded()
        cluster, ledger = self.five(), Ledger()
        load = self.load(cluster, ledger)
        for _ in range(6):
            load.wait_progress(rng.randrange(1, 40))
            for sender in cluster.nodes:
                for receiver in cluster.nodes:
                    if sender != receiver and rng.random() < 0.25:
                        self.network.cut(sender, receiver)
            time.sleep(rng.uniform(0.1, 1.0))
            self.network.heal()
        load.wait_progress()
        self.check_cluster(cluster, ledger, load)


if __name__ == "__main__":
    if NamespaceNetwork.why_not():
        print(f"skipped: {NamespaceNetwork.why_not()}", flush=True)
        sys.exit(SKIPPED)
    unittest.main()
