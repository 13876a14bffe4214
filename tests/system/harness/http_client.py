"""HTTP as tests need it: a plain client, and bytes on a socket for what no client would send."""

from __future__ import annotations

import http.client
import json
import socket
from dataclasses import dataclass
from typing import Any, Mapping

from .waiting import limit_s

HOST = "127.0.0.1"
DEFAULT_TIMEOUT_S = 40.0


@dataclass
class Answer:
    """`headers` has lower-case names; of several fields with one name it holds the last."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8")

    @property
    def json(self) -> Any:
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise AssertionError(f"not JSON: {self}") from error

    def __str__(self) -> str:
        shown = self.body if len(self.body) < 400 else self.body[:400] + b"..."
        return f"{self.status} {shown!r}"


class Client:
    """One connection that is kept alive, opened when first needed. Not for several threads."""

    def __init__(self, port: int, timeout_s: float = DEFAULT_TIMEOUT_S, host: str = HOST):
        self.port = port
        self.host = host
        self._timeout_s = limit_s(timeout_s)
        self._connection: http.client.HTTPConnection | None = None

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def request(self, method: str, path: str, body: Any = None,
                headers: Mapping[str, str] | None = None) -> Answer:
        """`body`: bytes and text go as they are, anything else as JSON, None as no body.
        Raises OSError or http.client.HTTPException when there is no whole answer; nothing is
        sent twice."""
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        if isinstance(body, str):
            body = body.encode()
        if self._connection is None:
            self._connection = http.client.HTTPConnection(self.host, self.port,
                                                          timeout=self._timeout_s)
            self._connection.connect()
            self._connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self._connection.request(method, path, body, dict(headers or {}))
            response = self._connection.getresponse()
            content = response.read()
        except BaseException:
            self.close()
            raise
        if response.will_close:
            self.close()
        return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, content)

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        return self.request("GET", path, None, headers)

    def post(self, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
        return self.request("POST", path, body, headers)


def call(port: int, method: str, path: str, body: Any = None,
         headers: Mapping[str, str] | None = None, timeout_s: float = DEFAULT_TIMEOUT_S,
         host: str = HOST) -> Answer:
    """One request on a connection of its own."""
    with Client(port, timeout_s, host) as client:
        return client.request(method, path, body, headers)


def open_socket(port: int, timeout_s: float = DEFAULT_TIMEOUT_S,
                receive_buffer_bytes: int | None = None) -> socket.socket:
    """A connected socket. A small receive buffer makes a reader that falls behind at once."""
    connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if receive_buffer_bytes is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer_bytes)
        connection.settimeout(limit_s(timeout_s))
        connection.connect((HOST, port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException:
        connection.close()
        raise
    return connection


def reset(connection: socket.socket) -> None:
    """Closes with RST instead of FIN, as a client that crashed does."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connection.close()


class AnswerReader:
    """Cuts answers with a Content-Length out of what a socket receives."""

    def __init__(self, connection: socket.socket):
        self._connection = connection
        self._buffer = b""

    def _receive(self) -> bool:
        piece = self._connection.recv(65536)
        self._buffer += piece
        return bool(piece)

    def read(self, has_body: bool = True) -> Answer:
        """The next answer; interim ones (100) are returned like any other."""
        while b"\r\n\r\n" not in self._buffer:
            if not self._receive():
                raise AssertionError(f"the connection ended within an answer: {self._buffer!r}")
        head, self._buffer = self._buffer.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        fields = dict(line.split(": ", 1) for line in lines[1:])
        headers = {name.lower(): value for name, value in fields.items()}
        size = int(headers.get("content-length", "0")) if has_body else 0
        while len(self._buffer) < size:
            if not self._receive():
                raise AssertionError(f"the connection ended within a body of {size} bytes")
        body, self._buffer = self._buffer[:size], self._buffer[size:]
        return Answer(int(lines[0].split(" ")[1]), headers, body)

    def ended(self) -> bool:
        """Waits for the end of the connection; False when more bytes came instead."""
        try:
            return not self._buffer and not self._receive()
        except ConnectionResetError:
            return True


def send_raw(port: int, request: bytes, timeout_s: float = DEFAULT_TIMEOUT_S) -> Answer:
    """Sends these bytes on a new connection and reads one answer. What the server no longer takes
    is left unsent: it may refuse a request before it has all of it."""
    with open_socket(port, timeout_s) as connection:
        try:
            connection.sendall(request)
        except (BrokenPipeError, ConnectionResetError):
            pass
        return AnswerReader(connection).read()
