#!/usr/bin/env python3
"""Winner notices: one for each auction that ended with a bid, whatever is killed meanwhile."""

from __future__ import annotations

import unittest

from harness.gavel_process import Platform
from harness.system_test import SystemTest
from harness.waiting import wait_for


class Notifications(SystemTest):
    def closed_auction(self, gavel: Platform, winner: str = "ann", amount: float = 60) -> str:
        auction = gavel.create()["id"]
        if winner:
            self.assert_answer(gavel.bid(auction, winner, amount), 200)
        self.assert_answer(gavel.call("POST", f"/api/auctions/{auction}/close", {}), 200)
        return auction

    def test_the_winner_of_an_auction_has_one_notice(self):
        for processes in (1, 6):
            with self.subTest(processes=processes):
                gavel = self.platform(processes=processes)
                auction = self.closed_auction(gavel)
                self.assert_answer(gavel.call("POST", f"/api/auctions/{auction}/close", {}), 200)
                self.closed_auction(gavel, winner="")
                [notice] = gavel.notices()
                closed = [event for event in gavel.history() if event["event_type"] == "closed"]
                self.assertEqual(notice, {"id": 1, "auction_id": auction, "winner": "ann",
                                          "amount": 60.0, "time": closed[0]["timestamp"],
                                          "reason": "Closed manually"})

    def test_an_auction_whose_time_is_over_has_its_notice_without_being_asked(self):
        gavel = self.platform()
        auction = gavel.create(duration_seconds=1)["id"]
        self.assert_answer(gavel.bid(auction, "bob", 51.5), 200)
        [notice] = wait_for(gavel.notices, 10, "the winner is told")
        self.assertEqual(notice["auction_id"], auction)
        self.assertEqual(notice["winner"], "bob")
        self.assertEqual(notice["amount"], 51.5)
        self.assertEqual(notice["reason"], "Bid time ended")

    def test_notices_are_read_in_pages_and_by_auction(self):
        gavel = self.platform()
        auctions = [self.closed_auction(gavel, f"b{number}") for number in range(5)]
        self.assertEqual([notice["auction_id"] for notice in gavel.notices()], auctions)
        self.assertEqual([notice["auction_id"] for notice in gavel.notices(limit=2)], auctions[3:])
        [own] = gavel.notices(auction_id=auctions[2])
        self.assertEqual(own["winner"], "b2")
        seen, after = [], 0
        while after is not None:
            page = gavel.call("GET", f"/api/notifications?after={after}&limit=2")
            self.assert_answer(page, 200)
            seen += [notice["auction_id"] for notice in page.json["notifications"]]
            after = page.json["next"]
        self.assertEqual(seen, auctions)
        self.assert_answer(gavel.call("GET", "/api/notifications?limit=0"), 400)
        self.assert_answer(gavel.call("GET", "/api/notifications?auction_id=x"), 400)

    def test_each_winner_is_told_once_whenever_the_notifier_is_killed(self):
        rng = self.seeded()
        gavel = self.platform(processes=6)
        notifier = gavel.processes["notifier_service"]
        auctions = []
        for number in range(12):
            if number % 3 == 1:
                notifier.kill()
            for _ in range(rng.randrange(1, 4)):
                auctions.append(self.closed_auction(gavel, f"b{len(auctions)}"))
            if number % 3 == 2:
                notifier.start()
                gavel.wait_ready()
        gavel.kill()  # all of them, in the middle
        gavel.start()
        told = wait_for(lambda: len(gavel.notices()) >= len(auctions) and gavel.notices(), 10,
                        "all winners are told")
        self.assertEqual([notice["auction_id"] for notice in told], auctions)
        self.assertEqual([notice["winner"] for notice in told],
                         [f"b{number}" for number in range(len(auctions))])

    def test_bids_and_closes_go_on_without_the_notifier(self):
        gavel = self.platform(processes=6)
        gavel.processes["notifier_service"].kill()
        auction = self.closed_auction(gavel)
        self.assert_answer(gavel.call("GET", "/api/notifications"), 503)
        gavel.processes["notifier_service"].start()
        gavel.wait_ready()
        self.assertEqual([notice["auction_id"] for notice in gavel.notices()], [auction])

    def test_a_lost_notices_file_is_made_anew(self):
        gavel = self.platform()
        auction = self.closed_auction(gavel)
        before = gavel.notices()
        gavel.stop()
        for suffix in ("", "-wal", "-shm"):
            (gavel.data_dir / f"notices.db{suffix}").unlink(missing_ok=True)
        gavel.start()
        self.assertEqual(gavel.notices(), before)
        self.assertEqual(before[0]["auction_id"], auction)


if __name__ == "__main__":
    unittest.main()
