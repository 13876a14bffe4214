#!/usr/bin/env python3
"""A coordinator of two-phase commit as a real process that is killed at every point; the
participants are the test's own."""

from __future__ import annotations

import http.client
import re
import shutil
import tempfile
import threading
import unittest
from pathlib import Path

from harness.command import run_gavel
from harness.fake_participant import FakeParticipant
from harness.gavel_process import ROOT, GavelProcess, free_port
from harness.http_client import HOST, call
from harness.waiting import wait_for

NAMES = ("auction_service", "history_service", "notifier_service")
FAIL_POINTS_HEADER = ROOT / "consensus/two_phase_commit/driver/fail_points.h"
AGREEMENT_S = 10


def fail_points(side: str) -> list[str]:
    return re.findall(rf'"({side}_\w+)"', FAIL_POINTS_HEADER.read_text())


class Coordinator(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="gavel-test-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.port = free_port()
        self.participants = []
        urls = []
        for name in NAMES:
            port = free_port()
            self.participants.append(FakeParticipant(name, port, [self.port]))
            urls.append(f"{name}=http://{HOST}:{port}")
        for participant in self.participants:
            self.addCleanup(participant.stop)
        self.environment = {
            "SERVICE": "two_phase_coordinator", "BIND_ADDRESS": HOST,
            "COORDINATOR_PORT": str(self.port), "PARTICIPANTS": ",".join(urls),
            "DATA_DIR": str(self.folder / "data"), "TWO_PHASE_TIMEOUT_MS": "1000"}
        self.process = None

    def start(self, fail_point: str = "") -> None:
        environment = {**self.environment, "GAVEL_FAIL_POINT": fail_point}
        self.process = GavelProcess(environment, self.folder / "coordinator.log", "coordinator")
        self.addCleanup(self.process.kill)
        self.process.start()
        wait_for(self.ready, 20, "the coordinator is ready, or was killed on the way")

    def ready(self) -> bool:
        if not self.process.running:
            return True
        try:
            return call(self.port, "GET", "/readyz").status == 200
        except (OSError, http.client.HTTPException):
            return False

    def post(self, key: str = "k"):
        """The answer, or None when the coordinator died on the way."""
        try:
            return call(self.port, "POST", "/transactions",
                        {"kind": "close", "auction_id": "7"}, {"Idempotency-Key": key})
        except (OSError, http.client.HTTPException):
            return None

    def metrics(self) -> str:
        return call(self.port, "GET", "/metrics").text

    def transactions(self) -> list[dict]:
        answer = call(self.port, "GET", "/transactions")
        self.assertEqual(answer.status, 200, str(answer))
        return answer.json["transactions"]

    def all_agree(self) -> bool:
        """Every transaction is finished, and every participant that knows it did what was
        decided."""
        decisions = {}
        for transaction in self.transactions():
            if transaction["finished"] is None:
                return False
            decisions[transaction["id"]] = ("committed" if transaction["state"] == "COMMIT"
                                            else "aborted")
        for participant in self.participants:
            if any(decisions.get(name) != state
                   for name, state in participant.states.items()):
                return False
        return True

    def assert_agreement(self) -> None:
        wait_for(self.all_agree, AGREEMENT_S, "all agree")
        for participant in self.participants:
            self.assertEqual(participant.damage, [])

    def test_a_transaction_commits_everywhere_and_the_log_tells_it(self) -> None:
        self.start()
        answer = self.post()
        self.assertEqual(answer.status, 200, str(answer))
        self.assertEqual(answer.json["results"], {"auction_service": {"by": "auction_service"}})
        self.assert_agreement()
        self.assertIn('gavel_transactions_total{outcome="committed"} 1\n', self.metrics())
        transaction = answer.json["transaction_id"]
        for participant in self.participants:
            self.assertEqual(participant.states, {transaction: "committed"})
            self.assertEqual(participant.facts[transaction]["history_service"],
                             {"of": "history_service"})
        shown = call(self.port, "GET", f"/transactions/{transaction}").json
        self.assertEqual(shown["votes"], {name: "commit" for name in NAMES})
        self.assertEqual(sorted(shown["acknowledged"]), sorted(NAMES))
        log = self.process.log()
        for name in NAMES:
            for line in (
                    f"Phase voting of Node coordinator sends RPC vote_request to "
                    f"Phase voting of Node {name}",
                    f"Phase voting of Node coordinator runs RPC vote_commit called by "
                    f"Phase voting of Node {name}",
                    f"Phase decision of Node coordinator sends RPC global_commit to "
                    f"Phase decision of Node {name}"):
                self.assertIn(line + "\n", log)
        self.assertIn("Phase voting of Node coordinator sends RPC global_commit to "
                      "Phase decision of Node coordinator\n", log)

    def test_a_refusal_is_the_answer_and_changes_nothing(self) -> None:
        self.participants[1].vote = {"vote": "abort", "status": 422, "reason": "too late"}
        self.start()
        answer = self.post()
        self.assertEqual(answer.status, 422)
        self.assertEqual(answer.json["error"], "too late")
        self.assert_agreement()
        for outcome, count in (("committed", 0), ("aborted", 1)):
            self.assertIn(f'gavel_transactions_total{{outcome="{outcome}"}} {count}\n',
                          self.metrics())
        self.assertEqual(self.post().body, answer.body)

    def test_an_unreachable_participant_is_503_and_a_repeat_is_a_new_attempt(self) -> None:
        self.participants[2].silent = True
        self.start()
        answer = self.post()
        self.assertEqual((answer.status, answer.headers.get("retry-after")), (503, "1"))
        self.assertIn("notifier_service", answer.json["error"])
        self.assert_agreement()
        self.participants[2].silent = False
        self.assertEqual(self.post().status, 200)
        self.assert_agreement()

    def kill_at(self, point: str) -> None:
        self.start(point)
        first = self.post()
        if point == "coordinator_before_inquiry_is_answered":
            # Somebody in doubt, of a transaction that the others hold up.
            self.participants[2].silent = True
            waiting = threading.Thread(target=self.post, args=("second",))
            waiting.start()
            wait_for(lambda: not self.process.running, 20, "it is killed there")
            waiting.join()
            self.participants[2].silent = False
        wait_for(lambda: not self.process.running, 20, "it is killed there")
        self.start()
        again = self.post()
        self.assertEqual(again.status, 200, str(again))
        if first is not None:
            self.assertEqual(again.body, first.body)
        self.assert_agreement()
        committed = [t for t in self.transactions() if t["state"] == "COMMIT"]
        self.assertEqual(len(committed), 1, "the request took effect once")
        self.assertEqual({name: state for participant in self.participants
                          for name, state in participant.states.items()
                          if state == "committed"},
                         {committed[0]["id"]: "committed"})


def add_kill_tests() -> None:
    for point in fail_points("coordinator"):
        def test(self, point=point) -> None:
            self.kill_at(point)
        setattr(Coordinator, f"test_killed_at_{point}", test)


class Start(unittest.TestCase):
    def test_participants_that_cannot_be_are_refused_with_one_line(self) -> None:
        for text in ("a=http://h:1,a=http://h:2", "a=http://h:1,b=http://h:1",
                     "coordinator=http://h:1", "a=http://127.0.0.1:9100"):
            ended = run_gavel(environment={"SERVICE": "two_phase_coordinator",
                                           "PARTICIPANTS": text})
            self.assertEqual(ended.status, 1)
            self.assertIn("PARTICIPANTS", ended.stderr)
            self.assertEqual(ended.stderr.count("\n"), 1, ended.stderr)


add_kill_tests()

if __name__ == "__main__":
    unittest.main()
