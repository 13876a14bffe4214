#!/usr/bin/env python3
"""Auctions with rules of their own, over real processes: time, crashes, and what stays secret."""

from __future__ import annotations

import time
import unittest

from harness.sse import StreamReader
from harness.system_test import SystemTest

RULES = {"proxy": True, "increments": 5, "duration_seconds": 86_400}


class Rules(SystemTest):
    def post(self, gavel, auction: dict, action: str, status: int = 200, service: str = "gateway",
             **fields) -> dict:
        prefix = "/api" if service in ("gateway", "frontend") else ""
        answer = gavel.call("POST", f"{prefix}/auctions/{auction['id']}/{action}", fields,
                            service=service)
        self.assertEqual(answer.status, status, str(answer))
        return answer.json.get("auction", answer.json)

    def test_an_auction_opens_by_itself_is_extended_by_a_late_bid_and_ends_sold(self):
        gavel = self.platform()
        with StreamReader(gavel.ports["gateway"]) as stream:
            auction = gavel.create("Later", opens_at=time.time() + 0.5, duration_seconds=1,
                                   soft_close={"window_seconds": 60, "extension_seconds": 2,
                                               "max_times": 1})
            self.assertEqual(auction["state"], "SCHEDULED")
            refused = self.post(gavel, auction, "bid", 409, bidder="ann", amount=60)
            self.assertEqual(refused, {"error": "Not open yet"})
            shown, noted = stream.changes(4)[2:]
            self.assertEqual((shown.json["state"], noted.json["event_type"]), ("OPEN", "opened"))
            bid = self.post(gavel, auction, "bid", bidder="ann", amount=60)
            self.assertGreater(bid["closing_time"], auction["closing_time"])
            changes = stream.changes(10)[4:]
        self.assertEqual([noted.json["event_type"] for noted in changes[1::2]],
                         ["bid", "extended", "ended"])
        self.assertEqual(changes[3].json["payload"], str(bid["closing_time"]))
        ended = changes[4].json
        self.assertEqual((ended["outcome"], ended["winner"], ended["price"], ended["extensions"]),
                         ("SOLD", "ann", 60.0, 1))
        self.assertGreaterEqual(changes[5].json["timestamp"], bid["closing_time"])

    def test_what_a_crash_interrupts_goes_on_with_its_secrets(self):
        gavel = self.platform()
        english = gavel.create("Proxy", reserve=80, retractions=True, **RULES)
        sealed = gavel.create("Sealed", format="vickrey")
        dutch = gavel.create("Tulips", format="dutch",
                             dutch={"floor": 20, "step": 10, "interval_seconds": 3_600})
        later = gavel.create("Later", opens_at=time.time() + 3_600)
        self.post(gavel, english, "bid", bidder="ann", max_amount=100)
        self.post(gavel, sealed, "bid", bidder="ann", amount=90)
        self.post(gavel, sealed, "bid", bidder="bob", amount=70)
        before = gavel.auctions()
        gavel.kill()
        gavel.start()
        self.assertEqual(gavel.auctions(), before)
        # The maximum is still there, and so are the hidden bids.
        bid = self.post(gavel, english, "bid", bidder="bob", amount=85)
        self.assertEqual((bid["highest_bidder"], bid["current_bid"]), ("ann", 90.0))
        back = self.post(gavel, english, "retract", bidder="ann")
        self.assertEqual((back["highest_bidder"], back["current_bid"]), ("bob", 85.0))
        opened = self.post(gavel, sealed, "close")
        self.assertEqual((opened["winner"], opened["price"]), ("ann", 70.0))
        self.assertEqual(self.post(gavel, dutch, "buy_now", bidder="cy")["price"], 50.0)
        # The dashboard's server passes on what anyone asks; who asks from this machine operates it.
        self.assertRegex(self.post(gavel, later, "cancel", 403, service="frontend")["error"],
                         "^operators only: ")
        cancelled = self.post(gavel, later, "cancel")
        self.assertEqual((cancelled["outcome"], cancelled["status"]), ("CANCELLED", "CLOSED"))
        # Each winner has one notice; nobody has won what was cancelled.
        self.assertEqual([(n["winner"], n["amount"], n["reason"]) for n in gavel.notices(after=0)],
                         [("ann", 70.0, "Closed manually"), ("cy", 50.0, "Sold")])

    def test_no_log_line_and_no_answer_has_a_secret(self):
        secrets = ["91827364.5", "77123.45", "66778.89", "918273.64"]
        gavel = self.platform(processes=6, environment={"LOG_LEVEL": "debug"})
        english = gavel.create("Proxy", reserve=918273.64, **RULES)
        sealed = gavel.create("Sealed", format="vickrey", duration_seconds=86_400)
        self.post(gavel, english, "bid", bidder="ann", max_amount=77123.45)
        self.post(gavel, english, "bid", bidder="ann", max_amount=91827364.5)
        self.post(gavel, sealed, "bid", bidder="ann", amount=66778.89)
        refused = self.post(gavel, sealed, "bid", 409, bidder="ann", max_amount=66778.89)
        self.assertEqual(refused, {"error": "this auction takes no maximum bids"})
        history = gavel.settled_history()
        self.assertEqual([event["event_type"] for event in history],
                         ["created", "created", "bid", "bid"])  # the reserve lifts the price
        told = [gavel.call("GET", path, service=service).text for path, service in (
            ("/api/auctions", "gateway"), ("/api/history", "gateway"),
            ("/api/status", "gateway"), ("/api/notifications", "gateway"),
            ("/auctions", "auction_service"), ("/feed", "auction_service"),
            ("/readyz", "auction_service"), ("/readyz", "bidding_service"))]
        with StreamReader(gavel.ports["frontend"]) as stream:
            told.append(stream.snapshot().data)
        gavel.stop()
        told += [process.log() for process in gavel.processes.values()]
        self.assertTrue(all(told))
        for secret in secrets[:3]:
            for text in told:
                self.assertNotIn(secret, text)


if __name__ == "__main__":
    unittest.main()
