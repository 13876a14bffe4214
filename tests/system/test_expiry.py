#!/usr/bin/env python3
"""Auctions end by themselves, on time, and the world is told."""

from __future__ import annotations

import time
import unittest

from harness.sse import StreamReader
from harness.system_test import SystemTest
from harness.waiting import SLOW, wait_for, wait_until

PROMPTLY_S = 0.1 * SLOW
# The platform's clock is steady and was anchored at its start; ours follows every correction.
CLOCKS_DIFFER_S = 0.003 * SLOW
AT_ONCE = 500


class Expiry(SystemTest):
    def assert_announced_on_time(self, auction: dict, changes: list, bidder: str) -> None:
        """`changes`: the auction event and the history event of the end."""
        shown, noted = changes
        self.assertEqual((shown.type, noted.type), ("auction", "history"))
        self.assertEqual((shown.json["status"], shown.json["status_reason"]),
                         ("ENDED", "Bid time ended"))
        self.assertEqual(shown.json["id"], auction["id"])
        self.assertEqual((noted.json["event_type"], noted.json["payload"]), ("ended", bidder))
        for event in changes:
            self.assertGreaterEqual(event.arrived_s, auction["closing_time"] - CLOCKS_DIFFER_S)
            self.assertLess(event.arrived_s, auction["closing_time"] + PROMPTLY_S)
        self.assertGreaterEqual(noted.json["timestamp"], auction["closing_time"])

    def test_an_auction_ends_by_itself_and_its_end_is_announced_on_time(self):
        for processes in (1, 6):
            with self.subTest(f"{processes} processes"):
                gavel = self.platform(processes=processes)
                with StreamReader(gavel.ports["gateway"]) as direct, \
                        StreamReader(gavel.ports["frontend"]) as through_frontend:
                    one = gavel.create("One", duration_seconds=1)
                    two = gavel.create("Two", duration_seconds=2)
                    endless = gavel.create("Endless")
                    self.assert_answer(gavel.bid(two["id"], "alice", 60), 200)
                    self.assert_answer(gavel.bid(two["id"], "bob", 70), 200)
                    for stream in (direct, through_frontend):
                        changes = stream.changes(14)
                        self.assert_announced_on_time(one, changes[10:12], "")
                        self.assert_announced_on_time(two, changes[12:14], "bob")
                self.assertEqual([a["status"] for a in gavel.auctions()],
                                 ["ENDED", "ENDED", "OPEN"])
                self.assertEqual(endless["closing_time"], 0)
                types = [e["event_type"] for e in gavel.history()]
                self.assertEqual(types, ["created"] * 3 + ["bid"] * 2 + ["ended"] * 2)

    def test_a_bid_at_the_end_or_after_it_is_refused_and_one_before_it_is_taken(self):
        gavel = self.platform()
        auction = gavel.create(duration_seconds=2)
        path, closing = f"/api/auctions/{auction['id']}/bid", auction["closing_time"]
        accepted = refused = 0
        amount = 60
        with gavel.client() as client:
            # Around the end as fast as it goes: each answer must fit the time it was decided at.
            wait_until(closing - 0.15)
            while time.time() < closing + 0.15 and amount < 100_000:
                amount += 1
                sent_s = time.time()
                answer = client.post(path, {"bidder": "a", "amount": amount},
                                     {"Prefer": "return=minimal"})
                if answer.status == 200:
                    accepted += 1
                    self.assertLess(sent_s, closing + CLOCKS_DIFFER_S)
                    self.assertEqual(refused, 0, "nothing is taken after the first refusal")
                else:
                    refused += 1
                    self.assert_answer(answer, 409, {"error": "Bid time ended"})
                    self.assertGreaterEqual(time.time(), closing - CLOCKS_DIFFER_S)
        self.assertGreater(accepted, 0)
        self.assertGreater(refused, 0)
        seen = gavel.call("GET", f"/api/auctions/{auction['id']}").json["auction"]
        self.assertEqual(len(seen["bids"]), accepted)
        self.assertTrue(all(bid["timestamp"] < closing for bid in seen["bids"]))
        # Neither does closing change it any more, nor a bid by key or in bulk.
        closed = gavel.call("POST", f"/api/auctions/{auction['id']}/close", {})
        self.assertEqual(closed.json["auction"]["status"], "ENDED")
        self.assert_answer(gavel.bid(auction["id"], "a", 10**6, {"Idempotency-Key": "k"}), 409,
                           {"error": "Bid time ended"})
        bulk = gavel.call("POST", f"/api/auctions/{auction['id']}/bids/bulk",
                          {"bids": [{"bidder": "a", "amount": 10**6}]})
        self.assertEqual((bulk.status, bulk.json["accepted"]), (409, 0))
        self.assertEqual([e["event_type"] for e in gavel.history()].count("ended"), 1)

    def test_an_end_that_came_while_the_server_was_down_is_announced_at_its_start(self):
        for end in ("stop", "kill"):
            with self.subTest(end):
                gavel = self.platform()
                auction = gavel.create(duration_seconds=1)
                self.assert_answer(gavel.bid(auction["id"], "alice", 60), 200)
                with StreamReader(gavel.ports["gateway"]) as stream:
                    seen = stream.snapshot().id
                getattr(gavel, end)()
                wait_until(auction["closing_time"] + 0.2)
                gavel.start()
                with StreamReader(gavel.ports["gateway"],
                                  headers={"Last-Event-ID": seen}) as stream:
                    shown, noted = stream.changes(2)
                self.assertEqual(shown.json["status"], "ENDED")
                self.assertEqual((noted.json["event_type"], noted.json["payload"]),
                                 ("ended", "alice"))
                wait_for(lambda: [e["event_type"] for e in gavel.history()] ==
                         ["created", "bid", "ended"], 5, "the history has the end, once")
                gavel.restart()
                self.assertEqual(gavel.auctions()[0]["status"], "ENDED")
                self.assertEqual([e["event_type"] for e in gavel.settled_history()],
                                 ["created", "bid", "ended"])

    def test_an_end_that_is_still_to_come_is_kept_across_a_restart(self):
        gavel = self.platform()
        auction = gavel.create(duration_seconds=2)
        gavel.kill()
        gavel.start()
        with StreamReader(gavel.ports["gateway"]) as stream:
            self.assert_announced_on_time(auction, stream.changes(2), "")

    def test_five_hundred_auctions_that_end_in_one_second_all_end(self):
        gavel = self.platform()
        with StreamReader(gavel.ports["gateway"]) as stream, gavel.client() as client:
            made = {}
            for i in range(AT_ONCE):
                answer = client.post("/api/auctions", {"name": f"a{i}", "starting_bid": 1,
                                                       "duration_seconds": int(2 * SLOW) or 1})
                self.assert_answer(answer, 201)
                made[answer.json["auction"]["id"]] = answer.json["auction"]["closing_time"]
            changes = stream.changes(4 * AT_ONCE, 20)
            ends = [event for event in changes if event.type == "history" and
                    event.json["event_type"] == "ended"]
            self.assertEqual(sorted(event.json["auction_id"] for event in ends), sorted(made))
            for event in ends:
                closing = made[event.json["auction_id"]]
                self.assertGreaterEqual(event.arrived_s, closing - CLOCKS_DIFFER_S)
                self.assertLess(event.arrived_s, closing + 2 * PROMPTLY_S)
        self.assertEqual({a["status"] for a in gavel.auctions()}, {"ENDED"})
        self.assertEqual(len(gavel.history()), 2 * AT_ONCE)

    def test_a_closed_auction_does_not_end_once_more(self):
        gavel = self.platform()
        auction = gavel.create(duration_seconds=1)
        self.assert_answer(gavel.call("POST", f"/api/auctions/{auction['id']}/close", {}), 200)
        later = gavel.create(duration_seconds=1)
        wait_for(lambda: gavel.history()[-1]["event_type"] == "ended", 5, "the later one ended")
        types = [(e["auction_id"], e["event_type"]) for e in gavel.history()]
        self.assertEqual(types, [(auction["id"], "created"), (auction["id"], "closed"),
                                 (later["id"], "created"), (later["id"], "ended")])


if __name__ == "__main__":
    unittest.main()
