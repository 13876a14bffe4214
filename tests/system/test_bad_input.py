#!/usr/bin/env python3
"""Bad input, one table of it: refused with a clear sentence, and nothing of it stored."""

from __future__ import annotations

import gzip
import json
import socket
import unittest
from dataclasses import dataclass, field
from typing import Any

from harness.http_client import AnswerReader, open_socket, send_raw
from harness.sse import StreamReader
from harness.system_test import SystemTest

MAX_BODY_BYTES = 1024 * 1024
CREATE, BID, BULK, CLOSE = ("/api/auctions", "/api/auctions/$open/bid",
                            "/api/auctions/$open/bids/bulk", "/api/auctions/$open/close")
ANY = object()  # the body is not compared, beyond being an error


def error(text: str) -> dict:
    return {"error": text}


NOT_JSON = error("request body is not valid JSON")
NOT_OBJECT = error("request body must be a JSON object")
TOO_DEEP = error("JSON is nested too deeply")
NOT_FOUND = error("auction not found")
TOO_LOW = {"ok": False, "message": "Bid must exceed current value"}
TOO_LARGE = error(f"request body is larger than {MAX_BODY_BYTES} bytes")
BIDS_WANTED = error("bids must be a non-empty list")


@dataclass
class Case:
    """`body`: bytes, text, or an object sent as JSON. `expected`: the exact JSON, ANY, or for a
    success what the auction must hold."""

    name: str
    path: str
    body: Any
    status: int
    expected: Any = ANY
    headers: dict = field(default_factory=dict)
    method: str = "POST"


def create(**fields) -> dict:
    return {"name": "Lamp", "starting_bid": 5, **fields}


def raw_create(fields: str) -> str:
    return '{"name": "Lamp", "starting_bid": 5, %s}' % fields


def padded(size: int) -> bytes:
    body = json.dumps(create(name="Padded")).encode()
    return body + b" " * (size - len(body))


def amount(text: str) -> str:
    return '{"bidder": "alice", "amount": %s}' % text


CASES = [
    # Bodies that are no JSON object.
    Case("broken JSON", CREATE, "{", 400, NOT_JSON),
    Case("text after the JSON", CREATE, "{} x", 400, NOT_JSON),
    Case("a trailing comma", CREATE, '{"name": "a",}', 400, NOT_JSON),
    Case("NaN is no JSON", BID, amount("NaN"), 400, NOT_JSON),
    Case("Infinity is no JSON", BID, amount("Infinity"), 400, NOT_JSON),
    Case("single quotes", CREATE, "{'name': 'a'}", 400, NOT_JSON),
    Case("a comment", CREATE, "{} // x", 400, NOT_JSON),
    Case("a NUL after the object", CREATE, b'{"name": "a", "starting_bid": 5}\0', 400, NOT_JSON),
    Case("invalid UTF-8", CREATE, b'{"name": "\xff\xfe", "starting_bid": 5}', 400, NOT_JSON),
    Case("overlong UTF-8", CREATE, b'{"name": "\xc0\xaf", "starting_bid": 5}', 400, NOT_JSON),
    Case("half a surrogate pair", CREATE, '{"name": "\\ud800", "starting_bid": 5}', 400, NOT_JSON),
    Case("a bare control character", CREATE, b'{"name": "a\x01", "starting_bid": 5}', 400,
         NOT_JSON),
    Case("a list", CREATE, "[]", 400, NOT_OBJECT),
    Case("a text", CREATE, '"x"', 400, NOT_OBJECT),
    Case("a number", CREATE, "1", 400, NOT_OBJECT),
    Case("null", CREATE, "null", 400, NOT_OBJECT),
    Case("a list as a bid", BID, "[1]", 400, NOT_OBJECT),
    Case("64 levels are taken", CREATE, raw_create('"x": ' + "[" * 63 + "]" * 63), 201, {}),
    Case("65 levels", CREATE, raw_create('"x": ' + "[" * 64 + "]" * 64), 400, TOO_DEEP),
    Case("100,000 open brackets", CREATE, "[" * 100_000, 400, TOO_DEEP),
    Case("100,000 open objects", CREATE, '{"a":' * 100_000, 400, TOO_DEEP),
    Case("brackets within a text are no levels", CREATE, create(name="[" * 900), 201,
         {"name": "[" * 900}),

    # Sizes.
    Case("exactly 1 MiB", CREATE, padded(MAX_BODY_BYTES), 201, {"name": "Padded"}),
    Case("1 MiB and a byte", CREATE, padded(MAX_BODY_BYTES + 1), 413, TOO_LARGE),
    Case("a name of 1,000 bytes", CREATE, create(name="n" * 1000), 201, {"name": "n" * 1000}),
    Case("a name of 1,001 bytes", CREATE, create(name="n" * 1001), 400,
         error("name is longer than 1000 bytes")),
    Case("a name of 10,000 bytes", CREATE, create(name="n" * 10_000), 400,
         error("name is longer than 1000 bytes")),
    Case("a name of 334 three-byte characters", CREATE, create(name="€" * 334), 400,
         error("name is longer than 1000 bytes")),
    Case("a description of 10,000 bytes", CREATE, create(description="d" * 10_000), 201,
         {"description": "d" * 10_000}),
    Case("a description of 10,001 bytes", CREATE, create(description="d" * 10_001), 400,
         error("description is longer than 10000 bytes")),
    Case("a bidder of 256 bytes", BID, {"bidder": "b" * 256, "amount": 60}, 400,
         error("bidder is longer than 255 bytes")),
    Case("a bidder of 10,000 bytes", BID, {"bidder": "b" * 10_000, "amount": 60}, 400,
         error("bidder is longer than 255 bytes")),
    Case("1,001 bids at once", BULK, {"bids": [{}] * 1001}, 400,
         error("bids must be at most 1000")),

    # Text where a number belongs and the reverse.
    Case("a number as the name", CREATE, create(name=5), 400, error("name must be text")),
    Case("a list as the name", CREATE, create(name=["a"]), 400, error("name must be text")),
    Case("false as the name", CREATE, create(name=False), 400, error("name must be text")),
    Case("null as the name", CREATE, create(name=None), 400, error("name is required")),
    Case("an empty name", CREATE, create(name=""), 400, error("name is required")),
    Case("text as the starting bid", CREATE, create(starting_bid="50"), 400,
         error("starting_bid must be a number")),
    Case("null as the starting bid", CREATE, create(starting_bid=None), 400),
    Case("true as the starting bid", CREATE, create(starting_bid=True), 400),
    Case("an object as the starting bid", CREATE, create(starting_bid={}), 400),
    Case("a number as the description", CREATE, create(description=7), 400,
         error("description must be text")),
    Case("a number as the bidder", BID, {"bidder": 5, "amount": 60}, 400,
         error("bidder must be text")),
    Case("a list as the amount", BID, amount("[60]"), 400, error("amount must be numeric")),
    Case("true as the amount", BID, amount("true"), 400, error("amount must be numeric")),
    Case("null as the amount", BID, amount("null"), 400, error("amount must be numeric")),
    Case("empty text as the amount", BID, amount('""'), 400, error("amount must be numeric")),
    Case("nan as text", BID, amount('"nan"'), 400, error("amount must be numeric")),
    Case("inf as text", BID, amount('"-inf"'), 400, error("amount must be numeric")),
    Case("hexadecimal text", BID, amount('"0x40"'), 400, error("amount must be numeric")),
    Case("two underscores", BID, amount('"6__0"'), 400, error("amount must be numeric")),
    Case("a list as the duration", CREATE, create(duration_seconds=[1]), 400,
         error("duration_seconds must be an integer")),
    Case("a fraction as duration text", CREATE, create(duration_seconds="1.5"), 400,
         error("duration_seconds must be an integer")),
    Case("an object as the bids", BULK, {"bids": {"0": {}}}, 400, BIDS_WANTED),
    Case("null as the bids", BULK, {"bids": None}, 400, BIDS_WANTED),

    # Numbers at their limits.
    Case("1e308", BID, amount("1e308"), 400, error("amount is too large")),
    Case("1e309, beyond a double", BID, amount("1e309"), 400),
    Case("a number of 400 digits", BID, amount("9" * 400), 400),
    Case("1e308 as text", BID, amount('"1e308"'), 400, error("amount is too large")),
    Case("just above the largest amount", BID, amount("100000000001"), 400,
         error("amount is too large")),
    Case("-0", BID, amount("-0"), 400, error("amount must be positive")),
    Case("-0.0", BID, amount("-0.0"), 400, error("amount must be positive")),
    Case("-1e308", BID, amount("-1e308"), 400, error("amount must be positive")),
    Case("a negative integer beyond 64 bits", BID, amount("-99999999999999999999"), 400,
         error("amount must be positive")),
    Case("0.00001", BID, amount("0.00001"), 400, error("amount has more than four decimals")),
    Case("1e-320", BID, amount("1e-320"), 400, error("amount has more than four decimals")),
    Case("60.00001", BID, amount("60.00001"), 400, error("amount has more than four decimals")),
    Case("a starting bid of 1e308", CREATE, create(starting_bid=1e308), 400,
         error("starting_bid is too large")),
    Case("a starting bid of 0.00001", CREATE, create(starting_bid=0.00001), 400,
         error("starting_bid has more than four decimals")),
    Case("the smallest starting bid", CREATE, create(starting_bid=0.0001), 201,
         {"starting_bid": 0.0001}),
    Case("a duration of 1e30", CREATE, raw_create('"duration_seconds": 1e30'), 400,
         error("duration_seconds is too large")),
    Case("a duration of 30 digits", CREATE, raw_create('"duration_seconds": ' + "9" * 30), 400,
         error("duration_seconds is too large")),
    Case("a duration of 30 digits as text", CREATE, create(duration_seconds="9" * 30), 400,
         error("duration_seconds is too large")),
    Case("a duration of -1e30", CREATE, raw_create('"duration_seconds": -1e30'), 400,
         error("duration_seconds cannot be negative")),
    Case("a duration of -0.5 is cut to 0", CREATE, create(duration_seconds=-0.5), 201,
         {"duration_seconds": 0, "closing_time": 0}),
    Case("a century is the longest duration", CREATE, create(duration_seconds=3_155_760_000), 201,
         {"duration_seconds": 3_155_760_000}),
    Case("a second more", CREATE, create(duration_seconds=3_155_760_001), 400,
         error("duration_seconds is too large")),

    # Ids.
    Case("an unknown id", "/api/auctions/424242/bid", amount("60"), 404, NOT_FOUND),
    Case("letters", "/api/auctions/abc/bid", amount("60"), 404, NOT_FOUND),
    Case("a sign", "/api/auctions/-1/close", {}, 404, NOT_FOUND),
    Case("a plus sign", "/api/auctions/+1/close", {}, 404, NOT_FOUND),
    Case("a leading zero", "/api/auctions/0$open/close", {}, 404, NOT_FOUND),
    Case("0", "/api/auctions/0/close", {}, 404, NOT_FOUND),
    Case("more than 64 bits", "/api/auctions/99999999999999999999/close", {}, 404, NOT_FOUND),
    Case("an encoded slash", "/api/auctions/1%2F2/close", {}, 404, NOT_FOUND),
    Case("an encoded slash behind a known id", "/api/auctions/$open%2Fclose/close", {}, 404,
         NOT_FOUND),
    Case("two dots", "/api/auctions/../close", {}, 404, NOT_FOUND),
    Case("two encoded dots", "/api/auctions/%2e%2e/close", {}, 404, NOT_FOUND),
    Case("an encoded NUL", "/api/auctions/$open%00/close", {}, 404, NOT_FOUND),
    Case("a lonely percent sign", "/api/auctions/%/close", {}, 404, NOT_FOUND),
    Case("a space", "/api/auctions/%20$open/close", {}, 404, NOT_FOUND),
    Case("nothing", "/api/auctions//close", {}, 404, error("not found")),
    Case("bulk bids on an unknown id", "/api/auctions/x/bids/bulk",
         {"bids": [{"bidder": "a", "amount": 1}]}, 409,
         {"submitted": 1, "accepted": 0, "results": [
             {"bidder": "a", "amount": 1, "status": 404, "response": NOT_FOUND}]}),
    Case("bad input is told before an unknown id", "/api/auctions/424242/bid", {}, 400,
         error("bidder is required")),
    Case("one unknown auction", "/api/auctions/424242", None, 404, NOT_FOUND, method="GET"),

    # What is overlooked or has a default.
    Case("the last of two equal keys counts", CREATE,
         '{"name": "first", "name": "last", "starting_bid": 5}', 201, {"name": "last"}),
    Case("unknown fields", CREATE, create(id="7", status="CLOSED", bids=[1]), 201,
         {"status": "OPEN", "bids": []}),
    Case("no body to create", CREATE, None, 400, error("name is required")),
    Case("an empty body to create", CREATE, b"", 400, error("name is required")),
    Case("blanks as a body", CREATE, b" \r\n\t ", 400, error("name is required")),
    Case("no body to bid", BID, None, 400, error("bidder is required")),
    Case("no body to bid in bulk", BULK, None, 400, BIDS_WANTED),
    Case("no body to close", "/api/auctions/424242/close", None, 404, NOT_FOUND),
    Case("text/plain", CREATE, create(), 201, {}, {"Content-Type": "text/plain"}),
    Case("a form's content type", CREATE, create(), 201, {},
         {"Content-Type": "application/x-www-form-urlencoded"}),
    Case("a form's content", CREATE, "name=a&starting_bid=5", 400, NOT_JSON,
         {"Content-Type": "application/x-www-form-urlencoded"}),
    Case("another charset's name", CREATE, create(), 201, {},
         {"Content-Type": "application/json; charset=latin-1"}),

    # Headers and query.
    Case("an empty idempotency key", CREATE, create(), 400, ANY, {"Idempotency-Key": ""}),
    Case("an idempotency key of 256 bytes", CREATE, create(), 400, ANY,
         {"Idempotency-Key": "k" * 256}),
    Case("an idempotency key that is not ASCII", BID, amount("60"), 400, ANY,
         {"Idempotency-Key": "k\xe9y"}),
    Case("a gzipped body", CREATE, gzip.compress(json.dumps(create()).encode()), 415, ANY,
         {"Content-Encoding": "gzip"}),
    Case("min_index in letters", "/api/auctions?min_index=x", None, 400, ANY, method="GET"),
    Case("a negative min_index", "/api/history?min_index=-1", None, 400, ANY, method="GET"),
    Case("a min_index that is never reached", "/api/auctions?min_index=18446744073709551615", None,
         503, ANY, method="GET"),
    Case("a history limit of 0", "/api/history?limit=0", None, 400, ANY, method="GET"),
    Case("a history limit above the limit", "/api/history?limit=10001", None, 400, ANY,
         method="GET"),
    Case("a stream filter that is no id", "/api/updates/stream?auction_id=x", None, 400, ANY,
         method="GET"),
]

HEAD = b"POST /api/auctions HTTP/1.1\r\nHost: test\r\n"
BODY = json.dumps(create()).encode()
LENGTH = b"Content-Length: %d\r\n" % len(BODY)
CHUNKED = b"Transfer-Encoding: chunked\r\n"


def chunks(*pieces: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in (*pieces, b""))


# Name, the bytes, the expected status.
RAW_CASES = [
    ("a chunked body", HEAD + CHUNKED + b"\r\n" + chunks(BODY[:7], BODY[7:]), 201),
    ("chunks of one byte", HEAD + CHUNKED + b"\r\n" +
     chunks(*(BODY[i:i + 1] for i in range(len(BODY)))), 201),
    ("chunk extensions and trailers", HEAD + CHUNKED + b"\r\n" + b"%x;a=b\r\n" % len(BODY) + BODY +
     b"\r\n0\r\nX-Trailer: y\r\n\r\n", 201),
    ("a chunk size that is no number", HEAD + CHUNKED + b"\r\nxyz\r\n", 400),
    ("a negative chunk size", HEAD + CHUNKED + b"\r\n-5\r\n", 400),
    ("a chunk longer than its size", HEAD + CHUNKED + b"\r\n2\r\n{}}\r\n0\r\n\r\n", 400),
    ("chunks beyond 1 MiB", HEAD + CHUNKED + b"\r\n" + chunks(*[b" " * 65536] * 17), 413),
    ("a chunk size beyond 64 bits", HEAD + CHUNKED + b"\r\nfffffffffffffffff\r\n", 413),
    ("Transfer-Encoding beside Content-Length", HEAD + CHUNKED + LENGTH + b"\r\n" + chunks(BODY),
     400),
    ("an unknown transfer coding", HEAD + b"Transfer-Encoding: gzip\r\n\r\n", 501),
    ("two codings", HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n", 501),
    ("two Content-Lengths", HEAD + LENGTH + LENGTH + b"\r\n" + BODY, 400),
    ("a Content-Length list", HEAD + b"Content-Length: 5, 5\r\n\r\nhello", 400),
    ("a signed Content-Length", HEAD + b"Content-Length: +5\r\n\r\nhello", 400),
    ("a negative Content-Length", HEAD + b"Content-Length: -1\r\n\r\n", 400),
    ("a Content-Length beyond 64 bits", HEAD + b"Content-Length: 99999999999999999999\r\n\r\n",
     413),
    ("a body announced too large", HEAD + b"Content-Length: 1048577\r\n\r\n", 413),
    ("a header of 20,000 bytes", HEAD + b"X-Long: " + b"x" * 20_000 + b"\r\n\r\n", 431),
    ("101 headers", HEAD + b"X-A: b\r\n" * 101 + b"\r\n", 431),
    ("a URL of 9,000 bytes", b"GET /" + b"u" * 9_000 + b" HTTP/1.1\r\nHost: test\r\n\r\n", 414),
    ("a URL of 20,000 bytes", b"GET /" + b"u" * 20_000 + b" HTTP/1.1\r\nHost: test\r\n\r\n", 414),
    ("HTTP/2.0", b"GET /api/auctions HTTP/2.0\r\nHost: test\r\n\r\n", 505),
    ("HTTP/0.9's form", b"GET /api/auctions\r\n\r\n", 400),
    ("another protocol", b"GET /api/auctions SPDY/1\r\nHost: test\r\n\r\n", 400),
    ("no Host", b"GET /api/auctions HTTP/1.1\r\n\r\n", 400),
    ("HTTP/1.0 needs no Host", b"GET /api/auctions HTTP/1.0\r\n\r\n", 200),
    ("two Hosts", b"GET /api/auctions HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
    ("a space before the colon", b"GET /api/auctions HTTP/1.1\r\nHost : a\r\n\r\n", 400),
    ("a folded line", b"GET /api/auctions HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n", 400),
    ("a bare line feed", b"GET /api/auctions HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", 400),
    ("a header without a colon", b"GET /api/auctions HTTP/1.1\r\nHost: a\r\nXab\r\n\r\n", 400),
    ("a NUL in a header", b"GET /api/auctions HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n", 400),
    ("a relative target", b"GET api/auctions HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("a method of odd characters", b"G(T /api/auctions HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("an unknown method", b"BREW /api/auctions HTTP/1.1\r\nHost: a\r\n\r\n", 405),
    ("an absolute target", b"GET http://test/api/auctions HTTP/1.1\r\nHost: test\r\n\r\n", 200),
    ("empty lines before a request", b"\r\n\r\nGET /livez HTTP/1.1\r\nHost: a\r\n\r\n", 200),
    ("a TLS client's hello", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
]


class BadInput(SystemTest):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.gavel = cls.shared_platform()
        cls.open_auction = cls.gavel.create()["id"]

    def check(self, case: Case, service: str) -> None:
        path = case.path.replace("$open", self.open_auction)
        answer = self.gavel.call(case.method, path, case.body, case.headers, service)
        self.assertEqual(answer.status, case.status, str(answer))
        self.assertEqual(answer.headers["content-type"], "application/json")
        if case.status == 201:
            made = answer.json["auction"]
            for key, value in case.expected.items():
                self.assertEqual(made[key], value)
        elif case.expected is ANY:
            self.assertEqual(list(answer.json), ["error"], str(answer))
        else:
            self.assertEqual(answer.json, case.expected)

    def test_the_table_through_the_gateway(self):
        for case in CASES:
            with self.subTest(case.name):
                self.check(case, "gateway")
        self.assertEqual(self.gavel.call("GET", "/livez").status, 200)

    def test_the_table_through_the_frontend(self):
        for case in CASES:
            with self.subTest(case.name):
                self.check(case, "frontend")

    def test_bytes_that_no_client_would_send(self):
        for service in ("gateway", "frontend", "auction_service"):
            for name, request, status in RAW_CASES:
                if service == "auction_service":
                    request = request.replace(b"/api/auctions", b"/auctions")
                with self.subTest(f"{service}: {name}"):
                    answer = send_raw(self.gavel.ports[service], request, 5)
                    self.assertEqual(answer.status, status, str(answer))
                    self.assertEqual(answer.headers["content-type"], "application/json")
                    if status >= 400:
                        self.assertEqual(list(answer.json), ["error"], str(answer))

    def test_nothing_that_was_refused_was_stored(self):
        before = self.gavel.call("GET", "/api/auctions").body
        for case in CASES:
            if case.status >= 400:
                self.check(case, "gateway")
        self.assertEqual(self.gavel.call("GET", "/api/auctions").body, before)

    def test_control_characters_are_stored_and_escaped(self):
        name = "a\0b\x01\x1f\t\r\n\"\\\x7f\u2028</script>\U0001f600"
        answer = self.gavel.call("POST", "/api/auctions", create(name=name, description=name))
        self.assert_answer(answer, 201)
        self.assertEqual(answer.json["auction"]["name"], name)
        bid = self.gavel.bid(answer.json["auction"]["id"], name, 60)
        self.assertEqual(bid.json["auction"]["highest_bidder"], name)
        bodies = [answer.body, bid.body, self.gavel.call("GET", "/api/auctions").body,
                  self.gavel.call("GET", "/api/history").body]
        with StreamReader(self.gavel.ports["gateway"]) as stream:
            bodies.append(stream.snapshot().data.encode())
        for body in bodies:
            self.assertFalse([byte for byte in body if byte < 0x20], "a bare control character")
            self.assertIn(b"a\\u0000b\\u0001\\u001f", body)
            json.loads(body)
        self.assertEqual(self.gavel.history()[-1]["payload"], f"{name} bid $60.0")

    def test_amounts_with_a_double_s_noise_are_the_amount_that_was_meant(self):
        for sent, stored in (("60.300000000000004", 60.3), ('"  +6_1.5e0 "', 61.5),
                             ("62.00000000001", 62.0), ('"1e2"', 100.0), ("100.0001", 100.0001),
                             ("99999999999.9999", 99999999999.9999), ("100000000000", 1e11)):
            with self.subTest(sent):
                auction = self.gavel.create(starting_bid=5)["id"]
                answer = self.gavel.call("POST", f"/api/auctions/{auction}/bid", amount(sent))
                self.assert_answer(answer, 200)
                self.assertEqual(answer.json["auction"]["current_bid"], stored)
                self.assertEqual(self.gavel.history()[-1]["payload"], f"alice bid ${stored!r}")

    def test_pipelined_requests_are_answered_in_order(self):
        auction = self.gavel.create()["id"]
        requests = []
        for i in range(100):
            if i % 3 == 0:
                body = amount(str(100 + i)).encode()
                line = f"POST /api/auctions/{auction}/bid"
            else:
                body = b""
                line = "GET /api/auctions/424242" if i % 3 == 1 else "GET /api/history?limit=1"
            requests.append(f"{line} HTTP/1.1\r\nHost: test\r\nX-Request-Id: pipelined-{i}\r\n"
                            f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        with open_socket(self.gavel.ports["gateway"]) as connection:
            connection.sendall(b"".join(requests))
            answers = AnswerReader(connection)
            for i in range(100):
                answer = answers.read()
                self.assertEqual(answer.headers["x-request-id"], f"pipelined-{i}")
                self.assertEqual(answer.status, (200, 404, 200)[i % 3], str(answer))

    def test_a_request_split_at_every_byte_is_understood(self):
        request = HEAD + LENGTH + b"\r\n" + BODY
        with open_socket(self.gavel.ports["gateway"]) as connection:
            for i in range(len(request)):
                connection.sendall(request[i:i + 1])
            self.assertEqual(AnswerReader(connection).read().status, 201)

    def test_a_client_that_waits_for_100_continue_is_told_to_go_on(self):
        with open_socket(self.gavel.ports["gateway"]) as connection:
            connection.sendall(HEAD + b"Expect: 100-continue\r\n" + LENGTH + b"\r\n")
            answers = AnswerReader(connection)
            self.assertEqual(answers.read().status, 100)
            connection.sendall(BODY)
            self.assertEqual(answers.read().status, 201)

    def test_head_answers_like_get_without_the_body(self):
        with open_socket(self.gavel.ports["gateway"]) as connection:
            connection.sendall(b"HEAD /api/auctions HTTP/1.1\r\nHost: test\r\n\r\n"
                               b"GET /livez HTTP/1.1\r\nHost: test\r\n\r\n")
            answers = AnswerReader(connection)
            head = answers.read(has_body=False)
            self.assertEqual(head.status, 200)
            self.assertGreater(int(head.headers["content-length"]), 2)
            self.assertEqual(answers.read().json, {"status": "ok"})

    def test_a_client_that_stops_sending_still_gets_its_answer(self):
        with open_socket(self.gavel.ports["gateway"]) as connection:
            connection.sendall(HEAD + LENGTH + b"\r\n" + BODY)
            connection.shutdown(socket.SHUT_WR)
            answers = AnswerReader(connection)
            self.assertEqual(answers.read().status, 201)
            self.assertTrue(answers.ended())


if __name__ == "__main__":
    unittest.main()
