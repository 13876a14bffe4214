"""Tests of the benchmark, each named after the rule it proves.

    python3 -m unittest discover -s evaluation -p 'test_*.py'

They talk to a small server in this process that follows the platform's contract and can be told to
misbehave, since a benchmark is only worth something if it notices.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
if str(FOLDER) not in sys.path:
    sys.path.insert(0, str(FOLDER))

import benchmark  # noqa: E402
import http_exchange  # noqa: E402
import latency  # noqa: E402
import load  # noqa: E402
import report  # noqa: E402
import verification  # noqa: E402
from http_exchange import Client, ExchangeError, NotHTTP, ResponseParser, TargetError  # noqa: E402
from latency import Samples  # noqa: E402


class FakeGavel:
    """The contract in one lock and one dictionary. `faults` makes it misbehave:

    "drop bid": every second accepted bid is forgotten; "double bid": every second is kept twice;
    "keep refused": refused bids are kept; "accept hopeless"; "busy": every second bid is 503;
    "chunked"; "close each": one answer a connection; "no single route"; "old": ignores idempotency
    keys; "hang": bids get no answer; "lose answers": every second bid is taken and not answered;
    "lose history": bids leave no event; "no auctions"; "die": gone for good at the tenth bid;
    "stall": the tenth bid takes 0.3 s, and all others wait for it.
    """

    def __init__(self, *faults: str):
        self.faults = set(faults)
        self.lock = threading.Lock()
        self.auctions: dict[str, dict] = {}
        self.events: list[dict] = []
        self.answers: dict[str, tuple[int, dict]] = {}
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []
        self.bid_count = 0
        self.dead = False
        self.released = threading.Event()
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def log_message(self, *_):
                pass

            def do_GET(self):
                fake.serve(self)

            do_POST = do_GET

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 256

            def handle_error(self, *_):
                pass  # clients that leave early are part of the tests

        self.server = Server(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self) -> FakeGavel:
        self.thread.start()
        return self

    def __exit__(self, *_) -> None:
        self.released.set()
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def serve(self, handler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        answer = self.answer(handler.command, handler.path, headers, body)
        if answer is None:
            handler.close_connection = True
            return
        self.send(handler, *answer)

    def send(self, handler, status: int, value: dict) -> None:
        body = b"" if status == 204 else json.dumps(value).encode()
        head = f"HTTP/1.1 {status} Whatever\r\n"
        if "close each" in self.faults:
            head += "Connection: close\r\n"
            handler.close_connection = True
        if "chunked" in self.faults and body:
            middle = len(body) // 2
            body = b"".join(b"%x\r\n%s\r\n" % (len(part), part)
                            for part in (body[:middle], body[middle:]) if part) + b"0\r\n\r\n"
            head += "Transfer-Encoding: chunked\r\n"
        elif status != 204:
            head += f"Content-Length: {len(body)}\r\n"
        handler.wfile.write(head.encode() + b"\r\n" + body)

    def answer(self, method: str, path: str, headers: dict, body: bytes):
        with self.lock:
            self.requests.append((method, path, headers, body))
            key = headers.get("idempotency-key")
            if key in self.answers and "old" not in self.faults:
                return self.answers[key]
            answer = self.route(method, path, json.loads(body or b"{}"))
            if answer and key and answer[0] != 503:
                self.answers[key] = answer
            losing = "lose answers" in self.faults and path.endswith("/bid")
            if losing and self.bid_count % 2 == 0 and answer is not None:
                return None
            if "die" in self.faults and self.bid_count == 10:
                self.dead = True
                self.server.socket.close()
            if self.dead:
                return None
            if answer and headers.get("prefer") == "return=minimal" and answer[0] == 200:
                return 204, {}
        if answer is None:
            self.released.wait(10)  # "hang"
        return answer

    def route(self, method: str, path: str, body: dict):
        if path == "/api/history":
            return 200, {"events": self.events}
        if path == "/api/auctions" and method == "GET":
            return 200, {"auctions": list(self.auctions.values())}
        if path == "/api/auctions" and "no auctions" not in self.faults:
            return self.create(body)
        match = re.fullmatch(r"/api/auctions/([0-9]+)(/bid|/close)?", path)
        auction = self.auctions.get(match[1]) if match else None
        if auction is None or (match[2] is None and "no single route" in self.faults):
            return 404, {"error": "auction not found"}
        if match[2] is None:
            return 200, {"auction": auction}
        return self.bid(auction, body) if match[2] == "/bid" else self.close(auction)

    def tell(self, auction: dict, kind: str, payload: str) -> None:
        self.events.append({"auction_id": auction["id"], "event_type": kind, "payload": payload,
                            "timestamp": time.time()})

    def create(self, body: dict):
        auction = {"id": str(1000 + len(self.auctions)), "name": body["name"],
                   "starting_bid": body["starting_bid"], "current_bid": body["starting_bid"],
                   "highest_bidder": "", "status": "OPEN", "bids": []}
        self.auctions[auction["id"]] = auction
        self.tell(auction, "created", auction["name"])
        return 201, {"auction": json.loads(json.dumps(auction))}

    def bid(self, auction: dict, body: dict):
        self.bid_count += 1
        second = self.bid_count % 2 == 0
        if "stall" in self.faults and self.bid_count == 10:
            time.sleep(0.3)
        if "hang" in self.faults:
            return None
        if "busy" in self.faults and second:
            return 503, {"error": "busy"}
        entry = {"bidder": body["bidder"], "amount": float(body["amount"]),
                 "timestamp": time.time()}
        if entry["amount"] <= auction["current_bid"] and "accept hopeless" not in self.faults:
            if "keep refused" in self.faults:
                auction["bids"].append(entry)
            return 409, {"ok": False, "message": "Bid must exceed current value"}
        auction["current_bid"], auction["highest_bidder"] = entry["amount"], entry["bidder"]
        copies = 0 if "drop bid" in self.faults and second else (
            2 if "double bid" in self.faults and second else 1)
        auction["bids"] += [entry] * copies
        if "lose history" not in self.faults:
            self.tell(auction, "bid", f"{entry['bidder']} bid ${entry['amount']}")
        return 200, {"auction": json.loads(json.dumps(auction))}

    def close(self, auction: dict):
        if auction["status"] == "OPEN":
            auction["status"] = "CLOSED"
            self.tell(auction, "closed", auction["highest_bidder"])
        return 200, {"auction": json.loads(json.dumps(auction))}


def run_main(*argv: str, environment: dict | None = None) -> tuple[int, str, str]:
    """Exit status, standard output and standard error of the program, run within this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = benchmark.main(list(argv), environment if environment is not None else {})
        except SystemExit as leaving:
            status = leaving.code
    return status, out.getvalue(), err.getvalue()


# Without warm-up at least one bid of each connection is measured, however slow the machine is.
SHORT_LOAD = ("--duration", "0.15", "--warmup", "0", "--connections", "3")


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@contextlib.contextmanager
def raw_server(serve):
    """A TCP server that gives each connection to `serve(socket, how_many_before)`."""
    listener = socket.create_server(("127.0.0.1", 0))

    def accept():
        count = 0
        while True:
            try:
                peer = listener.accept()[0]
            except OSError:
                return
            with peer, contextlib.suppress(OSError):
                serve(peer, count)
            count += 1

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        # Closing does not wake a thread within accept; shutting down does.
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(2)


class TargetTest(unittest.TestCase):
    def test_a_url_is_taken_as_it_is(self):
        target = http_exchange.resolve_target("http://example.test:81/base/", {})
        self.assertEqual(("example.test", 81, "/base"), (target.host, target.port, target.path))

    def test_the_name_of_an_environment_variable_stands_for_its_value(self):
        target = http_exchange.resolve_target("WHERE", {"WHERE": "http://10.0.0.1:8080"})
        self.assertEqual(("10.0.0.1", 8080), (target.host, target.port))

    def test_without_an_argument_base_url_counts_and_then_the_default(self):
        self.assertEqual(9, http_exchange.resolve_target(None, {"BASE_URL": "http://h:9"}).port)
        self.assertEqual("http://localhost:8000", http_exchange.resolve_target(None, {}).url)

    def test_a_host_and_port_need_no_scheme(self):
        target = http_exchange.resolve_target("localhost:8080", {})
        self.assertEqual("localhost:8080", target.host_header)

    def test_an_ipv6_address_wears_brackets_in_the_host_header(self):
        target = http_exchange.resolve_target("http://[::1]:8000", {})
        self.assertEqual("[::1]:8000", target.host_header)

    def test_what_names_no_server_is_refused_with_advice(self):
        cases = {"BASE_URL": "no environment variable 'BASE_URL' is set", "https://host": "https",
                 "ftp://host": "is not a URL", "http://": "is not a URL",
                 "http://h:99999": "is not a URL", "http://h:x": "is not a URL",
                 "http://h/?q": "more than", "http://u@h": "more than",
                 "http://a b": "is not a URL"}
        for text, advice in cases.items():
            with self.subTest(text), self.assertRaisesRegex(TargetError, re.escape(advice)):
                http_exchange.resolve_target(text, {})


class ParserTest(unittest.TestCase):
    def pieces(self, data: bytes, size: int):
        """The answer to `data` fed in pieces of `size` bytes."""
        parser = ResponseParser()
        for start in range(0, len(data), size):
            response = parser.feed(data[start:start + size])
            if response is not None:
                self.assertGreaterEqual(start + size, len(data))
                return response
        return parser.finish()

    def test_an_answer_is_the_same_however_its_bytes_are_split(self):
        answers = {
            b"HTTP/1.1 200 OK\r\ncontent-length:  5\r\n\r\nhello": b"hello",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"2;x=y\r\nhe\r\nA\r\nllo, world\r\n0\r\n\r\n": b"hello, world",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"1\r\n!\r\n0\r\nTrailer: 1\r\n\r\n": b"!",
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok": b"ok",
            b"HTTP/1.1 204 No Content\r\n\r\n": b"",
            b"HTTP/1.1 200 OK\r\n\r\nuntil the end": b"until the end",
        }
        for data, body in answers.items():
            for size in (1, 2, 7, len(data)):
                with self.subTest(data=data, size=size):
                    self.assertEqual(body, self.pieces(data, size).body)

    def test_keep_alive_follows_version_and_header(self):
        cases = {b"HTTP/1.1 200 OK\r\nContent-Length: 0": True,
                 b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: Close": False,
                 b"HTTP/1.0 200 OK\r\nContent-Length: 0": False,
                 b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive": True}
        for head, keep_alive in cases.items():
            with self.subTest(head):
                self.assertEqual(keep_alive, ResponseParser().feed(head + b"\r\n\r\n").keep_alive)

    def test_malformed_answers_are_errors(self):
        for data in (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
                     b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab",
                     b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                     b"HTTP/1.1 200 OK\r\nX: " + b"x" * http_exchange.HEADER_LIMIT_BYTES):
            with self.subTest(data[:60]), self.assertRaises(ExchangeError):
                ResponseParser().feed(data)

    def test_another_protocol_is_noticed_at_its_first_bytes(self):
        for data in (b"SSH-2.0-OpenSSH\r\n", b"220 mail\r\n", b"HTTP/1.1 what\r\n\r\n", b"\x00"):
            with self.subTest(data), self.assertRaises(NotHTTP):
                ResponseParser().feed(data)

    def test_a_cut_answer_is_no_answer(self):
        self.assertIsNone(self.pieces(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", 4))


class ClientTest(unittest.TestCase):
    ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

    def client(self, port: int) -> Client:
        target = http_exchange.parse_target(f"http://127.0.0.1:{port}")
        return Client(target, http_exchange.find_address(target, 2), 2)

    def one_answer_a_connection(self, peer, _):
        """A server that promises to keep the connection and then does not."""
        if peer.recv(65536):
            peer.sendall(self.ANSWER)

    def test_a_connection_closed_between_requests_is_opened_again(self):
        with raw_server(self.one_answer_a_connection) as port, self.client(port) as client:
            for number in range(3):
                self.assertEqual(200, client.post("/", {}, f"key-{number}").status)
            self.assertEqual(2, client.retries)

    def test_a_post_without_a_key_is_not_repeated(self):
        with raw_server(self.one_answer_a_connection) as port, self.client(port) as client:
            self.assertEqual(200, client.post("/", {}).status)
            with self.assertRaisesRegex(ExchangeError, ""):
                client.post("/", {})

    def test_a_new_connection_that_fails_is_not_tried_again(self):
        with raw_server(lambda peer, _: peer.recv(65536)) as port, self.client(port) as client:
            with self.assertRaises(ExchangeError) as raised:
                client.get("/")
            self.assertEqual(("connection closed", 0), (raised.exception.kind, client.retries))

    def test_header_and_body_are_one_send(self):
        pieces = []

        def serve(peer, _):
            pieces.append(peer.recv(65536))
            if pieces[-1]:
                peer.sendall(self.ANSWER)

        with raw_server(serve) as port, self.client(port) as client:
            client.post("/x", {"a": 1}, "key")
        request = next(piece for piece in pieces if piece)
        self.assertTrue(request.startswith(b"POST /x HTTP/1.1\r\n"))
        self.assertTrue(request.endswith(b'\r\nContent-Length: 8\r\n\r\n{"a": 1}'))
        self.assertIn(b"\r\nIdempotency-Key: key\r\n", request)


class LatencyTest(unittest.TestCase):
    def test_percentiles_agree_with_counting_in_a_sorted_list(self):
        source = random.Random(7)
        for size in (1, 2, 3, 10, 99, 100, 101, 1000, 1001):
            ordered = sorted(source.random() for _ in range(size))
            for share in (0, 0.5, 0.9, 0.99, 0.999, 1):
                with self.subTest(size=size, share=share):
                    # The definition, counted out: the first that enough of them do not exceed.
                    wanted = next(value for index, value in enumerate(ordered)
                                  if (index + 1) * 1000 >= round(share * 1000) * size)
                    self.assertEqual(wanted, latency.percentile(ordered, share))

    def samples(self, *pairs) -> Samples:
        samples = Samples()
        for pair in pairs:
            samples.add(*pair)
        return samples

    def test_answers_after_the_window_count_but_do_not_raise_the_rate(self):
        summary = latency.summarize(self.samples((0.5, 0.5), (1.5, 1.5), (4.0, 9.0)), 2.0)
        self.assertEqual((3, 1.0, 4000.0), (summary.count, summary.per_second, summary.max_ms))

    def test_no_samples_have_no_latency(self):
        self.assertEqual(latency.Summary(0, 0.0), latency.summarize(Samples(), 1.0))

    def test_merging_loses_nothing(self):
        parts = [self.samples((0.25, 1.0)), self.samples((0.5, 2.0), (0.125, 3.0))]
        whole = latency.merged(parts)
        self.assertEqual([0.25, 0.5, 0.125], list(whole.latencies_s))

    def test_timeline_and_histogram_hold_every_sample_once(self):
        source = random.Random(3)
        samples = self.samples(*((source.expovariate(100) + 1e-5, source.uniform(0, 12))
                                 for _ in range(500)))
        buckets = latency.timeline({"accepted": samples}, 12.0)
        self.assertEqual((12, 500), (len(buckets), sum(b.counts["accepted"] for b in buckets)))
        bars = latency.histogram({"accepted": samples})
        self.assertEqual(500, sum(bar.counts["accepted"] for bar in bars))
        for low, high in zip(bars, bars[1:]):
            self.assertAlmostEqual(low.to_ms, high.from_ms)

    def test_the_percentile_curve_rises_and_ends_at_the_maximum(self):
        samples = self.samples(*((index / 1000, 0.0) for index in range(1, 1001)))
        curve = latency.percentile_curve(samples)
        self.assertEqual([ms for _, ms in curve], sorted(ms for _, ms in curve))
        self.assertAlmostEqual(1000.0, curve[-1][1], places=3)


class VerificationTest(unittest.TestCase):
    ACCEPTED = {"run-0-1": 101, "run-0-2": 102, "run-0-3": 103}

    def check(self, *listed, uncertain=()):
        bids = [{"bidder": bidder, "amount": amount, "timestamp": 0} for bidder, amount in listed]
        return verification.check_bids("7", bids, dict(self.ACCEPTED), set(uncertain), "run")

    def found(self, result) -> dict:
        kinds = ("missing", "doubled", "changed", "disordered", "unexpected")
        return {kind: getattr(result, kind) for kind in kinds if getattr(result, kind)}

    def test_all_present_once_and_rising_is_verified(self):
        result = self.check(("run-0-1", 1.01), ("run-0-2", 1.02), ("run-0-3", 1.03))
        self.assertTrue(result.ok)
        self.assertEqual("Verified: 3 accepted bids are all present", result.summary())

    def test_a_dropped_bid_is_caught_and_named(self):
        result = self.check(("run-0-1", 1.01), ("run-0-3", 1.03))
        self.assertEqual({"missing": 1}, self.found(result))
        self.assertIn("run-0-2", result.details[0])

    def test_a_doubled_bid_is_caught(self):
        result = self.check(("run-0-1", 1.01), ("run-0-2", 1.02), ("run-0-2", 1.02),
                            ("run-0-3", 1.03))
        self.assertEqual({"doubled": 1, "disordered": 1}, self.found(result))

    def test_a_changed_amount_is_caught(self):
        result = self.check(("run-0-1", 1.01), ("run-0-2", 1.025), ("run-0-3", 1.03))
        self.assertEqual({"changed": 1}, self.found(result))

    def test_falling_prices_are_caught(self):
        result = self.check(("run-0-2", 1.02), ("run-0-1", 1.01), ("run-0-3", 1.03))
        self.assertEqual({"disordered": 1}, self.found(result))

    def test_a_refused_bid_that_is_listed_is_caught(self):
        result = self.check(("run-0-1", 1.01), ("run-0-2", 1.02), ("run-0-3", 1.03),
                            ("run-0-4", 1.04))
        self.assertEqual({"unexpected": 1}, self.found(result))

    def test_a_bid_without_an_answer_may_be_listed_or_not(self):
        listed = [("run-0-1", 1.01), ("run-0-2", 1.02), ("run-0-3", 1.03), ("run-0-4", 1.04)]
        self.assertTrue(self.check(*listed, uncertain={"run-0-4"}).ok)
        self.assertTrue(self.check(*listed[:3], uncertain={"run-0-4"}).ok)

    def test_bids_of_other_people_are_left_alone(self):
        result = self.check(("run-0-1", 1.01), ("run-0-2", 1.02), ("alice", 1.021),
                            ("run-0-3", 1.03))
        self.assertTrue(result.ok)
        self.assertEqual(1, result.strangers)

    def test_entries_that_are_no_bids_are_caught(self):
        for entry in (None, 5, "bid", [], {"bidder": [], "amount": 1}, {"amount": 1}):
            with self.subTest(entry):
                self.assertFalse(verification.check_bids("7", [entry], {}, set(), "run").ok)

    def test_cents_survive_binary_fractions_and_nothing_else_passes(self):
        for cents in (1, 29, 101, 1005, 123456789):
            self.assertEqual(cents, verification.cents_of(cents / 100))
        for amount in (1.005, True, "1", None, float("nan"), float("inf")):
            self.assertIsNone(verification.cents_of(amount), amount)


class LoopTest(unittest.TestCase):
    def test_the_loop_creates_bids_closes_and_reads_the_history(self):
        with FakeGavel() as fake:
            status, out, err = run_main(fake.url, "--iterations", "4")
        self.assertEqual((0, ""), (status, err))
        self.assertRegex(out, r"(?m)^Latency avg: \d+\.\d\d ms$")
        self.assertRegex(out, r"(?m)^Throughput: \d+\.\d\d requests/s$")
        self.assertIn("12 of 12 events of this run are there exactly once", out)
        steps = [path.rsplit("/", 1)[1] for _, path, _, _ in fake.requests
                 if path.startswith("/api")]
        self.assertEqual(["auctions", "bid", "close", "history"] * 4, steps)

    def test_the_default_is_fifty_iterations_at_the_variables_address(self):
        with FakeGavel() as fake:
            status, _, _ = run_main("HERE", environment={"HERE": fake.url})
        self.assertEqual((0, 50), (status, len(fake.auctions)))

    def test_chunked_answers_and_answers_that_close_are_understood(self):
        for fault in ("chunked", "close each"):
            with self.subTest(fault), FakeGavel(fault) as fake:
                self.assertEqual(0, run_main(fake.url, "--iterations", "3")[0])

    def test_lean_asks_for_a_minimal_answer(self):
        with FakeGavel() as fake:
            self.assertEqual(0, run_main(fake.url, "--iterations", "2", "--lean")[0])
        prefers = [headers.get("prefer") for _, path, headers, _ in fake.requests
                   if path.endswith("/bid")]
        self.assertEqual(["return=minimal"] * 2, prefers)

    def test_an_error_status_is_counted_and_leaves_status_1(self):
        with FakeGavel("busy") as fake:
            status, out, _ = run_main(fake.url, "--iterations", "5")
        self.assertEqual(1, status)
        self.assertIn("Errors: 2 x status 503 to bid", out)

    def test_a_history_that_forgets_is_noticed_unless_not_asked_for(self):
        with FakeGavel("lose history") as fake:
            self.assertEqual(1, run_main(fake.url, "--iterations", "2")[0])
            self.assertEqual(0, run_main(fake.url, "--iterations", "2", "--no-verify")[0])

    def test_a_lost_answer_is_asked_for_again_with_the_same_key(self):
        with FakeGavel("lose answers") as fake:
            status, out, _ = run_main(fake.url, "--iterations", "6")
            self.assertEqual(0, status, out)
        keys = [headers["idempotency-key"] for _, path, headers, _ in fake.requests
                if path.endswith("/bid")]
        self.assertEqual((9, 6), (len(keys), len(set(keys))))


class LoadTest(unittest.TestCase):
    def run_json(self, fake: FakeGavel, *options: str) -> tuple[int, dict, str]:
        status, out, err = run_main(fake.url, *SHORT_LOAD, "--json", *options)
        return status, json.loads(out), err

    def test_without_races_every_bid_is_accepted_and_verified(self):
        with FakeGavel() as fake:
            status, result, text = self.run_json(fake)
        self.assertEqual(0, status, text)
        self.assertGreater(result["outcomes"]["accepted"]["count"], 2)
        self.assertEqual(0, result["outcomes"]["refused"]["count"])
        kept = sum(len(auction["bids"]) for auction in fake.auctions.values())
        self.assertEqual(kept, result["verification"]["accepted"])
        self.assertIn(f"Verified: {kept} accepted bids are all present", text)

    def test_auctions_are_closed_afterwards(self):
        with FakeGavel() as fake:
            self.run_json(fake)
        self.assertEqual({"CLOSED"}, {auction["status"] for auction in fake.auctions.values()})

    def test_connections_that_share_an_auction_may_lose_races_and_nothing_else(self):
        with FakeGavel() as fake:
            status, result, text = self.run_json(fake, "--auctions", "1")
        self.assertEqual(0, status, text)
        self.assertEqual(1, len(fake.auctions))
        self.assertGreater(result["outcomes"]["accepted"]["count"], 2)

    def test_the_share_of_hopeless_bids_is_kept_and_they_are_refused(self):
        with FakeGavel() as fake:
            status, result, text = self.run_json(fake, "--hopeless", "0.4", "--seed", "3")
        self.assertEqual(0, status, text)
        accepted, refused = (result["outcomes"][name]["count"] for name in ("accepted", "refused"))
        choice = random.Random(load.random_seed(3, 0))
        hopeless = sum(choice.random() < 0.4 for _ in range(accepted + refused))
        self.assertEqual(hopeless, refused)

    def test_all_hopeless_means_none_is_accepted(self):
        with FakeGavel() as fake:
            status, result, _ = self.run_json(fake, "--hopeless", "1")
        self.assertEqual((0, 0), (status, result["outcomes"]["accepted"]["count"]))

    def test_a_server_that_accepts_a_hopeless_bid_is_wrong(self):
        with FakeGavel("accept hopeless") as fake:
            status, result, _ = self.run_json(fake, "--hopeless", "0.5")
        self.assertEqual(1, status)
        self.assertGreater(result["error_kinds"]["hopeless bid accepted"], 0)

    def test_a_server_that_keeps_something_else_than_it_said_is_caught(self):
        for fault, kind in (("drop bid", "missing"), ("double bid", "doubled")):
            with self.subTest(fault), FakeGavel(fault) as fake:
                status, result, text = self.run_json(fake)
                self.assertEqual(1, status)
                self.assertGreater(result["verification"][kind], 0)
                self.assertIn("NOT verified", text)

    def test_a_server_that_keeps_refused_bids_is_caught(self):
        with FakeGavel("keep refused") as fake:
            status, result, _ = self.run_json(fake, "--hopeless", "0.3")
        self.assertEqual(1, status)
        self.assertGreater(result["verification"]["unexpected"], 0)

    def test_no_verify_reads_nothing_back(self):
        with FakeGavel("drop bid") as fake:
            status, result, _ = self.run_json(fake, "--no-verify")
        self.assertEqual((0, None), (status, result["verification"]))

    def test_without_a_route_for_one_auction_the_list_is_read(self):
        with FakeGavel("no single route") as fake:
            self.assertEqual(0, self.run_json(fake)[0])
        self.assertIn(("GET", "/api/auctions"), [request[:2] for request in fake.requests])

    def test_503_is_an_error_with_latencies_of_its_own(self):
        with FakeGavel("busy") as fake:
            status, result, _ = self.run_json(fake)
        self.assertEqual(1, status)
        errors = result["outcomes"]["errors"]
        self.assertEqual(errors["count"], result["error_kinds"]["status 503"])
        self.assertIsNotNone(errors["p99_ms"])

    def test_a_bid_without_an_answer_ends_at_the_time_limit(self):
        with FakeGavel("hang") as fake:
            status, result, _ = self.run_json(fake, "--timeout", "0.2")
        self.assertEqual(1, status)
        self.assertGreater(result["error_kinds"]["timeout"], 0)
        self.assertEqual(0, result["outcomes"]["accepted"]["count"])

    def test_lost_answers_are_asked_for_again_and_nothing_is_bid_twice(self):
        with FakeGavel("lose answers") as fake:
            status, result, text = self.run_json(fake)
        self.assertEqual(0, status, text)
        self.assertGreater(result["client"]["retries"], 0)

    def test_an_old_server_that_refuses_the_repeated_bid_is_not_accused(self):
        with FakeGavel("lose answers", "old") as fake:
            status, result, text = self.run_json(fake)
        self.assertGreater(result["verification"]["unacknowledged"], 0)
        self.assertTrue(result["verification"]["ok"], text)

    def test_without_keys_a_lost_answer_is_an_error(self):
        with FakeGavel("lose answers") as fake:
            status, result, _ = self.run_json(fake, "--no-keys")
        self.assertEqual((1, 0), (status, result["client"]["retries"]))
        self.assertTrue(result["verification"]["ok"])

    def test_answers_in_chunks_and_a_connection_for_each_answer_work(self):
        for fault in ("chunked", "close each"):
            with self.subTest(fault), FakeGavel(fault) as fake:
                self.assertEqual(0, self.run_json(fake)[0])

    def test_lean_answers_without_a_body_are_accepted(self):
        with FakeGavel() as fake:
            status, result, text = self.run_json(fake, "--lean")
        self.assertEqual(0, status, text)
        self.assertGreater(result["outcomes"]["accepted"]["count"], 2)

    def test_several_processes_share_the_load_and_lose_nothing(self):
        with FakeGavel() as fake:
            status, result, text = self.run_json(fake, "--processes", "2", "--auctions", "5")
        self.assertEqual(0, status, text)
        self.assertEqual(2, len(result["client"]["cpu_shares"]))
        kept = sum(len(auction["bids"]) for auction in fake.auctions.values())
        self.assertEqual(kept, result["verification"]["accepted"])

    def test_a_rate_is_kept_to(self):
        with FakeGavel() as fake:
            status, result, text = self.run_json(fake, "--rate", "100", "--duration", "0.295")
        self.assertEqual(0, status, text)
        # On a machine that stalls some are too late to be sent, but none is forgotten.
        self.assertEqual(30, result["outcomes"]["accepted"]["count"] + result["client"]["unsent"])

    def test_with_a_rate_latency_begins_when_a_bid_was_due(self):
        """A server that stalls for a moment: in an open loop all who would have come pay for it."""
        with FakeGavel("stall") as fake:
            _, result, _ = self.run_json(fake, "--rate", "200", "--duration", "0.5")
        self.assertGreater(result["outcomes"]["accepted"]["p90_ms"], 100)

    def test_a_rate_that_cannot_be_kept_is_confessed(self):
        with FakeGavel() as fake:
            _, result, text = self.run_json(fake, "--rate", "1000000")
        self.assertGreater(result["client"]["unsent"], 0)
        self.assertIn("the rate was not kept up", text)

    def test_a_server_that_dies_leaves_errors_and_a_report(self):
        with FakeGavel("die") as fake:
            status, result, _ = self.run_json(fake, "--duration", "1")
        self.assertEqual(1, status)
        self.assertGreater(result["error_kinds"]["connection refused"], 0)
        self.assertGreater(result["verification"]["unreadable"], 0)

    def test_another_web_server_is_told_apart(self):
        with FakeGavel("no auctions") as fake:
            status, _, err = run_main(fake.url, *SHORT_LOAD)
        self.assertEqual(2, status)
        self.assertIn("creates no auction", err)

    def test_items_are_shared_only_when_there_are_too_few(self):
        self.assertEqual([[0, 3], [1], [2]], load.share_out([0, 1, 2, 3], 3))
        self.assertEqual([[0], [1], [0]], load.share_out([0, 1], 3))


class CommandLineTest(unittest.TestCase):
    def assert_one_line(self, text: str, advice: str):
        self.assertEqual(1, text.count("\n"), text)
        self.assertIn(advice, text)

    def test_an_unreachable_host_is_status_2_with_advice(self):
        for url in (f"http://127.0.0.1:{closed_port()}", "http://no-such-host.invalid:1"):
            with self.subTest(url):
                status, out, err = run_main(url)
                self.assertEqual((2, ""), (status, out))
                self.assert_one_line(err, "is the server running?")

    def test_a_server_of_another_protocol_is_status_2(self):
        with raw_server(lambda peer, _: peer.sendall(b"SSH-2.0-OpenSSH_9\r\n")) as port:
            status, _, err = run_main(f"http://127.0.0.1:{port}")
        self.assertEqual(2, status)
        self.assert_one_line(err, "no HTTP server")

    def test_a_server_that_says_nothing_is_status_2(self):
        with raw_server(lambda peer, _: time.sleep(0.4)) as port:
            status, _, err = run_main(f"http://127.0.0.1:{port}", "--timeout", "0.2")
        self.assertEqual(2, status)
        self.assert_one_line(err, "gives no answer")

    def test_bad_arguments_are_status_2_and_one_line(self):
        cases = {
            ("NO_SUCH_NAME",): "no environment variable", ("--iterations", "0"): "out of range",
            ("--connections", "many"): "not a number", ("--hopeless", "1.5"): "out of range",
            ("--rate", "nan"): "out of range", ("--duration", "0"): "out of range",
            ("--iterations", "5", "--duration", "1"): "give one of them", ("--what",): "--what",
            ("--processes", "4", "--auctions", "2"): "--auctions must be 4 at least",
            ("--processes", "4", "--connections", "2"): "--connections must be 4 at least",
            ("--html", "/no/such/folder/x.html"): "cannot be written", ("http://a", "b"): "b",
        }
        for argv, advice in cases.items():
            with self.subTest(argv):
                status, out, err = run_main(*argv)
                self.assertEqual((2, ""), (status, out))
                self.assert_one_line(err, advice)

    def test_json_without_a_file_does_not_swallow_the_address(self):
        with FakeGavel() as fake:
            for address, environment in ((fake.url, {}), ("HERE", {"HERE": fake.url})):
                status, out, _ = run_main("--iterations", "1", "--json", address,
                                          environment=environment)
                self.assertEqual((0, 1), (status, json.loads(out)["settings"]["iterations"]))

    def test_piped_output_shows_no_progress(self):
        with FakeGavel() as fake:
            for options in (("--iterations", "3"), SHORT_LOAD):
                _, out, err = run_main(fake.url, *options)
                self.assertNotRegex(out + err, "[\r\x1b]")

    def test_progress_is_shown_on_a_terminal_and_wiped(self):
        class Terminal(io.StringIO):
            def isatty(self):
                return True

        with FakeGavel() as fake:
            err = Terminal()
            benchmark.main([fake.url, "--iterations", "3"], {}, io.StringIO(), err)
        self.assertIn("of 3 iterations", err.getvalue())
        self.assertTrue(err.getvalue().endswith("\r\x1b[K"))

    def test_ctrl_c_still_reports_what_was_measured(self):
        for options in (("--iterations", "1000000"), ("--duration", "60", "--warmup", "0"),
                        ("--duration", "60", "--warmup", "0", "--processes", "2")):
            with self.subTest(options), FakeGavel() as fake:
                program = subprocess.Popen(
                    [sys.executable, str(FOLDER / "benchmark.py"), fake.url, *options],
                    stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd="/")
                deadline = time.monotonic() + 10
                while fake.bid_count < 50 and time.monotonic() < deadline:
                    time.sleep(0.01)
                program.send_signal(signal.SIGINT)
                out, err = program.communicate(timeout=20)
                self.assertEqual((0, ""), (program.returncode, err), out)
                self.assertIn("Interrupted", out)
                self.assertIn("Latency avg:", out)


class ReportTest(unittest.TestCase):
    HOSTILE = '<script>alert("1")</script>&\'<img src=x onerror=y>'

    def sample_report(self, **changes) -> report.Report:
        source = random.Random(5)
        outcomes = {name: Samples() for name in load.OUTCOMES}
        for name, count in (("accepted", 900), ("refused", 80), ("errors", 20)):
            for _ in range(count):
                outcomes[name].add(source.lognormvariate(-6, 0.6), source.uniform(0, 8))
        plain = report.Report("load", "http://localhost:8000", 1.7e9, 8.0, {"connections": 4},
                              outcomes, "every answered bid")
        return replace(plain, **changes)

    def test_nothing_from_outside_reaches_the_page_as_html(self):
        failed = verification.Verification(1, 1, missing=1, details=[self.HOSTILE])
        page = report.html_report(self.sample_report(
            url=f"http://h/{self.HOSTILE}", mode=self.HOSTILE, counted=self.HOSTILE,
            settings={self.HOSTILE: self.HOSTILE}, facts={self.HOSTILE: self.HOSTILE},
            error_kinds=Counter({self.HOSTILE: 1}), warmup_errors=Counter({self.HOSTILE: 1}),
            notes=[self.HOSTILE], verification=failed,
            outcomes={self.HOSTILE: self.sample_report().outcomes["accepted"]}))
        self.assertNotIn("<script", page)
        self.assertNotIn("<img", page)
        self.assertIn("&lt;script&gt;", page)

    def test_the_page_is_well_formed_and_asks_nobody(self):
        tags: list[str] = []
        names: Counter = Counter()
        test = self

        class Checker(HTMLParser):
            def handle_starttag(self, tag, attrs):
                names[tag] += 1
                test.assertFalse({"src", "href", "onload"} & {name for name, _ in attrs})
                if tag not in ("meta", "br"):
                    tags.append(tag)

            def handle_startendtag(self, tag, attrs):
                names[tag] += 1

            def handle_endtag(self, tag):
                test.assertEqual(tags.pop(), tag)

        page = report.html_report(self.sample_report())
        Checker().feed(page)
        self.assertEqual([], tags)
        self.assertEqual((0, 0), (names["script"], names["link"]))
        self.assertGreaterEqual(names["svg"], 4)
        self.assertNotIn("nan", re.sub(r"<style>.*?</style>", "", page, flags=re.S).lower())
        self.assertNotIn("url(", page)

    def test_an_empty_measurement_still_makes_every_report(self):
        nothing = {name: Samples() for name in load.OUTCOMES}
        empty = self.sample_report(outcomes=nothing, window_s=0.0)
        self.assertIn("Nothing was measured", report.text_report(empty))
        self.assertIn("</html>", report.html_report(empty))
        self.assertIsNone(report.json_report(empty)["latency_avg_ms"])
        self.assertFalse(empty.ok)

    def test_plots_survive_one_sample_and_equal_samples(self):
        for count in (1, 2, 500):
            samples = Samples()
            for _ in range(count):
                samples.add(0.001, 0.5)
            self.assertIn("<polyline", report.html_report(
                self.sample_report(outcomes={"accepted": samples}, window_s=1.0)))

    def test_json_has_the_documented_shape(self):
        value = json.loads(json.dumps(report.json_report(self.sample_report()), allow_nan=False))
        shape = {"tool": str, "schema": int, "mode": str, "url": str, "started_unix_s": float,
                 "window_s": float, "interrupted": bool, "ok": bool, "settings": dict,
                 "counted": str, "latency_avg_ms": float, "throughput_per_second": float,
                 "outcomes": dict, "all_valid": dict, "error_kinds": dict, "warmup_errors": dict,
                 "verification": type(None), "client": dict, "notes": list, "timeline": list,
                 "histogram": list, "percentile_curve": list}
        self.assertEqual(shape, {name: type(part) for name, part in value.items()})
        summary = {"count", "per_second", "avg_ms", "p50_ms", "p90_ms", "p99_ms", "p99_9_ms",
                   "max_ms"}
        self.assertEqual({"accepted", "refused", "errors"}, set(value["outcomes"]))
        for each in (*value["outcomes"].values(), value["all_valid"]):
            self.assertEqual(summary, set(each))
        bucket = {"start_s", "span_s", "counts", "p50_ms", "p99_ms"}
        self.assertEqual(bucket, set(value["timeline"][0]))
        self.assertEqual({"from_ms", "to_ms", "counts"}, set(value["histogram"][0]))

    def test_errors_do_not_sweeten_the_two_result_lines(self):
        """Refusing everything at once with 503 must not look fast."""
        outcomes = self.sample_report().outcomes
        for _ in range(10_000):
            outcomes["errors"].add(1e-5, 1.0)
        lines = report.result_lines(self.sample_report(outcomes=outcomes))
        self.assertEqual("Throughput: 122.50 requests/s", lines[1])

    def test_files_are_written_where_asked(self):
        with tempfile.TemporaryDirectory() as folder, FakeGavel() as fake:
            page, data = os.path.join(folder, "r.html"), os.path.join(folder, "r.json")
            status, out, _ = run_main(fake.url, *SHORT_LOAD, "--html", page, "--json", data)
            self.assertEqual(0, status)
            self.assertIn("Latency avg:", out)
            self.assertIn("Latency by percentile", Path(page).read_text())
            self.assertEqual("load", json.loads(Path(data).read_text())["mode"])


if __name__ == "__main__":
    unittest.main()
