#!/usr/bin/env python3
"""Raft nodes that crash, hang and stop under load: nothing that was acknowledged is lost or
doubled, and the cluster goes on as long as a majority is there."""

from __future__ import annotations

import threading
import time
import unittest

from harness.ledger import Ledger
from harness.raft_cluster import NO_ANSWER, RaftNode
from harness.raft_load import create_auction
from harness.raft_test import RaftTest
from harness.waiting import limit_s, wait_for


class LateRequest:
    """A request that is sent while its node is stopped, so that it is read only afterwards."""

    def __init__(self, node: RaftNode, method: str, path: str, body=None):
        self.answer = None
        self._thread = threading.Thread(target=self._run, args=(node, method, path, body),
                                        daemon=True)
        self._thread.start()

    def _run(self, node: RaftNode, method: str, path: str, body) -> None:
        try:
            self.answer = node.call(method, path, body, timeout_s=20)
        except NO_ANSWER:
            pass

    def wait(self):
        self._thread.join(limit_s(25))
        return self.answer


class RaftCrashes(RaftTest):
    def test_killed_leaders_lose_nothing(self):
        cluster, ledger = self.cluster(5), Ledger()
        load = self.load(cluster, ledger)
        for _ in range(3):
            load.wait_progress()
            leader = cluster.wait_leader()
            leader.kill()
            successor = cluster.wait_leader()
            self.assertNotEqual(successor, leader)
            load.wait_progress()
            leader.start()
        self.check_cluster(cluster, ledger, load)

    def test_two_of_five_may_be_gone_and_come_back(self):
        cluster, ledger = self.cluster(5), Ledger()
        load = self.load(cluster, ledger)
        leader = cluster.wait_leader()
        gone = cluster.others(leader)[:2]
        for node in gone:
            load.wait_progress()
            node.kill()
        load.wait_progress(100)
        self.assertEqual(cluster.wait_leader(), leader, "followers are not missed")
        for node in gone:
            node.start()
        load.wait_progress()
        self.check_cluster(cluster, ledger, load)

    def test_without_a_majority_nothing_is_taken(self):
        cluster, ledger = self.cluster(3), Ledger()
        load = self.load(cluster, ledger, threads=2)
        load.wait_progress()
        load.end()
        leader = cluster.wait_leader()
        for node in cluster.others(leader):
            node.kill()
        wait_for(lambda: leader.status().get("role") != "leader", 10,
                 "a leader that hears from nobody steps down")
        auction = next(iter(ledger.created))
        answer = leader.call("POST", f"/auctions/{auction}/bid", {"bidder": "lone", "amount": 1e6})
        self.assert_answer(answer, 503)
        self.assertIn("retry-after", answer.headers)
        ledger.note_refused("lone")
        self.assert_answer(leader.call("GET", "/auctions"), 200)
        self.assert_answer(leader.call("GET", "/auctions?level=linearizable"), 503)
        for node in cluster.others(leader):
            node.start()
        self.check_cluster(cluster, ledger, load)

    def test_a_leader_that_hung_steps_down_and_acknowledges_nothing_stale(self):
        cluster, ledger = self.cluster(5), Ledger()
        load = self.load(cluster, ledger)
        uncertain = []
        for number in range(2):
            load.wait_progress()
            old = cluster.wait_leader()
            term = old.status()["term"]
            apart = create_auction(old, f"apart{number}")
            ledger.note_created(apart, f"apart{number}")
            old.pause()
            stale = f"stale{number}"
            bid = LateRequest(old, "POST", f"/auctions/{apart}/bid",
                              {"bidder": stale, "amount": 5})
            successor = cluster.wait_leader()
            load.wait_progress()
            read = LateRequest(old, "GET", "/auctions?level=linearizable")
            newest = max(load.indexes.values())
            old.resume()
            wait_for(lambda: old.status().get("term", 0) > term, 10, "it learns of the new term")
            self.assertEqual(old.status()["role"], "follower")
            answer = bid.wait()
            if answer is None or answer.status == 504:
                uncertain.append(stale)
            elif answer.status == 200:  # passed on, or committed after all: it must be there
                ledger.note_accepted(apart, stale, 5)
            else:
                self.assert_answer(answer, 503)
                ledger.note_refused(stale)
            seen = read.wait()
            if seen is not None and seen.status == 200:
                self.assertGreaterEqual(int(seen.headers["gavel-index"]), newest,
                                        "a linearizable read shows what was acknowledged before")
            self.assertNotEqual(successor, old)
            load.wait_progress()
        self.check_cluster(cluster, ledger, load, uncertain=uncertain)

    def test_hung_followers_do_not_stop_the_others(self):
        cluster, ledger = self.cluster(5), Ledger()
        load = self.load(cluster, ledger)
        leader = cluster.wait_leader()
        hung = cluster.others(leader)[:2]
        for node in hung:
            node.pause()
        load.wait_progress(100)
        for node in hung:
            node.resume()
        load.wait_progress()
        self.check_cluster(cluster, ledger, load)

    def test_a_rolling_restart_loses_nothing(self):
        cluster, ledger = self.cluster(5), Ledger()
        load = self.load(cluster, ledger)
        for node in cluster.nodes.values():
            load.wait_progress(20)
            self.assertEqual(node.stop(), 0)
            load.wait_progress(20)
            node.start()
            wait_for(lambda: node.ask("/readyz"), 20, "it follows again")
        self.check_cluster(cluster, ledger, load)

    def test_leadership_that_goes_round_loses_nothing(self):
        cluster, ledger = self.cluster(5), Ledger()
        load = self.load(cluster, ledger)
        for number in (1, 2, 3, 4, 5, 1):
            load.wait_progress(20)
            asked = cluster.nodes[number % 5 + 1]  # passed on to whoever leads
            self.assertIn(asked.call("POST", "/raft/transfer_leadership",
                                     {"target": number}).status, (200, 400, 409, 503))
            cluster.wait_leader()
        self.check_cluster(cluster, ledger, load)

    def test_all_may_crash_at_once(self):
        cluster, ledger = self.cluster(5), Ledger()
        load = self.load(cluster, ledger)
        for _ in range(3):
            load.wait_progress(100)
            cluster.kill()
            cluster.start()
        load.wait_progress()
        self.check_cluster(cluster, ledger, load)

    def test_any_node_may_crash_at_any_time(self):
        rng = self.seeded()
        cluster, ledger = self.cluster(5), Ledger()
        load = self.load(cluster, ledger)
        for _ in range(10):
            node = rng.choice(list(cluster.nodes.values()))
            load.wait_progress(rng.randrange(1, 40))
            node.kill()
            time.sleep(rng.uniform(0, 0.3))
            node.start()
        load.wait_progress()
        self.check_cluster(cluster, ledger, load)

    def test_what_was_acknowledged_is_in_the_next_linearizable_read_of_any_node(self):
        cluster, ledger = self.cluster(3), Ledger()
        load = self.load(cluster, ledger)
        leader = cluster.wait_leader()
        for number in range(40):
            load.wait_progress(5)
            if number == 20:
                leader.kill()
                cluster.wait_leader()
            newest = max(list(load.indexes.values()))
            node = cluster.alive()[number % len(cluster.alive())]
            answer = node.call("GET", "/auctions?level=linearizable", headers={
                "Prefer": "return=minimal"})
            if answer.status == 200:
                self.assertGreaterEqual(int(answer.headers["gavel-index"]), newest)
            else:
                self.assert_answer(answer, 503)
        leader.start()
        self.check_cluster(cluster, ledger, load)


if __name__ == "__main__":
    unittest.main()
