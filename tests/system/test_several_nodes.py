#!/usr/bin/env python3
"""An auction service whose URL is a list. One of its two nodes is never there, the other one goes
and comes back: what the clients of a replicated auction service meet at an election."""

from __future__ import annotations

import threading
import time
import unittest

from harness.gavel_process import free_port
from harness.http_client import HOST
from harness.system_test import SystemTest
from harness.waiting import limit_s

LAMP = {"name": "Lamp", "starting_bid": 5}


class SeveralNodes(SystemTest):
    def setUp(self):
        self.gavel = self.unstarted_platform(processes=6)
        auctions = f"http://{HOST}:{self.gavel.ports['auction_service']}"
        for process in self.gavel.processes.values():
            process.environment["AUCTION_SERVICE_URL"] = f"http://{HOST}:{free_port()},{auctions}"
        self.gavel.start()

    def test_everything_works_with_a_node_that_is_not_there(self):
        auction = self.gavel.create()["id"]
        self.assert_answer(self.gavel.bid(auction, "alice", 60), 200)
        self.assert_answer(self.gavel.bid(auction, "bob", 60), 409)
        bulk = self.gavel.call("POST", f"/api/auctions/{auction}/bids/bulk",
                               {"bids": [{"bidder": "bob", "amount": 70}]})
        self.assert_answer(bulk, 200)
        self.assert_answer(self.gavel.call("POST", f"/api/auctions/{auction}/close", {}), 200)
        shown = self.gavel.auctions()[0]
        self.assertEqual([bid["bidder"] for bid in shown["bids"]], ["alice", "bob"])
        self.assertEqual(len(self.gavel.history()), 4)

    def test_writes_without_a_key_survive_a_kill_and_take_effect_once(self):
        auction = self.gavel.create()["id"]
        node = self.gavel.processes["auction_service"]
        stop = threading.Event()
        answers: list[list] = [[] for _ in range(4)]

        def bid(thread: int) -> None:
            amount = 1_000 * (thread + 1)
            while not stop.is_set():
                amount += 1
                answers[thread].append(
                    (amount, self.gavel.bid(auction, f"b{thread}", amount).status))

        def create(thread: int) -> None:
            number = 0
            while not stop.is_set():
                number += 1
                answer = self.gavel.call("POST", "/api/auctions",
                                         {**LAMP, "name": f"{thread}-{number}"})
                answers[thread].append((number, answer.status))

        threads = [threading.Thread(target=work, args=(i,))
                   for i, work in enumerate((create, create, bid, bid))]
        for thread in threads:
            thread.start()
        try:
            for _ in range(3):
                time.sleep(0.3)
                node.kill()
                time.sleep(0.2)
                node.start()
                time.sleep(0.5)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        self.gavel.wait_ready()
        for told in answers:
            self.assertGreater(len(told), 10)
            self.assertLessEqual({status for _, status in told}, {200, 201, 409})
        auctions = self.gavel.auctions()
        names = [shown["name"] for shown in auctions[1:]]
        self.assertEqual(len(names), len(set(names)), "no auction stands there twice")
        self.assertEqual(sorted(names), sorted(
            f"{thread}-{number}" for thread in (0, 1) for number, _ in answers[thread]))
        kept = [(bid["bidder"], bid["amount"]) for bid in auctions[0]["bids"]]
        accepted = [(f"b{thread}", amount) for thread in (2, 3)
                    for amount, status in answers[thread] if status == 200]
        self.assertEqual(sorted(kept), sorted(accepted), "each accepted bid is there once")

    def test_while_no_node_is_there_a_write_waits_ten_seconds_and_is_503(self):
        self.gavel.processes["auction_service"].kill()
        began_s = time.monotonic()
        answer = self.gavel.call("POST", "/api/auctions", LAMP)
        self.assert_answer(answer, 503)
        self.assertIn("retry-after", answer.headers)
        self.assertNotIn(HOST, answer.text, "addresses are not told")
        self.assertGreater(time.monotonic() - began_s, 9)
        self.assertLess(time.monotonic() - began_s, limit_s(13))
        self.gavel.processes["auction_service"].start()
        self.gavel.wait_ready()
        self.assertEqual(self.gavel.auctions(), [])


if __name__ == "__main__":
    unittest.main()
