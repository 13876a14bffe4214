"""The calls between nodes, as bytes: for what no node of ours would send."""

from __future__ import annotations

import struct
import zlib

APPEND_REQUEST = 4
VOTE_REQUEST = 2
COMMAND = 0


def _sealed(kind: int, sender: int, receiver: int, term: int, body: bytes) -> bytes:
    message = struct.pack("<BBQQQ", 1, kind, sender, receiver, term) + body
    return message + struct.pack("<I", zlib.crc32(message))


def append_entries(sender: int, receiver: int, term: int, index: int = 0, index_term: int = 0,
                   commit: int = 0, payload: bytes | None = None) -> bytes:
    """After the entry at `index`; with one entry that carries `payload`, or none."""
    read_round, attempt = 1, 0
    body = struct.pack("<QQQQQ", index, index_term, commit, read_round, attempt)
    body += struct.pack("<I", 0 if payload is None else 1)
    if payload is not None:
        body += struct.pack("<QQBI", index + 1, term, COMMAND, len(payload)) + payload
    return _sealed(APPEND_REQUEST, sender, receiver, term, body)


def request_vote(sender: int, receiver: int, term: int, index: int, index_term: int) -> bytes:
    return _sealed(VOTE_REQUEST, sender, receiver, term,
                   struct.pack("<QQB", index, index_term, 0))


def bundle(*messages: bytes) -> bytes:
    return b"".join(struct.pack("<I", len(message)) + message for message in messages)
