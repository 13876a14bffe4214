#!/usr/bin/env python3
"""The event stream: a snapshot, then every change once and in order, also for those who return."""

from __future__ import annotations

import selectors
import threading
import time
import unittest

from harness.http_client import open_socket
from harness.sse import SSEParser, StreamReader, id_position, stream_request
from harness.system_test import SystemTest
from harness.waiting import SLOW, limit_s, wait_for

STREAM = "/api/updates/stream"
PING_S = 15


def told(events) -> list[tuple[str, str, str]]:
    return [(event.id, event.type, event.data) for event in events]


class Streams(SystemTest):
    def bid_up(self, gavel, auction: str, count: int, from_amount: int = 60) -> None:
        with gavel.client() as client:
            for i in range(count):
                answer = client.post(f"/api/auctions/{auction}/bid",
                                     {"bidder": f"b{i}", "amount": from_amount + i})
                self.assert_answer(answer, 200)

    def reader(self, gavel, last_id: str | None = None, in_query: bool = False,
               query: str = "", service: str = "gateway") -> StreamReader:
        headers = {}
        if last_id is not None and in_query:
            query = f"{query}&last_event_id={last_id}" if query else f"last_event_id={last_id}"
        elif last_id is not None:
            headers["Last-Event-ID"] = last_id
        stream = StreamReader(gavel.ports[service], f"{STREAM}?{query}" if query else STREAM,
                              headers)
        self.addCleanup(stream.close)
        return stream

    def test_the_snapshot_comes_first_with_everything_so_far(self):
        gavel = self.platform()
        auction = gavel.create()["id"]
        self.bid_up(gavel, auction, 3)
        stream = self.reader(gavel)
        self.assertEqual(stream.status, 200)
        self.assertEqual(stream.headers["content-type"].split(";")[0], "text/event-stream")
        self.assertIn("no-cache", stream.headers["cache-control"])
        snapshot = stream.snapshot()
        self.assertAlmostEqual(snapshot.json["time"], time.time(), delta=60)
        self.assertEqual(stream.shown(), {"auctions": gavel.auctions(), "events": gavel.history()})
        self.assertTrue(snapshot.own_id)
        self.assertNotIn("\n", snapshot.data)
        self.assertGreater(stream.parser.retry_ms, 0)

    def test_a_returning_reader_gets_exactly_what_it_missed(self):
        gavel = self.platform()
        auction = gavel.create()["id"]
        whole = self.reader(gavel)
        whole.snapshot()
        self.bid_up(gavel, auction, 10)
        everything = told(whole.changes(20))
        for seen in range(20):
            for in_query in (False, True):
                with self.subTest(f"after {seen + 1} events, in the query: {in_query}"):
                    back = self.reader(gavel, everything[seen][0], in_query)
                    self.assertEqual(told(back.changes(19 - seen)), everything[seen + 1:])
                    back.close()
        # What comes after is not told twice either.
        back = self.reader(gavel, everything[-1][0])
        self.bid_up(gavel, auction, 5, 100)
        self.assertEqual(told(back.changes(10)), told(whole.changes(30))[20:])
        self.assertEqual(back.of_type("snapshot"), [])

    def test_the_header_wins_over_the_query(self):
        gavel = self.platform()
        whole = self.reader(gavel)
        whole.snapshot()
        self.bid_up(gavel, gavel.create()["id"], 4)
        everything = told(whole.changes(10))
        back = StreamReader(gavel.ports["gateway"], f"{STREAM}?last_event_id={everything[0][0]}",
                            {"Last-Event-ID": everything[7][0]})
        self.addCleanup(back.close)
        self.assertEqual(told(back.changes(2)), everything[8:])

    def test_returning_to_the_snapshot_s_id_gets_all_that_came_after_it(self):
        gavel = self.platform()
        auction = gavel.create()["id"]
        # An entry without an event makes the snapshot's place one between events.
        self.assert_answer(gavel.bid(auction, "low", 1), 409)
        self.assert_answer(gavel.call("POST", f"/api/auctions/{auction}/close", {},
                                      {"Idempotency-Key": "k"}), 200)
        self.assert_answer(gavel.call("POST", f"/api/auctions/{auction}/close", {}), 200)
        first = self.reader(gavel)
        snapshot = first.snapshot()
        gavel.create("Vase")
        everything = told(first.changes(2))
        back = self.reader(gavel, snapshot.id)
        self.assertEqual(told(back.changes(2)), everything)
        self.assertEqual(back.of_type("snapshot"), [])

    def test_resuming_works_across_a_restart_and_across_a_crash(self):
        gavel = self.platform()
        auction = gavel.create()["id"]
        stream = self.reader(gavel)
        stream.snapshot()
        self.bid_up(gavel, auction, 10)
        before = told(stream.changes(20))
        for number, end in enumerate((gavel.stop, gavel.kill)):
            end()
            stream.wait_ended(5)
            gavel.start()
            for seen in (0, 7, 19):
                back = self.reader(gavel, before[seen][0])
                self.assertEqual(told(back.changes(len(before) - seen - 1)), before[seen + 1:],
                                 "the same events have the same ids")
                back.close()
            stream = self.reader(gavel, before[-1][0])
            self.bid_up(gavel, auction, 5, 100 + 100 * number)
            before += told(stream.changes(10))
            self.assertEqual(stream.of_type("snapshot"), [])
            self.assertEqual(len({event[0] for event in before}), len(before))

    def test_an_id_that_means_nothing_here_gets_a_snapshot(self):
        gavel = self.platform()
        self.bid_up(gavel, gavel.create()["id"], 3)
        first = self.reader(gavel)
        log_id, index, _ = id_position(first.snapshot().id)
        for strange in ("", "x", "7", "0", "1-2", "1-2.3", "ffffffffffff-1.0", f"{log_id}-",
                        f"{log_id}-1", f"{log_id}-x.y", f"{log_id}--1.0",
                        f"{log_id}-{index + 1_000_000}.1", f"{log_id}-{'9' * 30}.1",
                        f"{log_id.upper()}Z-1.1", "%", "é", "a" * 4000):
            with self.subTest(strange[:40]):
                try:
                    strange.encode("ascii")
                    back = self.reader(gavel, strange)
                except UnicodeEncodeError:
                    back = self.reader(gavel, "%C3%A9", in_query=True)
                self.assertEqual(back.shown(), first.shown())
                back.close()

    def test_an_id_of_a_log_that_was_wiped_gets_a_snapshot(self):
        gavel = self.platform(environment={"AUCTION_LOG": "memory:"})
        self.bid_up(gavel, gavel.create()["id"], 3)
        old = self.reader(gavel)
        old_id = old.snapshot().id
        gavel.restart()
        gavel.create("New")
        back = self.reader(gavel, old_id)
        self.assertEqual([a["name"] for a in back.snapshot().json["auctions"]], ["New"])

    def test_a_place_that_has_left_the_window_gets_a_snapshot(self):
        gavel = self.platform()
        auction = gavel.create(starting_bid=1)["id"]
        first = self.reader(gavel)
        old_id = first.snapshot().id
        first.close()
        # Each bid is two events; the window holds 65,536.
        amount = 1
        with gavel.client() as client:
            for _ in range(34):
                bids = [{"bidder": "a", "amount": amount + i} for i in range(1, 1001)]
                amount += 1000
                answer = client.post(f"/api/auctions/{auction}/bids/bulk", {"bids": bids},
                                     {"Prefer": "return=minimal"})
                self.assert_answer(answer, 200)
                self.assertEqual(answer.json["accepted"], 1000)
        back = self.reader(gavel, old_id)
        snapshot = back.snapshot()
        self.assertEqual(snapshot.json["auctions"][0]["current_bid"], 34001.0)
        self.assertEqual(len(snapshot.json["auctions"][0]["bids"]), 34000)
        self.assertEqual(len(snapshot.json["events"]), 1000)

    def test_a_filter_shows_one_auction_alone(self):
        gavel = self.platform()
        one, other = gavel.create("One")["id"], gavel.create("Other")["id"]
        stream = self.reader(gavel, query=f"auction_id={one}")
        snapshot = stream.snapshot()
        self.assertEqual([a["id"] for a in snapshot.json["auctions"]], [one])
        self.assertEqual([e["payload"] for e in snapshot.json["events"]], ["One"])
        whole = self.reader(gavel)
        whole.snapshot()
        for amount in range(60, 70):
            self.assert_answer(gavel.bid(one, "a", amount), 200)
            self.assert_answer(gavel.bid(other, "b", amount), 200)
        wanted = [event for event in told(whole.changes(40)) if f'"{one}"' in event[2]]
        self.assertEqual(len(wanted), 20)
        self.assertEqual(told(stream.changes(20)), wanted)
        back = self.reader(gavel, wanted[3][0], query=f"auction_id={one}")
        self.assertEqual(told(back.changes(16)), wanted[4:])
        unknown = self.reader(gavel, query="auction_id=424242")
        self.assertEqual(unknown.shown(), {"auctions": [], "events": []})

    def test_a_lean_stream_tells_states_without_bids_and_every_history_event(self):
        gavel = self.platform()
        auction = gavel.create()["id"]
        lean, full = self.reader(gavel, query="lean=1"), self.reader(gavel)
        snapshot = lean.snapshot().json
        self.assertEqual(snapshot["auctions"][0]["bid_count"], 0)
        self.assertNotIn("bids", snapshot["auctions"][0])
        full.snapshot()
        self.bid_up(gavel, auction, 20)
        history = [event for event in told(full.changes(40)) if event[1] == "history"]
        seen = lean.wait(lambda events: [e for e in events if e.type == "history"][19:], 10,
                         "the last bid")
        self.assertEqual(told(lean.of_type("history")), history)
        self.assertEqual(lean.of_type("auction")[-1].json["bid_count"], 20)
        back = self.reader(gavel, history[-2][0], query="lean=1")
        self.assertEqual(told(back.changes(2))[1], told(seen)[0])

    def test_the_status_tells_of_the_stream_and_of_the_services_behind(self):
        gavel = self.platform(processes=6)
        stream = self.reader(gavel)
        stream.snapshot()
        answer = gavel.call("GET", "/api/status")
        self.assert_answer(answer, 200)
        self.assertEqual(answer.json["stream"]["subscribers"], 1)
        self.assertAlmostEqual(answer.json["time"], time.time(), delta=60)
        self.assertAlmostEqual(float(answer.headers["gavel-time"]), time.time(), delta=60)
        self.assertEqual([service["healthy"] for service in answer.json["services"]], [True] * 4)
        gavel.processes["bidding_service"].kill()
        wait_for(lambda: [service["healthy"] for service in
                               gavel.call("GET", "/api/status").json["services"]]
                      == [True, False, True, True], 10, "the lost service is told of")

    def test_subscribers_beyond_the_cap_are_told_when_to_come_again(self):
        gavel = self.platform(environment={"SSE_MAX_SUBSCRIBERS": "2"})
        for _ in range(2):
            self.reader(gavel).snapshot()
        answer = gavel.call("GET", STREAM)
        self.assert_answer(answer, 503)
        self.assertGreater(int(answer.headers["retry-after"]), 0)
        self.assertEqual(gavel.call("GET", "/api/status").json["stream"]["max_subscribers"], 2)

    def test_silence_is_broken_by_pings_that_move_no_id(self):
        gavel = self.platform()
        gavel.create()
        streams = [self.reader(gavel), self.reader(gavel, service="frontend")]
        for stream in streams:
            snapshot = stream.snapshot()
            ping = stream.wait(lambda events: [e for e in events if e.type == "ping"],
                               PING_S + 3, "a ping")[0]
            self.assertEqual(ping.data, "{}")
            self.assertFalse(ping.own_id)
            self.assertGreater(ping.arrived_s - snapshot.arrived_s, PING_S - 1)

    def test_two_hundred_subscribers_all_get_a_hundred_events(self):
        gavel = self.platform()
        auction = gavel.create()["id"]
        selector = selectors.DefaultSelector()
        self.addCleanup(selector.close)
        received: list[list] = []
        for i in range(200):
            service = "gateway" if i % 2 else "frontend"
            connection = open_socket(gavel.ports[service])
            self.addCleanup(connection.close)
            connection.sendall(stream_request(STREAM))
            parser, events = SSEParser(), []
            received.append(events)
            selector.register(connection, selectors.EVENT_READ, (parser, events))

        def read_until(count: int, seconds: float) -> None:
            deadline = time.monotonic() + limit_s(seconds)
            while min(map(len, received)) < count:
                self.assertLess(time.monotonic(), deadline, f"{sorted(map(len, received))[:5]}...")
                for key, _ in selector.select(0.1):
                    parser, events = key.data
                    piece = key.fileobj.recv(65536)
                    self.assertTrue(piece, "a stream ended")
                    # The head of the answer has no line that names an event.
                    events += [(e.id, e.type, e.data) for e in parser.feed(piece) if e.own_id]

        read_until(1, 20)
        bidding = threading.Thread(target=self.bid_up, args=(gavel, auction, 50))
        bidding.start()
        read_until(101, 30)
        bidding.join(10)
        first = received[0]
        self.assertEqual([event[1] for event in first], ["snapshot"] + ["auction", "history"] * 50)
        for events in received:
            self.assertEqual(events[0][:2], first[0][:2])  # each is told the time it came
            self.assertEqual(events[1:], first[1:])

    def test_each_event_passes_the_frontend_at_once(self):
        for processes in (1, 6):
            with self.subTest(f"{processes} processes"):
                gavel = self.platform(processes=processes)
                auction = gavel.create()["id"]
                stream = self.reader(gavel, service="frontend")
                stream.snapshot()
                delays_s = []
                for i in range(30):
                    self.assert_answer(gavel.bid(auction, "a", 60 + i), 200)
                    answered_s = time.time()
                    event = stream.changes(2 * i + 2)[-1]
                    self.assertEqual(event.json["payload"], f"a bid ${60.0 + i}")
                    delays_s.append(event.arrived_s - answered_s)
                self.assertLess(max(delays_s), 0.1 * SLOW)

    def test_a_write_s_event_and_its_read_agree(self):
        gavel = self.platform(processes=6)
        stream = self.reader(gavel)
        stream.snapshot()
        auction = gavel.create()["id"]
        for i in range(50):
            self.assert_answer(gavel.bid(auction, "a", 60 + i), 200)
            seen = gavel.call("GET", f"/api/auctions/{auction}").json["auction"]
            self.assertEqual(seen["current_bid"], 60.0 + i, "a client sees its own writes")
            self.assertEqual(gavel.history()[-1]["payload"], f"a bid ${60.0 + i}")

    def test_a_bulk_request_s_events_are_told_one_by_one(self):
        gavel = self.platform()
        auction = gavel.create()["id"]
        stream = self.reader(gavel)
        stream.snapshot()
        # Every second one loses.
        bids = [{"bidder": f"b{i}", "amount": 60 + i // 2} for i in range(100)]
        answer = gavel.call("POST", f"/api/auctions/{auction}/bids/bulk", {"bids": bids})
        self.assertEqual(answer.json["accepted"], 50)
        changes = stream.changes(100)
        self.assertEqual([len(e.json["bids"]) for e in changes[0::2]], list(range(1, 51)))
        self.assertEqual([e.json["payload"] for e in changes[1::2]],
                         [f"b{2 * i} bid ${60.0 + i}" for i in range(50)])
        ids = [id_position(event.id) for event in changes]
        self.assertEqual(ids, sorted(set(ids)))
        middle = self.reader(gavel, changes[30].id)  # within one entry of the log
        self.assertEqual(told(middle.changes(69)), told(changes[31:]))


if __name__ == "__main__":
    unittest.main()
