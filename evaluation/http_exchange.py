"""One HTTP/1.1 exchange after another over a kept-alive socket.

The standard library's client spends several times as long on a request as a fast server does, so
the benchmark would measure itself. This module does only what a benchmark needs: a request is one
`bytes` object and one send, an answer is a status, its headers and its body.

The parser knows no socket, so that the load loop (sockets that never block) and the blocking client
below share it, and so that a test can feed it byte by byte.
"""

from __future__ import annotations

import json
import os
import re
import socket
from dataclasses import dataclass
from typing import Mapping
from urllib.parse import urlsplit

DEFAULT_URL = "http://localhost:8000"
HEADER_LIMIT_BYTES = 64 * 1024
BODY_LIMIT_BYTES = 2 * 1024 * 1024 * 1024
RECEIVE_BYTES = 256 * 1024


class TargetError(ValueError):
    """What was given to the benchmark does not name a server. The text says what to do."""


class ExchangeError(Exception):
    """A request has no usable answer. `kind` is a short label under which errors are counted."""

    def __init__(self, kind: str, detail: str = ""):
        super().__init__(detail or kind)
        self.kind = kind


class NotHTTP(ExchangeError):
    """The peer answers, but in another protocol."""


@dataclass(frozen=True)
class Target:
    """Where requests go: `path` is a prefix before `/api`, empty or beginning with a slash."""

    url: str
    host: str
    port: int
    path: str = ""

    @property
    def host_header(self) -> str:
        """The value of `Host`; an IPv6 address wears brackets there (RFC 9110, section 7.2)."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return f"{name}:{self.port}"


@dataclass(frozen=True)
class Address:
    """A resolved address. Resolved once, so that no name lookup is measured."""

    family: int
    sockaddr: tuple


@dataclass
class Response:
    status: int
    headers: dict[str, str]
    body: bytes
    keep_alive: bool = True

    def json(self):
        """The decoded body; `ExchangeError` when it is not JSON."""
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise ExchangeError("broken JSON", f"the answer is not JSON: {error}") from None


def parse_target(url: str) -> Target:
    """The parts of an `http://` URL; `TargetError` for anything that cannot be one."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise TargetError(
            f"'{url}' is not a URL ({error}); give one such as {DEFAULT_URL}") from None
    if parts.scheme == "https":
        raise TargetError(f"'{url}': https is not supported; give the plain http:// address")
    if parts.scheme != "http" or not parts.hostname or re.search(r"[\s\x00-\x1f]", url):
        raise TargetError(f"'{url}' is not a URL; give one such as {DEFAULT_URL}")
    if parts.query or parts.fragment or parts.username is not None:
        raise TargetError(
            f"'{url}' has more than host, port and path; give one such as {DEFAULT_URL}")
    return Target(url, parts.hostname, 80 if port is None else port, parts.path.rstrip("/"))


def resolve_target(argument: str | None, environment: Mapping[str, str] = os.environ) -> Target:
    """The server that a command-line argument names: a URL, `host:port`, or the name of an
    environment variable that holds one of these. Without an argument: `BASE_URL`, else the
    gateway's default address."""
    if argument is None:
        argument = "BASE_URL" if environment.get("BASE_URL") else DEFAULT_URL
    text = environment.get(argument, argument).strip()
    if text == argument and re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", text) and text != "localhost":
        raise TargetError(
            f"no environment variable '{text}' is set; "
            f"set it to the server's URL, or give the URL itself, such as {DEFAULT_URL}"
        )
    if not text:
        raise TargetError(f"'{argument}' is empty; it should hold a URL such as {DEFAULT_URL}")
    return parse_target(text if "://" in text else f"http://{text}")


def encode_request(target: Target, method: str, path: str, body: bytes | None = None,
                   headers: Mapping[str, str] | None = None) -> bytes:
    """The whole request, header and body, as one piece for one send: two sends would meet Nagle's
    algorithm or at least cost a second packet."""
    lines = [f"{method} {target.path}{path} HTTP/1.1", f"Host: {target.host_header}",
             "Accept: application/json"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + (body or b"")


class ResponseParser:
    """Cuts one HTTP/1.1 answer out of the bytes that arrive, however they are split.

    Call `feed` with each piece until it returns the answer, `finish` when the peer closes. After
    an answer the parser is ready for the next one.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self._buffer = bytearray()
        self._status = 0
        self._headers: dict[str, str] = {}
        self._keep_alive = True
        self._body_length: int | None = None  # None: until the peer closes
        self._chunks: bytearray | None = None  # not None: the body is chunked
        self._in_body = False

    @property
    def is_empty(self) -> bool:
        """True as long as nothing of the next answer has arrived."""
        return not self._buffer and not self._in_body

    def feed(self, data: bytes) -> Response | None:
        self._buffer += data
        while not self._in_body:
            if not self._read_header():
                return None
        if self._chunks is not None:
            return self._answer(bytes(self._chunks)) if self._read_chunks() else None
        if self._body_length is None or len(self._buffer) < self._body_length:
            if len(self._buffer) > BODY_LIMIT_BYTES:
                raise ExchangeError("answer too large")
            return None
        if len(self._buffer) > self._body_length:
            raise ExchangeError("malformed answer", "more bytes than Content-Length says")
        return self._answer(bytes(self._buffer))

    def finish(self) -> Response | None:
        """The peer closed: an answer without a length is whole now, any other one is not."""
        if self._in_body and self._body_length is None and self._chunks is None:
            return self._answer(bytes(self._buffer))
        return None

    def _read_header(self) -> bool:
        """Reads a header when it has arrived as a whole; interim answers (1xx) are skipped."""
        if not b"HTTP/1.".startswith(self._buffer[:7]):
            raise NotHTTP("not HTTP", "the peer does not answer in HTTP/1.1")
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(self._buffer) > HEADER_LIMIT_BYTES:
                raise ExchangeError("malformed answer", "the answer's header does not end")
            return False
        status_line, *lines = self._buffer[:end].decode("latin-1").split("\r\n")
        del self._buffer[:end + 4]
        words = status_line.split(" ", 2)
        if len(words) < 2 or not re.fullmatch(r"[1-9][0-9][0-9]", words[1]):
            raise NotHTTP("not HTTP", f"the status line is '{status_line[:80]}'")
        self._status = int(words[1])
        if self._status < 200:
            return bool(self._buffer)
        self._headers = {}
        for line in lines:
            name, _, value = line.partition(":")
            self._headers[name.lower()] = value.strip()
        self._in_body = True
        self._frame_body(words[0])
        return True

    def _frame_body(self, version: str) -> None:
        """Where the body ends (RFC 9112, section 6.3)."""
        headers = self._headers
        connection = headers.get("connection", "").lower()
        self._keep_alive = "close" not in connection and (
            version != "HTTP/1.0" or "keep-alive" in connection)
        self._chunks = None
        if self._status in (204, 304):
            self._body_length = 0
        elif "chunked" in headers.get("transfer-encoding", "").lower():
            self._chunks = bytearray()
        elif "content-length" in headers:
            length = headers["content-length"]
            if not length.isascii() or not length.isdigit() or int(length) > BODY_LIMIT_BYTES:
                raise ExchangeError("malformed answer", f"Content-Length is '{length[:40]}'")
            self._body_length = int(length)
        else:
            self._body_length = None
            self._keep_alive = False

    def _read_chunks(self) -> bool:
        """Moves whole chunks from the buffer to the body; True after the last one."""
        assert self._chunks is not None
        while True:
            line_end = self._buffer.find(b"\r\n")
            if line_end < 0:
                return False
            size_text = self._buffer[:line_end].split(b";", 1)[0].strip()
            if not re.fullmatch(rb"[0-9A-Fa-f]{1,16}", size_text):
                raise ExchangeError("malformed answer", "a chunk has no size")
            size = int(size_text, 16)
            if size == 0:
                return self._read_trailer(line_end)
            chunk_end = line_end + 2 + size
            if len(self._chunks) + size > BODY_LIMIT_BYTES:
                raise ExchangeError("answer too large")
            if len(self._buffer) < chunk_end + 2:
                return False
            self._chunks += self._buffer[line_end + 2:chunk_end]
            del self._buffer[:chunk_end + 2]

    def _read_trailer(self, line_end: int) -> bool:
        """After the last chunk: either an empty line at once, or header lines and an empty line."""
        rest = self._buffer[line_end:]
        if rest.startswith(b"\r\n\r\n"):
            return True
        return rest.find(b"\r\n\r\n") > 0

    def _answer(self, body: bytes) -> Response:
        response = Response(self._status, self._headers, body, self._keep_alive)
        self.reset()
        return response


def error_kind(error: OSError) -> str:
    """A short, stable label for a failure of the network."""
    if isinstance(error, (TimeoutError, socket.timeout)):
        return "timeout"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    if isinstance(error, (ConnectionResetError, BrokenPipeError, ConnectionAbortedError)):
        return "connection lost"
    if isinstance(error, socket.gaierror):
        return "unknown host"
    return (error.strerror or type(error).__name__).lower()


def open_socket(address: Address, timeout_seconds: float) -> socket.socket:
    """A connected socket with `TCP_NODELAY`: a small request must not wait for an old ACK."""
    peer = socket.socket(address.family, socket.SOCK_STREAM)
    try:
        peer.settimeout(timeout_seconds)
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        peer.connect(address.sockaddr)
    except BaseException:
        peer.close()
        raise
    return peer


def find_address(target: Target, timeout_seconds: float) -> Address:
    """The first of the host's addresses that takes a connection ("localhost" is often `::1` and
    127.0.0.1, and servers often listen on one of them only). Raises `OSError` if none does."""
    failure: OSError = socket.gaierror(f"no address for {target.host}")
    for family, _, _, _, sockaddr in socket.getaddrinfo(
            target.host, target.port, type=socket.SOCK_STREAM):
        address = Address(family, sockaddr)
        try:
            open_socket(address, timeout_seconds).close()
            return address
        except OSError as error:
            failure = error
    raise failure


class Client:
    """A blocking client that keeps one connection alive. Not for use by several threads at once."""

    def __init__(self, target: Target, address: Address, timeout_seconds: float = 10.0):
        self.target = target
        self.address = address
        self.timeout_seconds = timeout_seconds
        self.retries = 0
        self.received_bytes = 0
        self._socket: socket.socket | None = None
        self._parser = ResponseParser()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        self._parser.reset()

    def get(self, path: str) -> Response:
        return self.request("GET", path)

    def post(self, path: str, body: dict, idempotency_key: str | None = None,
             lean: bool = False) -> Response:
        headers = {}
        if idempotency_key is not None:
            headers["Idempotency-Key"] = idempotency_key
        if lean:
            headers["Prefer"] = "return=minimal"
        return self.request("POST", path, json.dumps(body).encode(), headers)

    def request(self, method: str, path: str, body: bytes | None = None,
                headers: Mapping[str, str] | None = None) -> Response:
        """One exchange. `ExchangeError` if there is no answer.

        A server may close an idle connection at any time, also just as a request is on its way.
        So a kept connection that ends before the first byte of an answer is opened again, once,
        and the request repeated, if that is safe: a GET, or a POST with an idempotency key.
        """
        data = encode_request(self.target, method, path, body, headers)
        repeatable = method == "GET" or "Idempotency-Key" in (headers or {})
        if self._socket is not None:
            try:
                response = self._exchange(data)
            except ExchangeError as error:
                self.close()
                if error.kind != "connection closed" or not repeatable:
                    raise
                self.retries += 1
            except BaseException:  # Ctrl-C amid an answer: its rest must not look like the next one
                self.close()
                raise
            else:
                return self._done(response)
        try:
            self._socket = open_socket(self.address, self.timeout_seconds)
            return self._done(self._exchange(data))
        except OSError as error:
            self.close()
            raise ExchangeError(error_kind(error), str(error)) from None
        except BaseException:
            self.close()
            raise

    def _done(self, response: Response) -> Response:
        if not response.keep_alive:
            self.close()
        return response

    def _exchange(self, data: bytes) -> Response:
        """Sends and receives. The kind "connection closed" means: no byte of an answer came."""
        assert self._socket is not None
        try:
            self._socket.sendall(data)
            while True:
                piece = self._socket.recv(RECEIVE_BYTES)
                self.received_bytes += len(piece)
                if not piece:
                    kind = "connection closed" if self._parser.is_empty else "answer cut short"
                    response = self._parser.finish()
                    if response is None:
                        raise ExchangeError(kind)
                    return response
                response = self._parser.feed(piece)
                if response is not None:
                    return response
        except OSError as error:
            lost = isinstance(error, ConnectionError) and self._parser.is_empty
            kind = "connection closed" if lost else error_kind(error)
            raise ExchangeError(kind, str(error)) from None
