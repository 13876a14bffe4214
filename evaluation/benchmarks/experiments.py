"""The experiments. Each starts what it measures, with fresh data, beside what it is compared with;
cases take turns, and every second round in the reverse order, so that what else the machine does
hits all of them alike.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Callable, Iterator, Sequence

from benchmarks import disk
from benchmarks.records import Record, Records
from benchmarks.servers import BareServer, Nchan
from benchmarks.tools import Tools, observe
from local_platform import APART, Platform

CONNECTIONS, AUCTIONS = 64, 50
PYTHON_GROWING_BIDS = 1_400  # what its one auction grew to


@dataclass(frozen=True)
class Effort:
    """How much is measured."""

    rounds: int = 3
    curve_rounds: int = 2
    seconds: float = 5.0  # of load for each figure of each round
    curve_seconds: float = 3.0
    warmup: float = 1.0
    subscribers: int = 10_000
    fan_out_rate: float = 2.0  # bids a second, each to all
    fan_out_seconds: float = 15.0
    fewer_subscribers: int = 1_000
    busy_rate: float = 1_000.0  # bids a second
    stalled_rate: float = 500.0
    grown_bids: int = 10_000
    grown_auctions: int = 32
    grown_requests: int = 20_000
    curve_requests: int = 1_000  # on one auction of each size
    many_auctions: int = 100_000
    many_bids_on_each: int = 9
    page_rate: float = 200.0
    connection_curve: Sequence[int] = (1, 4, 16, 64, 256, 1_000)
    subscriber_curve: Sequence[int] = (100, 300, 1_000, 3_000, 10_000)
    bid_curve: Sequence[int] = (10, 100, 1_000, 10_000, 100_000)
    auction_curve: Sequence[int] = (10, 100, 1_000, 10_000, 100_000)

    @staticmethod
    def quick() -> Effort:
        """Shows that everything works; its figures mean little."""
        return Effort(rounds=1, curve_rounds=1, seconds=0.3, curve_seconds=0.2, warmup=0.1,
                      subscribers=200, fan_out_rate=20, fan_out_seconds=0.5, fewer_subscribers=50,
                      busy_rate=200, stalled_rate=200, grown_bids=200, grown_auctions=8,
                      grown_requests=200, curve_requests=40, many_auctions=500, page_rate=200,
                      connection_curve=(1, 16), subscriber_curve=(20, 100), bid_curve=(10, 100),
                      auction_curve=(10, 100))


@dataclass
class Bench:
    """What an experiment works with."""

    tools: Tools
    effort: Effort
    records: Records
    folder: Path  # for data, on a disk

    def tell(self, note: str) -> None:
        """Something that a reader of the figures must know; once."""
        if note not in self.records.notes:
            self.records.notes.append(note)

    def note(self, experiment: str, case: str, number: int, figures: dict,
             x: float | None = None) -> None:
        self.records.runs.append(Record(experiment, case, number, figures, x))
        place = "" if x is None else f" at {x:,.0f}"
        print(f"{experiment}, round {number + 1}: {case}{place}", file=sys.stderr)

    @contextlib.contextmanager
    def gavel(self, processes: int = 1) -> Iterator[Platform]:
        with tempfile.TemporaryDirectory(prefix="gavel-", dir=self.folder) as data:
            with Platform(self.tools.gavel, processes, data) as platform:
                yield platform

    @contextlib.contextmanager
    def nchan(self) -> Iterator[Nchan]:
        with tempfile.TemporaryDirectory(prefix="nchan-", dir=self.folder) as folder:
            with Nchan(Path(folder)) as server:
                yield server

    def bare(self) -> BareServer:
        return BareServer(self.tools.bare_http_server)

    def load(self, server, *options: object, connections: int = CONNECTIONS,
             seconds: float | None = None) -> dict:
        """Load upon a started server. Requests that fail spoil a measurement, so they are told."""
        figures = self.tools.load(
            server.url, "--connections", connections, "--seconds", seconds or self.effort.seconds,
            "--warmup", self.effort.warmup, *observe(server.pids), *options)
        failed = figures["failed"]["count"]
        if failed:
            self.tell(f"{failed} requests failed with options {options}: "
                                      f"{figures['statuses']} {figures['errors']}")
        return figures


def in_turns(cases: dict[str, Callable[[], dict]], rounds: int) -> Iterator[tuple[int, str, dict]]:
    """Runs every case once a round; yields round, case, figures."""
    for number in range(rounds):
        order = list(cases) if number % 2 == 0 else list(reversed(cases))
        for case in order:
            yield number, case, cases[case]()


# Bids

def lean_bids(bench: Bench, processes: int, *options: object) -> dict:
    with bench.gavel(processes) as platform:
        return bench.load(platform, "--lean", "--auctions", AUCTIONS, *options)


def full_bids(bench: Bench, auctions: int, fresh_after: int) -> dict:
    """Auctions that start fresh and grow. As many fresh ones as are needed at 40,000 bids/s."""
    spares = int((bench.effort.seconds + bench.effort.warmup) * 40_000 / fresh_after) + auctions
    with bench.gavel() as platform:
        return bench.load(platform, "--auctions", auctions, "--fresh-after", fresh_after,
                          "--spares", spares)


def bare_bids(bench: Bench) -> dict:
    with bench.bare() as server:
        return bench.load(server, "--echo", "--lean", "--auctions", AUCTIONS)


def measure_bids(bench: Bench) -> None:
    cases = {
        "bare": lambda: bare_bids(bench),
        "lean": lambda: lean_bids(bench, 1),
        "hopeless": lambda: lean_bids(bench, 1, "--hopeless", 1),
        "full": lambda: full_bids(bench, AUCTIONS, 1_000),
        "growing": lambda: full_bids(bench, 1, PYTHON_GROWING_BIDS),
        "processes apart": lambda: lean_bids(bench, APART),
    }
    for number, case, figures in in_turns(cases, bench.effort.rounds):
        bench.note("bids", case, number, figures)


def in_memory(bench: Bench) -> Bench:
    return replace(bench, folder=Path("/dev/shm"))


def measure_half_rate(bench: Bench) -> None:
    """An open loop at half of what a closed one reached, in this run if it was measured. Beside it
    the same without a disk, and the disk without Gavel."""
    most = bench.records.median("bids", "lean", "accepted.per_second")
    if most is None:
        most = lean_bids(bench, 1)["accepted"]["per_second"]
    rate, effort = most / 2, bench.effort
    cases = {
        "lean": lambda: lean_bids(bench, 1, "--rate", rate),
        # Where a sync costs nothing: what is Gavel's own.
        "in memory": lambda: lean_bids(in_memory(bench), 1, "--rate", rate),
        # Nothing but the syncs: what is the disk's own.
        "disk alone": lambda: disk.waits_of(bench.folder, rate, effort.seconds),
    }
    for number, case, figures in in_turns(cases, effort.rounds):
        bench.note("half rate", case, number, figures)


def measure_grown(bench: Bench) -> None:
    """Bids on auctions that have ten bids, and on such that have many. So that the ten stay about
    ten, auctions are replaced after ten more."""
    effort = bench.effort
    few, many = 10, effort.grown_bids
    common = ("--lean", "--auctions", effort.grown_auctions, "--requests", effort.grown_requests)
    spares = effort.grown_requests // few

    def with_few() -> dict:
        with bench.gavel() as platform:
            return bench.load(platform, *common, "--bids-before", few, "--fresh-after", few,
                              "--spares", spares, connections=effort.grown_auctions)

    def with_many() -> dict:
        with bench.gavel() as platform:
            return bench.load(platform, *common, "--bids-before", many,
                              connections=effort.grown_auctions)

    cases = {"few": with_few, "many": with_many}
    for number, case, figures in in_turns(cases, effort.rounds):
        bench.note("grown", case, number, figures)


# Streams

def lean_stream(bench: Bench) -> str:
    """The target of the stream that a dashboard uses: lean, where there is such a thing."""
    lean = "/api/updates/stream?lean=1"
    with bench.gavel() as platform:
        platform.create_auctions(1)
        request = urllib.request.Request(platform.url + lean)
        with urllib.request.urlopen(request, timeout=10) as stream:
            for line in stream:
                if not line.startswith(b"data: ") or b'"auctions"' not in line:
                    continue
                if "bid_count" in json.loads(line[6:])["auctions"][0]:
                    return lean
                break
    bench.tell("there is no lean stream; full ones were measured")
    return "/api/updates/stream"


def gavel_swarm(bench: Bench, target: str, subscribers: int, *options: object,
                processes: int = 1) -> dict:
    with bench.gavel(processes) as platform:
        return bench.tools.swarm(platform.url, "--target", target, "--subscribers", subscribers,
                                 *observe([platform.pid_of("gateway")]), *options)


def nchan_swarm(bench: Bench, subscribers: int, message_bytes: int, *options: object) -> dict:
    with bench.nchan() as server:
        return bench.tools.swarm(server.url, "--target", server.stream, "--publish",
                                 server.publish, "--publish-bytes", message_bytes, "--subscribers",
                                 subscribers, *observe(server.pids), *options)


def event_bytes_of_a_bid(bench: Bench, target: str) -> int:
    """What a bid puts on each stream: the message that others are given to send."""
    figures = gavel_swarm(bench, target, 1, "--rate", 50, "--seconds", 0.4)
    return round(figures["event_bytes"] / figures["bids"]["accepted"])


def fan_out(bench: Bench) -> tuple[object, ...]:
    return ("--rate", bench.effort.fan_out_rate, "--seconds", bench.effort.fan_out_seconds)


def measure_fan_out(bench: Bench) -> None:
    """One bid to all, the next when that is long over. Nothing is sent of a bid that is not synced;
    what nchan sends is nowhere stored. So beside it, too: Gavel where a sync costs nothing."""
    target = lean_stream(bench)
    subscribers, options = bench.effort.subscribers, fan_out(bench)
    cases = {
        "gateway": lambda: gavel_swarm(bench, target, subscribers, *options, processes=APART),
        "gateway in memory": lambda: gavel_swarm(in_memory(bench), target, subscribers, *options,
                                                 processes=APART),
        "one process": lambda: gavel_swarm(bench, target, subscribers, *options),
    }
    if Nchan.missing():
        bench.tell(Nchan.missing())
    else:
        message_bytes = event_bytes_of_a_bid(bench, target)
        cases["nchan"] = lambda: nchan_swarm(bench, subscribers, message_bytes, *options)
    for number, case, figures in in_turns(cases, bench.effort.rounds):
        bench.note("fan-out", case, number, figures)


def measure_busy_streams(bench: Bench) -> None:
    """Many bids to many subscribers, and the same with one more that does not read."""
    target, effort = lean_stream(bench), bench.effort

    def swarm(rate: float, *options: object) -> dict:
        return gavel_swarm(bench, target, effort.fewer_subscribers, "--rate", rate, "--seconds",
                           effort.seconds, "--auctions", 100, *options)

    cases = {
        "busy": lambda: swarm(effort.busy_rate),
        "none stalled": lambda: swarm(effort.stalled_rate),
        "one stalled": lambda: swarm(effort.stalled_rate, "--stalled", 1),
    }
    for number, case, figures in in_turns(cases, effort.rounds):
        bench.note("busy streams", case, number, figures)


# Size

def memory_of(pid: int) -> dict[str, int]:
    """In kilobytes."""
    told = {}
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        for line in file:
            name, _, rest = line.partition(":")
            if name in ("Rss", "Pss"):
                told[f"{name.lower()}_kb"] = int(rest.split()[0])
    return told


def measure_idle(bench: Bench) -> None:
    for number in range(bench.effort.rounds):
        with bench.gavel() as platform:
            time.sleep(min(1.0, bench.effort.warmup))
            bench.note("idle", "one process", number, memory_of(platform.pids[0]))


def fill(bench: Bench, platform: Platform, auctions: int, bids_on_each: int) -> None:
    """Auctions with bids, until all views show them."""
    bench.tools.load(platform.url, "--lean", "--auctions", auctions, "--bids-before",
                     bids_on_each, "--requests", 1)
    limit = time.monotonic() + 60
    while time.monotonic() < limit:
        with contextlib.suppress(OSError):
            platform.get("/api/history?limit=1")
            return


def page_targets(platform: Platform) -> dict[str, str]:
    """What to read, at any place of the whole; lists only where they have pages."""
    targets = {}
    ids = [int(one["id"]) for one in platform.get("/api/auctions?bids=0")["auctions"]]
    if len(platform.get("/api/auctions?limit=2&bids=0")["auctions"]) == 2 < len(ids):
        targets["list"] = f"/api/auctions?limit=100&after={{{ids[0]}-{ids[-1]}}}&bids=0"
    first = last = int(platform.get("/api/history?limit=1&after=0")["next"])
    step = 1 << 40
    while step:  # the last cursor that has something after it
        if platform.get(f"/api/history?limit=1&after={last + step}")["events"]:
            last += step
        step //= 2
    targets["history"] = f"/api/history?limit=100&after={{{first}-{last}}}"
    return targets


def measure_pages(bench: Bench) -> None:
    """Reads at random places, at a fixed rate, when there is much to read."""
    effort = bench.effort
    with bench.gavel() as platform:
        fill(bench, platform, effort.many_auctions, effort.many_bids_on_each)
        targets = page_targets(platform)
        if "list" not in targets:
            bench.tell("lists of auctions have no pages; they were not measured")
        rate = ("--rate", effort.page_rate)
        size = {"auctions": effort.many_auctions,
                "events": effort.many_auctions * (1 + effort.many_bids_on_each)}
        cases = {name: lambda target=target: bench.load(
            platform, "--workload", "reads", "--get", target, *rate, connections=16)
            for name, target in targets.items()}
        cases["create"] = lambda: bench.load(platform, "--workload", "creates", *rate,
                                             connections=16)
        cases["disk alone"] = lambda: disk.waits_of(bench.folder, effort.page_rate,
                                                    effort.seconds)
        os.sync()  # so that the disk is not still busy with what was filled
        for number, case, figures in in_turns(cases, effort.rounds):
            bench.note("pages", case, number, {**figures, **size})


# Growth

def curve(bench: Bench, experiment: str, places: Sequence[int],
          cases: dict[str, Callable[[int], dict]]) -> None:
    for number in range(bench.effort.curve_rounds):
        for x in places:
            for case, run in cases.items():
                bench.note(experiment, case, number, run(x), x)


def measure_connections(bench: Bench) -> None:
    seconds = bench.effort.curve_seconds

    def gavel(connections: int) -> dict:
        with bench.gavel() as platform:
            return bench.load(platform, "--lean", "--auctions", max(AUCTIONS, connections),
                              connections=connections, seconds=seconds)

    def bare(connections: int) -> dict:
        with bench.bare() as server:
            return bench.load(server, "--echo", "--lean", connections=connections,
                              seconds=seconds)

    curve(bench, "connections", bench.effort.connection_curve, {"gavel": gavel, "bare": bare})


def measure_subscribers(bench: Bench) -> None:
    target = lean_stream(bench)
    options = ("--rate", 2, "--seconds", 2 * bench.effort.curve_seconds)
    cases: dict[str, Callable[[int], dict]] = {
        "gavel": lambda subscribers: gavel_swarm(bench, target, subscribers, *options)}
    if not Nchan.missing():
        message_bytes = event_bytes_of_a_bid(bench, target)
        cases["nchan"] = lambda subscribers: nchan_swarm(bench, subscribers, message_bytes,
                                                         *options)
    curve(bench, "subscribers", bench.effort.subscriber_curve, cases)


def measure_bids_an_auction(bench: Bench) -> None:
    """On one auction, which grows by a tenth while it is measured, or by ten bids."""
    def bids(before: int, *options: object) -> dict:
        fresh_after = max(10, before // 10)
        requests = bench.effort.curve_requests
        with bench.gavel() as platform:
            return bench.load(platform, "--auctions", 1, "--bids-before", before, "--fresh-after",
                              fresh_after, "--spares", requests // fresh_after, "--requests",
                              requests, *options, connections=8)

    curve(bench, "bids an auction", bench.effort.bid_curve,
          {"lean": lambda before: bids(before, "--lean"), "full": bids})


def measure_auctions(bench: Bench) -> None:
    seconds = bench.effort.curve_seconds

    def bids(auctions: int) -> dict:
        with bench.gavel() as platform:
            return bench.load(platform, "--lean", "--auctions", auctions, seconds=seconds)

    curve(bench, "auctions", bench.effort.auction_curve, {"lean": bids})


EXPERIMENTS: dict[str, Callable[[Bench], None]] = {
    "idle": measure_idle,
    "bids": measure_bids,
    "half-rate": measure_half_rate,
    "grown": measure_grown,
    "fan-out": measure_fan_out,
    "busy-streams": measure_busy_streams,
    "pages": measure_pages,
    "connections": measure_connections,
    "subscribers": measure_subscribers,
    "bids-an-auction": measure_bids_an_auction,
    "auctions": measure_auctions,
}
