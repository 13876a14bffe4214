#!/usr/bin/env python3
"""Create and close through two-phase commit: at all services or at none, whatever is killed."""

from __future__ import annotations

import contextlib
import re
import threading
import unittest

from harness.gavel_process import ROOT, Platform
from harness.raft_cluster import RaftCluster
from harness.system_test import SystemTest
from harness.waiting import SLOW, limit_s, wait_for

FAIL_POINTS = ROOT / "consensus/two_phase_commit/driver/fail_points.h"
LAMP = {"name": "Lamp", "starting_bid": 50}
SERVICES = ("auction_service", "bidding_service", "history_service", "notifier_service")


# Those that need a test of their own: somebody has to be in doubt, or an abort to be told. The
# coordinator's is in test_two_phase_coordinator.py.
ELSEWHERE = {"coordinator_before_inquiry_is_answered", "participant_before_abort",
             "participant_after_abort", "participant_before_inquiry", "participant_after_restore"}
# The fail points that every create and close comes by, of each side.
ON_EVERY_WAY = {
    side: [point for point in re.findall(rf'"({side}_\w+)"', FAIL_POINTS.read_text())
           if point not in ELSEWHERE]
    for side in ("coordinator", "participant")}


@contextlib.contextmanager
def in_background(call):
    """Makes the call while what is inside goes on, and waits for its end."""
    thread = threading.Thread(target=call)
    thread.start()
    try:
        yield
    finally:
        thread.join(limit_s(60))


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

    def test_a_close_is_done_only_on_what_the_client_has_seen(self):
        gavel = self.coordinated()
        auction = gavel.create()["id"]

        def tag() -> str:
            return gavel.call("GET", f"/api/auctions/{auction}").headers["etag"]

        stale = tag()
        self.assert_answer(gavel.bid(auction, "ann", 60), 200)
        before = gavel.auctions()
        for seen in (stale, '"x"', "W/" + tag()):
            refused = self.close(gavel, auction, {"If-Match": seen})
            self.assert_answer(refused, 412, {
                "error": "the auction has changed since: read it again"})
        problem = self.close(gavel, auction, {"If-Match": stale,
                                              "Accept": "application/problem+json"})
        self.assertEqual(problem.headers["content-type"], "application/problem+json")
        self.assertEqual((problem.status, problem.json["title"]), (412, "Precondition Failed"))
        self.assertEqual(gavel.auctions(), before)
        # A repeat has its first answer, though the close itself has changed the auction; one that
        # was refused may be sent again with what was read since.
        keyed = {"Idempotency-Key": "k", "If-Match": stale}
        self.assert_answer(self.close(gavel, auction, keyed), 412)
        keyed["If-Match"] = tag()

        def not_held_up():  # by those who have yet to hear that the first one was aborted
            told = self.close(gavel, auction, keyed)
            return told if told.status != 409 else None

        closed = wait_for(not_held_up, 15, "nobody holds the auction")
        self.assert_answer(closed, 200)
        self.assertEqual(self.close(gavel, auction, keyed).body, closed.body)
        self.assert_answer(self.close(gavel, auction, {"If-Match": keyed["If-Match"]}), 412)
        self.assert_answer(self.close(gavel, auction, {"If-Match": tag()}), 200)
        self.assert_answer(self.close(gavel, auction, {"If-Match": "*"}), 200)
        self.assert_answer(self.close(gavel, "424242", {"If-Match": "*"}), 404)
        self.assertEqual(self.assert_agreement(gavel, auction), "CLOSED")
        # A create has nothing that it could be tied to.
        self.assert_answer(gavel.call("POST", "/api/auctions", LAMP, {"If-Match": stale}), 201)

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

    def arm(self, process, point: str) -> None:
        """Started again, the process dies at that point when it first comes by."""
        process.stop()
        process.environment["GAVEL_FAIL_POINT"] = point
        process.start()

    def revive(self, gavel: Platform, process) -> None:
        """It is dead: it comes back, to live."""
        wait_for(lambda: not process.running, 20, "it came by its fail point")
        del process.environment["GAVEL_FAIL_POINT"]
        process.start()
        gavel.wait_ready()

    def bid_on(self, gavel: Platform) -> str:
        """An auction with a bid. What is left over of its creation comes by no point."""
        auction = gavel.create()["id"]
        self.assert_answer(gavel.bid(auction, "ann", 60), 200)
        self.wait_finished(gavel)
        return auction

    def assert_closed_or_open(self, gavel: Platform, auction: str, answer=None) -> None:
        """Everywhere the same, and what the client was told; what is open can be closed."""
        status = self.assert_agreement(gavel, auction)
        if answer is not None and answer.status == 200:
            self.assertEqual(status, "CLOSED", "it was answered so")
        if answer is not None and answer.status == 503:
            self.assertEqual(status, "OPEN", "nothing was to be changed")
        if status == "OPEN":
            # Nobody waits for those who were told to abort: one that was restarted holds its lock
            # until it has asked.
            def not_held_up():
                told = self.close(gavel, auction)
                return told if told.status != 409 else None

            self.assert_answer(wait_for(not_held_up, 15, "nobody holds the auction"), 200)
            self.assertEqual(self.assert_agreement(gavel, auction), "CLOSED")

    def assert_created_or_not(self, gavel: Platform, name: str, answer) -> None:
        self.wait_finished(gavel)
        found = [one["id"] for one in gavel.auctions() if one["name"] == name]
        self.assertLessEqual(len(found), 1)
        if answer.status == 201:
            self.assertEqual(found, [answer.json["auction"]["id"]])
        if answer.status == 503:
            self.assertEqual(found, [], "nothing was to be changed")
        told = [one for one in gavel.settled_history()
                if one["event_type"] == "created" and one["payload"] == name]
        self.assertEqual(len(told), len(found))
        for auction in found:
            self.assert_closed_or_open(gavel, auction)

    def crash_at(self, gavel: Platform, victim: str, point: str, kinds=("close", "create")) -> None:
        """The process dies at that point of a transaction, and is started again."""
        process = gavel.processes[victim]
        for kind in kinds:
            with self.subTest(victim=victim, point=point, kind=kind):
                auction = self.bid_on(gavel)
                name = f"{victim} {point}"
                self.arm(process, point)
                gavel.wait_ready()
                if kind == "close":
                    answer = self.close(gavel, auction)
                else:
                    answer = gavel.call("POST", "/api/auctions", {**LAMP, "name": name})
                self.revive(gavel, process)
                if kind == "close":
                    self.assert_closed_or_open(gavel, auction, answer)
                else:
                    self.assert_created_or_not(gavel, name, answer)

    def some_of(self, points: list[str]) -> list[str]:
        """All of them; where everything is slow, those that the seed picks."""
        return points if SLOW == 1 else self.seeded().sample(points, 3)

    def test_the_coordinator_may_die_at_every_point(self):
        gavel = self.coordinated()
        for point in self.some_of(ON_EVERY_WAY["coordinator"]):
            self.crash_at(gavel, "coordinator_1", point)

    def test_the_auction_service_may_die_at_every_point(self):
        gavel = self.coordinated()
        for point in self.some_of(ON_EVERY_WAY["participant"]):
            self.crash_at(gavel, "auction_service", point)

    def test_the_history_service_may_die_at_every_point(self):
        gavel = self.coordinated()
        for point in self.some_of(ON_EVERY_WAY["participant"]):
            self.crash_at(gavel, "history_service", point, ("close",))

    def test_the_other_services_may_die_at_every_point(self):
        gavel = self.coordinated()
        for number, point in enumerate(self.some_of(ON_EVERY_WAY["participant"])):
            self.crash_at(gavel, ("bidding_service", "notifier_service")[number % 2], point)

    def test_who_is_told_to_abort_may_die_of_it(self):
        gavel = self.coordinated()
        for victim, missing in (("auction_service", "history_service"),
                                ("history_service", "notifier_service")):
            for point in ("participant_before_abort", "participant_after_abort"):
                with self.subTest(victim=victim, point=point):
                    auction = self.bid_on(gavel)
                    self.arm(gavel.processes[victim], point)
                    gavel.wait_ready()
                    gavel.processes[missing].kill()
                    self.assert_answer(self.close(gavel, auction), 503)
                    gavel.processes[missing].start()
                    self.revive(gavel, gavel.processes[victim])
                    self.assertEqual(self.assert_agreement(gavel, auction), "OPEN")

    def test_who_is_in_doubt_may_die_of_it(self):
        gavel = self.coordinated()
        coordinator = gavel.processes["coordinator_1"]
        for victim in ("auction_service", "bidding_service", "history_service"):
            for point in ("participant_after_restore", "participant_before_inquiry"):
                with self.subTest(victim=victim, point=point):
                    auction, process = self.bid_on(gavel), gavel.processes[victim]
                    self.arm(process, "participant_after_prepared_is_forced")
                    gavel.wait_ready()
                    with in_background(lambda: self.close(gavel, auction)):
                        wait_for(lambda: not process.running, 20, "it has prepared")
                        coordinator.kill()  # or it might tell before it is asked
                    process.environment["GAVEL_FAIL_POINT"] = point
                    process.start()
                    wait_for(lambda: not process.running, 20, "it is in doubt, and dies")
                    coordinator.start()
                    self.revive(gavel, process)
                    self.assert_closed_or_open(gavel, auction)


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
    test_the_coordinator_may_die_at_every_point = None
    test_who_is_told_to_abort_may_die_of_it = None
    test_who_is_in_doubt_may_die_of_it = None
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
        for point in self.some_of(ON_EVERY_WAY["coordinator"]):
            with self.subTest(point=point):
                auction = self.bid_on(gavel)
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
        for point in self.some_of(ON_EVERY_WAY["participant"]):
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
