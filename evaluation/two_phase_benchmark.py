#!/usr/bin/env python3
"""What atomic creates and closes cost: `python3 evaluation/two_phase_benchmark.py [URL]`.

Starts a process for each service and a coordinator, with fresh data, and measures through the
gateway; with a URL it measures the platform there instead, for example that of docker compose. The
yardstick is a bid, which is one durable write, over the same way and in turns with the rest:

- creates and closes, one after the other;
- closes of many auctions at once, which must not wait for one another;
- bids on one auction, alone and while others are created and closed all the time.

Needs a release build (`scripts/run --build-only`) unless there is a URL.

Exit status: 0 all is well; 1 a request failed; 2 something is missing.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from http_exchange import Client, ExchangeError, TargetError, find_address, parse_target
from local_platform import APART, Platform, PlatformError

EXIT_OK, EXIT_WRONG, EXIT_USAGE = 0, 1, 2
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Wrong(Exception):
    """A request had another answer than it should."""


class Seller:
    """Creates, bids and closes, one request after the other; each tells its milliseconds."""

    def __init__(self, url: str):
        target = parse_target(url)
        self._client = Client(target, find_address(target, 10.0), 30.0)
        self._price = 1

    def _post(self, path: str, body: dict, expected: int) -> tuple[dict, float]:
        begin = time.perf_counter()
        answer = self._client.post("/api/auctions" + path, body, lean=True)
        took_ms = (time.perf_counter() - begin) * 1e3
        if answer.status != expected:
            raise Wrong(f"POST /api/auctions{path}: {answer.status} {answer.body[:200]!r}")
        return answer.json(), took_ms

    def create(self) -> tuple[str, float]:
        """The id of a new auction without an end."""
        answer, took_ms = self._post("", {"name": "Lot", "starting_bid": 1}, 201)
        return answer["auction"]["id"], took_ms

    def bid(self, auction: str) -> float:
        self._price += 1
        return self._post(f"/{auction}/bid", {"bidder": "ann", "amount": self._price}, 200)[1]

    def close(self, auction: str) -> float:
        return self._post(f"/{auction}/close", {}, 200)[1]


def percentiles(times_ms: list[float]) -> tuple[float, float]:
    """p50 and p99."""
    ordered = sorted(times_ms)
    return statistics.median(ordered), ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)]


def one_after_the_other(url: str, rounds: int) -> dict[str, list[float]]:
    """A bid, a create and a close in turn, so that what the machine does hits all alike."""
    seller = Seller(url)
    auction, _ = seller.create()
    times: dict[str, list[float]] = {"bid": [], "create": [], "close": []}
    for number in range(rounds + rounds // 10):
        bid = seller.bid(auction)
        created, create = seller.create()
        close = seller.close(created)
        if number < rounds // 10:
            continue  # connections and caches are warm now
        for kind, took_ms in (("bid", bid), ("create", create), ("close", close)):
            times[kind].append(took_ms)
    return times


def at_once(url: str, count: int) -> tuple[float, list[float]]:
    """Closes of so many auctions begin together: the milliseconds until all are done, and each."""
    sellers = [Seller(url) for _ in range(count)]
    auctions = [seller.create()[0] for seller in sellers]
    together = threading.Barrier(count + 1)

    def close(seller: Seller, auction: str) -> float:
        together.wait(60)
        return seller.close(auction)

    with ThreadPoolExecutor(count) as pool:
        closes = [pool.submit(close, *pair) for pair in zip(sellers, auctions)]
        together.wait(60)
        begin = time.perf_counter()
        times = [one.result() for one in closes]
        return (time.perf_counter() - begin) * 1e3, times


def bids_beside(url: str, rounds: int, others: int) -> list[float]:
    """Bids while so many sellers create and close without a pause."""
    stop = threading.Event()

    def sell() -> None:
        seller = Seller(url)
        while not stop.is_set():
            seller.close(seller.create()[0])

    bidder = Seller(url)
    auction, _ = bidder.create()
    with ThreadPoolExecutor(max(1, others)) as pool:
        selling = [pool.submit(sell) for _ in range(others)]
        try:
            times = [bidder.bid(auction) for _ in range(rounds)]
        finally:
            stop.set()
        for one in selling:
            one.result()
    return times


def measure(url: str, arguments: argparse.Namespace) -> None:
    """Prints the table."""
    times = one_after_the_other(url, arguments.rounds)
    bid_ms, _ = percentiles(times["bid"])
    print("| one after the other | p50 ms | p99 ms | of a bid's p50 |")
    print("|---|--:|--:|--:|")
    for kind, name in (("bid", "a bid: one durable write"), ("create", "a create"),
                       ("close", "a close")):
        p50, p99 = percentiles(times[kind])
        print(f"| {name} | {p50:.2f} | {p99:.2f} | {p50 / bid_ms:.1f} |")
    all_ms, each = at_once(url, arguments.at_once)
    alone = arguments.at_once * percentiles(times["close"])[0]
    print(f"\n{arguments.at_once} closes at once: all done after {all_ms:.0f} ms, half of them "
          f"after {percentiles(each)[0]:.0f} ms; one after the other they take {alone:.0f} ms.")
    without = percentiles(bids_beside(url, arguments.rounds, 0))
    beside = percentiles(bids_beside(url, arguments.rounds, 1))
    print(f"Bids on another auction: p50 {without[0]:.2f} ms alone, {beside[0]:.2f} ms while "
          "a seller creates and closes all the time.")


def main() -> int:
    """The program; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", nargs="?", help="of a platform that runs, instead of a fresh one")
    parser.add_argument("--gavel", default=os.environ.get(
        "GAVEL_BIN", os.path.join(ROOT, "build", "run", "gavel")), help="the executable")
    parser.add_argument("--rounds", type=int, default=500, help="requests for each figure (500)")
    parser.add_argument("--at-once", type=int, default=200, help="closes that begin together (200)")
    arguments = parser.parse_args()
    try:
        with contextlib.ExitStack() as stack:
            url = arguments.url
            if url is None:
                data_dir = stack.enter_context(
                    tempfile.TemporaryDirectory(prefix="gavel-two-phase-"))
                url = stack.enter_context(
                    Platform(arguments.gavel, APART, data_dir, coordinated=True)).url
            measure(url, arguments)
    except (PlatformError, TargetError, FileNotFoundError) as error:
        print(f"two_phase_benchmark.py: {error}", file=sys.stderr)
        return EXIT_USAGE
    except (Wrong, ExchangeError) as error:
        print(f"two_phase_benchmark.py: {error}", file=sys.stderr)
        return EXIT_WRONG
    return EXIT_OK


if __name__ == "__main__":
    sys.exit(main())
