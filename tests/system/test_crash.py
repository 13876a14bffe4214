#!/usr/bin/env python3
"""kill -9 under load: what was answered is there, exactly once and in order; and racing bids."""

from __future__ import annotations

import http.client
import itertools
import random
import threading
import time
import unittest

from harness.command import replayed
from harness.ledger import Ledger, expected_events, told_events
from harness.system_test import SystemTest
from harness.waiting import limit_s, wait_for

ROUNDS = 20
THREADS = 6
LEAN = {"Prefer": "return=minimal"}


class Load:
    """Threads that create, bid, bid in bulk and close until the server is gone, and write down
    what they were answered."""

    def __init__(self, gavel, ledger: Ledger, rng: random.Random, name: str):
        self._gavel = gavel
        self._ledger = ledger
        self._name = name
        self._amounts = itertools.count(rng.randrange(1000, 2000))
        self._auctions = list(ledger.created)[-4:]
        self._stop = threading.Event()
        self.unexpected: list[str] = []
        self.answered = 0
        seeds = [rng.randrange(1 << 32) for _ in range(THREADS)]
        self._threads = [threading.Thread(target=self._run, args=(i, random.Random(seed)))
                         for i, seed in enumerate(seeds)]
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(limit_s(30))
            assert not thread.is_alive(), "a client hangs"

    def _run(self, number: int, rng: random.Random) -> None:
        serial = itertools.count()
        client = self._gavel.client(timeout_s=20)
        while not self._stop.is_set():
            bidder = f"{self._name}.{number}.{next(serial)}"
            try:
                self._act(client, rng, bidder)
                self.answered += 1
            except (OSError, http.client.HTTPException):
                self._stop.wait(0.005)  # not answered: it may have taken effect or not
        client.close()

    def _act(self, client, rng: random.Random, bidder: str) -> None:
        dice = rng.random()
        known = self._auctions[-6:]
        if not known or dice < 0.05:
            self._create(client, bidder, 1 if dice < 0.01 else 0)
        elif dice < 0.07:
            auction = known[0]
            answer = client.post(f"/api/auctions/{auction}/close", {}, LEAN)
            if answer.status == 200:
                self._ledger.note_closed(auction)
            else:
                self._expect(answer, 503)
        elif dice < 0.12:
            self._bid_in_bulk(client, rng.choice(known), bidder)
        else:
            self._bid(client, rng.choice(known), bidder, rng.random() < 0.05)

    def _expect(self, answer, *statuses: int) -> None:
        if answer.status not in statuses:
            self.unexpected.append(str(answer))

    def _create(self, client, name: str, duration_s: int) -> None:
        answer = client.post("/api/auctions", {"name": name, "starting_bid": 1,
                                               "duration_seconds": duration_s}, LEAN)
        if answer.status == 201:
            auction = answer.json["auction"]["id"]
            self._ledger.note_created(auction, name)
            self._auctions.append(auction)
        else:
            self._expect(answer, 503)

    def _bid(self, client, auction: str, bidder: str, hopeless: bool) -> None:
        amount = 0.5 if hopeless else next(self._amounts)
        answer = client.post(f"/api/auctions/{auction}/bid",
                             {"bidder": bidder, "amount": amount}, LEAN)
        if answer.status == 200:
            self._ledger.note_accepted(auction, bidder, amount)
        elif answer.status == 409:
            self._ledger.note_refused(bidder)
        else:
            self._expect(answer, 503)

    def _bid_in_bulk(self, client, auction: str, bidder: str) -> None:
        bids = [{"bidder": f"{bidder}.{i}", "amount": next(self._amounts)} for i in range(5)]
        answer = client.post(f"/api/auctions/{auction}/bids/bulk", {"bids": bids}, LEAN)
        self._expect(answer, 200, 409, 503)
        for result in answer.json.get("results", []):
            if result["status"] == 200:
                self._ledger.note_accepted(auction, result["bidder"], result["amount"])
            elif result["status"] == 409:
                self._ledger.note_refused(result["bidder"])


class Crashes(SystemTest):
    def check_everything(self, gavel, ledger: Ledger) -> None:
        """The promises are kept, and log, book and history tell the same."""
        ledger.check(self, gavel.auctions())

        def agree() -> bool:
            # An auction may end between the readings; then they are taken again.
            auctions = gavel.auctions()
            self.agreement = (auctions, replayed(gavel.data_dir / "auction.db")["auctions"],
                              gavel.history())
            return (auctions == self.agreement[1] and
                    told_events(self.agreement[2]) == expected_events(auctions))

        try:
            wait_for(agree, 5, "log, book and history agree")
        except AssertionError:
            auctions, from_log, history = self.agreement
            self.assertEqual(auctions, from_log)
            self.assertEqual(told_events(history), expected_events(auctions))
            raise
        times = [event["timestamp"] for event in self.agreement[2]]
        self.assertEqual(times, sorted(times), "the history is in order")

    def test_what_was_answered_survives_twenty_crashes_on_the_same_data(self):
        rng = self.seeded()
        gavel = self.platform()
        ledger = Ledger()
        answered = 0
        for number in range(ROUNDS):
            with self.subTest(f"round {number}"):
                load = Load(gavel, ledger, rng, f"r{number}")
                time.sleep(rng.uniform(0.05, 0.5))  # the crash comes at a random moment
                gavel.kill()
                load.end()
                answered += load.answered
                gavel.start()
                self.assertEqual(load.unexpected, [])
                self.check_everything(gavel, ledger)
        self.assertGreater(len(ledger.accepted), 20 * ROUNDS / limit_s(1))
        print(f"{answered} answered requests in {ROUNDS} rounds", flush=True)
        gavel.restart()
        self.check_everything(gavel, ledger)

    def test_views_agree_after_crashes_of_the_auction_service_alone(self):
        rng = self.seeded()
        gavel = self.platform(processes=6)
        ledger = Ledger()
        for number in range(5):
            with self.subTest(f"round {number}"):
                load = Load(gavel, ledger, rng, f"r{number}")
                time.sleep(rng.uniform(0.05, 0.4))
                gavel.processes["auction_service"].kill()
                time.sleep(rng.uniform(0, 0.1))
                gavel.processes["auction_service"].start()
                time.sleep(rng.uniform(0, 0.2))  # the load goes on
                load.end()
                gavel.wait_ready()
                self.assertEqual(load.unexpected, [])
                self.check_everything(gavel, ledger)

    def test_any_service_may_crash_at_any_time(self):
        rng = self.seeded()
        gavel = self.platform(processes=6)
        ledger = Ledger()
        names = list(gavel.processes)
        load = Load(gavel, ledger, rng, "any")
        for _ in range(12):
            process = gavel.processes[rng.choice(names)]
            time.sleep(rng.uniform(0, 0.15))
            process.kill()
            time.sleep(rng.uniform(0, 0.05))
            process.start()
        load.end()
        gavel.wait_ready()
        self.assertEqual(load.unexpected, [])
        self.check_everything(gavel, ledger)

    def test_of_racing_bids_the_accepted_ones_rise_and_the_highest_wins(self):
        for processes in (1, 6):
            with self.subTest(f"{processes} processes"):
                gavel = self.platform(processes=processes)
                auction = gavel.create()["id"]
                ledger = Ledger()
                amounts = list(range(100, 100 + 32 * 20))
                self.seeded().shuffle(amounts)
                barrier = threading.Barrier(32)
                answers: list[tuple[int, int]] = []

                def race(number: int) -> None:
                    with gavel.client() as client:
                        client.get("/livez")
                        barrier.wait(30)
                        for amount in amounts[number::32]:
                            bidder = f"b{amount}"
                            answer = client.post(f"/api/auctions/{auction}/bid",
                                                 {"bidder": bidder, "amount": amount}, LEAN)
                            answers.append((answer.status, amount))
                            if answer.status == 200:
                                ledger.note_accepted(auction, bidder, amount)
                            else:
                                ledger.note_refused(bidder)

                threads = [threading.Thread(target=race, args=(i,)) for i in range(32)]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join(limit_s(60))
                self.assertEqual(len(answers), len(amounts))
                self.assertLessEqual({status for status, _ in answers}, {200, 409})
                self.check_everything(gavel, ledger)
                shown = gavel.auctions()[0]
                self.assertEqual(shown["current_bid"], max(amounts), "the highest wins")
                self.assertEqual(len(shown["bids"]), len(ledger.accepted))


if __name__ == "__main__":
    unittest.main()
