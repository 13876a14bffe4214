#!/usr/bin/env python3
"""The load generator tells the truth about servers that behave badly.

The servers here are some lines of Python that answer as a test wants it; LOAD_GENERATOR names the
executable.
"""

from __future__ import annotations

import json
import os
import selectors
import socket
import subprocess
import threading
import time
import unittest
from typing import Callable

from harness.waiting import limit_s

LOAD_GENERATOR = os.environ.get("LOAD_GENERATOR", "build/release/evaluation/load_generator")
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
STALL_S = 0.5


class BadServer:
    """Answers each request with what `answer` makes of its number; None closes the connection.
    One thread, so that one that sleeps keeps everybody waiting. A context manager."""

    def __init__(self, answer: Callable[[int], bytes | None]):
        self._answer = answer
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._serve)
        self._ending = False
        self.requests = 0
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> BadServer:
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._ending = True
        self._thread.join()
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()
        self._selector.close()

    def _serve(self) -> None:
        while not self._ending:
            for key, _ in self._selector.select(0.05):
                if key.fileobj is self._listener:
                    self._selector.register(self._listener.accept()[0], selectors.EVENT_READ)
                else:
                    self._serve_one(key.fileobj)

    def _serve_one(self, client: socket.socket) -> None:
        request = client.recv(65_536)
        answer = None
        if request:
            self.requests += 1
            answer = self._answer(self.requests)
        if answer is None:
            self._selector.unregister(client)
            client.close()
        else:
            client.sendall(answer)


def load(url: str, *options: str) -> dict:
    done = subprocess.run([LOAD_GENERATOR, url, "--echo", "--auctions", "4", *options],
                          capture_output=True, text=True, timeout=limit_s(60), check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def stall_once(number: int) -> bytes:
    """The fiftieth request keeps the server busy for a while."""
    if number == 50:
        time.sleep(STALL_S)
    return OK


class OpenLoop(unittest.TestCase):
    OPTIONS = ("--connections", "4", "--warmup", "0", "--seconds", "2")

    def test_requests_that_were_due_while_the_server_stalled_count_as_late(self):
        with BadServer(stall_once) as server:
            told = load(server.url, *self.OPTIONS, "--rate", "100")
        self.assertEqual(told["accepted"]["count"], 200)
        late = sum(count for upper_us, count in told["accepted"]["latency"]["buckets"]
                   if upper_us > 0.1e6 * STALL_S)
        # Half a second of requests, evenly spaced: nine tenths of them wait a tenth of it.
        self.assertGreaterEqual(late, 0.8 * 100 * STALL_S)
        self.assertGreaterEqual(told["accepted"]["latency"]["max_us"], 0.9e6 * STALL_S)

    def test_the_rate_is_that_which_was_asked_for(self):
        with BadServer(lambda _: OK) as server:
            told = load(server.url, *self.OPTIONS, "--rate", "250")
        self.assertEqual(told["answered"]["count"], 500)
        self.assertEqual(told["seconds"], 2)

    def test_what_has_no_answer_at_the_end_is_told(self):
        def slow(_: int) -> bytes:
            time.sleep(0.05)
            return OK
        with BadServer(slow) as server:
            told = load(server.url, *self.OPTIONS, "--rate", "100", "--timeout", "0.2")
        total = told["answered"]["count"] + told["failed"]["count"] + told["unanswered"]
        self.assertEqual(total, 200)
        self.assertGreater(told["unanswered"] + told["failed"]["count"], 100)


class ClosedLoop(unittest.TestCase):
    OPTIONS = ("--connections", "3", "--warmup", "0", "--requests", "90")

    def test_outcomes_are_told_apart_by_status(self):
        answers = (OK, OK.replace(b"200 OK", b"409 Conflict"),
                   OK.replace(b"200 OK", b"503 Service Unavailable"))
        with BadServer(lambda number: answers[number % 3]) as server:
            told = load(server.url, *self.OPTIONS)
        self.assertEqual([told[name]["count"] for name in ("accepted", "refused", "failed")],
                         [30, 30, 30])
        self.assertEqual(told["statuses"], {"200": 30, "409": 30, "503": 30})

    def test_a_connection_that_breaks_is_one_failure_and_opened_again(self):
        with BadServer(lambda number: None if number in (20, 40) else OK) as server:
            told = load(server.url, *self.OPTIONS)
            requests = server.requests
        self.assertEqual(told["accepted"]["count"], 88)
        self.assertEqual(told["errors"], {"connection closed": 2})
        self.assertEqual(requests, 90)

    def test_what_is_no_answer_has_failed(self):
        with BadServer(lambda number: b"nonsense\r\n\r\n" if number == 7 else OK) as server:
            told = load(server.url, *self.OPTIONS)
        self.assertEqual(told["errors"], {"broken answer": 1})

    def test_a_server_that_is_not_there_is_told_in_words(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        done = subprocess.run([LOAD_GENERATOR, url, "--echo", "--connect-timeout", "0.3"],
                              capture_output=True, text=True, timeout=limit_s(60), check=False)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, "only 0 of 64 connections could be opened to 127.0.0.1:")


if __name__ == "__main__":
    unittest.main()
