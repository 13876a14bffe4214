#!/usr/bin/env python3
"""Five processes, of which some are away, frozen or late: clear answers at once, and all is well
when they are back."""

from __future__ import annotations

import re
import signal
import time
import unittest

from harness.gavel_process import PORT_VARIABLES, free_port
from harness.http_client import call
from harness.sse import StreamReader
from harness.system_test import SystemTest
from harness.waiting import limit_s, wait_for

LAMP = {"name": "Lamp", "starting_bid": 5}


class ServicesDown(SystemTest):
    def five(self, **options):
        return self.platform(processes=6, **options)

    def assert_unavailable(self, gavel, method: str, path: str, body=None, within_s: float = 1.0):
        began_s = time.monotonic()
        answer = gavel.call(method, path, body)
        self.assert_answer(answer, 503)
        self.assertLess(time.monotonic() - began_s, limit_s(within_s))
        self.assertGreaterEqual(int(answer.headers["retry-after"]), 1)
        self.assertEqual(list(answer.json), ["error"])
        self.assertNotIn("127.0.0.1", answer.text, "addresses are not told")

    def restart(self, gavel, name: str) -> None:
        gavel.processes[name].start()
        gavel.wait_ready()

    def test_without_the_auction_service_writes_are_503_and_reads_go_on(self):
        gavel = self.five()
        auction = gavel.create()["id"]
        self.assert_answer(gavel.bid(auction, "alice", 60), 200)
        listed, told = gavel.auctions(), gavel.history()
        gavel.processes["auction_service"].kill()
        # Asked often enough to meet both the lost connection and the refused one.
        for attempt in range(5):
            for path, body in ((f"/api/auctions/{auction}/bid", {"bidder": "b", "amount": 70}),
                               ("/api/auctions", LAMP),
                               (f"/api/auctions/{auction}/close", {}),
                               (f"/api/auctions/{auction}/bids/bulk",
                                {"bids": [{"bidder": "b", "amount": 70}]})):
                with self.subTest(f"{path}, attempt {attempt}"):
                    self.assert_unavailable(gavel, "POST", path, body)
        self.assertEqual(gavel.auctions(), listed)
        self.assertEqual(gavel.history(), told)
        wait_for(lambda: gavel.call("GET", "/readyz").status == 503, 5, "the gateway is not ready")
        self.assert_answer(gavel.call("GET", "/livez"), 200)
        self.restart(gavel, "auction_service")
        self.assertEqual(gavel.auctions(), listed, "nothing that was answered 503 took effect")
        self.assert_answer(gavel.bid(auction, "bob", 70), 200)

    def test_validate_and_events_serve_without_the_auction_service(self):
        gavel = self.five()
        gavel.processes["auction_service"].kill()
        answer = gavel.call("POST", "/validate", {"amount": 60, "current_bid": 50, "bidder": "a"},
                            service="bidding_service", timeout_s=5)
        self.assert_answer(answer, 200, {"ok": True, "message": "Bid accepted"})
        note = {"auction_id": "7", "event_type": "note", "payload": "hello"}
        answer = gavel.call("POST", "/events", note, service="history_service", timeout_s=5)
        self.assert_answer(answer, 201)
        events = gavel.call("GET", "/events", service="history_service", timeout_s=5).json["events"]
        self.assertEqual([event["payload"] for event in events], ["hello"])
        for name in ("bidding_service", "history_service"):
            gavel.processes[name].stop()
            gavel.processes[name].start()  # they also start without it
        wait_for(lambda: self.answers(gavel, "bidding_service", "POST", "/validate"), 10,
                 "validate serves after a start on its own")
        wait_for(lambda: self.answers(gavel, "history_service", "GET", "/events"), 10,
                 "events serves after a start on its own")

    @staticmethod
    def answers(gavel, service: str, method: str, path: str) -> bool:
        try:
            return gavel.call(method, path, service=service, timeout_s=5).status == 200
        except OSError:
            return False

    def test_without_the_bidding_service_bids_are_503_and_the_rest_works(self):
        gavel = self.five()
        auction = gavel.create()["id"]
        gavel.processes["bidding_service"].kill()
        bid = {"bidder": "a", "amount": 60}
        self.assert_unavailable(gavel, "POST", f"/api/auctions/{auction}/bid", bid)
        self.assert_unavailable(gavel, "POST", f"/api/auctions/{auction}/bids/bulk",
                                {"bids": [bid]})
        self.assert_answer(gavel.call("POST", "/api/auctions", LAMP), 201)
        self.assert_answer(gavel.call("POST", f"/api/auctions/{auction}/close", {}), 200)
        self.restart(gavel, "bidding_service")
        other = gavel.create()["id"]
        self.assert_answer(gavel.bid(other, "a", 60), 200)

    def test_history_that_was_away_catches_up_with_each_event_once_and_in_order(self):
        gavel = self.five()
        first = gavel.create()["id"]
        gavel.processes["history_service"].kill()
        self.assert_unavailable(gavel, "GET", "/api/history")
        for i in range(50):
            self.assert_answer(gavel.bid(first, f"bidder{i}", 60 + i), 200)
        self.assert_answer(gavel.call("POST", f"/api/auctions/{first}/close", {}), 200)
        self.assert_unavailable(gavel, "GET", "/api/history")
        self.restart(gavel, "history_service")
        expected = ["Laptop", *(f"bidder{i} bid ${60.0 + i}" for i in range(50)), "bidder49"]
        self.assertEqual([event["payload"] for event in gavel.history()], expected)
        # Killed again and again while events come, it ends up with the same.
        second = gavel.create()["id"]
        for i in range(30):
            if i % 10 == 5:
                gavel.processes["history_service"].kill()
                gavel.processes["history_service"].start()
            self.assert_answer(gavel.bid(second, f"again{i}", 60 + i), 200)
        gavel.wait_ready()
        expected += ["Laptop", *(f"again{i} bid ${60.0 + i}" for i in range(30))]
        self.assertEqual([event["payload"] for event in gavel.history()], expected)

    def test_a_frozen_service_is_504_and_works_again_when_it_goes_on(self):
        gavel = self.five()
        auction = gavel.create()["id"]
        self.assert_answer(gavel.bid(auction, "a", 60), 200)
        gavel.history()
        requests = {
            "auction_service": ("POST", "/api/auctions", LAMP),
            "bidding_service": ("POST", f"/api/auctions/{auction}/bid",
                                {"bidder": "b", "amount": 70}),
            "history_service": ("GET", "/api/history", None),
        }
        for name, (method, path, body) in requests.items():
            with self.subTest(name):
                process = gavel.processes[name]
                process.signal(signal.SIGSTOP)
                try:
                    began_s = time.monotonic()
                    answer = gavel.call(method, path, body)
                    took_s = time.monotonic() - began_s
                    self.assert_answer(answer, 504)
                    self.assertEqual(list(answer.json), ["error"])
                    self.assertLess(took_s, limit_s(6.5))
                    self.assertGreater(took_s, 4)
                    self.assert_answer(gavel.call("GET", "/livez"), 200)
                finally:
                    process.signal(signal.SIGCONT)
                gavel.wait_ready()
                self.assertIn(gavel.call(method, path, body).status, (200, 201, 409))
        self.assert_answer(gavel.bid(auction, "c", 80), 200)
        self.assertEqual(gavel.auctions()[0]["highest_bidder"], "c")

    def test_without_the_gateway_the_frontend_answers_502_and_serves_its_page(self):
        gavel = self.five()
        gavel.create()
        self.assert_answer(gavel.call("GET", "/api/auctions", service="frontend"), 200)
        gavel.processes["gateway"].kill()
        for _ in range(3):
            answer = gavel.call("GET", "/api/auctions", service="frontend")
            self.assert_answer(answer, 502)
            self.assertEqual(list(answer.json), ["error"])
            answer = gavel.call("POST", "/api/auctions", LAMP, service="frontend")
            self.assert_answer(answer, 502)
        self.assert_answer(gavel.call("GET", "/api/updates/stream", service="frontend"), 502)
        self.assert_answer(gavel.call("GET", "/readyz", service="frontend"), 503)
        self.assert_answer(gavel.call("GET", "/livez", service="frontend"), 200)
        self.assert_answer(gavel.call("GET", "/", service="frontend"), 200)
        self.restart(gavel, "gateway")
        self.assert_answer(gavel.call("GET", "/api/auctions", service="frontend"), 200)

    def test_streams_through_the_frontend_end_when_the_gateway_does(self):
        gavel = self.five()
        with StreamReader(gavel.ports["frontend"]) as stream:
            stream.snapshot()
            gavel.processes["gateway"].kill()
            stream.wait_ended(5)
        self.restart(gavel, "gateway")

    def test_a_stream_goes_on_while_the_auction_service_is_away(self):
        gavel = self.five()
        auction = gavel.create()["id"]
        with StreamReader(gavel.ports["gateway"]) as stream:
            stream.snapshot()
            gavel.processes["auction_service"].kill()
            self.restart(gavel, "auction_service")
            self.assert_answer(gavel.bid(auction, "a", 60), 200)
            changes = stream.changes(2)
            self.assertEqual([event.type for event in changes], ["auction", "history"])
            self.assertEqual(changes[1].json["payload"], "a bid $60.0")
            self.assertEqual(len(stream.of_type("snapshot")), 1)

    def test_a_log_that_begins_anew_replaces_what_was_shown(self):
        gavel = self.five(environment={"AUCTION_LOG": "memory:"})
        auctions = [gavel.create(f"Old {i}")["id"] for i in range(5)]
        self.assertEqual(len(gavel.history()), 5)
        with StreamReader(gavel.ports["gateway"]) as stream:
            stream.snapshot()
            gavel.processes["auction_service"].kill()
            self.restart(gavel, "auction_service")
            again = stream.wait(lambda events: [e for e in events if e.type == "snapshot"][1:], 5,
                                "a fresh snapshot")[0]
            self.assertEqual(again.json["auctions"] + again.json["events"], [])
            # What the old log acknowledged is not waited for in the new one.
            wait_for(lambda: gavel.call("GET", "/api/auctions").status == 200, 5, "a list")
            self.assertEqual(gavel.auctions(), [])
            wait_for(lambda: gavel.call("GET", "/api/history").status == 200, 5, "a history")
            self.assert_answer(gavel.bid(auctions[0], "a", 60), 404)
            fresh = gavel.create("New")["id"]
            self.assert_answer(gavel.bid(fresh, "a", 60), 200)
            self.assertEqual([a["name"] for a in gavel.auctions()], ["New"])
            # The history keeps what it was once told, and comes to the new log by itself.
            kept = [f"Old {i}" for i in range(5)] + ["New", "a bid $60.0"]
            wait_for(lambda: [e["payload"] for e in gavel.history()] == kept, 5,
                     "the history of both logs")

    def test_two_gateways_show_the_same_events_with_the_same_ids(self):
        gavel = self.five()
        port = free_port()
        gavel.create()
        gavel.add_process("second gateway",
                          {"SERVICE": "gateway", PORT_VARIABLES["gateway"]: str(port)}).start()
        wait_for(lambda: self.is_ready(port), 10, "the second gateway is ready")
        with StreamReader(gavel.ports["gateway"]) as one, StreamReader(port) as other:
            self.assertEqual(one.shown(), other.shown())
            self.assertEqual(one.snapshot().id, other.snapshot().id)
            auction = gavel.create()["id"]
            for i in range(40):
                through = gavel.ports["gateway"] if i % 2 else port
                answer = call(through, "POST", f"/api/auctions/{auction}/bid",
                              {"bidder": f"b{i}", "amount": 60 + i})
                self.assert_answer(answer, 200)
            told = [(event.id, event.type, event.data) for event in one.changes(82)]
            self.assertEqual(told, [(event.id, event.type, event.data)
                                    for event in other.changes(82)])
            # A reader that moves to the other gateway goes on where it was.
            middle = told[40][0]
            with StreamReader(port, headers={"Last-Event-ID": middle}) as moved:
                rest = [(event.id, event.type, event.data) for event in moved.changes(41)]
                self.assertEqual(rest, told[41:])
        index = gavel.call("GET", "/api/auctions").headers["gavel-index"]
        answer = call(port, "GET", f"/api/auctions?min_index={index}")
        self.assertEqual(answer.json["auctions"], gavel.auctions())

    @staticmethod
    def is_ready(port: int) -> bool:
        try:
            return call(port, "GET", "/readyz", timeout_s=5).status == 200
        except OSError:
            return False

    def test_a_request_id_is_taken_over_and_passed_to_every_service(self):
        gavel = self.five(environment={"LOG_LEVEL": "debug"})
        auction = gavel.create()["id"]
        answer = gavel.call("POST", f"/api/auctions/{auction}/bid", {"bidder": "a", "amount": 60},
                            {"X-Request-Id": "bid-of-alice"}, service="frontend")
        self.assertEqual(answer.headers["x-request-id"], "bid-of-alice")
        answer = gavel.call("GET", "/api/history", headers={"X-Request-Id": "history-of-alice"},
                            service="frontend")
        self.assertEqual(answer.headers["x-request-id"], "history-of-alice")
        for request_id, services in (
                ("bid-of-alice", ("frontend", "gateway", "bidding_service", "auction_service")),
                ("history-of-alice", ("frontend", "gateway", "history_service"))):
            for name in services:
                with self.subTest(f"{request_id} at {name}"):
                    # Lines below info leave when a buffer is full or the process ends.
                    gavel.processes[name].stop()
                    self.assertIn(request_id, gavel.processes[name].log())

    def test_a_request_without_an_acceptable_id_gets_one(self):
        gavel = self.five()
        seen = set()
        for sent in (None, "", "x" * 129, "two words", "caf\xe9"):
            headers = {} if sent is None else {"X-Request-Id": sent}
            made = gavel.call("GET", "/api/auctions", headers=headers).headers["x-request-id"]
            self.assertRegex(made, re.compile(r"^[0-9a-f]{15}$"))
            seen.add(made)
        self.assertEqual(len(seen), 5)


if __name__ == "__main__":
    unittest.main()
