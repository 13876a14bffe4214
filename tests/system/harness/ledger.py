"""What clients were promised, to be held against what the platform shows afterwards."""

from __future__ import annotations

import threading
import unittest
from collections import Counter


class Ledger:
    """Records answered writes. Any thread. Every bid has a bidder of its own."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self.created: dict[str, str] = {}  # id to name
        self.accepted: dict[str, tuple[str, float]] = {}  # bidder to auction and amount
        self.refused: set[str] = set()
        self.closed: set[str] = set()

    def note_created(self, auction: str, name: str) -> None:
        with self._mutex:
            self.created[auction] = name

    def note_accepted(self, auction: str, bidder: str, amount: float) -> None:
        with self._mutex:
            self.accepted[bidder] = (auction, amount)

    def note_refused(self, bidder: str) -> None:
        with self._mutex:
            self.refused.add(bidder)

    def note_closed(self, auction: str) -> None:
        with self._mutex:
            self.closed.add(auction)

    def check(self, test: unittest.TestCase, auctions: list[dict]) -> None:
        """Every promise is kept, exactly once, in order."""
        by_id = {auction["id"]: auction for auction in auctions}
        test.assertEqual(len(by_id), len(auctions), "ids are unique")
        ids = [int(auction["id"]) for auction in auctions]
        test.assertEqual(ids, sorted(ids), "ids rise")
        for auction, name in self.created.items():
            test.assertEqual(by_id[auction]["name"], name)
        bidders: Counter[str] = Counter()
        for auction in auctions:
            amounts = [bid["amount"] for bid in auction["bids"]]
            test.assertEqual(amounts, sorted(set(amounts)), "prices rise strictly")
            times = [bid["timestamp"] for bid in auction["bids"]]
            test.assertEqual(times, sorted(times), "time does not go back")
            bidders.update(bid["bidder"] for bid in auction["bids"])
            if auction["bids"]:
                last = auction["bids"][-1]
                test.assertEqual((auction["current_bid"], auction["highest_bidder"]),
                                 (last["amount"], last["bidder"]))
        doubled = [bidder for bidder, count in bidders.items() if count > 1]
        test.assertEqual(doubled, [], "no bid is there twice")
        kept = {bid["bidder"]: (auction["id"], bid["amount"])
                for auction in auctions for bid in auction["bids"]}
        lost = {bidder: bid for bidder, bid in self.accepted.items() if kept.get(bidder) != bid}
        test.assertEqual(lost, {}, "no answered bid is missing")
        test.assertEqual(self.refused & kept.keys(), set(), "no refused bid appeared")
        for auction in self.closed:
            test.assertIn(by_id[auction]["status"], ("CLOSED", "ENDED"))


def expected_events(auctions: list[dict]) -> dict[str, list[tuple[str, str]]]:
    """What the history must tell of each auction, from the auction as it is."""
    ends = {"OPEN": [], "CLOSED": ["closed"], "ENDED": ["ended"]}
    return {auction["id"]: [
        ("created", auction["name"]),
        *(("bid", f"{bid['bidder']} bid ${bid['amount']!r}") for bid in auction["bids"]),
        *((end, auction["highest_bidder"]) for end in ends[auction["status"]])]
        for auction in auctions}


def told_events(history: list[dict]) -> dict[str, list[tuple[str, str]]]:
    """The history by auction, in its order."""
    told: dict[str, list[tuple[str, str]]] = {}
    for event in history:
        told.setdefault(event["auction_id"], []).append((event["event_type"], event["payload"]))
    return told
