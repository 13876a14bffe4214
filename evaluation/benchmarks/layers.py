"""Which layer of Gavel a sample of a profile belongs to. Pure: reads what perf and callgrind print.

A sample is a stack; its innermost frame that says something decides. So memory that JSON allocates
counts for JSON, and what the kernel does in a send() counts for the network, whoever called it.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Iterable, Iterator, Sequence

OTHER = "other"


@dataclass(frozen=True)
class Frame:
    """A function, and the file that it is in."""

    function: str
    file: str = ""


@dataclass(frozen=True)
class Sample:
    """What a thread was doing, innermost frame first."""

    thread: str
    frames: Sequence[Frame]


# What the kernel was called for. Disk calls go to whoever had something to store.
SYSTEM_CALLS = (
    (re.compile(r"sys_(send|sendto|sendmsg|writev)$"), "kernel: send"),
    (re.compile(r"sys_(recv|recvfrom|recvmsg)$"), "kernel: receive"),
    (re.compile(r"sys_(epoll_\w+|poll|accept4?|close|shutdown)$"), "kernel: wait for sockets"),
    (re.compile(r"sys_futex$"), "kernel: wake threads"),
)
DISK_CALLS = re.compile(r"sys_(fsync|fdatasync|pwrite64|pread64|write|read|fallocate|ftruncate|"
                        r"openat|unlink|fcntl|fstat|newfstat|newfstatat)$")
# By the names of functions; the first that matches a frame counts.
FUNCTIONS = tuple((re.compile(pattern), layer) for pattern, layer in (
    (r"gavel::contract::|append_json|json_text|format_decimal", "rendering of auctions"),
    (r"^nlohmann::|gavel::.*parse_object|gavel::JSON(Request::object|Response)", "JSON"),
    (r"gavel::auction::(AuctionBook|LiveBook|IdempotencyTable|SessionTable)", "auction book"),
    (r"gavel::auction::(SqliteLog|HashChain|CommandSequencer|CommandLog|Command|encode|decode|"
     r"AuctionHouse|Snapshotter)|gavel::(Statement|Transaction|Database)", "log"),
    (r"gavel::auction::(EventFeed|EventStore|FeedBackfill)|gavel::Feed|gavel::WaitingReads",
     "feed"),
    (r"gavel::auction::", "auction service"),
    (r"gavel::bidding::", "bidding service"),
    (r"gavel::history::", "history"),
    (r"gavel::gateway::(AuctionsView|EventHub|Stream)", "gateway's view and streams"),
    (r"gavel::gateway::", "gateway"),
    (r"gavel::(HTTP|Request|Response|Output|Router|Headers|Chunked|ClientConnection|InProcess|"
     r"ServiceClient|JSONRequest|Responder|Forward)|gavel::\w*(response_head|header|percent|token)",
     "HTTP"),
    (r"gavel::(EventLoop|Worker|Timers|IOWatch|Scheduler)", "event loop"),
    (r"^gavel::", "rest of Gavel"),
))
# Of frames without such a name.
FILES = (("libcrypto", "hash chain"), ("libsqlite3", "SQLite"), ("libspdlog", "logging"))
# Of disk calls, and of what SQLite itself does: who wanted it.
STORES = ((re.compile(r"gavel::history::"), "history"),
          (re.compile(r"gavel::auction::EventStore"), "feed's store"))


def store_of(sample: Sample) -> str:
    for frame in sample.frames:
        for pattern, store in STORES:
            if pattern.search(frame.function):
                return store
    return "history" if sample.thread.startswith("history") else "log"


def layer_of(sample: Sample) -> str:
    """Never fails: what fits nothing is "other"."""
    for frame in sample.frames:
        for pattern, layer in SYSTEM_CALLS:
            if pattern.search(frame.function):
                return layer
        if DISK_CALLS.search(frame.function):
            return f"disk: {store_of(sample)}"
        for name, layer in FILES:
            if name in frame.file:
                return f"SQLite: {store_of(sample)}" if layer == "SQLite" else layer
        for pattern, layer in FUNCTIONS:
            if pattern.search(frame.function):
                return layer
    return OTHER


_FRAME = re.compile(r"^\s+[0-9a-f]+ (.*) \(([^()]*)\)$")


def perf_samples(lines: Iterable[str]) -> Iterator[Sample]:
    """Of `perf script -F comm,tid,ip,sym,dso`: a line for the thread, one a frame, an empty one."""
    thread, frames = "", []
    for line in lines:
        found = _FRAME.match(line)
        if found:
            frames.append(Frame(found[1], found[2]))
        elif line.strip():
            thread, frames = line.rsplit(maxsplit=1)[0].strip(), []
        elif thread:
            yield Sample(thread, frames)
            thread, frames = "", []
    if thread:
        yield Sample(thread, frames)


_COST = re.compile(r"^\s*([0-9,]+)(?: \([ 0-9.]+%\))?\s+(\S.*?):(.*?)(?: \[(.*)\])?$")


def callgrind_costs(lines: Iterable[str]) -> Iterator[tuple[int, Frame]]:
    """Of callgrind_annotate: instructions of each function by itself. (It has no kernel.)"""
    for line in lines:
        found = _COST.match(line)
        if found and "PROGRAM TOTALS" not in line:
            yield int(found[1].replace(",", "")), Frame(found[3], found[4] or "")


@dataclass(frozen=True)
class Share:
    """Of one layer; `microseconds` a bid, where that is known."""

    layer: str
    share: float
    microseconds: float | None


def shares(counts: Counter, microseconds_of_all: float | None) -> list[Share]:
    """The largest first."""
    total = sum(counts.values())
    return [Share(layer, count / total,
                  None if microseconds_of_all is None else microseconds_of_all * count / total)
            for layer, count in counts.most_common()]


def markdown(rows: list[Share]) -> str:
    timed = any(row.microseconds is not None for row in rows)
    lines = ["| where | share |" + (" µs a bid |" if timed else ""),
             "|---|--:|" + ("--:|" if timed else "")]
    for row in rows:
        time = f" {row.microseconds:.2f} |" if row.microseconds is not None else ""
        lines.append(f"| {row.layer} | {row.share:.1%} |{time}")
    return "\n".join(lines) + "\n"
