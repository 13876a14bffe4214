#!/usr/bin/env python3
"""Clients that behave badly (slow, deaf, many, rude) harm nobody but themselves."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import socket
import threading
import time
import unittest

from harness.http_client import AnswerReader, Client, open_socket, reset
from harness.inspect_process import memory_limit_kb, resident_kb, server_holds_connection
from harness.sse import StreamReader, stream_request
from harness.system_test import SystemTest
from harness.waiting import limit_s, wait_for

LAMP = {"name": "Lamp", "starting_bid": 5}
HEAD = b"POST /api/auctions HTTP/1.1\r\nHost: test\r\n"
BODY = json.dumps(LAMP).encode()
LENGTH = b"Content-Length: %d\r\n" % len(BODY)
CHUNKED = b"Transfer-Encoding: chunked\r\n"


class BadClients(SystemTest):
    """Each test has a platform of its own: memory and connections are its doing alone."""

    def test_one_byte_a_second_gets_408_while_others_are_served(self):
        gavel = self.platform()
        port = gavel.ports["gateway"]
        answers = []

        def drip(at_once: bytes, slowly: bytes) -> None:
            with open_socket(port) as connection:
                connection.sendall(at_once)
                began_s = time.monotonic()
                connection.settimeout(1)
                for byte in slowly[:30]:
                    connection.send(bytes([byte]))
                    try:
                        connection.recv(1, socket.MSG_PEEK)  # a second, or an answer
                    except TimeoutError:
                        continue
                    answers.append((AnswerReader(connection).read(), time.monotonic() - began_s))
                    return

        whole = HEAD + LENGTH + b"\r\n"
        slow = [threading.Thread(target=drip, args=parts) for parts in
                ((b"", whole), (whole, BODY), (HEAD + CHUNKED + b"\r\n", b"1;" + b"x" * 50))]
        for thread in slow:
            thread.start()
        slowest_s = 0.0
        with gavel.client() as client:
            while any(thread.is_alive() for thread in slow):
                began_s = time.monotonic()
                self.assert_answer(client.post("/api/auctions", LAMP), 201)
                slowest_s = max(slowest_s, time.monotonic() - began_s)
                time.sleep(0.02)
        self.assertEqual(len(answers), 3, "all were answered")
        for answer, took_s in answers:
            self.assert_answer(answer, 408, {"error": "the request came too slowly"})
            self.assertLess(took_s, limit_s(12.5))
            self.assertGreater(took_s, 9)
        self.assertLess(slowest_s, limit_s(1))

    def test_a_stream_that_is_never_read_is_ended_and_costs_little_memory(self):
        gavel = self.platform()
        port = gavel.ports["gateway"]
        auction = gavel.create()["id"]
        deaf = open_socket(port, receive_buffer_bytes=4096)
        self.addCleanup(deaf.close)
        deaf.sendall(stream_request("/api/updates/stream"))
        deaf_port = deaf.getsockname()[1]
        bids = 2000
        with StreamReader(port) as stream, gavel.client() as client:
            stream.snapshot()
            before_kb = resident_kb(gavel.one.pid)
            peak_kb = 0
            for i in range(bids):
                answer = client.post(f"/api/auctions/{auction}/bid",
                                     {"bidder": "alice", "amount": 100 + i},
                                     {"Prefer": "return=minimal"})
                self.assert_answer(answer, 200)
                if i % 100 == 0:
                    peak_kb = max(peak_kb, resident_kb(gavel.one.pid))
            # Kept as text, these events alone would be more than 100 MB.
            changes = stream.changes(2 * bids, 60)
            peak_kb = max(peak_kb, resident_kb(gavel.one.pid))
            self.assertLess(peak_kb - before_kb, memory_limit_kb(40_000))
            self.assertEqual([len(event.json["bids"]) for event in changes[0::2]],
                             list(range(1, bids + 1)))
        self.assertTrue(server_holds_connection(port, deaf_port), "it may lag behind for a while")
        wait_for(lambda: not server_holds_connection(port, deaf_port), 45,
                 "the stream that nobody reads is ended")

    def test_a_thousand_idle_connections_disturb_nobody(self):
        gavel = self.platform()
        port = gavel.ports["gateway"]
        idle = [open_socket(port) for _ in range(1000)]
        try:
            for connection in idle[:500]:
                connection.sendall(b"GET /livez HTTP/1.1\r\nHost: test\r\n\r\n")
            for connection in idle[:500]:
                self.assertEqual(AnswerReader(connection).read().status, 200)
            for connection in idle[500:750]:
                connection.sendall(b"GET /livez HT")  # half a request
            auction = gavel.create()["id"]
            with gavel.client() as client:
                began_s = time.monotonic()
                for i in range(300):
                    answer = client.post(f"/api/auctions/{auction}/bid",
                                         {"bidder": "a", "amount": 60 + i},
                                         {"Prefer": "return=minimal"})
                    self.assert_answer(answer, 200)
                self.assertLess(time.monotonic() - began_s, limit_s(10))
            self.assertLess(resident_kb(gavel.one.pid), memory_limit_kb(150_000))
        finally:
            for connection in idle:
                connection.close()

    def test_ten_thousand_silent_connections_disturb_nobody(self):
        gavel = self.platform()
        port = gavel.ports["gateway"]
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        count = min(10_000, hard - 500)
        with contextlib.ExitStack() as silent:
            for _ in range(count):
                silent.enter_context(open_socket(port))
            auction = gavel.create()["id"]
            with gavel.client() as client:
                for i in range(300):
                    answer = client.post(f"/api/auctions/{auction}/bid",
                                         {"bidder": "a", "amount": 60 + i},
                                         {"Prefer": "return=minimal"})
                    self.assert_answer(answer, 200)
            self.assertLess(resident_kb(gavel.one.pid), memory_limit_kb(60_000))
        self.assert_answer(gavel.call("GET", "/livez"), 200)

    def test_a_header_a_second_gets_408(self):
        gavel = self.platform()
        with open_socket(gavel.ports["gateway"]) as connection:
            connection.sendall(b"GET /livez HTTP/1.1\r\nHost: test\r\n")
            connection.settimeout(1)
            began_s = time.monotonic()
            for number in range(30):
                connection.sendall(b"X-%d: y\r\n" % number)
                try:
                    connection.recv(1, socket.MSG_PEEK)  # a second, or an answer
                    break
                except TimeoutError:
                    continue
            self.assert_answer(AnswerReader(connection).read(), 408)
            self.assertLess(time.monotonic() - began_s, limit_s(12.5))

    def test_without_file_descriptors_nobody_new_is_taken_and_then_service_resumes(self):
        gavel = self.platform()
        port = gavel.ports["gateway"]
        with gavel.client() as kept:
            self.assert_answer(kept.get("/livez"), 200)
            open_files = len(os.listdir(f"/proc/{gavel.one.pid}/fd"))
            resource.prlimit(gavel.one.pid, resource.RLIMIT_NOFILE,
                             (open_files + 50, open_files + 50))
            with contextlib.ExitStack() as many:
                waiting = [many.enter_context(open_socket(port)) for _ in range(200)]
                wait_for(lambda: "out of file descriptors" in gavel.one.log(), 10,
                         "accepting pauses")
                # Those who are in are served, and what must be stored is.
                auction = kept.post("/api/auctions", LAMP)
                self.assert_answer(auction, 201)
                waiting[-1].sendall(b"GET /livez HTTP/1.1\r\nHost: test\r\n\r\n")
                for connection in waiting[:-1]:
                    connection.close()
                self.assert_answer(AnswerReader(waiting[-1]).read(), 200)
            self.assert_answer(kept.get("/readyz"), 200)
        self.assertTrue(gavel.one.running)

    def test_a_stream_s_reader_that_closes_half_is_let_go(self):
        gavel = self.platform()
        port = gavel.ports["gateway"]
        with open_socket(port) as half:
            half.sendall(stream_request("/api/updates/stream"))
            half.recv(1)
            half_port = half.getsockname()[1]
            half.shutdown(socket.SHUT_WR)
            wait_for(lambda: not server_holds_connection(port, half_port), 10,
                     "the server has closed its end")
        wait_for(lambda: gavel.call("GET", "/api/status").json["stream"]["subscribers"] == 0, 10,
                 "nobody subscribes any more")

    def test_clients_that_reset_at_any_moment_leave_nothing_behind(self):
        gavel = self.platform()
        port = gavel.ports["gateway"]
        auction = gavel.create(description="d" * 9000)["id"]
        request = HEAD + LENGTH + b"\r\n" + BODY
        random = self.seeded()
        ports = []
        for i in range(300):
            connection = open_socket(port)
            ports.append(connection.getsockname()[1])
            kind = i % 4
            if kind == 0:
                connection.sendall(request[:random.randrange(len(request))])
            elif kind == 1:
                connection.sendall(request)
            elif kind == 2:
                connection.sendall(stream_request("/api/updates/stream"))
                connection.recv(random.randrange(1, 300))
            else:
                connection.sendall(b"GET /api/auctions HTTP/1.1\r\nHost: test\r\n\r\n" * 20)
                connection.recv(random.randrange(1, 3000))
            reset(connection)
            if i % 10 == 0:
                self.assert_answer(gavel.bid(auction, "a", 100 + i), 200)
        wait_for(lambda: not any(server_holds_connection(port, one) for one in ports), 10,
                 "the server has closed its ends")
        self.assertTrue(gavel.one.running)
        self.assertNotIn("error", gavel.one.log())

    def test_a_reader_of_a_large_answer_that_stops_is_ended_and_others_are_served(self):
        gavel = self.platform()
        port = gavel.ports["gateway"]
        for _ in range(100):
            gavel.create(description="d" * 10_000)
        deaf = open_socket(port, receive_buffer_bytes=4096)
        self.addCleanup(deaf.close)
        deaf.sendall(b"GET /api/auctions HTTP/1.1\r\nHost: test\r\n\r\n" * 200)
        with Client(port) as client:
            for _ in range(20):
                self.assertGreater(len(client.get("/api/auctions").body), 1_000_000)
        # Its 200 answers are not made in advance.
        self.assertLess(resident_kb(gavel.one.pid), memory_limit_kb(80_000))
        self.assertTrue(server_holds_connection(port, deaf.getsockname()[1]))


if __name__ == "__main__":
    unittest.main()
