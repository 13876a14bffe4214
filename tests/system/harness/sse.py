"""Server-sent events: a parser, and a reader that collects a stream in the background."""

from __future__ import annotations

import json
import socket
import threading
import time
from dataclasses import dataclass, field
from typing import Any, Callable, Mapping

from .http_client import open_socket
from .waiting import limit_s


@dataclass
class Event:
    """`arrived_s` is Unix time; `own_id` is true when the id stood in this very event."""

    type: str
    data: str
    id: str
    arrived_s: float
    own_id: bool = True

    @property
    def json(self) -> Any:
        return json.loads(self.data)


@dataclass
class SSEParser:
    """Cuts events out of pieces of text/event-stream, as the WHATWG's standard says."""

    retry_ms: int | None = None
    last_id: str = ""
    _buffer: bytes = b""
    _fields: list[tuple[str, str]] = field(default_factory=list)

    def feed(self, piece: bytes) -> list[Event]:
        events: list[Event] = []
        now_s = time.time()
        lines = (self._buffer + piece).split(b"\n")
        self._buffer = lines.pop()
        for line in lines:
            self._take(line.decode("utf-8").removesuffix("\r"), now_s, events)
        return events

    def _take(self, line: str, now_s: float, events: list[Event]) -> None:
        if line:
            name, _, value = line.partition(":")
            self._fields.append((name, value.removeprefix(" ")))
            return
        fields, self._fields = self._fields, []
        data = [value for name, value in fields if name == "data"]
        kind = "message"
        own_id = False
        for name, value in fields:
            if name == "event":
                kind = value
            elif name == "id":
                self.last_id, own_id = value, True
            elif name == "retry":
                self.retry_ms = int(value)
        if data:
            events.append(Event(kind, "\n".join(data), self.last_id, now_s, own_id))


def id_position(event_id: str) -> tuple[str, int, int]:
    """Log id, index and number of an event's id."""
    log_id, _, place = event_id.rpartition("-")
    index, _, number = place.partition(".")
    return log_id, int(index), int(number)


def stream_request(path: str, headers: Mapping[str, str] | None = None) -> bytes:
    lines = [f"GET {path} HTTP/1.1", "Host: test", "Accept: text/event-stream"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


class StreamReader:
    """Reads one stream in a thread of its own until close() or the server's end."""

    def __init__(self, port: int, path: str = "/api/updates/stream",
                 headers: Mapping[str, str] | None = None):
        self.events: list[Event] = []
        self.ended = False
        self.parser = SSEParser()
        self._changed = threading.Condition()
        self._socket = open_socket(port, 120)
        self._socket.sendall(stream_request(path, headers))
        self.status, self.headers, rest = self._read_head()
        self._thread = threading.Thread(target=self._read, args=(rest,), daemon=True)
        self._thread.start()

    def __enter__(self) -> StreamReader:
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def _read_head(self) -> tuple[int, dict[str, str], bytes]:
        received = b""
        while b"\r\n\r\n" not in received:
            piece = self._socket.recv(65536)
            if not piece:
                raise AssertionError(f"the stream ended within its head: {received!r}")
            received += piece
        head, rest = received.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        fields = dict(line.split(": ", 1) for line in lines[1:])
        return (int(lines[0].split(" ")[1]), {k.lower(): v for k, v in fields.items()}, rest)

    def _read(self, piece: bytes) -> None:
        try:
            while True:
                events = self.parser.feed(piece)
                with self._changed:
                    self.events += events
                    self._changed.notify_all()
                piece = self._socket.recv(65536)
                if not piece:
                    break
        except OSError:
            pass
        with self._changed:
            self.ended = True
            self._changed.notify_all()

    def close(self) -> None:
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._thread.join(10)
        self._socket.close()

    def wait(self, condition: Callable[[list[Event]], Any], seconds: float, what: str) -> Any:
        """The first true value of the condition on the events so far."""
        deadline = time.monotonic() + limit_s(seconds)
        with self._changed:
            while True:
                value = condition(self.events)
                if value:
                    return value
                left_s = deadline - time.monotonic()
                if left_s <= 0 or self.ended:
                    why = "the stream ended" if self.ended else f"not in {limit_s(seconds):g} s"
                    last = [(e.type, e.id, e.data[:200]) for e in self.events[-5:]]
                    raise AssertionError(f"{why}: {what}; {len(self.events)} events, the last: "
                                         f"{last}")
                self._changed.wait(left_s)

    def wait_ended(self, seconds: float) -> None:
        deadline = time.monotonic() + limit_s(seconds)
        with self._changed:
            while not self.ended:
                left_s = deadline - time.monotonic()
                if left_s <= 0:
                    raise AssertionError(f"the stream still goes on after {limit_s(seconds):g} s")
                self._changed.wait(left_s)

    def of_type(self, *types: str) -> list[Event]:
        with self._changed:
            return [event for event in self.events if event.type in types]

    def snapshot(self) -> Event:
        """The first event, which must be a snapshot."""
        event = self.wait(lambda events: events[:1], 10, "the first event")[0]
        if event.type != "snapshot":
            raise AssertionError(f"the stream begins with {event}")
        return event

    def shown(self) -> dict:
        """What the snapshot shows, without the time at which it was told."""
        return {name: value for name, value in self.snapshot().json.items() if name != "time"}

    def changes(self, count: int, seconds: float = 10) -> list[Event]:
        """The first `count` auction and history events."""
        self.wait(lambda events: sum(e.type in ("auction", "history") for e in events) >= count,
                  seconds, f"{count} changes")
        return self.of_type("auction", "history")[:count]
