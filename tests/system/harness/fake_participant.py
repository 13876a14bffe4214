"""A participant of two-phase commit as a coordinator meets it: HTTP, and a memory that lasts."""

from __future__ import annotations

import http.server
import json
import threading
import time

from .http_client import HOST, call
from .waiting import limit_s

ASK_AFTER_S = 0.3


class FakeParticipant:
    """Votes as `vote` says, does what it is told, and asks the coordinator when it hears nothing.
    It never forgets; `damage` lists the decisions that contradicted what it had done."""

    def __init__(self, name: str, port: int, coordinator_ports: list[int]):
        self.name = name
        self.vote = {"vote": "commit", "facts": {"of": name}}
        self.states: dict[str, str] = {}  # prepared, committed or aborted, by transaction
        self.facts: dict[str, dict] = {}
        self.damage: list[str] = []
        self.silent = False
        self._since: dict[str, float] = {}
        self._coordinator_ports = coordinator_ports
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        participant = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                body = json.loads(self.rfile.read(length))
                status, answer = participant.answer(self.path.rsplit("/", 1)[-1], body)
                content = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_) -> None:
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_) -> None:
                """Who asked was killed and does not take the answer."""

        self._server = Server((HOST, port), Handler)
        self._threads = [threading.Thread(target=self._server.serve_forever, daemon=True),
                         threading.Thread(target=self._ask, daemon=True)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()
        for thread in self._threads:
            thread.join()

    def answer(self, what: str, body: dict) -> tuple[int, dict]:
        if self.silent:
            return 503, {"error": "silent"}
        with self._lock:
            if what == "vote_request":
                return 200, self._vote(body["transaction"]["id"])
            decision = "committed" if what == "global_commit" else "aborted"
            return self._decided(body["transaction_id"], decision, body.get("facts"))

    def _vote(self, transaction: str) -> dict:
        if self.vote["vote"] == "commit":
            if self.states.setdefault(transaction, "prepared") == "aborted":
                return {"vote": "abort", "status": 409, "reason": "it was aborted"}
            self._since.setdefault(transaction, time.monotonic())
        return self.vote

    def _decided(self, transaction: str, decision: str, facts) -> tuple[int, dict]:
        before = self.states.get(transaction)
        if {before, decision} == {"committed", "aborted"} or \
                (before is None and decision == "committed"):
            self.damage.append(f"{self.name}: {transaction} was {before}, now {decision}")
            return 409, {"error": "damage"}
        self.states[transaction] = decision
        if facts is not None:
            self.facts[transaction] = facts
        return 200, {"acknowledged": True, "result": {"by": self.name}}

    def _in_doubt(self) -> list[str]:
        with self._lock:
            return [transaction for transaction, state in self.states.items()
                    if state == "prepared" and
                    time.monotonic() - self._since[transaction] > ASK_AFTER_S]

    def _ask(self) -> None:
        while not self._stopping.wait(ASK_AFTER_S / 3):
            for transaction in self._in_doubt():
                for port in self._coordinator_ports:
                    try:
                        answer = call(port, "POST", f"/transactions/{transaction}/inquiry",
                                      {"participant": self.name}, timeout_s=limit_s(3))
                    except OSError:
                        continue
                    decision = answer.json.get("decision") if answer.status == 200 else None
                    if decision in ("commit", "abort"):
                        with self._lock:
                            self._decided(transaction,
                                          "committed" if decision == "commit" else "aborted",
                                          answer.json.get("facts"))
                        break
