"""What a disk alone lets any durable service reach: the wait for a write and its sync."""

from __future__ import annotations

import os
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from typing import Callable, Iterator

from latency import percentile

RECORD_BYTES = 250  # about what a bid takes in Gavel's log
BLOCK_BYTES = 4_096
FILE_BYTES = 64 << 20  # written before the measurement, then over and over


@contextmanager
def overwritable_file(folder: Path) -> Iterator[int]:
    """The descriptor of a file of FILE_BYTES that are on the disk: who syncs what is written over
    them waits for nothing else. It is gone afterwards."""
    with tempfile.NamedTemporaryFile(prefix="disk-", dir=folder) as file:
        os.pwrite(file.fileno(), bytes(FILE_BYTES), 0)
        os.fsync(file.fileno())
        yield file.fileno()


def group_commits(rate: float, seconds: float, commit: Callable[[int], None],
                  clock: Callable[[], float] = time.monotonic,
                  sleep: Callable[[float], None] = time.sleep) -> list[float]:
    """Records fall due at the rate; commit(n) makes all that are due durable at once. Returns how
    long each waited from when it was due until it was durable, in seconds: an open loop."""
    began, waits = clock(), []
    count = int(rate * seconds)
    while len(waits) < count:
        due = min(count, int((clock() - began) * rate) + 1) - len(waits)
        if due <= 0:
            sleep(max(0.0, began + len(waits) / rate - clock()))
            continue
        commit(due)
        done = clock() - began
        waits += [done - number / rate for number in range(len(waits), len(waits) + due)]
    return waits


def waits_of(folder: Path, rate: float, seconds: float) -> dict:
    """The latency of records that are written to a file of the folder and synced, as the load
    generator tells that of requests. Nothing else is done: no service answers faster and keeps
    what it acknowledged on this disk."""
    with overwritable_file(folder) as descriptor:
        place = 0

        def commit(records: int) -> None:
            nonlocal place
            blocks = -(-records * RECORD_BYTES // BLOCK_BYTES)
            if place + blocks * BLOCK_BYTES > FILE_BYTES:
                place = 0
            os.pwrite(descriptor, b"x" * (blocks * BLOCK_BYTES), place)
            os.fdatasync(descriptor)
            place += blocks * BLOCK_BYTES

        waits = sorted(group_commits(rate, seconds, commit))
    return {"rate": rate, "answered": {"per_second": rate, "latency": latency(waits)}}


def latency(waits: list[float]) -> dict:
    """Of sorted waits in seconds; to two digits in the buckets."""
    at = {"p50_us": 0.5, "p99_us": 0.99, "p99_9_us": 0.999, "max_us": 1.0}
    told = {name: 1e6 * percentile(waits, share) for name, share in at.items()}
    buckets = Counter(float(f"{1e6 * wait:.1e}") for wait in waits)
    return {"count": len(waits), **told, "buckets": sorted(buckets.items())}
