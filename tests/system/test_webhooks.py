#!/usr/bin/env python3
"""Webhooks: signed, at least once, whatever is killed; bounded and kept apart from each other."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.server
import json
import ssl
import subprocess
import tempfile
import threading
import time
import unittest
from pathlib import Path

from harness.gavel_process import Platform
from harness.http_client import HOST
from harness.sse import StreamReader
from harness.system_test import SystemTest
from harness.waiting import wait_for


class Receiver:
    """A web server that keeps what it was sent and answers what the test says."""

    def __init__(self, status: int = 204, headers: dict[str, str] | None = None,
                 certificate: Path | None = None):
        self.status = status
        self.messages: list[dict] = []
        self.hold = threading.Event()  # answers wait until it is set
        self.hold.set()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.messages.append({"path": self.path, "body": body,
                                          "headers": {name.lower(): value for name, value
                                                      in self.headers.items()},
                                          "came_s": time.time()})
                receiver.hold.wait(60)
                try:
                    self.send_response(receiver.status)
                    for name, value in (headers or {}).items():
                        self.send_header(name, value)
                    self.end_headers()
                except OSError:
                    pass  # the caller did not wait

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer((HOST, 0), Handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True,
                                                      do_handshake_on_connect=False)
        self._scheme = "https" if certificate else "http"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def url(self, host: str = HOST) -> str:
        return f"{self._scheme}://{host}:{self._server.server_address[1]}/hook"

    def events(self) -> list[tuple[str, str]]:
        """Type and recipient of each message, in the order they came."""
        bodies = [json.loads(message["body"]) for message in self.messages]
        return [(body["type"], body["data"]["recipient"]) for body in bodies]

    def close(self) -> None:
        self.hold.set()
        self._server.shutdown()
        self._server.server_close()


def signature(secret: str, message: dict) -> str:
    headers = message["headers"]
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + message["body"]
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


class Webhooks(SystemTest):
    def receiver(self, **options) -> Receiver:
        receiver = Receiver(**options)
        self.addCleanup(receiver.close)
        return receiver

    def gavel(self, processes: int = 1, **environment) -> Platform:
        return self.platform(processes=processes,
                             environment={"WEBHOOK_ALLOW_PRIVATE": "1", **environment})

    def register(self, gavel: Platform, url: str, **fields) -> dict:
        answer = gavel.call("POST", "/api/webhooks", {"url": url, **fields})
        self.assert_answer(answer, 201)
        return answer.json["webhook"]

    def webhook(self, gavel: Platform) -> dict:
        [webhook] = gavel.call("GET", "/api/webhooks").json["webhooks"]
        return webhook

    def sold(self, gavel: Platform, *bidders: str) -> str:
        auction = gavel.create()["id"]
        for number, bidder in enumerate(bidders):
            self.assert_answer(gavel.bid(auction, bidder, 60 + number), 200)
        self.assert_answer(gavel.call("POST", f"/api/auctions/{auction}/close", {}), 200)
        return auction

    def test_notices_come_signed_in_order_and_once(self):
        for processes in (1, 6):
            with self.subTest(processes=processes):
                gavel = self.gavel(processes)
                receiver = self.receiver()
                secret = self.register(gavel, receiver.url())["secret"]
                auction = self.sold(gavel, "ann", "bob")
                wait_for(lambda: len(receiver.messages) == 3, 10, "all notices came")
                self.assertEqual(receiver.events(), [("auction.outbid", "ann"),
                                                     ("auction.won", "bob"),
                                                     ("auction.lost", "ann")])
                for message in receiver.messages:
                    self.assertEqual(message["headers"]["webhook-signature"],
                                     signature(secret, message))
                    self.assertLess(abs(int(message["headers"]["webhook-timestamp"]) -
                                        message["came_s"]), 60)
                self.assertEqual(json.loads(receiver.messages[1]["body"])["data"]["auction_id"],
                                 auction)
                ids = {message["headers"]["webhook-id"] for message in receiver.messages}
                self.assertEqual(len(ids), 3)
                wait_for(lambda: self.webhook(gavel)["pending"] == 0, 10, "nothing waits")

    def test_every_kind_of_notice_is_told_by_webhook_and_on_the_stream(self):
        gavel = self.gavel()
        receiver = self.receiver()
        self.register(gavel, receiver.url())
        stream = StreamReader(gavel.ports["gateway"], "/api/updates/stream?notices=1")
        self.addCleanup(stream.close)
        stream.snapshot()
        soft = gavel.create(duration_seconds=60, soft_close={"window_seconds": 3600,
                                                             "extension_seconds": 3600})["id"]
        reserved = gavel.create(duration_seconds=3600, reserve=500)["id"]
        for auction, bidder, amount in ((soft, "ann", 60), (soft, "bob", 70), (reserved, "cy", 80)):
            self.assert_answer(gavel.bid(auction, bidder, amount), 200)
        for auction in (soft, reserved):
            self.assert_answer(gavel.call("POST", f"/api/auctions/{auction}/close", {}), 200)
        told = [("extended", ""), ("extended", ""), ("outbid", "ann"), ("won", "bob"),
                ("lost", "ann"), ("unsold", ""), ("lost", "cy")]
        wait_for(lambda: len(receiver.messages) >= len(told), 10, "all notices came")
        self.assertEqual(receiver.events(), [("auction." + kind, who) for kind, who in told])
        def notices(events) -> list[dict]:
            return [event.json for event in list(events) if event.type == "notice"]
        stream.wait(lambda events: len(notices(events)) >= len(told), 10, "all notices")
        self.assertEqual([(one["kind"], one["recipient"]) for one in notices(stream.events)],
                         told)
        # Both say the same but for the names that they go by.
        for message, notice in zip(receiver.messages, notices(stream.events)):
            del notice["event_id"]
            self.assertEqual(json.loads(message["body"])["data"], notice)
        extended = notices(stream.events)[0]
        self.assertEqual(extended["closing_time"] - extended["time"], 3600)

    def test_only_operators_meet_webhooks(self):
        gavel = self.gavel(ADMIN_TOKEN="sixteen secrets!")
        body = {"url": "https://example.com/"}
        for headers in ({}, {"Authorization": "Bearer wrong"},
                        {"Authorization": "sixteen secrets!"}):
            self.assert_answer(gavel.call("POST", "/api/webhooks", body, headers), 401)
            self.assert_answer(gavel.call("GET", "/api/webhooks", None, headers), 401)
            self.assert_answer(gavel.call("DELETE", "/api/webhooks/1", None, headers), 401)
        right = {"Authorization": "Bearer sixteen secrets!"}
        self.assert_answer(gavel.call("POST", "/api/webhooks", body, right), 201)
        self.assert_answer(gavel.call("DELETE", "/api/webhooks/1", None, right), 200)
        self.assert_answer(gavel.call("DELETE", "/api/webhooks/1", None, right), 404)
        # Through the dashboard's server as well.
        self.assert_answer(gavel.call("GET", "/api/webhooks", None, right, "frontend"), 200)

    def test_the_dashboards_server_is_no_operator(self):
        for processes in (1, 6):
            gavel = self.platform(processes=processes)
            self.assert_answer(gavel.call("GET", "/api/webhooks"), 200)
            self.assert_answer(gavel.call("GET", "/api/webhooks", service="frontend"), 403)
            page = {"Origin": "http://evil.example"}
            self.assert_answer(gavel.call("POST", "/api/webhooks", {}, page), 403)

    def test_private_networks_are_refused_by_name_and_by_address(self):
        gavel = self.platform()
        receiver = self.receiver()
        by_address = gavel.call("POST", "/api/webhooks", {"url": receiver.url()})
        self.assert_answer(by_address, 400, {"error": "url leads into a private network"})
        self.register(gavel, receiver.url("localhost"))
        self.sold(gavel, "ann")
        wait_for(lambda: self.webhook(gavel)["failures"] > 0, 10, "the call was refused")
        self.assertEqual(receiver.messages, [])

    def test_a_server_that_failed_is_asked_again_with_the_same_message(self):
        gavel = self.gavel()
        receiver = self.receiver(status=500)
        self.register(gavel, receiver.url())
        self.sold(gavel, "ann")
        wait_for(lambda: self.webhook(gavel)["failures"] == 1, 10, "the first attempt failed")
        receiver.status = 200
        gavel.kill()  # what waits is on disk
        gavel.start()
        wait_for(lambda: len(receiver.messages) == 2, 20, "the second attempt came")
        first, second = receiver.messages
        self.assertEqual(first["body"], second["body"])
        self.assertEqual(first["headers"]["webhook-id"], second["headers"]["webhook-id"])
        self.assertGreaterEqual(second["came_s"] - first["came_s"], 4.9)
        wait_for(lambda: self.webhook(gavel)["failures"] == 0, 10, "it is well again")

    def test_a_redirect_is_not_followed(self):
        gavel = self.gavel()
        elsewhere = self.receiver()
        receiver = self.receiver(status=307, headers={"Location": elsewhere.url()})
        self.register(gavel, receiver.url())
        self.sold(gavel, "ann")
        wait_for(lambda: self.webhook(gavel)["failures"] == 1, 10, "the attempt failed")
        self.assertEqual(elsewhere.messages, [])
        self.assertIn('gavel_webhook_attempts_total{result="failed"} 1',
                      gavel.call("GET", "/metrics").text)

    def test_410_turns_a_webhook_off(self):
        gavel = self.gavel()
        receiver = self.receiver(status=410)
        self.register(gavel, receiver.url())
        self.sold(gavel, "ann")
        wait_for(lambda: self.webhook(gavel)["status"] == "off", 10, "it is turned off")
        self.sold(gavel, "bob")
        gavel.notices()
        self.assertEqual(self.webhook(gavel)["pending"], 0)
        self.assertEqual(len(receiver.messages), 1)

    def test_a_slow_server_holds_up_no_other_and_no_end(self):
        gavel = self.gavel()
        slow = self.receiver()
        slow.hold.clear()
        quick = self.receiver()
        self.register(gavel, slow.url())
        self.register(gavel, quick.url())
        for number in range(5):
            self.sold(gavel, f"b{number}")
        wait_for(lambda: len(quick.messages) == 5, 10, "the quick one has all")
        self.assertEqual(len(slow.messages), 1)
        gavel.stop()  # within the time that it promises, though a call is under way

    def test_https_with_a_certificate_that_is_trusted_and_one_that_is_not(self):
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        certificate = folder / "both.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                        "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout",
                        certificate, "-out", folder / "certificate.pem"],
                       check=True, capture_output=True)
        with open(certificate, "ab") as both:
            both.write((folder / "certificate.pem").read_bytes())
        for trusted, host, comes in ((True, "localhost", True), (False, "localhost", False),
                                     (True, "127.0.0.1", False)):
            with self.subTest(trusted=trusted, host=host):
                receiver = self.receiver(certificate=certificate)
                trust = {"SSL_CERT_FILE": str(folder / "certificate.pem")} if trusted else {}
                gavel = self.gavel(**trust)
                self.register(gavel, receiver.url(host))
                self.sold(gavel, "ann")
                if comes:
                    wait_for(lambda: receiver.messages, 10, "the message came")
                else:
                    wait_for(lambda: self.webhook(gavel)["failures"] == 1, 10, "it is refused")
                    self.assertEqual(receiver.messages, [])


if __name__ == "__main__":
    unittest.main()
