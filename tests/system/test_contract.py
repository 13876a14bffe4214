#!/usr/bin/env python3
"""What the original platform answered, request by request, and what its stream told."""

from __future__ import annotations

import json
import re
import unittest
from pathlib import Path

from harness.gavel_process import ROOT
from harness.http_client import Answer
from harness.sse import StreamReader, id_position
from harness.system_test import SystemTest
from harness.waiting import wait_until

EXAMPLES = json.loads((Path(ROOT) / "tests/contract/examples.json").read_text())["scenarios"]
AUCTION_KEYS = ["id", "name", "description", "starting_bid", "current_bid", "highest_bidder",
                "duration_seconds", "status", "status_reason", "closing_time", "bids"]


def with_defects_mended(step: dict) -> dict:
    """The step as ours answers it, where the original had a defect."""
    mended = dict(step)
    if step["status"] == 500:
        mended["status"] = 400
    if step["status"] == 404 and step["method"] in ("PUT", "DELETE"):
        mended["status"] = 405
    if isinstance(step["response"], str):
        mended["response"] = {"error": "$text"}
    return mended


class Scenario:
    """Replays the steps of one scenario; `names` holds what the placeholders stand for."""

    def __init__(self, test: unittest.TestCase, platform):
        self.test = test
        self.platform = platform
        self.names: dict[str, str] = {}
        self.creates = 0

    def filled(self, text: str) -> str:
        return re.sub(r"\$auction\d+", lambda found: self.names[found.group()], text)

    def run(self, step: dict) -> Answer:
        step = with_defects_mended(step)
        if step.get("wait_seconds_before"):
            wait_until(self.latest_closing_time())
        body = step["raw_body"] if "raw_body" in step else step.get("body")
        answer = self.platform.call(step["method"], self.filled(step["path"]), body,
                                    service=step["service"])
        what = f"{step['method']} {step['path']} {body}: {answer}"
        self.test.assertEqual(answer.status, step["status"], what)
        self.test.assertEqual(answer.headers["content-type"], "application/json", what)
        if step["status"] == 201 and "auction" in answer.json:
            self.creates += 1
            self.names[f"$auction{self.creates}"] = answer.json["auction"]["id"]
        self.compare(step["response"], answer.json, what)
        if answer.status == 405:
            self.test.assertIn("POST", answer.headers["allow"], what)
        return answer

    def latest_closing_time(self) -> float:
        return max(auction["closing_time"] for auction in self.platform.auctions()
                   if auction["id"] in self.names.values())

    def compare(self, expected, actual, where: str) -> None:
        """Equal, the order of keys and the kinds of numbers included."""
        check = self.test
        if expected == "$time":
            check.assertIsInstance(actual, float, where)
            check.assertGreater(actual, 1.6e9, where)
        elif expected == "$text":
            check.assertIsInstance(actual, str, where)
            check.assertTrue(actual, where)
        elif isinstance(expected, dict):
            check.assertIsInstance(actual, dict, where)
            check.assertEqual(list(expected), list(actual), where)
            for key, value in expected.items():
                self.compare(value, actual[key], f"{key} of {where}")
        elif isinstance(expected, list):
            check.assertIsInstance(actual, list, where)
            check.assertEqual(len(expected), len(actual), where)
            for one, other in zip(expected, actual):
                self.compare(one, other, where)
        else:
            if isinstance(expected, str):
                expected = self.filled(expected)
            check.assertEqual(expected, actual, where)
            check.assertIs(type(expected), type(actual), where)


class Contract:
    """The tests; run against one process and against six."""

    processes = 1

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.gavel = cls.shared_platform(processes=cls.processes)

    def test_every_recorded_scenario_is_answered_the_same(self):
        for scenario in EXAMPLES:
            with self.subTest(scenario["scenario"]):
                replay = Scenario(self, self.gavel)
                for step in scenario["steps"]:
                    replay.run(step)

    def test_the_first_scenario_makes_three_events_on_every_stream(self):
        gavel = self.platform(processes=self.processes)
        with StreamReader(gavel.ports["gateway"]) as direct, \
                StreamReader(gavel.ports["frontend"]) as through_frontend:
            for stream in (direct, through_frontend):
                self.assertEqual(stream.status, 200)
                self.assertIn("text/event-stream", stream.headers["content-type"])
                self.assertEqual(stream.shown(), {"auctions": [], "events": []})
            replay = Scenario(self, gavel)
            answers = [replay.run(step).json["auction"] for step in EXAMPLES[0]["steps"]]
            told = [(event["event_type"], event["payload"]) for event in gavel.history()]
            self.assertEqual(told, [("created", "Laptop"), ("bid", "alice bid $60.0"),
                                    ("closed", "alice")])
            for event in gavel.history():
                self.assertEqual(list(event), ["auction_id", "event_type", "payload", "timestamp"])
                self.assertEqual(event["auction_id"], answers[0]["id"])
            for stream in (direct, through_frontend):
                changes = stream.changes(6)
                self.assertEqual([event.type for event in changes], ["auction", "history"] * 3)
                self.assertEqual([event.json for event in changes[0::2]], answers)
                self.assertEqual([event.json for event in changes[1::2]], gavel.history())
                ids = [id_position(event.id) for event in [stream.snapshot(), *changes]]
                self.assertEqual(ids, sorted(set(ids)))
                self.assertTrue(all(event.own_id for event in changes))
                self.assertTrue(all(list(e.json) == AUCTION_KEYS for e in changes[0::2]))
            self.assertEqual([e.id for e in direct.changes(6)],
                             [e.id for e in through_frontend.changes(6)])

    def test_numbers_are_spelled_as_the_original_spelled_them(self):
        whole = self.gavel.call("POST", "/api/auctions", '{"name": "a", "starting_bid": 50}')
        self.assertIn('"starting_bid":50,"current_bid":50,', whole.text.replace(" ", ""))
        broken = self.gavel.call("POST", "/api/auctions", '{"name": "a", "starting_bid": 10.5}')
        self.assertIn('"starting_bid":10.5,"current_bid":10.5,', broken.text.replace(" ", ""))
        auction = whole.json["auction"]["id"]
        bid = self.gavel.call("POST", f"/api/auctions/{auction}/bid",
                              '{"bidder": "alice", "amount": 60}')
        self.assertIn('"current_bid":60.0,"highest_bidder"', bid.text.replace(" ", ""))
        self.assertIn('"amount":60.0,"timestamp"', bid.text.replace(" ", ""))
        self.assertIn('"starting_bid":50,', bid.text.replace(" ", ""))
        self.assertIn('"closing_time":0,', bid.text.replace(" ", ""))
        listed = self.gavel.call("GET", "/api/auctions").text
        self.assertIn(json.dumps(bid.json["auction"], separators=(",", ":")),
                      listed.replace(", ", ",").replace(": ", ":"))

    def test_known_paths_with_other_methods_are_405_with_allow(self):
        paths = {"gateway": {"/api/auctions": "GET, HEAD, POST", "/api/auctions/1/bid": "POST",
                             "/api/auctions/1/bids/bulk": "POST", "/api/auctions/1/close": "POST",
                             "/api/history": "GET, HEAD", "/api/updates/stream": "GET, HEAD"},
                 "auction_service": {"/auctions": "GET, HEAD, POST", "/auctions/1": "GET, HEAD"},
                 "bidding_service": {"/validate": "POST"},
                 "history_service": {"/events": "GET, HEAD, POST"}}
        paths["frontend"] = paths["gateway"]
        for service, known in paths.items():
            for path, allowed in known.items():
                for method in ("PUT", "DELETE", "PATCH"):
                    with self.subTest(f"{service}: {method} {path}"):
                        answer = self.gavel.call(method, path, service=service)
                        self.assert_answer(answer, 405, {"error": "method not allowed"})
                        self.assertEqual(sorted(answer.headers["allow"].split(", ")),
                                         sorted(allowed.split(", ")))

    def test_a_trailing_slash_matches_the_route(self):
        self.assert_answer(self.gavel.call("GET", "/api/auctions/"), 200)
        self.assert_answer(self.gavel.call("GET", "/api/history/"), 200)
        auction = self.gavel.create()["id"]
        self.assert_answer(self.gavel.call("POST", f"/api/auctions/{auction}/close/"), 200)

    def test_a_second_close_makes_no_second_event(self):
        auction = self.gavel.create()["id"]
        for _ in range(3):
            self.assert_answer(self.gavel.call("POST", f"/api/auctions/{auction}/close", {}), 200)
        types = [event["event_type"] for event in self.gavel.history()
                 if event["auction_id"] == auction]
        self.assertEqual(types, ["created", "closed"])

    def test_ids_of_auctions_made_at_once_are_unique_and_rising_digits(self):
        ids = [self.gavel.create()["id"] for _ in range(50)]
        self.assertTrue(all(re.fullmatch(r"[1-9]\d*", made) for made in ids), ids)
        self.assertEqual([int(made) for made in ids], sorted({int(made) for made in ids}))

    def test_the_auction_service_refuses_lower_bids_too(self):
        auction = self.gavel.create()["id"]
        answer = self.gavel.call("POST", f"/auctions/{auction}/bid", {"bidder": "a", "amount": 50},
                                 service="auction_service")
        self.assert_answer(answer, 409, {"ok": False, "message": "Bid must exceed current value"})

    def test_a_null_description_is_echoed(self):
        self.assertIsNone(self.gavel.create(description=None)["description"])

    def test_the_frontend_serves_the_dashboard_and_passes_refusals_as_they_are(self):
        page = self.gavel.call("GET", "/", service="frontend")
        self.assert_answer(page, 200)
        self.assertIn("text/html", page.headers["content-type"])
        self.assert_answer(self.gavel.call("GET", "/nope", service="frontend"), 404)
        for method, path, body, status in (("POST", "/api/auctions", {}, 400),
                                           ("POST", "/api/auctions/1/close", {}, 404),
                                           ("GET", "/api/nope", None, 404)):
            direct = self.gavel.call(method, path, body)
            passed = self.gavel.call(method, path, body, service="frontend")
            self.assert_answer(passed, status, direct.json)


class InOneProcess(Contract, SystemTest):
    processes = 1


class InSixProcesses(Contract, SystemTest):
    processes = 6


if __name__ == "__main__":
    unittest.main()
