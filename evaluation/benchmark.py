#!/usr/bin/env python3
"""Measures a Gavel platform over HTTP: `python3 benchmark.py http://localhost:8000`.

Two modes:

* The loop (default): create an auction, bid, close, read the history; 50 times, one request after
  the other. It tells how long a lone client waits.
* Load (`--duration` or any other load option): many connections bid for some seconds. It tells how
  many bids a second the platform accepts and how latency is distributed, and afterwards reads every
  auction back to see that each accepted bid is there exactly once.

Exit status: 0 all is well; 1 something measured was wrong (errors, missing bids); 2 the command
line is wrong or the server cannot be reached.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import signal
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, Mapping, TextIO

from http_exchange import (Client, DEFAULT_URL, ExchangeError, NotHTTP, Target, TargetError,
                           error_kind, find_address, resolve_target)
from latency import Samples, summarize
from load import (ACCEPTED, ERRORS, LoadResult, LoadSettings, OUTCOMES, REFUSED, WorkerDied,
                  auction_id_of, create_auctions, run_load)
from report import Report, html_report, json_report, text_report
from verification import verify

EXIT_OK, EXIT_WRONG, EXIT_USAGE = 0, 1, 2
DEFAULT_ITERATIONS = 50
DEFAULT_CONNECTIONS = 16
DEFAULT_DURATION_S = 10.0
DEFAULT_WARMUP_S = 1.0
BUSY_SHARE = 0.9  # of a core: above it the benchmark waits for itself
LOOP_STEPS = ("create", "bid", "close", "history")
LOAD_OPTIONS = ("connections", "duration", "warmup", "auctions", "hopeless", "rate", "processes",
                "seed", "no_keys")


class CannotStart(Exception):
    """The measurement could not begin. The text is one line that says what to do."""


# The loop

@dataclass
class LoopResult:
    """`iterations_s`: how long each whole iteration took."""

    outcomes: dict[str, Samples] = field(
        default_factory=lambda: {name: Samples() for name in (*LOOP_STEPS, ERRORS)})
    iterations_s: list[float] = field(default_factory=list)
    window_s: float = 0.0
    error_kinds: Counter = field(default_factory=Counter)
    history: str | None = None  # what the history had to say about this run, if it was looked at
    interrupted: bool = False
    connection_lost: bool = False


class WrongAnswer(Exception):
    """An answer came and is not what the contract promises."""


class Loop:
    """Create, bid, close, read the history, one request after the other on one connection."""

    def __init__(self, client: Client, run: str, lean: bool = False, check: bool = True):
        self._client = client
        self._run = run
        self._lean = lean
        self._check = check
        self._result = LoopResult()
        self._ids: list[str] = []
        self._last_history: bytes = b""

    def run(self, iterations: int, on_progress: Callable[[int], None] | None = None) -> LoopResult:
        """A wrong answer ends its iteration, a connection that fails ends the loop, Ctrl-C too."""
        result = self._result
        began = self._began = time.perf_counter()
        try:
            for number in range(iterations):
                try:
                    self._iterate(number)
                except WrongAnswer as error:
                    result.error_kinds[str(error)] += 1
                if on_progress:
                    on_progress(number + 1)
        except ExchangeError as error:
            result.error_kinds[error.kind] += 1
            result.connection_lost = True
        except KeyboardInterrupt:
            result.interrupted = True
        result.window_s = time.perf_counter() - began
        if self._check and self._last_history:
            self._check_history()
        return result

    def _iterate(self, number: int) -> None:
        began = time.perf_counter()
        key = f"{self._run}-{number}"
        created = self._step("create", 201, lambda: self._client.post("/api/auctions", {
            "name": f"Benchmark {self._run} #{number}", "description": "Benchmark item",
            "starting_bid": 10 + number, "duration_seconds": 120}, f"{key}-create"))
        try:
            auction_id = auction_id_of(created.json())
        except ExchangeError as error:
            raise WrongAnswer(f"{error.kind} to create") from None
        path = f"/api/auctions/{auction_id}"
        bid = self._step("bid", 200, lambda: self._client.post(
            f"{path}/bid", {"bidder": "bot", "amount": 20 + number}, f"{key}-bid", self._lean))
        closed = self._step("close", 200, lambda: self._client.post(
            f"{path}/close", {}, f"{key}-close", self._lean))
        history = self._step("history", 200, lambda: self._client.get("/api/history"))
        self._result.iterations_s.append(time.perf_counter() - began)
        self._ids.append(auction_id)
        self._last_history = history.body
        if self._check and not self._lean:
            self._expect("bid", bid, "current_bid", 20 + number)
            self._expect("close", closed, "status", "CLOSED")

    def _step(self, name: str, status: int, send: Callable):
        """One timed request. With `--lean` an answer without a body (204) is right as well."""
        started = time.perf_counter()
        try:
            response = send()
        except ExchangeError:
            self._add(ERRORS, started)
            raise
        if response.status == status or (self._lean and response.status == 204):
            self._add(name, started)
            return response
        self._add(ERRORS, started)
        raise WrongAnswer(f"status {response.status} to {name}")

    def _add(self, outcome: str, started: float) -> None:
        now = time.perf_counter()
        self._result.outcomes[outcome].add(now - started, now - self._began)

    @staticmethod
    def _expect(step: str, response, name: str, wanted) -> None:
        try:
            found = response.json()["auction"][name]
        except (ExchangeError, TypeError, KeyError):
            raise WrongAnswer(f"unexpected answer to {step}") from None
        if found != wanted:
            raise WrongAnswer(f"wrong {name} in the answer to {step}")

    def _check_history(self) -> None:
        """The last history read must tell of every auction of this loop: created, bid, closed."""
        try:
            events = json.loads(self._last_history)["events"]
            told = Counter((event["auction_id"], event["event_type"]) for event in events)
        except (ValueError, TypeError, KeyError):
            self._result.error_kinds["unexpected answer to history"] += 1
            return
        wanted = [(auction_id, kind) for auction_id in self._ids
                  for kind in ("created", "bid", "closed")]
        there = sum(1 for event in wanted if told[event] == 1)
        self._result.history = f"{there} of {len(wanted)} events of this run are there exactly once"
        if there < len(wanted):
            self._result.error_kinds["history event missing or doubled"] += len(wanted) - there


def measure_loop(client: Client, run: str, iterations: int, lean: bool, check: bool,
                 on_progress: Callable[[int], None] | None = None) -> Report:
    """The loop and its report."""
    started_unix_s = time.time()
    result = Loop(client, run, lean, check).run(iterations, on_progress)
    facts = {}
    if result.iterations_s:
        complete = len(result.iterations_s)
        mean_ms = sum(result.iterations_s) / complete * 1e3
        facts["Iteration avg"] = (f"{mean_ms:.2f} ms, {complete / result.window_s:.2f} "
                                  f"iterations/s ({complete} of {iterations} complete)")
    if result.history is not None:
        facts["History"] = result.history
    notes = ["a request got no answer, so the loop ended early"] if result.connection_lost else []
    return Report(
        "loop", client.target.url, started_unix_s, result.window_s,
        {"iterations": iterations, "connections": 1, "lean": lean}, result.outcomes,
        "every valid answer: create, bid, close and history of each iteration, one after the other "
        "on one connection",
        facts=facts, error_kinds=result.error_kinds, notes=notes, interrupted=result.interrupted,
        client={"retries": client.retries, "received_bytes": client.received_bytes})


# Load

class Interruption:
    """While it is entered, the first Ctrl-C only raises a flag, so that what was measured is still
    reported; the second one ends the program as usual."""

    def __init__(self) -> None:
        self.wanted = False
        self._previous = None

    def __call__(self) -> bool:
        return self.wanted

    def __enter__(self) -> Interruption:
        try:
            self._previous = signal.signal(signal.SIGINT, self._on_signal)
        except ValueError:
            pass  # not the main thread: whoever imported this handles its signals
        return self

    def __exit__(self, *_) -> None:
        if self._previous is not None:
            signal.signal(signal.SIGINT, self._previous)

    def _on_signal(self, *_) -> None:
        if self.wanted:
            raise KeyboardInterrupt
        self.wanted = True


def plural(count: int, noun: str, ending: str = "s") -> str:
    return f"{count} {noun}{ending if count != 1 else ''}"


def load_notes(settings: LoadSettings, result: LoadResult) -> list[str]:
    """What a reader should know before believing the numbers."""
    notes = []
    if max(result.cpu_shares) > BUSY_SHARE:
        notes.append(
            f"a load process used {max(result.cpu_shares):.0%} of a core: latencies include "
            "waiting within the benchmark and the server could do more; add --processes or lower "
            "--rate")
    if result.unsent:
        notes.append(
            f"{result.unsent} bids were due and could not be sent by the end: the rate was not "
            "kept up, and the latencies are lower bounds; add --connections or lower --rate")
    if 0 < len(result.outcomes[ACCEPTED]) + len(result.outcomes[REFUSED]) < 1000:
        notes.append("fewer than 1,000 samples: p99.9 is the maximum")
    if result.retries:
        notes.append(f"{result.retries} bids were sent again over a new connection, with the same "
                     "idempotency key, since the server had closed theirs")
    return notes


def load_report(settings: LoadSettings, result: LoadResult, started_unix_s: float) -> Report:
    accepted = summarize(result.outcomes[ACCEPTED], result.window_s)
    refused = summarize(result.outcomes[REFUSED], result.window_s)
    loop = "closed loop" if settings.rate is None else f"open loop, {settings.rate:g} bids/s due"
    counted = ("every bid after the warm-up that was answered, accepted or refused; latency "
               + ("from when it was sent" if settings.rate is None else
                  "from when it was due, waiting included")
               + "; the verification counts the warm-up's bids too")
    facts = {"Accepted": f"{accepted.per_second:.2f} bids/s",
             "Refused": f"{refused.per_second:.2f} bids/s",
             "Load": f"{plural(settings.connections, 'connection')} in "
                     f"{plural(settings.processes, 'process', 'es')}, "
                     f"{plural(settings.auctions, 'auction')}, {loop}, "
                     f"{settings.hopeless:.0%} hopeless, "
                     f"{'lean' if settings.lean else 'full'} answers",
             "Client": f"{' + '.join(f'{share:.2f}' for share in result.cpu_shares)} cores busy, "
                       f"{result.received_bytes / 1e6:.1f} MB received"}
    shown = {"connections": settings.connections, "processes": settings.processes,
             "auctions": settings.auctions, "duration_s": settings.duration_s,
             "warmup_s": settings.warmup_s, "hopeless": settings.hopeless, "rate": settings.rate,
             "lean": settings.lean, "keys": settings.keys, "timeout_s": settings.timeout_s,
             "seed": settings.seed, "run": settings.run}
    client = {"cpu_shares": [round(share, 3) for share in result.cpu_shares],
              "received_bytes": result.received_bytes, "retries": result.retries,
              "reconnects": result.reconnects, "hopeless_sent": result.hopeless,
              "unsent": result.unsent}
    return Report("load", settings.target.url, started_unix_s, result.window_s, shown,
                  {name: result.outcomes[name] for name in OUTCOMES}, counted, facts=facts,
                  error_kinds=result.error_kinds, warmup_errors=result.warmup_errors,
                  notes=load_notes(settings, result), interrupted=result.interrupted, client=client)


def close_auctions(client: Client, ids: list[str], run: str) -> int:
    """Closes the run's auctions, so that the next user of the platform finds none of them open.
    Returns how many could not be closed."""
    failed = 0
    for auction_id in ids:
        try:
            response = client.post(f"/api/auctions/{auction_id}/close", {},
                                   f"{run}-close-{auction_id}", lean=True)
            failed += response.status >= 300
        except ExchangeError:
            failed += 1
            if failed >= 3:  # the server is gone; do not wait for a time limit each
                return len(ids)
    return failed


def measure_load(client: Client, settings: LoadSettings, check: bool,
                 on_progress: Callable[[tuple[int, int, int]], None] | None = None) -> Report:
    """Creates auctions, runs the load, reads the auctions back, closes them."""
    try:
        ids = create_auctions(client, settings.run, settings.auctions)
    except ExchangeError as error:
        raise CannotStart(f"{settings.target.url} creates no auction ({error}); "
                          "is this the gateway or the dashboard of the platform?") from None
    started_unix_s = time.time()
    with Interruption() as interruption:
        result = run_load(settings, ids, interruption, on_progress)
    report = load_report(settings, result, started_unix_s)
    try:
        if check:
            report.verification = verify(client, settings.run, result.accepted, result.uncertain)
        not_closed = close_auctions(client, ids, settings.run)
        if not_closed:
            report.notes.append(f"{not_closed} auctions of this run could not be closed")
    except KeyboardInterrupt:
        report.interrupted = True
        report.notes.append("interrupted while the auctions were read back: not all is verified"
                            if check else "interrupted while the auctions were being closed")
    return report


# The command line

class Parser(argparse.ArgumentParser):
    """Says in one line what is wrong."""

    def error(self, message: str):
        self.exit(EXIT_USAGE, f"{self.prog}: {message} (see --help)\n")


def number(kind: Callable, low: float, high: float, above: bool = False) -> Callable[[str], float]:
    """An argument type: a number from `low` (or, with `above`, greater than it) to `high`."""

    def convert(text: str):
        try:
            value = kind(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"'{text}' is not a number") from None
        if not low <= value <= high or (above and value == low):
            raise argparse.ArgumentTypeError(
                f"{text} is out of range ({'above ' if above else ''}{low:g} to {high:g})")
        return value

    return convert


def make_parser() -> Parser:
    parser = Parser(
        prog="benchmark.py", formatter_class=argparse.RawDescriptionHelpFormatter,
        description=__doc__, allow_abbrev=False)
    parser.add_argument("target", nargs="?", metavar="URL",
                        help="the gateway's or the dashboard's address, or the name of an "
                             f"environment variable that holds it (default: $BASE_URL, "
                             f"else {DEFAULT_URL})")
    both = parser.add_argument_group("both modes")
    both.add_argument("--lean", action="store_true",
                      help="ask for answers without all bids (Prefer: return=minimal)")
    both.add_argument("--timeout", type=number(float, 0, 3600, above=True), default=10.0,
                      metavar="SECONDS",
                      help="after which a request counts as an error (default: 10)")
    both.add_argument("--json", nargs="?", const="-", metavar="FILE",
                      help="results as JSON; without FILE to standard output, and the text then "
                           "to standard error")
    both.add_argument("--html", nargs="?", const="benchmark.html", metavar="FILE",
                      help="a report with plots (default: benchmark.html)")
    both.add_argument("--no-verify", action="store_true", help="do not check what the server keeps")
    loop = parser.add_argument_group("loop")
    loop.add_argument("--iterations", type=number(int, 1, 10_000_000), metavar="N",
                      help=f"how often (default: {DEFAULT_ITERATIONS})")
    load = parser.add_argument_group("load; any of these asks for it")
    load.add_argument("--duration", type=number(float, 0, 3600, above=True), metavar="SECONDS",
                      help=f"how long to measure (default: {DEFAULT_DURATION_S:g})")
    load.add_argument("--warmup", type=number(float, 0, 3600), metavar="SECONDS",
                      help=f"load before that, not measured (default: {DEFAULT_WARMUP_S:g})")
    load.add_argument("--connections", type=number(int, 1, 10_000), metavar="N",
                      help=f"kept alive, in parallel (default: {DEFAULT_CONNECTIONS})")
    load.add_argument("--auctions", type=number(int, 1, 100_000), metavar="N",
                      help="bid on; fewer than connections: they race (default: one for each "
                           "connection)")
    load.add_argument("--hopeless", type=number(float, 0, 1), metavar="SHARE",
                      help="share of bids, 0 to 1, that repeat a price already reached "
                           "(default: 0)")
    load.add_argument("--rate", type=number(float, 0, 10_000_000, above=True), metavar="R",
                      help="bids due a second whatever the server does, latency from when they "
                           "were due (default: each connection bids when it has its answer)")
    load.add_argument("--processes", type=number(int, 1, 256), metavar="N",
                      help="to spread the load over, one core each (default: 1)")
    load.add_argument("--seed", type=number(int, 0, 2 ** 63), metavar="N",
                      help="for the choice of hopeless bids (default: 0)")
    load.add_argument("--no-keys", action="store_true", default=None,
                      help="send no Idempotency-Key; then no bid is ever sent again")
    return parser


def parse_arguments(argv: list[str] | None, environment: Mapping[str, str]) -> argparse.Namespace:
    parser = make_parser()
    arguments = parser.parse_args(argv)
    for name in ("json", "html"):
        value = getattr(arguments, name)
        if arguments.target is None and value and ("://" in value or value in environment):
            # `--json URL`: the file is optional, so the URL was taken for one.
            arguments.target = value
            setattr(arguments, name, "-" if name == "json" else "benchmark.html")
        elif value and value != "-":
            folder = Path(value).resolve().parent
            if not folder.is_dir() or not os.access(folder, os.W_OK) or Path(value).is_dir():
                parser.error(f"--{name}: '{value}' cannot be written")
    given = [name for name in LOAD_OPTIONS if getattr(arguments, name) is not None]
    arguments.load = bool(given)
    if arguments.load and arguments.iterations is not None:
        parser.error(f"--iterations is for the loop, --{given[0].replace('_', '-')} for load; "
                     "give one of them")
    fill_defaults(arguments)
    for name in ("connections", "auctions"):
        if getattr(arguments, name) < arguments.processes:
            parser.error(f"each of the {arguments.processes} processes needs {name} of its own: "
                         f"--{name} must be {arguments.processes} at least")
    return arguments


def fill_defaults(arguments: argparse.Namespace) -> None:
    """Options are None until here, to tell which were given."""
    defaults = {"iterations": DEFAULT_ITERATIONS, "duration": DEFAULT_DURATION_S,
                "warmup": DEFAULT_WARMUP_S, "hopeless": 0.0, "processes": 1, "seed": 0,
                "no_keys": False,
                "connections": max(DEFAULT_CONNECTIONS, arguments.processes or 1)}
    for name, value in defaults.items():
        if getattr(arguments, name) is None:
            setattr(arguments, name, value)
    if arguments.auctions is None:
        arguments.auctions = arguments.connections


def connect(target: Target, timeout_s: float) -> Client:
    """A client whose server is there and speaks HTTP; else `CannotStart`."""
    try:
        client = Client(target, find_address(target, timeout_s), timeout_s)
    except (OSError, UnicodeError) as error:
        kind = error_kind(error) if isinstance(error, OSError) else "unknown host"
        raise CannotStart(
            f"cannot connect to {target.url} ({kind}); is the server running?") from None
    try:
        client.get("/livez")  # any status will do: it is the protocol that is asked about
    except NotHTTP as error:
        client.close()
        raise CannotStart(f"{target.url} is no HTTP server ({error}); is the port right?") from None
    except ExchangeError as error:
        client.close()
        raise CannotStart(f"{target.url} takes connections but gives no answer ({error.kind}); "
                          "is it an HTTP server?") from None
    return client


class Progress:
    """One line that is written over, on a terminal only."""

    def __init__(self, stream: TextIO):
        self._stream = stream
        self._shown = stream.isatty()
        self._began = time.perf_counter()
        self._next = 0.0

    def _write(self, text: str) -> None:
        now = time.perf_counter()
        if self._shown and now >= self._next:
            self._next = now + 0.1
            self._stream.write(f"\r\x1b[K{text}")
            self._stream.flush()

    def iterations(self, total: int) -> Callable[[int], None]:
        return lambda done: self._write(f"{done} of {total} iterations")

    def load(self, seconds: float) -> Callable[[tuple[int, int, int]], None]:
        def show(counts: tuple[int, int, int]) -> None:
            elapsed = time.perf_counter() - self._began
            accepted, refused, errors = counts
            self._write(f"{min(elapsed, seconds):.1f} of {seconds:g} s: {accepted:,} accepted, "
                        f"{refused:,} refused, {errors:,} errors")
        return show

    def clear(self) -> None:
        if self._shown:
            self._stream.write("\r\x1b[K")
            self._stream.flush()


def measure(arguments: argparse.Namespace, target: Target, progress: Progress) -> Report:
    """Runs the mode that the arguments ask for."""
    # The run's name makes its bidders and idempotency keys unlike those of any other run, whatever
    # the seed: a key used before would get the old answer.
    run = f"b{secrets.token_hex(4)}"
    with connect(target, arguments.timeout) as client:
        if not arguments.load:
            return measure_loop(client, run, arguments.iterations, arguments.lean,
                                not arguments.no_verify, progress.iterations(arguments.iterations))
        settings = LoadSettings(
            target, client.address, run, arguments.connections, arguments.auctions,
            arguments.duration, arguments.warmup, arguments.hopeless, arguments.rate,
            arguments.processes, arguments.lean, not arguments.no_keys, arguments.timeout,
            arguments.seed)
        return measure_load(client, settings, not arguments.no_verify,
                            progress.load(arguments.warmup + arguments.duration))


def write_reports(arguments: argparse.Namespace, report: Report, stdout: TextIO,
                  stderr: TextIO) -> None:
    """Text always, JSON and HTML as asked for."""
    (stderr if arguments.json == "-" else stdout).write(text_report(report))
    if arguments.json:
        text = json.dumps(json_report(report), indent=1, allow_nan=False) + "\n"
        if arguments.json == "-":
            stdout.write(text)
        else:
            Path(arguments.json).write_text(text, encoding="utf-8")
    if arguments.html == "-":
        stdout.write(html_report(report))
    elif arguments.html:
        Path(arguments.html).write_text(html_report(report), encoding="utf-8")
        stderr.write(f"Report: {arguments.html}\n")
    stdout.flush()


def main(argv: list[str] | None = None, environment: Mapping[str, str] = os.environ,
         stdout: TextIO | None = None, stderr: TextIO | None = None) -> int:
    """The program; returns the exit status (argparse leaves by `SystemExit` with the same ones)."""
    stdout, stderr = stdout or sys.stdout, stderr or sys.stderr
    arguments = parse_arguments(argv, environment)
    progress = Progress(stderr)

    def fail(status: int, text: object) -> int:
        progress.clear()
        stderr.write(f"benchmark.py: {text}\n")
        return status

    try:
        report = measure(arguments, resolve_target(arguments.target, environment), progress)
    except (TargetError, CannotStart) as error:
        return fail(EXIT_USAGE, error)
    except WorkerDied as error:
        return fail(EXIT_WRONG, error)
    except KeyboardInterrupt:
        return fail(EXIT_WRONG, "interrupted before there were results")
    progress.clear()
    try:
        write_reports(arguments, report, stdout, stderr)
    except BrokenPipeError:
        # Whoever read the output has left; without this Python complains once more at its exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        return fail(EXIT_USAGE, f"cannot write the report: {error}")
    return EXIT_OK if report.ok else EXIT_WRONG


if __name__ == "__main__":
    sys.exit(main())
