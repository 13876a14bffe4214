#!/usr/bin/env python3
"""What users of an HTTP API expect of it: Date, problem details, figures, limits of rate."""

from __future__ import annotations

import re
import unittest
from concurrent.futures import ThreadPoolExecutor

from harness.http_client import HOST, call
from harness.raft_load import create_auction
from harness.raft_test import RaftTest
from harness.sse import StreamReader
from harness.waiting import wait_for

PROBLEM = {"Accept": "application/problem+json"}


def figures(port: int, host: str = HOST) -> dict[str, float]:
    """Each line of /metrics by its name and labels."""
    answer = call(port, "GET", "/metrics", host=host)
    assert answer.status == 200, str(answer)
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4"), answer.headers
    lines = [line for line in answer.text.splitlines() if line and not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


class Conventions(RaftTest):
    def test_each_answer_has_a_date(self):
        gavel = self.platform()
        for service in ("gateway", "auction_service", "bidding_service", "history_service",
                        "notifier_service", "frontend"):
            for method, path in (("GET", "/livez"), ("GET", "/nowhere"), ("GET", "/metrics"),
                                 ("DELETE", "/livez")):
                answer = gavel.call(method, path, service=service)
                self.assertRegex(answer.headers["date"], r"^\w{3}, \d\d \w{3} \d{4} .* GMT$")

    def test_a_refused_bid_is_explained_to_who_takes_problem_details(self):
        for processes in (1, 6):
            with self.subTest(processes=processes):
                gavel = self.platform(processes=processes)
                auction = gavel.create(duration_seconds=3600)
                self.assert_answer(gavel.bid(auction["id"], "ann", 60), 200)
                path, bid = f"/api/auctions/{auction['id']}/bid", {"bidder": "bob", "amount": 55}
                for service in ("gateway", "frontend"):
                    answer = gavel.call("POST", path, bid, PROBLEM, service)
                    self.assert_answer(answer, 409)
                    self.assertEqual(answer.headers["content-type"], "application/problem+json")
                    problem = answer.json
                    self.assertEqual(problem["title"], "Conflict")
                    self.assertEqual(problem["detail"], "Bid must exceed current value")
                    self.assertEqual(problem["closing_time"], auction["closing_time"])
                    self.assertEqual(problem["current_bid"], 60.0)
                    self.assertLess(problem["server_time"], problem["closing_time"])
                plain = gavel.call("POST", path, bid)
                self.assert_answer(plain, 409, {"ok": False,
                                                "message": "Bid must exceed current value"})
                self.assertEqual(plain.headers["content-type"], "application/json")

    def test_a_write_is_done_only_on_what_the_client_has_seen(self):
        for processes in (1, 6):
            with self.subTest(processes=processes):
                gavel = self.platform(processes=processes)
                path = f"/api/auctions/{gavel.create(retractions=True)['id']}"
                def tag() -> str:
                    return gavel.call("GET", path).headers["etag"]
                def write(what: str, seen: str, body: dict, **headers):
                    return gavel.call("POST", f"{path}/{what}", body, {"If-Match": seen, **headers})
                first, bid = tag(), {"bidder": "ann", "amount": 60}
                keyed = {"Idempotency-Key": "k1"}
                self.assert_answer(write("bid", first, bid, **keyed), 200)
                # A repeat has its first answer, though the bid itself has changed the auction.
                self.assert_answer(write("bid", first, bid, **keyed), 200)
                bids = {"bids": [{"bidder": "bob", "amount": 90}]}
                for what, body in (("bid", {"bidder": "bob", "amount": 90}), ("bid", bid),
                                   ("bids/bulk", bids), ("buy_now", {"bidder": "bob"}),
                                   ("retract", {"bidder": "ann"}), ("close", {}), ("cancel", {})):
                    for stale in (first, '"x"', "W/" + tag()):
                        self.assert_answer(write(what, stale, body), 412)
                self.assertEqual(gavel.call("GET", path).json["auction"]["current_bid"], 60)
                lean = gavel.call("GET", path + "?bids=0").headers["etag"]
                self.assert_answer(write("bid", lean, {"bidder": "bob", "amount": 70}), 200)
                self.assert_answer(write("bids/bulk", f'"x", {tag()}', bids), 200)
                # A restart from a snapshot or from entries forgets nothing of it.
                before = tag()
                gavel.stop()
                gavel.start()
                self.assertEqual(tag(), before)
                self.assert_answer(write("close", first, {}), 412)
                self.assert_answer(write("close", before, {}), 200)
                self.assert_answer(write("close", "*", {}), 200)
                self.assert_answer(gavel.call("POST", "/api/auctions/999/close", {},
                                              {"If-Match": "*"}), 404)

    def test_of_many_writes_on_the_same_state_one_is_done(self):
        gavel = self.platform(processes=6)
        auction = gavel.create()["id"]
        seen = {"If-Match": gavel.call("GET", f"/api/auctions/{auction}").headers["etag"]}
        with ThreadPoolExecutor(16) as clients:
            answers = list(clients.map(
                lambda n: gavel.call("POST", f"/api/auctions/{auction}/bid",
                                     {"bidder": f"b{n}", "amount": 60 + n}, seen).status,
                range(64)))
        self.assertEqual(sorted(answers), [200] + [412] * 63)
        self.assertEqual(len(gavel.call("GET", f"/api/auctions/{auction}").json["auction"]["bids"]),
                         1)

    def test_figures_tell_what_happened_on_every_port(self):
        gavel = self.platform(processes=6)
        auction = gavel.create()["id"]
        self.assert_answer(gavel.bid(auction, "ann", 60), 200)
        self.assert_answer(gavel.bid(auction, "bob", 55), 409)
        reader = StreamReader(gavel.ports["gateway"])
        self.addCleanup(reader.close)
        gateway = wait_for(lambda: (told := figures(gavel.ports["gateway"]))
                           ["gavel_stream_subscribers"] == 1 and told, 10, "one subscriber")
        route = 'service="gateway",method="POST",route="/api/auctions/<auction_id>/bid"'
        self.assertEqual(gateway[f'gavel_http_requests_total{{{route},status="200"}}'], 1)
        self.assertEqual(gateway[f'gavel_http_requests_total{{{route},status="409"}}'], 1)
        self.assertEqual(gateway[f'gavel_http_request_duration_seconds_count{{{route}}}'], 2)
        self.assertEqual(gateway['gavel_feed_connected{service="gateway"}'], 1)
        auctions = figures(gavel.ports["auction_service"])
        self.assertEqual(auctions['gavel_bids_total{outcome="accepted"}'], 1)
        self.assertEqual(auctions["gavel_log_batch_entries_sum"], auctions["gavel_log_index"])
        self.assertGreater(auctions["gavel_log_flush_duration_seconds_sum"], 0)
        bidding = figures(gavel.ports["bidding_service"])
        book = sum(count for name, count in auctions.items() if name.startswith("gavel_bids_total"))
        screened = bidding['gavel_bids_screened_total{reason="too_low"}']
        self.assertEqual(book + screened, 2)
        self.assertEqual(auctions["gavel_log_index"],
                         gateway['gavel_feed_index{service="gateway"}'])
        notifier = figures(gavel.ports["notifier_service"])
        self.assertEqual(notifier['gavel_webhook_attempts_total{result="delivered"}'], 0)
        for service in ("bidding_service", "history_service", "frontend"):
            self.assertEqual(len([name for name in figures(gavel.ports[service])
                                  if name.startswith("gavel_info")]), 1)

    def test_nodes_of_a_cluster_tell_their_figures_and_keep_conditions(self):
        cluster = self.cluster(3)
        leader, nodes = cluster.wait_leader(), list(cluster.nodes.values())
        auction = create_auction(leader, "Lamp")
        seen = leader.call("GET", f"/auctions/{auction}").headers["gavel-index"]
        def bid(number: int) -> int:
            node = nodes[number % 3]  # followers pass it on
            return node.call("POST", f"/auctions/{auction}/bid",
                             {"bidder": f"b{number}", "amount": 60 + number},
                             {"Gavel-If-Unchanged-Since": seen}).status
        with ThreadPoolExecutor(12) as clients:
            self.assertEqual(sorted(clients.map(bid, range(24))), [200] + [412] * 23)
        cluster.wait_equal_books()
        told = [figures(node.port, node.host) for node in nodes]
        self.assertEqual(sum(node["gavel_raft_is_leader"] for node in told), 1)
        for name in ("gavel_raft_term", "gavel_raft_leader"):
            self.assertEqual(len({node[name] for node in told}), 1, name)
        for node in told:
            self.assertGreater(node["gavel_raft_commit_index"], int(seen))
            self.assertGreater(node["gavel_raft_applied_index"], int(seen))
            self.assertGreater(node["gavel_log_batch_entries_sum"], 0)
            self.assertGreater(node["gavel_log_flush_duration_seconds_sum"], 0)

    def test_nothing_that_clients_send_is_a_label(self):
        gavel = self.platform()
        auction = gavel.create(name="Zanzibar")["id"]
        gavel.bid(auction, "zanzibar", 60)
        for path in ("/zanzibar", "/api/auctions/zanzibar", f"/api/auctions/{auction}?zanzibar=1"):
            gavel.call("GET", path, headers={"X-Request-Id": "zanzibar", "Host": "zanzibar"})
        gavel.call("ZANZIBAR", "/livez")
        text = gavel.call("GET", "/metrics").text
        self.assertNotIn("zanzibar", text.lower())
        self.assertFalse(re.search(rf'"/api/auctions/{auction}', text))

    def test_clients_that_ask_too_often_are_told_when_to_come_again(self):
        gavel = self.platform(environment={"RATE_LIMIT_PER_SECOND": "1", "RATE_LIMIT_BURST": "3",
                                           "TRUSTED_PROXIES": "127.0.0.1"})
        def ask(client: str, service: str = "gateway"):
            return gavel.call("GET", "/api/auctions", None, {"X-Forwarded-For": client}, service)
        answers = [ask("192.0.2.1") for _ in range(8)]
        self.assertEqual([answer.status for answer in answers[:3]], [200] * 3)
        self.assertEqual(answers[0].headers["ratelimit-policy"], '"default";q=3;w=3')
        self.assertRegex(answers[0].headers["ratelimit"], r'^"default";r=2;t=1$')
        refused = [answer for answer in answers if answer.status == 429]
        self.assertTrue(refused)
        self.assertEqual(refused[0].headers["retry-after"], "1")
        self.assertEqual(refused[0].json, {"error": "too many requests, try again later"})
        # Others are not concerned, at either door; nor is who looks after the server.
        self.assert_answer(ask("192.0.2.2"), 200)
        self.assert_answer(ask("192.0.2.3", "frontend"), 200)
        for _ in range(10):
            for path in ("/livez", "/readyz", "/metrics"):
                self.assert_answer(gavel.call("GET", path), 200)
        self.assertGreaterEqual(figures(gavel.ports["gateway"])["gavel_rate_limited_total"],
                                len(refused))

    def test_a_client_cannot_choose_whose_requests_are_counted(self):
        gavel = self.platform(environment={"RATE_LIMIT_PER_SECOND": "1", "RATE_LIMIT_BURST": "2"})
        answers = [gavel.call("GET", "/api/auctions", None, {"X-Forwarded-For": f"192.0.2.{n}"})
                   for n in range(8)]
        self.assertIn(429, [answer.status for answer in answers])

    def test_without_the_setting_there_is_no_limit(self):
        gavel = self.platform()
        for _ in range(50):
            answer = gavel.call("GET", "/api/auctions")
            self.assert_answer(answer, 200)
            self.assertNotIn("ratelimit", answer.headers)

    def test_streams_tell_notices_to_who_asks(self):
        gavel = self.platform()
        told = StreamReader(gavel.ports["gateway"], "/api/updates/stream?notices=1")
        plain = StreamReader(gavel.ports["gateway"])
        for reader in (told, plain):
            self.addCleanup(reader.close)
            reader.snapshot()
        auction = gavel.create()["id"]
        for number, bidder in enumerate(("ann", "bob")):
            self.assert_answer(gavel.bid(auction, bidder, 60 + number), 200)
        self.assert_answer(gavel.call("POST", f"/api/auctions/{auction}/close", {}), 200)
        def closed(reader: StreamReader) -> bool:
            return any(event.type == "history" and event.json["event_type"] == "closed"
                       for event in list(reader.events))
        wait_for(lambda: closed(told) and closed(plain), 10, "both have all")
        notices = [(event.json["kind"], event.json["recipient"]) for event in told.events
                   if event.type == "notice"]
        self.assertEqual(notices, [("outbid", "ann"), ("won", "bob"), ("lost", "ann")])
        self.assertNotIn("notice", {event.type for event in plain.events})
        self.assert_answer(gavel.call("GET", "/api/updates/stream?notices=2"), 400)


if __name__ == "__main__":
    unittest.main()
