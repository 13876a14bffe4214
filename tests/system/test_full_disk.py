#!/usr/bin/env python3
"""A full disk: writes are refused and leave nothing, reads go on, and room mends everything.

The data folder is a small tmpfs in a mount namespace of this process alone, which needs root.
"""

from __future__ import annotations

import threading
import time
import unittest

from harness.command import replayed
from harness.ledger import Ledger, expected_events, told_events
from harness.small_disk import fill, small_disk, why_no_mounts
from harness.sse import StreamReader
from harness.system_test import SystemTest
from harness.waiting import limit_s, wait_for

SIZE_BYTES = 4 * 1024 * 1024
LEAN = {"Prefer": "return=minimal"}


class FullDisk(SystemTest):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        problem = why_no_mounts()
        if problem:
            raise unittest.SkipTest(problem)

    def bid_until_full(self, gavel, ledger: Ledger, auction: str, name: str, amount: int) -> int:
        """Bids until one is answered 503; the next amount."""
        with gavel.client() as client:
            for i in range(20_000):
                bidder = f"{name}.{i}." + "x" * 200
                began_s = time.monotonic()
                answer = client.post(f"/api/auctions/{auction}/bid",
                                     {"bidder": bidder, "amount": amount + i}, LEAN)
                if answer.status != 200:
                    self.assert_answer(answer, 503)
                    self.assertGreaterEqual(int(answer.headers["retry-after"]), 1)
                    self.assertEqual(list(answer.json), ["error"])
                    self.assertLess(time.monotonic() - began_s, limit_s(2))
                    ledger.note_refused(bidder)
                    return amount + i + 1
                ledger.note_accepted(auction, bidder, amount + i)
        raise AssertionError("the disk never filled")

    def test_writes_are_refused_reads_go_on_and_room_mends_everything(self):
        disk = small_disk(self, SIZE_BYTES)
        gavel = self.platform(data_dir=str(disk))
        ledger = Ledger()
        auction = gavel.create(starting_bid=1)["id"]
        amount = 10
        stream = StreamReader(gavel.ports["gateway"])
        self.addCleanup(stream.close)
        stream.snapshot()
        for number, room_bytes in enumerate((200_000, 0, 50_000)):
            with self.subTest(f"filled but for {room_bytes} bytes"):
                filler = fill(disk, room_bytes)
                amount = self.bid_until_full(gavel, ledger, auction, f"full{number}", amount)
                listed = gavel.call("GET", "/api/auctions")
                self.assert_answer(listed, 200)
                for attempt in range(20):
                    for path, body in (("/api/auctions", {"name": "no room", "starting_bid": 1}),
                                       (f"/api/auctions/{auction}/bids/bulk",
                                        {"bids": [{"bidder": f"no{number}.{attempt}",
                                                   "amount": 10**7}]})):
                        answer = gavel.call("POST", path, body)
                        self.assert_answer(answer, 503)
                        self.assertGreaterEqual(int(answer.headers["retry-after"]), 1)
                ledger.note_refused(f"no{number}.0")
                self.assertEqual(gavel.call("GET", "/api/auctions").body, listed.body)
                self.assert_answer(gavel.call("GET", f"/api/auctions/{auction}"), 200)
                self.assert_answer(gavel.call("GET", "/livez"), 200)
                # The history may lag behind the log that was filled; it says so at once.
                self.assertIn(gavel.call("GET", "/api/history", timeout_s=5).status, (200, 503))
                with StreamReader(gavel.ports["gateway"]) as another:
                    self.assertEqual(len(another.snapshot().json["auctions"]), 1)
                self.assertTrue(gavel.one.running)
                filler.unlink()
                bidder = f"room{number}"
                wait_for(lambda: gavel.bid(auction, bidder, amount, {"Idempotency-Key": bidder})
                         .status == 200, 5, "a bid is taken again")
                ledger.note_accepted(auction, bidder, amount)
                amount += 1
                wait_for(lambda: gavel.call("GET", "/api/history").status == 200, 5,
                         "the history is read again")
        before = gavel.auctions()
        ledger.check(self, before)
        self.assertEqual(told_events(gavel.history()), expected_events(before))
        self.assertEqual(len(before), 1, "no auction that was answered 503 appeared")
        stream.changes(2 * len(before[0]["bids"]))
        payloads = [event.json["payload"] for event in stream.of_type("history")]
        self.assertEqual(payloads, [payload for _, payload in expected_events(before)[auction]][1:])
        for restart in (gavel.restart, lambda: (gavel.kill(), gavel.start())):
            restart()
            self.assertEqual(gavel.auctions(), before)
            self.assertEqual(replayed(disk / "auction.db")["auctions"], before)
            self.assertEqual(told_events(gavel.settled_history()), expected_events(before))

    def test_a_crash_on_a_full_disk_loses_nothing_that_was_answered(self):
        disk = small_disk(self, SIZE_BYTES)
        gavel = self.platform(data_dir=str(disk))
        ledger = Ledger()
        auction = gavel.create(starting_bid=1)["id"]
        filler = fill(disk, 100_000)
        self.bid_until_full(gavel, ledger, auction, "full", 10)
        before = gavel.auctions()
        gavel.kill()
        filler.unlink()
        gavel.start()
        self.assertEqual(gavel.auctions(), before)
        ledger.check(self, before)
        self.assertEqual(told_events(gavel.settled_history()), expected_events(before))

    def test_many_writers_on_a_disk_that_fills_are_all_answered(self):
        disk = small_disk(self, SIZE_BYTES)
        gavel = self.platform(data_dir=str(disk))
        ledger = Ledger()
        auction = gavel.create(starting_bid=1)["id"]
        filler = fill(disk, 150_000)
        statuses: list[int] = []

        def write(number: int) -> None:
            with gavel.client() as client:
                for i in range(60):
                    bidder, amount = f"w{number}.{i}." + "x" * 100, 10 + i * 20 + number
                    answer = client.post(f"/api/auctions/{auction}/bid",
                                         {"bidder": bidder, "amount": amount}, LEAN)
                    statuses.append(answer.status)
                    if answer.status == 200:
                        ledger.note_accepted(auction, bidder, amount)
                    else:
                        ledger.note_refused(bidder)

        threads = [threading.Thread(target=write, args=(i,)) for i in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(limit_s(30))
        self.assertEqual(len(statuses), 16 * 60)
        self.assertLessEqual(set(statuses), {200, 409, 503})
        filler.unlink()
        gavel.restart()
        ledger.check(self, gavel.auctions())

    def test_a_start_on_a_full_disk_is_refused_in_a_sentence_or_serves(self):
        disk = small_disk(self, SIZE_BYTES)
        gavel = self.platform(data_dir=str(disk))
        gavel.create()
        before = gavel.auctions()
        gavel.stop()
        filler = fill(disk, 0)
        gavel.one.start()
        try:
            gavel.wait_ready()
            self.assertEqual(gavel.auctions(), before)
            gavel.stop()
        except AssertionError:
            self.assertNotEqual(gavel.one.wait(5), 0)
            last = gavel.one.log().splitlines()[-1]
            self.assertRegex(last, r"^gavel: .*(full|space|disk)")
            self.assertIn(str(disk), last)
        filler.unlink()
        gavel.start()
        self.assertEqual(gavel.auctions(), before)


if __name__ == "__main__":
    unittest.main()
