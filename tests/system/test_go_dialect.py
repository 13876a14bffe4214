#!/usr/bin/env python3
"""The second dialect: what the contract says of the Go platform's gateway, sentence by sentence."""

from __future__ import annotations

import time
import unittest

from harness.system_test import SystemTest
from harness.waiting import wait_for, wait_until

EXECUTE = "/auction.AuctionGateway/Execute"
GET_HISTORY = "/auction.AuctionGateway/GetHistory"


class GoDialect:
    """The tests; run on the gateway's port and on GO_GATEWAY_PORT."""

    port = ""
    processes = 1

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.gavel = cls.shared_platform(go_port=True, processes=cls.processes)

    def execute(self, body, status: int = 200) -> dict:
        answer = self.gavel.call("POST", EXECUTE, body, service=self.port)
        self.assert_answer(answer, status)
        self.assertEqual(answer.headers["content-type"], "application/json")
        return answer.json

    def created(self, **fields) -> dict:
        told = self.execute({"command": "create", "auction": {"name": "Laptop",
                                                              "starting_bid": 50, **fields}})
        self.assertIs(told["ok"], True, told)
        return told["auction"]

    def bid(self, auction: str, bidder: str, amount: float) -> dict:
        return self.execute({"command": "place_bid", "auction": {"id": auction},
                             "bid_amount": amount, "bidder": bidder})

    def history(self, auction: str) -> list[tuple[str, str]]:
        answer = self.gavel.call("POST", GET_HISTORY, {}, service=self.port)
        self.assert_answer(answer, 200)
        for event in answer.json["history"]:
            self.assertEqual(sorted(event), ["auction_id", "event_type", "payload", "timestamp"])
        return [(event["event_type"], event["payload"]) for event in answer.json["history"]
                if event["auction_id"] == auction]

    def assert_refused(self, told: dict, message: str) -> None:
        self.assertEqual(told, {"message": message}, "a refusal has no ok")

    def test_create_answers_ok_and_the_auction_without_what_is_empty(self):
        began_s = time.time()
        auction = self.created(duration_seconds=120)
        self.assertIsInstance(auction["id"], str)
        self.assertIsInstance(auction["closing_time"], int, "whole seconds")
        self.assertAlmostEqual(auction["closing_time"], began_s + 120, delta=10)
        self.assertEqual({key: value for key, value in auction.items()
                          if key not in ("id", "closing_time")},
                         {"name": "Laptop", "starting_bid": 50, "current_bid": 50,
                          "duration_seconds": 120, "status": "OPEN"})
        self.assertEqual(self.created(description="Used")["description"], "Used")

    def test_create_refuses_in_its_own_words(self):
        def create(auction):
            return self.execute({"command": "create", "auction": auction})

        self.assert_refused(self.execute({"command": "create"}), "missing auction payload")
        self.assert_refused(create(None), "missing auction payload")
        self.assert_refused(create("x"), "missing auction payload")
        self.assert_refused(create({}), "name is required")
        self.assert_refused(create({"name": "", "starting_bid": 5}), "name is required")
        for bad in (0, -5, None):
            self.assert_refused(create({"name": "a", "starting_bid": bad}),
                                "starting bid must be positive")
        self.assert_refused(create({"name": "a"}), "starting bid must be positive")

    def test_a_duration_of_0_or_less_becomes_60(self):
        for given in ({}, {"duration_seconds": 0}, {"duration_seconds": -5}):
            auction = self.created(**given)
            self.assertEqual(auction["duration_seconds"], 60)
            self.assertAlmostEqual(auction["closing_time"], time.time() + 60, delta=10)

    def test_place_bid_answers_ok_and_the_auction(self):
        auction = self.created()["id"]
        told = self.bid(auction, "alice", 60)
        self.assertIs(told["ok"], True)
        self.assertEqual((told["auction"]["current_bid"], told["auction"]["highest_bidder"]),
                         (60, "alice"))
        self.assertNotIn("bids", told["auction"])
        self.assertNotIn("status_reason", told["auction"])

    def test_place_bid_refuses_in_its_own_words(self):
        auction = self.created()["id"]

        def bid(body: dict) -> dict:
            return self.execute({"command": "place_bid", **body})

        offer = {"bid_amount": 60, "bidder": "a"}
        for none in ({}, {"auction": None}, {"auction": {}}, {"auction": {"id": ""}}):
            self.assert_refused(bid({**offer, **none}), "auction id required")
        for amount in (0, -1, None):
            self.assert_refused(bid({"auction": {"id": auction}, "bid_amount": amount,
                                     "bidder": "a"}), "bid must be positive")
        self.assert_refused(bid({"auction": {"id": auction}, "bidder": "a"}),
                            "bid must be positive")
        for unknown in ("424242", "abc", "../x", "-1"):
            self.assert_refused(bid({**offer, "auction": {"id": unknown}}), "auction not found")
        self.assertIs(self.bid(auction, "a", 60)["ok"], True)
        for low in (60, 55, 0.0001):
            self.assert_refused(self.bid(auction, "b", low), "bid must exceed current")
        self.execute({"command": "close", "auction": {"id": auction}})
        self.assert_refused(self.bid(auction, "b", 90), "auction is not open")

    def test_an_empty_bidder_is_refused(self):
        auction = self.created()["id"]
        self.assert_refused(self.bid(auction, "", 60), "bidder is required")
        told = self.execute({"command": "place_bid", "auction": {"id": auction},
                             "bid_amount": 60})
        self.assert_refused(told, "bidder is required")

    def test_close_answers_the_auction_and_again_the_same(self):
        auction = self.created()["id"]
        self.bid(auction, "alice", 60)
        first = self.execute({"command": "close", "auction": {"id": auction}})
        self.assertEqual((first["ok"], first["auction"]["status"]), (True, "CLOSED"))
        self.assertEqual(self.execute({"command": "close", "auction": {"id": auction}}), first)
        self.assert_refused(self.execute({"command": "close"}), "auction id required")
        self.assert_refused(self.execute({"command": "close", "auction": {"id": "424242"}}),
                            "auction not found")

    def test_list_shows_every_auction(self):
        auction = self.created(name="Listed")
        told = self.execute({"command": "list"})
        listed = {one["id"]: one for one in told["auctions"]}
        self.assertEqual(listed[auction["id"]], auction)
        rest = [one["id"] for one in self.gavel.auctions()]
        self.assertEqual([one["id"] for one in told["auctions"]], rest, "in order of creation")

    def test_time_that_ran_out_shows_as_closed(self):
        auction = self.created(duration_seconds=1)
        wait_until(auction["closing_time"])

        def shown_closed() -> bool:
            listed = {one["id"]: one for one in self.execute({"command": "list"})["auctions"]}
            return listed[auction["id"]]["status"] == "CLOSED"

        # The whole second may be up to one early, and the view follows a moment later.
        wait_for(shown_closed, 5, "the auction shows as closed")
        self.assert_refused(self.bid(auction["id"], "a", 60), "auction is not open")

    def test_unknown_commands_are_refused(self):
        for command in ("", "drop", "CREATE", None, 5, ["create"]):
            self.assert_refused(self.execute({"command": command}), "unknown command")
        self.assert_refused(self.execute({}), "unknown command")
        self.assert_refused(self.execute(b""), "unknown command")

    def test_broken_json_is_400(self):
        for path in (EXECUTE,):
            for body in ("{", "[]", "nonsense", b"\xff"):
                answer = self.gavel.call("POST", path, body, service=self.port)
                self.assert_answer(answer, 400)

    def test_odd_types_are_refused_and_harm_nothing(self):
        auction = self.created()["id"]
        for body in ({"command": "create", "auction": {"name": 5, "starting_bid": 5}},
                     {"command": "create", "auction": {"name": "a", "starting_bid": "5"}},
                     {"command": "create", "auction": {"name": "a", "starting_bid": 1e308}},
                     {"command": "create", "auction": {"name": "a" * 2000, "starting_bid": 5}},
                     {"command": "create", "auction": {"name": "a", "starting_bid": 5,
                                                       "duration_seconds": 1e30}},
                     {"command": "create", "auction": {"name": "a", "starting_bid": 5,
                                                       "description": 5}},
                     {"command": "place_bid", "auction": {"id": 5}, "bid_amount": 5},
                     {"command": "place_bid", "auction": {"id": auction}, "bid_amount": "60",
                      "bidder": "a"},
                     {"command": "place_bid", "auction": {"id": auction}, "bid_amount": 60,
                      "bidder": 5},
                     {"command": "place_bid", "auction": {"id": auction}, "bid_amount": 60.00001,
                      "bidder": "a"}):
            with self.subTest(str(body)[:100]):
                told = self.execute(body)
                self.assertEqual(list(told), ["message"])

    def test_history_has_its_types_and_then_the_broadcaster_s_list(self):
        auction = self.created()["id"]
        self.bid(auction, "alice", 60)
        self.bid(auction, "bob", 60.5)
        self.execute({"command": "close", "auction": {"id": auction}})
        kept = [("auction_created", "Laptop"), ("bid_placed", "alice bid $60.00"),
                ("bid_placed", "bob bid $60.50"), ("auction_closed", "bob")]
        updates = ["Auction created: Laptop", "New highest bid $60.00 by alice",
                   "New highest bid $60.50 by bob", "Auction closed"]
        broadcast = [entry for event, update in zip(kept, updates)
                     for entry in (event, ("update", update))]
        self.assertEqual(self.history(auction), kept + broadcast)

    def test_the_broadcaster_s_list_comes_after_all_kept_events(self):
        one, other = self.created()["id"], self.created()["id"]
        for auction in (one, other):
            self.bid(auction, "alice", 60)
        told = self.gavel.call("POST", GET_HISTORY, {}, service=self.port).json["history"]
        kept = len(told) // 3
        self.assertNotIn("update", [event["event_type"] for event in told[:kept]])
        self.assertEqual(told[kept::2], told[:kept])
        self.assertEqual({event["event_type"] for event in told[kept + 1::2]}, {"update"})

    def test_both_dialects_see_the_same_auctions(self):
        auction = self.created(name="Shared")["id"]
        self.assert_answer(self.gavel.bid(auction, "rest", 60), 200)
        self.assert_refused(self.bid(auction, "go", 60), "bid must exceed current")
        self.assertIs(self.bid(auction, "go", 61)["ok"], True)
        seen = self.gavel.call("GET", f"/api/auctions/{auction}").json["auction"]
        self.assertEqual([bid["bidder"] for bid in seen["bids"]], ["rest", "go"])

    def test_other_methods_are_405(self):
        answer = self.gavel.call("GET", EXECUTE, service=self.port)
        self.assert_answer(answer, 405)
        self.assertEqual(answer.headers["allow"], "POST")


class OnTheGatewaysPort(GoDialect, SystemTest):
    port = "gateway"


class OnItsOwnPort(GoDialect, SystemTest):
    port = "go_gateway"

    def test_the_rest_api_is_not_on_this_port(self):
        for path in ("/api/auctions", "/api/history", "/api/updates/stream"):
            self.assert_answer(self.gavel.call("GET", path, service=self.port), 404)


class OnItsOwnPortInSixProcesses(GoDialect, SystemTest):
    port = "go_gateway"
    processes = 6


class WhenNothingIsThere(SystemTest):
    def test_empty_lists_are_left_out(self):
        gavel = self.platform(go_port=True)
        for service in ("gateway", "go_gateway"):
            told = gavel.call("POST", EXECUTE, {"command": "list"}, service=service)
            self.assertNotIn("auctions", told.json)
            told = gavel.call("POST", GET_HISTORY, {}, service=service)
            self.assert_answer(told, 200)
            self.assertNotIn("history", told.json)


if __name__ == "__main__":
    unittest.main()
