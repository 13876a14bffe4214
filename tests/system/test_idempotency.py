#!/usr/bin/env python3
"""A request with an Idempotency-Key takes effect once; repetitions get the first answer."""

from __future__ import annotations

import threading
import unittest

from harness.system_test import SystemTest

KEY = {"Idempotency-Key": "the-key"}
REUSED = {"error": "Idempotency-Key was used before with another request body"}


class Idempotency(SystemTest):
    def again(self, gavel, first, path: str, body, headers=None, service: str = "gateway"):
        """The repetition gets what the first one got, byte for byte."""
        answer = gavel.call("POST", path, body, headers or KEY, service)
        self.assertEqual((answer.status, answer.body), (first.status, first.body))

    def requests(self, gavel) -> list[tuple]:
        """One keyed request of each kind, with its first answer: path, body, headers, answer."""
        made = []

        def first(path: str, body, key: str, status: int):
            headers = {"Idempotency-Key": key}
            answer = gavel.call("POST", path, body, headers)
            self.assert_answer(answer, status)
            made.append((path, body, headers, answer))
            return answer

        create = first("/api/auctions", {"name": "Laptop", "starting_bid": 50,
                                         "description": None, "duration_seconds": 3600}, "c", 201)
        auction = create.json["auction"]["id"]
        bid, bulk = f"/api/auctions/{auction}/bid", f"/api/auctions/{auction}/bids/bulk"
        first(bid, {"bidder": "alice", "amount": 60}, "b1", 200)
        first(bid, {"bidder": "bob", "amount": 55}, "b2", 409)  # refused, and stays so
        first(bulk, {"bids": [{"bidder": "carol", "amount": 70}, {"bidder": "dave", "amount": 65},
                              {"bidder": "", "amount": 1}, {"bidder": "eve", "amount": 80}]},
              "k1", 200)
        first(bulk, {"bids": [{"bidder": "carol", "amount": 10}]}, "k2", 409)
        first(f"/api/auctions/{auction}/close", {}, "x", 200)
        first(bid, {"bidder": "late", "amount": 500}, "b3", 409)
        first("/api/auctions/424242/bid", {"bidder": "a", "amount": 5}, "b4", 404)
        first("/api/auctions/424242/close", {}, "x2", 404)
        first("/api/auctions/424242/bids/bulk", {"bids": [{"bidder": "a", "amount": 5}]}, "k3", 409)
        return made

    def assert_all_the_same(self, gavel, made, service: str = "gateway") -> None:
        for path, body, headers, answer in made:
            with self.subTest(f"{path} {headers}"):
                self.again(gavel, answer, path, body, headers, service)

    def test_every_repetition_gets_the_first_answer_also_after_restart_and_crash(self):
        for processes in (1, 6):
            with self.subTest(f"{processes} processes"):
                gavel = self.platform(processes=processes)
                made = self.requests(gavel)
                listed, told = gavel.auctions(), gavel.history()
                self.assertEqual([e["event_type"] for e in told],
                                 ["created", "bid", "bid", "bid", "closed"])
                self.assert_all_the_same(gavel, made)
                self.assert_all_the_same(gavel, made, "frontend")
                gavel.restart()
                self.assert_all_the_same(gavel, made)
                gavel.kill()
                gavel.start()
                self.assert_all_the_same(gavel, made)
                self.assertEqual(gavel.auctions(), listed, "no second effect")
                self.assertEqual(gavel.settled_history(), told)

    def test_an_accepted_bid_repeated_is_not_beaten_by_its_own_price_or_a_higher_one(self):
        gavel = self.platform(processes=6)
        auction = gavel.create()["id"]
        path, body = f"/api/auctions/{auction}/bid", {"bidder": "alice", "amount": 60}
        first = gavel.call("POST", path, body, KEY)
        self.assert_answer(first, 200)
        for step in range(3):
            for _ in range(3):
                self.again(gavel, first, path, body)
            self.assert_answer(gavel.bid(auction, "bob", 100 + step), 200)
        self.assert_answer(gavel.call("POST", f"/api/auctions/{auction}/close", {}), 200)
        self.again(gavel, first, path, body)
        self.assertEqual(len(gavel.auctions()[0]["bids"]), 4)

    def test_a_refused_bid_stays_refused(self):
        gavel = self.platform()
        auction = gavel.create()["id"]
        path = f"/api/auctions/{auction}/bid"
        low = {"bidder": "bob", "amount": 10}
        first = gavel.call("POST", path, low, KEY)
        self.assert_answer(first, 409)
        self.again(gavel, first, path, low)
        # Bad input was never a command: the same key may be used for the mended request.
        mended = {"Idempotency-Key": "mended"}
        self.assert_answer(gavel.call("POST", path, {"bidder": "bob"}, mended), 400)
        self.assert_answer(gavel.call("POST", path, {"bidder": "bob", "amount": 60}, mended), 200)

    def test_another_body_with_the_same_key_is_422(self):
        gavel = self.platform()
        auction = gavel.create()["id"]
        bid, bulk = f"/api/auctions/{auction}/bid", f"/api/auctions/{auction}/bids/bulk"
        pairs = (("/api/auctions", {"name": "A", "starting_bid": 5},
                  {"name": "B", "starting_bid": 5}),
                 (bid, {"bidder": "alice", "amount": 60}, {"bidder": "alice", "amount": 61}),
                 (bid.replace(auction, "424242"), {"bidder": "a", "amount": 60},
                  {"bidder": "b", "amount": 60}),
                 (bulk, {"bids": [{"bidder": "a", "amount": 70}]},
                  {"bids": [{"bidder": "a", "amount": 71}]}))
        for path, body, other in pairs:
            with self.subTest(path):
                first = gavel.call("POST", path, body, KEY)
                self.assert_answer(gavel.call("POST", path, other, KEY), 422, REUSED)
                self.again(gavel, first, path, body)
                gavel.restart()
                self.assert_answer(gavel.call("POST", path, other, KEY), 422, REUSED)

    def test_a_body_that_is_only_spelled_differently_is_the_same(self):
        gavel = self.platform()
        first = gavel.call("POST", "/api/auctions", '{"name": "A", "starting_bid": 5}', KEY)
        self.assert_answer(first, 201)
        self.again(gavel, first, "/api/auctions", '{"starting_bid":5,\n"name":"\\u0041"}')
        self.again(gavel, first, "/api/auctions/", '{"name": "A", "starting_bid": 5}')

    def test_a_key_means_nothing_on_another_path(self):
        gavel = self.platform()
        one = gavel.call("POST", "/api/auctions", {"name": "A", "starting_bid": 5}, KEY)
        auction = one.json["auction"]["id"]
        other = gavel.create("B")["id"]
        body = {"bidder": "alice", "amount": 60}
        for path in (f"/api/auctions/{auction}/bid", f"/api/auctions/{other}/bid"):
            answer = gavel.call("POST", path, body, KEY)
            self.assert_answer(answer, 200)
        self.assertEqual([a["current_bid"] for a in gavel.auctions()], [60.0, 60.0])

    def test_a_lean_first_answer_does_not_change_what_is_remembered(self):
        gavel = self.platform()
        auction = gavel.create()["id"]
        path, body = f"/api/auctions/{auction}/bid", {"bidder": "alice", "amount": 60}
        lean = gavel.call("POST", path, body, {**KEY, "Prefer": "return=minimal"})
        self.assert_answer(lean, 200)
        whole = gavel.call("POST", path, body, KEY)
        self.assertEqual(len(whole.json["auction"]["bids"]), 1)

    def test_fifty_threads_with_one_key_have_one_effect(self):
        for processes in (1, 6):
            gavel = self.platform(processes=processes)
            auction = gavel.create()["id"]
            cases = (("/api/auctions", {"name": "Once", "starting_bid": 5}),
                     (f"/api/auctions/{auction}/bid", {"bidder": "alice", "amount": 60}),
                     (f"/api/auctions/{auction}/bids/bulk",
                      {"bids": [{"bidder": "a", "amount": 70}, {"bidder": "b", "amount": 80}]}),
                     (f"/api/auctions/{auction}/close", {}))
            for path, body in cases:
                with self.subTest(f"{processes} processes: {path}"):
                    answers = self.all_at_once(gavel, 50, path, body)
                    self.assertEqual(len(answers), 50)
                    self.assertEqual(len(set(answers)), 1, "all got the same answer")
            types = [event["event_type"] for event in gavel.history()]
            self.assertEqual(types, ["created", "created", "bid", "bid", "bid", "closed"])
            self.assertEqual(len(gavel.auctions()), 2)

    @staticmethod
    def all_at_once(gavel, count: int, path: str, body) -> list[tuple[int, bytes]]:
        answers: list[tuple[int, bytes]] = []
        barrier = threading.Barrier(count)

        def send() -> None:
            with gavel.client() as client:
                client.get("/livez")  # connected before the start
                barrier.wait(30)
                answer = client.post(path, body, KEY)
                answers.append((answer.status, answer.body))

        threads = [threading.Thread(target=send) for _ in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        return answers


if __name__ == "__main__":
    unittest.main()
