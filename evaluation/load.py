"""Load mode: many connections bid on open auctions for a while, and every answer is accounted for.

One process is one thread with one selector and many sockets that never block. Threads would fight
for the interpreter's lock and that fight would be measured as latency; for more than one core of
load there are more processes.

How prices rise. A bid must exceed the current price, so a client that just sent random amounts
would measure refusals. Each auction belongs to one process, and that process draws the amount of
every bid from a counter of the auction: always one cent above the highest amount sent so far. With
one thread the counter needs no lock. Bids of one connection arrive in order and are all accepted.
Connections that share an auction race: if the later bid overtakes the earlier on its way, the
earlier is too low when it arrives and is refused. That is the auction's own rule at work, and it is
counted as refused. By default there are as many auctions as connections, so that nobody races;
`--auctions 1` is the hottest auction possible.
"""

from __future__ import annotations

import contextlib
import errno
import math
import os
import random
import select
import selectors
import socket
import subprocess
import sys
import time
from array import array
from collections import Counter, deque
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, Pipe, wait
from pathlib import Path
from typing import Callable

from http_exchange import (Address, Client, ExchangeError, RECEIVE_BYTES, Response, ResponseParser,
                           Target, error_kind)
from latency import Samples, merged

ACCEPTED, REFUSED, ERRORS = "accepted", "refused", "errors"
OUTCOMES = (ACCEPTED, REFUSED, ERRORS)
STARTING_CENTS = 100
STEP_CENTS = 1
PAUSE_AFTER_ERROR_S = 0.1  # a dead server is asked ten times a second per connection, not 10,000
SWEEP_S = 0.1  # how often time limits are looked at
PROGRESS_S = 0.5
LONGEST_WAIT_S = 0.1  # so that a request to stop is seen soon
START_DELAY_S = 0.05  # time for the "go" to reach every process
WORKER_READY_LIMIT_S = 60.0


class WorkerDied(RuntimeError):
    """A load process ended without a result."""


@dataclass(frozen=True)
class LoadSettings:
    target: Target
    address: Address
    run: str  # unlike every other run's: part of bidders' names and idempotency keys
    connections: int = 16
    auctions: int = 16
    duration_s: float = 10.0
    warmup_s: float = 1.0
    hopeless: float = 0.0  # share of bids that repeat a price already reached
    rate: float | None = None  # bids a second over all processes; None: as fast as answers come
    processes: int = 1
    lean: bool = False
    keys: bool = True  # send an Idempotency-Key, so that a bid may be sent again
    timeout_s: float = 10.0
    seed: int = 0


def bidder_name(run: str, process: int, sequence: int) -> str:
    """Every bid has a bidder of its own, so that it can be found again exactly once."""
    return f"{run}-{process}-{sequence}"


def random_seed(seed: int, process: int) -> int:
    """Each process chooses its hopeless bids by a sequence of its own."""
    return seed * 1_000_003 + process


@dataclass
class AcceptedBids:
    """What one process was told to be accepted in one auction; `sequences[i]` bid `cents[i]`."""

    process: int
    sequences: array = field(default_factory=lambda: array("Q"))
    cents: array = field(default_factory=lambda: array("Q"))


@dataclass
class WorkerResult:
    """What one process measured. Times count from the end of the warm-up."""

    outcomes: dict[str, Samples] = field(default_factory=lambda: {n: Samples() for n in OUTCOMES})
    error_kinds: Counter = field(default_factory=Counter)
    warmup_errors: Counter = field(default_factory=Counter)
    accepted: dict[str, AcceptedBids] = field(default_factory=dict)  # by auction id
    uncertain: set[str] = field(default_factory=set)  # bidders whose bid may or may not be there
    window_s: float = 0.0
    cpu_s: float = 0.0
    retries: int = 0
    reconnects: int = 0
    received_bytes: int = 0
    hopeless: int = 0
    unsent: int = 0


@dataclass
class LoadResult:
    """All processes together."""

    outcomes: dict[str, Samples]
    window_s: float
    error_kinds: Counter
    warmup_errors: Counter
    accepted: dict[str, list[AcceptedBids]]
    uncertain: set[str]
    cpu_shares: list[float]  # of one core, by process
    retries: int
    reconnects: int
    received_bytes: int
    hopeless: int
    unsent: int
    interrupted: bool


@dataclass
class _Lane:
    """One auction as its process sees it."""

    request_head: bytes
    bids: AcceptedBids
    highest_sent_cents: int = STARTING_CENTS
    highest_accepted_cents: int = STARTING_CENTS


class _Link:
    """One connection and the one bid that is on its way over it."""

    __slots__ = ("lanes", "turn", "peer", "parser", "interest", "connecting", "fresh", "busy",
                 "lane", "sequence", "cents", "hopeless", "retried", "request", "outgoing",
                 "started", "deadline")

    def __init__(self, lanes: list[_Lane]):
        self.lanes = lanes
        self.turn = 0
        self.peer: socket.socket | None = None
        self.parser = ResponseParser()
        self.interest = 0
        self.connecting = False
        self.fresh = False  # opened for the present bid: if it breaks, no other one is tried
        self.busy = False
        self.lane = lanes[0]
        self.sequence = 0
        self.cents = 0
        self.hopeless = False
        self.retried = False
        self.request = b""
        self.outgoing = b""
        self.started = 0.0
        self.deadline = 0.0


class LoadWorker:
    """The load of one process. Call `connect`, then `run`; all on one thread."""

    def __init__(self, settings: LoadSettings, process: int, auction_ids: list[str],
                 connections: int, should_stop: Callable[[], bool] = lambda: False,
                 on_progress: Callable[[tuple[int, int, int]], None] | None = None):
        assert auction_ids and connections > 0
        self._settings = settings
        self._process = process
        self._should_stop = should_stop
        self._on_progress = on_progress
        self._random = random.Random(random_seed(settings.seed, process))
        self._result = WorkerResult()
        self._answers = self._result.outcomes
        self._counts = [0, 0, 0]  # accepted, refused, errors; warm-up included
        # Made before the sockets: its descriptor must be a low one, see `_wait`.
        self._selector = selectors.DefaultSelector()
        self._lanes = [self._make_lane(auction_id) for auction_id in auction_ids]
        self._links = [_Link(lanes) for lanes in share_out(self._lanes, connections)]
        self._sequence = 0
        self._in_flight = 0
        self._idle: deque[_Link] = deque()  # open loop: connections that wait for an arrival
        self._paused: deque[tuple[float, _Link]] = deque()
        self._measure_from = self._until = 0.0
        self._arrivals = 0  # open loop: how many were taken from the schedule

    def _make_lane(self, auction_id: str) -> _Lane:
        settings = self._settings
        lines = [f"POST {settings.target.path}/api/auctions/{auction_id}/bid HTTP/1.1",
                 f"Host: {settings.target.host_header}", "Accept: application/json",
                 "Content-Type: application/json"]
        if settings.lean:
            lines.append("Prefer: return=minimal")
        bids = AcceptedBids(self._process)
        self._result.accepted[auction_id] = bids
        return _Lane(("\r\n".join(lines) + "\r\n").encode(), bids)

    # Before the run

    def connect(self) -> None:
        """Opens every connection, so that no handshake is measured. One that cannot be opened now
        is tried again by its first bid, and counted as an error if it fails then."""
        for link in self._links:
            self._open(link)
        deadline = time.perf_counter() + self._settings.timeout_s
        while any(link.connecting for link in self._links) and time.perf_counter() < deadline:
            for key, mask in self._selector.select(LONGEST_WAIT_S):
                self._on_event(key.data, mask)

    # The run

    def run(self, began: float) -> WorkerResult:
        """Bids from `began` (by `perf_counter`, which all processes of a machine share) until the
        end of the measurement, then waits for what is still on its way."""
        settings, clock = self._settings, time.perf_counter
        self._measure_from = began + settings.warmup_s
        self._until = self._measure_from + settings.duration_s
        time.sleep(max(0.0, began - clock()))
        if settings.rate is None:
            for link in self._links:
                self._start(link, clock())
        else:
            self._idle.extend(self._links)
        cpu_from = cpu_until = None
        next_sweep = next_progress = began
        while True:
            now = clock()
            if cpu_from is None and now >= self._measure_from:
                cpu_from = time.process_time()
            if cpu_until is None and now >= self._until:
                cpu_until = time.process_time()
            if now >= self._until and self._in_flight == 0:
                break
            if now >= next_sweep:
                if self._should_stop():
                    self._until = min(self._until, now)
                self._sweep(now)
                next_sweep = now + SWEEP_S
            if self._on_progress and now >= next_progress:
                self._on_progress(tuple(self._counts))
                next_progress = now + PROGRESS_S
            self._resume(now)
            for key, mask in self._wait(self._dispatch_due(now)):
                self._on_event(key.data, mask)
        return self._finished(cpu_from, cpu_until)

    def _finished(self, cpu_from: float | None, cpu_until: float | None) -> WorkerResult:
        for link in self._links:
            self._close(link)
        self._selector.close()
        result = self._result
        result.window_s = max(0.0, self._until - self._measure_from)
        if cpu_from is not None and cpu_until is not None:
            result.cpu_s = max(0.0, cpu_until - cpu_from)
        if self._settings.rate is not None:
            result.unsent = max(0, self._arrivals_before(self._until) - self._arrivals)
        return result

    def _wait(self, seconds: float):
        """Events, after `seconds` at most. `epoll` counts in milliseconds, too coarse for arrivals
        some microseconds apart; `select` does not, and an epoll descriptor can be selected."""
        if self._settings.rate is None or not hasattr(self._selector, "fileno"):
            return self._selector.select(seconds)
        if seconds > 0:
            select.select([self._selector.fileno()], [], [], seconds)
        return self._selector.select(0)

    # Open loop: bids arrive by a schedule, whether or not the server has answered the ones before.
    # A bid's latency begins when it was due, so that a server that stalls pays for everyone who
    # would have come meanwhile (no coordinated omission).

    def _due(self, arrival: int) -> float:
        """When the arrival is due. Processes take turns in one even schedule."""
        settings = self._settings
        began = self._measure_from - settings.warmup_s
        return began + (arrival * settings.processes + self._process) / settings.rate

    def _arrivals_before(self, end: float) -> int:
        """How many arrivals are due before `end`."""
        settings = self._settings
        elapsed = end - (self._measure_from - settings.warmup_s)
        return math.ceil((elapsed * settings.rate - self._process) / settings.processes)

    def _dispatch_due(self, now: float) -> float:
        """Sends what is due over idle connections. Returns how long nothing will be due."""
        if self._settings.rate is None:
            return LONGEST_WAIT_S
        while self._idle:
            due = self._due(self._arrivals)
            if due >= self._until:
                break
            if due > now:
                return min(LONGEST_WAIT_S, due - now)
            self._arrivals += 1
            self._start(self._idle.popleft(), due)
        return LONGEST_WAIT_S

    # One bid

    def _start(self, link: _Link, started: float) -> None:
        settings = self._settings
        lane = link.lane = link.lanes[link.turn % len(link.lanes)]
        link.turn += 1
        sequence = link.sequence = self._sequence
        self._sequence += 1
        link.hopeless = settings.hopeless > 0 and self._random.random() < settings.hopeless
        if link.hopeless:
            # The price is known to have been reached, so whatever else is under way cannot make
            # this bid win: an answer of 200 is the server's mistake.
            cents = lane.highest_accepted_cents
            self._result.hopeless += 1
        else:
            cents = lane.highest_sent_cents = lane.highest_sent_cents + STEP_CENTS
        link.cents = cents
        bidder = bidder_name(settings.run, self._process, sequence)
        body = b'{"bidder":"%s","amount":%d.%02d}' % (bidder.encode(), cents // 100, cents % 100)
        key = b"Idempotency-Key: %s\r\n" % bidder.encode() if settings.keys else b""
        link.request = b"%s%sContent-Length: %d\r\n\r\n%s" % (
            lane.request_head, key, len(body), body)
        link.outgoing = link.request
        link.started = started
        link.deadline = time.perf_counter() + settings.timeout_s
        link.retried = False
        link.fresh = False
        link.busy = True
        self._in_flight += 1
        if link.peer is None:
            self._result.reconnects += 1
            self._open(link)
        elif not link.connecting:
            self._flush(link)

    def _answered(self, link: _Link, response: Response) -> None:
        now = time.perf_counter()
        status = response.status
        if 200 <= status < 300 and not link.hopeless:
            lane = link.lane
            lane.bids.sequences.append(link.sequence)
            lane.bids.cents.append(link.cents)
            if link.cents > lane.highest_accepted_cents:
                lane.highest_accepted_cents = link.cents
            self._counts[0] += 1
            self._record(ACCEPTED, link, now)
        elif status == 409:
            if link.retried:
                # The first try may have been accepted and its answer lost; a server without
                # idempotency then refuses the second. Either is right.
                self._doubt(link)
            self._counts[1] += 1
            self._record(REFUSED, link, now)
        else:
            if status < 300 or status >= 500:
                self._doubt(link)
            hopeless_won = 200 <= status < 300
            self._error(link, "hopeless bid accepted" if hopeless_won else f"status {status}", now)
        if not response.keep_alive:
            self._close(link)
        self._release(link, now)

    def _failed(self, link: _Link, kind: str) -> None:
        """No answer: the bid may have been accepted or not."""
        self._close(link)
        if not link.busy:
            return
        now = time.perf_counter()
        self._doubt(link)
        self._error(link, kind, now)
        link.busy = False
        self._in_flight -= 1
        self._paused.append((now + PAUSE_AFTER_ERROR_S, link))

    def _doubt(self, link: _Link) -> None:
        self._result.uncertain.add(bidder_name(self._settings.run, self._process, link.sequence))

    def _error(self, link: _Link, kind: str, now: float) -> None:
        self._counts[2] += 1
        if self._record(ERRORS, link, now):
            self._result.error_kinds[kind] += 1
        else:
            self._result.warmup_errors[kind] += 1

    def _record(self, outcome: str, link: _Link, now: float) -> bool:
        """Keeps the sample of a bid that began (open loop: was due) after the warm-up."""
        if link.started < self._measure_from:
            return False
        self._answers[outcome].add(now - link.started, now - self._measure_from)
        return True

    def _release(self, link: _Link, now: float) -> None:
        link.busy = False
        self._in_flight -= 1
        if self._settings.rate is not None:
            self._idle.append(link)
        elif now < self._until:
            self._start(link, time.perf_counter())

    def _resume(self, now: float) -> None:
        while self._paused and self._paused[0][0] <= now:
            link = self._paused.popleft()[1]
            if self._settings.rate is not None:
                self._idle.append(link)
            elif now < self._until:
                self._start(link, now)

    def _sweep(self, now: float) -> None:
        """Gives up bids whose time limit has passed."""
        for link in self._links:
            if link.busy and now >= link.deadline:
                self._failed(link, "timeout")

    # Sockets

    def _on_event(self, link: _Link, mask: int) -> None:
        if link.connecting:
            self._connected(link)
        elif mask & selectors.EVENT_READ:
            self._receive(link)
        elif link.outgoing:
            self._flush(link)

    def _open(self, link: _Link) -> None:
        settings = self._settings
        try:
            peer = socket.socket(settings.address.family, socket.SOCK_STREAM)
            peer.setblocking(False)
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            link.peer, link.fresh = peer, True
            code = peer.connect_ex(settings.address.sockaddr)
            if code not in (0, errno.EINPROGRESS):
                raise OSError(code, os.strerror(code))
        except OSError as error:
            self._failed(link, error_kind(error))
            return
        link.connecting = True
        self._want(link, selectors.EVENT_WRITE)

    def _connected(self, link: _Link) -> None:
        assert link.peer is not None
        link.connecting = False
        code = link.peer.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            self._failed(link, error_kind(OSError(code, os.strerror(code))))
        elif link.outgoing:
            self._flush(link)
        else:
            self._want(link, selectors.EVENT_READ)

    def _flush(self, link: _Link) -> None:
        assert link.peer is not None
        try:
            sent = link.peer.send(link.outgoing)
        except BlockingIOError:
            sent = 0
        except OSError as error:
            self._lost(link, error_kind(error))
            return
        link.outgoing = link.outgoing[sent:]
        if link.outgoing:
            self._want(link, selectors.EVENT_READ | selectors.EVENT_WRITE)
        elif link.interest != selectors.EVENT_READ:
            self._want(link, selectors.EVENT_READ)

    def _receive(self, link: _Link) -> None:
        if link.peer is None:  # closed by an event handled a moment ago
            return
        try:
            data = link.peer.recv(RECEIVE_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            self._lost(link, error_kind(error))
            return
        if not link.busy:  # the server ends an idle connection; the next bid opens another
            self._close(link)
            return
        self._result.received_bytes += len(data)
        try:
            response = link.parser.feed(data) if data else link.parser.finish()
        except ExchangeError as error:
            self._failed(link, error.kind)
            return
        if response is not None:
            self._answered(link, response)
        elif not data:
            self._lost(link, "connection closed")

    def _lost(self, link: _Link, kind: str) -> None:
        """The connection ended amid a bid. If it had been idle before, the server may have closed
        it without having seen the bid: once more, over a new one, with the same idempotency key.
        """
        may_repeat = (link.busy and not link.fresh and link.parser.is_empty and self._settings.keys)
        if not may_repeat:
            self._failed(link, kind if link.parser.is_empty else "answer cut short")
            return
        self._close(link)
        link.retried = True
        link.outgoing = link.request
        self._result.retries += 1
        self._open(link)

    def _want(self, link: _Link, interest: int) -> None:
        if link.interest == 0:
            self._selector.register(link.peer, interest, link)
        else:
            self._selector.modify(link.peer, interest, link)
        link.interest = interest

    def _close(self, link: _Link) -> None:
        if link.peer is not None:
            if link.interest:
                self._selector.unregister(link.peer)
            link.peer.close()
        link.peer = None
        link.interest = 0
        link.connecting = False
        link.outgoing = b""
        link.parser.reset()


def share_out(items: list, takers: int) -> list[list]:
    """For each taker its share of the items: none is shared as long as there are enough of them,
    else each taker gets one and they are shared as evenly as possible."""
    if len(items) >= takers:
        return [items[taker::takers] for taker in range(takers)]
    return [[items[taker % len(items)]] for taker in range(takers)]


def create_auctions(client: Client, run: str, count: int) -> list[str]:
    """Ids of new auctions without end. `ExchangeError` if the server does not create them."""
    ids = []
    for number in range(count):
        response = client.post("/api/auctions", {
            "name": f"Benchmark {run} #{number}", "description": "Load of the benchmark",
            "starting_bid": STARTING_CENTS // 100}, f"{run}-create-{number}")
        if response.status != 201:
            text = response.body[:200].decode("utf-8", "replace")
            raise ExchangeError(f"status {response.status}", f"status {response.status}: {text}")
        ids.append(auction_id_of(response.json()))
    return ids


def auction_id_of(answer) -> str:
    """The id in `{"auction": {"id": …}}`; `ExchangeError` for any other shape."""
    try:
        auction_id = answer["auction"]["id"]
    except (TypeError, KeyError, IndexError):
        auction_id = None
    if not isinstance(auction_id, str) or not auction_id.isalnum():
        raise ExchangeError("unexpected answer", "the answer to a create has no auction id")
    return auction_id


def raise_descriptor_limit(wanted: int) -> None:
    """Allows as many open sockets as the system lets this user have."""
    try:
        import resource
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        if soft != resource.RLIM_INFINITY and soft < limit:
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    except (ImportError, OSError, ValueError):
        pass  # then connections that cannot be opened are counted as errors, by name


def run_load(settings: LoadSettings, auction_ids: list[str],
             should_stop: Callable[[], bool] = lambda: False,
             on_progress: Callable[[tuple[int, int, int]], None] | None = None) -> LoadResult:
    """The whole load. One process runs it here; several are started for it.

    `should_stop` is asked several times a second; when it says so, no further bid is sent and what
    was measured until then is returned. `on_progress` gets (accepted, refused, errors) so far.
    """
    assert 1 <= settings.processes <= min(settings.connections, len(auction_ids))
    if settings.processes == 1:
        raise_descriptor_limit(settings.connections + 64)
        worker = LoadWorker(settings, 0, auction_ids, settings.connections, should_stop,
                            on_progress)
        worker.connect()
        results = [worker.run(time.perf_counter())]
    else:
        results = _run_processes(settings, auction_ids, should_stop, on_progress)
    return _combine(results, should_stop())


def _combine(results: list[WorkerResult], interrupted: bool) -> LoadResult:
    accepted: dict[str, list[AcceptedBids]] = {}
    for result in results:
        for auction_id, bids in result.accepted.items():
            accepted.setdefault(auction_id, []).append(bids)
    return LoadResult(
        outcomes={name: merged(result.outcomes[name] for result in results) for name in OUTCOMES},
        window_s=max(result.window_s for result in results),
        error_kinds=sum((result.error_kinds for result in results), Counter()),
        warmup_errors=sum((result.warmup_errors for result in results), Counter()),
        accepted=accepted,
        uncertain=set().union(*(result.uncertain for result in results)),
        cpu_shares=[result.cpu_s / result.window_s if result.window_s > 0 else 0.0
                    for result in results],
        retries=sum(result.retries for result in results),
        reconnects=sum(result.reconnects for result in results),
        received_bytes=sum(result.received_bytes for result in results),
        hopeless=sum(result.hopeless for result in results),
        unsent=sum(result.unsent for result in results),
        interrupted=interrupted)


def _run_processes(settings: LoadSettings, auction_ids: list[str], should_stop,
                   on_progress) -> list[WorkerResult]:
    """Starts the processes, tells them all the same moment to begin at, collects their results."""
    pipes: list[Connection] = []
    processes: list[subprocess.Popen] = []
    try:
        for number in range(settings.processes):
            pipe, process = _start_process()
            pipes.append(pipe)
            processes.append(process)
            connections = len(range(number, settings.connections, settings.processes))
            pipe.send((settings, number, auction_ids[number::settings.processes], connections))
        for pipe in pipes:
            if not pipe.poll(WORKER_READY_LIMIT_S):
                raise WorkerDied("a load process did not start")
            _expect(pipe)
        began = time.perf_counter() + START_DELAY_S
        for pipe in pipes:
            pipe.send(began)
        return _collect(pipes, should_stop, on_progress)
    finally:
        for pipe in pipes:
            pipe.close()  # a process that still runs takes this as an order to stop
        for process in processes:
            try:
                process.wait(1.0)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _start_process() -> tuple[Connection, subprocess.Popen]:
    """A load process and the pipe to it. Not by `multiprocessing`: that would run the main module
    of whoever imports this once more in each process. A session of its own keeps Ctrl-C away from
    it; the parent says when to stop."""
    here, there = Pipe()
    program = ("import sys; sys.path.insert(0, sys.argv[1]); import load; "
               "load.worker_main(int(sys.argv[2]))")
    with there:
        process = subprocess.Popen(
            [sys.executable, "-c", program, str(Path(__file__).resolve().parent),
             str(there.fileno())],
            pass_fds=[there.fileno()], stdin=subprocess.DEVNULL, start_new_session=True)
    return here, process


def _expect(pipe: Connection) -> tuple[str, object]:
    """The next message of a load process: its kind, and what it says."""
    try:
        kind, value = pipe.recv()
    except (EOFError, OSError):
        raise WorkerDied("a load process ended without a result") from None
    if kind == "failed":
        raise WorkerDied(f"a load process failed: {value}")
    return kind, value


def _collect(pipes, should_stop, on_progress) -> list[WorkerResult]:
    waiting = {pipe: (0, 0, 0) for pipe in pipes}
    counts = dict(waiting)
    results = {}
    told_to_stop = False
    while waiting:
        if should_stop() and not told_to_stop:
            told_to_stop = True
            for pipe in waiting:
                with contextlib.suppress(OSError):  # it may have ended by itself just now
                    pipe.send("stop")
        for pipe in wait(list(waiting), LONGEST_WAIT_S):
            kind, value = _expect(pipe)
            if kind == "result":
                results[pipe] = value
                del waiting[pipe]
            elif on_progress:
                counts[pipe] = value
                on_progress(tuple(map(sum, zip(*counts.values()))))
    return [results[pipe] for pipe in pipes]


def worker_main(descriptor: int) -> None:
    """A load process. Its pipe brings the settings, then the moment to begin; anything after that,
    also its end, means stop."""
    with Connection(descriptor) as pipe, contextlib.suppress(EOFError, BrokenPipeError):
        try:
            settings, process, auction_ids, connections = pipe.recv()
            raise_descriptor_limit(connections + 64)
            worker = LoadWorker(settings, process, auction_ids, connections, pipe.poll,
                                lambda counts: pipe.send(("progress", counts)))
            worker.connect()
            pipe.send(("ready", None))
            pipe.send(("result", worker.run(pipe.recv())))
        except (EOFError, BrokenPipeError):
            raise  # the parent is gone, and with it whoever would read a report
        except Exception as error:  # whatever it is, the parent must hear of it
            pipe.send(("failed", f"{type(error).__name__}: {error}"))
