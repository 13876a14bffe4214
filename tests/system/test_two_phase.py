#!/usr/bin/env python3
"""Create and close through two-phase commit: at all services or at none, whatever is killed."""

from __future__ import annotations

import re
import time
import unittest

from harness.gavel_process import ROOT, Platform
from harness.raft_cluster import RaftCluster
from harness.system_test import SystemTest
from harness.waiting import limit_s, wait_for

FAIL_POINTS = ROOT / "consensus/two_phase_commit/driver/fail_points.h"
LAMP = {"name": "Lamp", "starting_bid": 50}
SERVICES = ("auction_service", "bidding_service", "history_service", "notifier_service")


def fail_points(side: str) -> list[str]:
    return re.findall(rf'"({side}_\w+)"', FAIL_POINTS.read_text())


class TwoPhase(SystemTest):
    def coordinated(self, **options) -> Platform:
        return self.platform(**{"processes": 6, "coordinators": 1, **options})

    def close(self, gavel: Platform, auction: str, headers=None):
        return gavel.call("POST", f"/api/auctions/{auction}/close", {}, headers)

    def events(self, gavel: Platform, auction: str) -> list[str]:
        return [event["event_type"] for event in gavel.settled_history()
                if event["auction_id"] == auction]

    def finished(self, gavel: Platform) -> list[dict] | None:
        """All transactions, once every one of them is over everywhere."""
        answer = gavel.call("GET", "/api/transactions")
        if answer.status != 200:
            return None
        shown = answer.json["transactions"]
        return shown if all(one["finished"] for one in shown) else None

    def wait_finished(self, gavel: Platform) -> None:
        wait_for(lambda: self.finished(gavel) is not None, 15, "nothing is undecided")

    def assert_agreement(self, gavel: Platform, auction: str) -> str:
        """All four services say the same of the auction; its status."""
        self.wait_finished(gavel)
        shown = gavel.call("GET", f"/api/auctions/{auction}").json["auction"]
        told = self.events(gavel, auction)
        self.assertEqual(told.count("created"), 1)
        closed = shown["status"] == "CLOSED"
        self.assertEqual(told.count("closed"), int(closed))
        notices = [one["winner"] for one in gavel.notices(auction_id=auction)]
        self.assertEqual(notices, [shown["highest_bidder"]]
                         if closed and shown["highest_bidder"] else [])
        # Nothing is frozen any more, and the bidding service knows which bids are in vain.
        answer = gavel.bid(auction, "late", shown["current_bid"] + 1)
        self.assert_answer(answer, 409 if closed else 200)
        return shown["status"]

    # ---- when all is well ----------------------------------------------------------------------

    def test_clients_see_what_they_saw_without_a_coordinator(self):
        plain, gavel = self.platform(processes=6), self.coordinated()

        def seen(of: Platform) -> list:
            answers = [of.call("POST", "/api/auctions", LAMP)]
            auction = answers[0].json["auction"]["id"]
            answers += [of.bid(auction, "ann", 60), self.close(of, auction),
                        self.close(of, auction), self.close(of, "424242"),
                        of.call("POST", "/api/auctions/x/close", {}),
                        of.call("POST", "/api/auctions", LAMP, {"Prefer": "return=minimal"}),
                        of.call("POST", "/api/auctions", {"name": "x"})]
            shown = []
            for answer in answers:
                text = re.sub(r'"id":\s*"\d+"|"timestamp":\s*[\d.]+', "", answer.body.decode())
                shown.append((answer.status, text, "gavel-index" in answer.headers))
            return shown

        self.assertEqual(seen(gavel), seen(plain))

    def test_a_transaction_is_shown_with_its_votes(self):
        gavel = self.coordinated()
        auction = gavel.create()["id"]
        gavel.bid(auction, "ann", 60)
        self.assert_answer(self.close(gavel, auction), 200)
        close, create = wait_for(lambda: self.finished(gavel), 10, "all have acknowledged")
        self.assertEqual((close["kind"], create["kind"]), ("close", "create"))
        for one in (close, create):
            self.assertEqual(one["state"], "COMMIT")
            self.assertEqual(one["votes"], {name: "commit" for name in SERVICES})
            self.assertEqual(sorted(one["acknowledged"]), sorted(SERVICES))
            self.assertLessEqual(one["started"], one["decided"])
            self.assertIsNone(one["reason"])
        self.assertEqual(close["auction_id"], auction)
        self.assertEqual(close["name"], "Laptop")
        self.assertEqual(self.assert_agreement(gavel, auction), "CLOSED")
        log = gavel.processes["history_service"].log()
        self.assertIn("Phase voting of Node history_service runs RPC vote_request called by "
                      "Phase voting of Node coordinator_1", log)

    def test_a_key_gives_the_first_answer_and_one_auction(self):
        gavel = self.coordinated()
        key = {"Idempotency-Key": "k"}
        first = gavel.call("POST", "/api/auctions", LAMP, key)
        again = gavel.call("POST", "/api/auctions", LAMP, key)
        self.assertEqual((again.status, again.body), (first.status, first.body))
        self.assertEqual(again.headers["gavel-index"], first.headers["gavel-index"])
        self.assert_answer(gavel.call("POST", "/api/auctions", {**LAMP, "name": "x"}, key), 422)
        auction = first.json["auction"]["id"]
        closed = self.close(gavel, auction, key)
        gavel.restart()
        self.assertEqual(self.close(gavel, auction, key).body, closed.body)
        self.assertEqual(len(gavel.auctions()), 1)
        self.assertEqual(self.events(gavel, auction), ["created", "closed"])

    def test_without_a_coordinator_there_are_no_transactions(self):
        gavel = self.platform()
        gavel.create()
        self.assertEqual(gavel.transactions(), [])

    # ---- who does not answer -------------------------------------------------------------------

    def test_without_the_history_nothing_closes_and_bids_go_on(self):
        gavel = self.coordinated()
        auction = gavel.create()["id"]
        self.assert_answer(gavel.bid(auction, "ann", 60), 200)
        gavel.processes["history_service"].kill()
        refused = self.close(gavel, auction)
        self.assert_answer(refused, 503)
        self.assertIn("retry-after", refused.headers)
        self.assert_answer(gavel.call("POST", "/api/auctions", LAMP), 503)
        self.assertEqual([one["status"] for one in gavel.auctions()], ["OPEN"])
        self.assert_answer(gavel.bid(auction, "bob", 70), 200)
        gavel.processes["history_service"].start()
        gavel.wait_ready()
        self.assert_answer(self.close(gavel, auction), 200)
        self.assertEqual(self.assert_agreement(gavel, auction), "CLOSED")
        self.assertEqual(self.events(gavel, auction), ["created", "bid", "bid", "closed"])
        self.assertEqual([one["winner"] for one in gavel.notices()], ["bob"])

    def test_each_service_is_needed(self):
        gavel = self.coordinated()
        auction = gavel.create()["id"]
        for name in ("bidding_service", "notifier_service"):
            gavel.processes[name].kill()
            self.assert_answer(self.close(gavel, auction), 503)
            gavel.processes[name].start()
            gavel.wait_ready()
        self.assertEqual(self.assert_agreement(gavel, auction), "OPEN")
        self.assert_answer(self.close(gavel, auction), 200)
        self.assertEqual(self.assert_agreement(gavel, auction), "CLOSED")

    def test_without_a_coordinator_process_nothing_closes(self):
        gavel = self.coordinated()
        auction = gavel.create()["id"]
        gavel.processes["coordinator_1"].kill()
        self.assert_answer(self.close(gavel, auction), 503)
        self.assert_answer(gavel.bid(auction, "ann", 60), 200)
        gavel.processes["coordinator_1"].start()
        gavel.wait_ready()
        self.assert_answer(self.close(gavel, auction), 200)
        self.assertEqual(self.assert_agreement(gavel, auction), "CLOSED")

    # ---- crashes -------------------------------------------------------------------------------

    def crash_at(self, gavel: Platform, victim: str, point: str) -> None:
        """The process dies at that point of a close, if it comes by, and is started again."""
        with self.subTest(victim=victim, point=point):
            auction = gavel.create()["id"]
            self.assert_answer(gavel.bid(auction, "ann", 60), 200)
            self.wait_finished(gavel)  # what is left over comes by no point
            process = gavel.processes[victim]
            process.stop()
            process.environment["GAVEL_FAIL_POINT"] = point
            process.start()
            gavel.wait_ready()
            answer = self.close(gavel, auction)
            del process.environment["GAVEL_FAIL_POINT"]
            deadline = time.monotonic() + limit_s(3)
            while process.running and time.monotonic() < deadline:
                time.sleep(0.02)
            died = not process.running
            if not died:
                process.stop()
            process.start()
            gavel.wait_ready()
            status = self.assert_agreement(gavel, auction)
            if answer.status == 200:
                self.assertEqual(status, "CLOSED", f"it was answered so; died: {died}")
            if answer.status == 503:
                self.assertEqual(status, "OPEN", f"nothing was to be changed; died: {died}")
            if status == "OPEN":
                self.assert_answer(self.close(gavel, auction), 200)
                self.assertEqual(self.assert_agreement(gavel, auction), "CLOSED")

    def test_the_coordinator_may_die_at_every_point(self):
        gavel = self.coordinated()
        for point in fail_points("coordinator"):
            self.crash_at(gavel, "coordinator_1", point)

    def test_the_auction_service_may_die_at_every_point(self):
        gavel = self.coordinated()
        for point in fail_points("participant"):
            self.crash_at(gavel, "auction_service", point)

    def test_the_history_service_may_die_at_every_point(self):
        gavel = self.coordinated()
        for point in fail_points("participant"):
            self.crash_at(gavel, "history_service", point)

    def test_the_other_services_may_die_at_every_point(self):
        gavel = self.coordinated()
        for number, point in enumerate(fail_points("participant")):
            self.crash_at(gavel, ("bidding_service", "notifier_service")[number % 2], point)


class OverACluster(TwoPhase):
    """With the decisions in the replicated log, a dead coordinator blocks nobody."""

    def coordinated(self, **options) -> Platform:
        self.cluster = RaftCluster(3)
        self.addCleanup(self.cluster.remove_files)
        self.addCleanup(self.cluster.kill)
        platform = self.unstarted_platform(
            **{"processes": 6, "coordinators": 2,
               "auctions": [node.url for node in self.cluster.nodes.values()], **options})
        for node in self.cluster.nodes.values():
            node.process.environment["COORDINATOR_URL"] = platform.coordinator_urls
        self.cluster.start()
        return platform.start()

    # What the auction service's process would do, nodes do below.
    test_the_auction_service_may_die_at_every_point = None
    test_the_history_service_may_die_at_every_point = None
    test_the_other_services_may_die_at_every_point = None

    def test_without_a_coordinator_process_nothing_closes(self):
        gavel = self.coordinated()
        auction = gavel.create()["id"]
        gavel.processes["coordinator_1"].kill()
        self.assert_answer(self.close(gavel, auction), 200)
        self.assertEqual(self.assert_agreement(gavel, auction), "CLOSED")

    def test_a_coordinator_that_stays_dead_blocks_nobody(self):
        gavel = self.coordinated()
        for point in fail_points("coordinator"):
            with self.subTest(point=point):
                auction = gavel.create()["id"]
                self.assert_answer(gavel.bid(auction, "ann", 60), 200)
                self.wait_finished(gavel)
                process = gavel.processes["coordinator_1"]
                process.kill()
                process.environment["GAVEL_FAIL_POINT"] = point
                process.start()
                gavel.wait_ready()
                self.close(gavel, auction)
                process.kill()
                self.assert_agreement(gavel, auction)
                del process.environment["GAVEL_FAIL_POINT"]
                process.start()
                gavel.wait_ready()

    def test_the_leader_may_die_with_what_it_has_prepared(self):
        gavel = self.coordinated()
        for point in fail_points("participant"):
            with self.subTest(point=point):
                auction = gavel.create()["id"]
                self.assert_answer(gavel.bid(auction, "ann", 60), 200)
                leader = self.cluster.wait_leader()
                victim = self.cluster.others(leader)[0]
                victim.kill()
                victim.process.environment["GAVEL_FAIL_POINT"] = point
                victim.start()
                wait_for(lambda: victim.ask("/readyz"), 20, "it follows")
                leader.call("POST", "/raft/transfer_leadership", {"target": victim.id})
                wait_for(lambda: not victim.process.running or
                         self.cluster.leader_now() is victim, 20, "it leads")
                self.close(gavel, auction)
                del victim.process.environment["GAVEL_FAIL_POINT"]
                victim.kill()
                victim.start()
                self.cluster.wait_leader()
                gavel.wait_ready()
                self.assert_agreement(gavel, auction)
        self.cluster.wait_equal_books()


if __name__ == "__main__":
    unittest.main()
