#!/usr/bin/env python3
"""The figures of the README in one command: `python3 evaluation/measure.py`.

Starts the executable itself, on free ports and with fresh data, as one process and as one a
service, and has `benchmark.py` and `wrk` bid through the gateway, with fsync on. The set-ups take
turns, and the medians of several rounds are printed as Markdown tables: what else the machine does
at the time then hits all of them alike. `--million` instead measures how long a start takes with a
million bids in the log.

Needs a release build (`scripts/run --build-only`) and, for its rows, wrk.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from local_platform import APART, Platform, PlatformError

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
def by_benchmark(platform, seconds, connections, lean, auctions):
    """Bids by benchmark.py: accepted a second, p50 and p99 in milliseconds."""
    command = [sys.executable, os.path.join(HERE, "benchmark.py"), platform.url, "--json",
               "--no-keys", "--duration", str(seconds), "--connections", str(connections),
               "--auctions", str(auctions)] + (["--lean"] if lean else [])
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode != 0:
        raise SystemExit("measure.py: benchmark.py failed:\n" + done.stderr.decode())
    accepted = json.loads(done.stdout)["outcomes"]["accepted"]
    return accepted["per_second"], accepted["p50_ms"], accepted["p99_ms"]


def by_wrk(platform, seconds, connections, lean, auctions):
    """The same by wrk, whose own cost is small."""
    environment = dict(os.environ, AUCTIONS=",".join(platform.create_auctions(auctions)))
    environment.update({"LEAN": "1"} if lean else {})
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s",
               os.path.join(HERE, "wrk_bids.lua"), platform.url]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    result = json.loads(done.stdout.decode().strip().splitlines()[-1])
    if result["failed"]:
        raise SystemExit(f"measure.py: {result['failed']} requests failed")
    return result["accepted"] / result["seconds"], result["p50_ms"], result["p99_ms"]


def measure_bids(arguments):
    """Prints the table of bids a second."""
    tools = {"benchmark.py": by_benchmark}
    if shutil.which("wrk"):
        tools["wrk"] = by_wrk
    else:
        print("measure.py: wrk is not installed, its rows are left out", file=sys.stderr)
    cases = [(processes, tool, connections) for processes in (1, APART) for tool in tools
             for connections in (1, 64)]
    results = {case: [] for case in cases}
    for round_number in range(arguments.rounds):
        for case in cases:
            processes, tool, connections = case
            print(f"round {round_number + 1}: {processes} processes, {tool}, "
                  f"{connections} connections", file=sys.stderr)
            with tempfile.TemporaryDirectory(prefix="gavel-measure-") as data_dir:
                with Platform(arguments.gavel, processes, data_dir) as platform:
                    results[case].append(tools[tool](platform, arguments.seconds, connections,
                                                     True, arguments.auctions))
    print("| processes | client | connections | accepted bids/s | p50 ms | p99 ms |")
    print("|---|---|---|---|---|---|")
    for (processes, tool, connections), rows in results.items():
        rate, p50, p99 = (statistics.median(column) for column in zip(*rows))
        print(f"| {processes} | {tool} | {connections} | {rate:,.0f} | {p50:.2f} | {p99:.2f} |")


def measure_start(arguments):
    """Prints how long a start takes when a million bids are in the log."""
    with tempfile.TemporaryDirectory(prefix="gavel-measure-") as data_dir:
        with Platform(arguments.gavel, 1, data_dir) as platform:
            placed = 0
            ids = platform.create_auctions(1_000)
            price = 1
            while placed < 1_000_000:
                price += 1_000
                placed += place_many(platform, ids, price)
                print(f"\r{placed:,} bids", end="", file=sys.stderr)
            print(file=sys.stderr)
        times = {}
        for label, prepare in (("with the last snapshot", lambda: None),
                               ("without a snapshot", lambda: remove_snapshots(data_dir))):
            seconds = []
            for _ in range(arguments.rounds):
                prepare()
                platform = Platform(arguments.gavel, 1, data_dir)
                begin = time.perf_counter()
                with platform:
                    seconds.append(time.perf_counter() - begin)
                    memory = platform.memory_mb()
            times[label] = statistics.median(seconds)
        print(f"{placed:,} bids, each an entry of its own; resident memory {memory:.0f} MB")
        for label, seconds in times.items():
            print(f"ready {label}: {seconds:.2f} s")


def place_many(platform, ids, first_price):
    """A load of single bids for a while; returns how many were accepted."""
    environment = dict(os.environ, AUCTIONS=",".join(ids), FIRST_PRICE=str(first_price), LEAN="1")
    done = subprocess.run(["wrk", "-t1", "-c64", "-d5s", "-s",
                           os.path.join(HERE, "wrk_bids.lua"), platform.url],
                          env=environment, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout.decode().strip().splitlines()[-1])["accepted"]


def remove_snapshots(data_dir):
    """As if none had been written yet."""
    for name in os.listdir(data_dir):
        if ".snapshot-" in name:
            os.remove(os.path.join(data_dir, name))


def main():
    """Reads the command line and runs what it asks for."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gavel", default=os.environ.get(
        "GAVEL_BIN", os.path.join(ROOT, "build", "run", "gavel")), help="the executable")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=5, help="of load for each figure")
    parser.add_argument("--auctions", type=int, default=50)
    parser.add_argument("--million", action="store_true", help="measure the start instead")
    arguments = parser.parse_args()
    if not os.access(arguments.gavel, os.X_OK):
        raise SystemExit(f"measure.py: there is no executable {arguments.gavel}; build it with "
                         "scripts/run --build-only, or name it with --gavel")
    try:
        if arguments.million:
            measure_start(arguments)
        else:
            measure_bids(arguments)
    except PlatformError as error:
        raise SystemExit(f"measure.py: {error}") from error


if __name__ == "__main__":
    main()
