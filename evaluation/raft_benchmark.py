#!/usr/bin/env python3
"""Gavel's replicated log beside etcd's: `python3 evaluation/raft_benchmark.py`.

Starts three Raft nodes of Gavel and three of etcd on this machine, with fresh data on a disk and
fsync on, and has `wrk` write to the leader of each through HTTP: bids on 50 auctions, whose prices
rise, and values of 50 keys. The two take turns, so that what else the machine does hits both alike;
the one whose turn it is not has no load. Printed are the medians of the rounds, as a Markdown
table. Latencies are what a connection waited for its answer, in milliseconds.

A bid counts when it was accepted. One that comes too late, since another connection's higher bid
overtook it, costs the cluster just as much and does not count; the JSON has how many there were.

Needs a release build (`scripts/run --build-only`) and Debian's wrk and etcd-server.

Exit status: 0 all is well; 1 requests failed, or a cluster did; 2 something is missing.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from local_cluster import ClusterError, EtcdCluster, GavelCluster

EXIT_OK, EXIT_WRONG, EXIT_USAGE = 0, 1, 2
HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
CONNECTIONS = (1, 8, 64, 256)
AUCTIONS = 50
WARMUP_CONNECTIONS = 64
IN_MEMORY = ("tmpfs", "ramfs")


@dataclass(frozen=True)
class Figures:
    """Of one run, or the medians of several. `per_second` counts what was accepted."""

    per_second: float
    p50_ms: float
    p99_ms: float
    refused: float = 0
    failed: float = 0


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    connections: int
    gavel: Figures
    etcd: Figures

    @property
    def ratio(self) -> float | None:
        """How many bids of Gavel for one write of etcd; None when there was none."""
        return self.gavel.per_second / self.etcd.per_second if self.etcd.per_second else None


def medians(runs: list[Figures]) -> Figures:
    """Column by column; what was refused or failed is added up."""
    return Figures(*(statistics.median(getattr(run, name) for run in runs)
                     for name in ("per_second", "p50_ms", "p99_ms")),
                   *(sum(getattr(run, name) for run in runs) for name in ("refused", "failed")))


def read_wrk(output: str) -> Figures:
    """What a Lua script printed in the end."""
    result = json.loads(output.strip().splitlines()[-1])
    seconds = result["seconds"]
    return Figures(result["accepted"] / seconds if seconds else 0.0, result["p50_ms"],
                   result["p99_ms"], result["refused"], result["failed"])


def markdown(rows: list[Row]) -> str:
    """The table, and beneath it what went wrong."""
    lines = ["| connections | gavel bids/s | etcd writes/s | ratio | gavel p50 ms | gavel p99 ms "
             "| etcd p50 ms | etcd p99 ms |",
             "|--:|--:|--:|--:|--:|--:|--:|--:|"]
    for row in rows:
        ratio = "-" if row.ratio is None else f"{row.ratio:.2f}"
        lines.append(f"| {row.connections} | {row.gavel.per_second:,.0f} | "
                     f"{row.etcd.per_second:,.0f} | {ratio} | {row.gavel.p50_ms:.2f} | "
                     f"{row.gavel.p99_ms:.2f} | {row.etcd.p50_ms:.2f} | {row.etcd.p99_ms:.2f} |")
    for row in rows:
        for name, figures in (("gavel", row.gavel), ("etcd", row.etcd)):
            if figures.failed:
                lines.append(f"\n{figures.failed:,.0f} requests to {name} failed with "
                             f"{row.connections} connections.")
    return "\n".join(lines) + "\n"


def as_json(rows: list[Row], arguments: argparse.Namespace) -> dict:
    """Everything in the table and what it leaves out."""
    return {"rounds": arguments.rounds, "seconds": arguments.seconds, "nodes": 3,
            "auctions": AUCTIONS,
            "rows": [{**asdict(row), "ratio": row.ratio} for row in rows]}


def filesystem_of(folder: Path, mounts: str) -> str:
    """The type of the filesystem that the folder is on, by the text of /proc/self/mounts."""
    found, best = "", -1
    for line in mounts.splitlines():
        _, point, kind, *_ = line.split(" ")
        point = point.replace("\\040", " ")
        inside = folder == Path(point) or Path(point) in folder.parents
        if inside and len(point) >= best:
            found, best = kind, len(point)
    return found


def data_folder(given: str | None) -> str:
    """Where temporary folders on a disk can be made."""
    mounts = Path("/proc/self/mounts")
    text = mounts.read_text(encoding="utf-8") if mounts.exists() else ""
    for folder in [given] if given else [tempfile.gettempdir(), "/var/tmp", str(ROOT)]:
        if filesystem_of(Path(folder).resolve(), text) not in IN_MEMORY:
            return folder
    raise ClusterError(f"{given or tempfile.gettempdir()} is in memory, where fsync costs "
                       "nothing; name a folder on a disk with --data")


class Load:
    """Runs wrk against the leaders. Borrows the clusters."""

    def __init__(self, gavel: GavelCluster, etcd: EtcdCluster):
        self._gavel = gavel
        self._etcd = etcd

    def bids(self, connections: int, seconds: int) -> Figures:
        """Of Gavel, on auctions of their own."""
        ids = self._gavel.create_auctions(AUCTIONS)
        return self._wrk("wrk_bids.lua", self._gavel.leader(), connections, seconds,
                         {"AUCTIONS": ",".join(ids), "AUCTIONS_PATH": "/auctions", "LEAN": "1"})

    def puts(self, connections: int, seconds: int) -> Figures:
        """Of etcd."""
        return self._wrk("wrk_puts.lua", self._etcd.leader(), connections, seconds,
                         {"KEYS": str(AUCTIONS)})

    @staticmethod
    def _wrk(script: str, url: str, connections: int, seconds: int,
             environment: dict[str, str]) -> Figures:
        done = subprocess.run(
            ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s",
             str(HERE / script), url], env={**os.environ, **environment}, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=seconds + 60, text=True)
        if done.returncode != 0:
            raise ClusterError(f"wrk failed:\n{done.stdout}")
        return read_wrk(done.stdout)


def measure(load: Load, arguments: argparse.Namespace) -> list[Row]:
    """All rounds. In every second one etcd goes first."""
    turns = [("gavel", load.bids), ("etcd", load.puts)]
    for _, run in turns:
        run(WARMUP_CONNECTIONS, arguments.warmup)
    results: dict[tuple[str, int], list[Figures]] = {}
    for number in range(arguments.rounds):
        for connections in arguments.connections:
            for name, run in turns if number % 2 == 0 else reversed(turns):
                figures = run(connections, arguments.seconds)
                results.setdefault((name, connections), []).append(figures)
                print(f"round {number + 1}: {name}, {connections} connections: "
                      f"{figures.per_second:,.0f} a second", file=sys.stderr)
    return [Row(connections, medians(results["gavel", connections]),
                medians(results["etcd", connections])) for connections in arguments.connections]


def make_parser() -> argparse.ArgumentParser:
    """The command line."""
    def count(text: str) -> int:
        value = int(text)
        if not 1 <= value <= 10_000:
            raise ValueError
        return value
    count.__name__ = "number from 1 to 10000"

    def counts(text: str) -> list[int]:
        return [count(part) for part in text.split(",")]
    counts.__name__ = "list of numbers from 1 to 10000 with commas between"

    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gavel", metavar="PATH",
                        default=os.environ.get("GAVEL_BIN", str(ROOT / "build/run/gavel")),
                        help="the executable (default: build/run/gavel)")
    parser.add_argument("--etcd", metavar="PATH", default="etcd",
                        help="the executable (default: etcd)")
    parser.add_argument("--rounds", type=count, default=3, metavar="N", help="(default: 3)")
    parser.add_argument("--seconds", type=count, default=5, metavar="N",
                        help="of load for each figure of each round (default: 5)")
    parser.add_argument("--warmup", type=count, default=2, metavar="N",
                        help="seconds of load at each before all that (default: 2)")
    parser.add_argument("--connections", type=counts, default=list(CONNECTIONS), metavar="N,N",
                        help="in parallel (default: 1,8,64,256)")
    parser.add_argument("--data", metavar="FOLDER",
                        help="where the nodes keep their data meanwhile, on a disk (default: where "
                             "temporary files go)")
    parser.add_argument("--json", nargs="?", const="-", metavar="FILE",
                        help="write the figures as JSON as well; without FILE to the output, and "
                             "the table to the errors")
    return parser


def check_tools(arguments: argparse.Namespace) -> None:
    """Everything that is needed is there, or ClusterError."""
    if not os.access(arguments.gavel, os.X_OK):
        raise ClusterError(f"there is no executable {arguments.gavel}; build it with "
                           "scripts/run --build-only, or name it with --gavel")
    for tool, package in ((arguments.etcd, "etcd-server"), ("wrk", "wrk")):
        if shutil.which(tool) is None:
            raise ClusterError(f"{tool} is missing; as root, run: apt-get install {package}")


def write(rows: list[Row], arguments: argparse.Namespace) -> None:
    """The table always, JSON as asked for."""
    print(markdown(rows), end="", file=sys.stderr if arguments.json == "-" else sys.stdout)
    if arguments.json:
        text = json.dumps(as_json(rows, arguments), indent=1) + "\n"
        if arguments.json == "-":
            print(text, end="")
        else:
            Path(arguments.json).write_text(text, encoding="utf-8")


def main(argv: list[str] | None = None) -> int:
    """The program; returns the exit status."""
    arguments = make_parser().parse_args(argv)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(EXIT_WRONG))  # so that the nodes end, too
    try:
        check_tools(arguments)
        folder = data_folder(arguments.data)
    except ClusterError as error:
        print(f"raft_benchmark.py: {error}", file=sys.stderr)
        return EXIT_USAGE
    try:
        with contextlib.ExitStack() as stack:
            data = Path(stack.enter_context(
                tempfile.TemporaryDirectory(prefix="gavel-raft-", dir=folder)))
            gavel = stack.enter_context(GavelCluster(arguments.gavel, data))
            etcd = stack.enter_context(EtcdCluster(arguments.etcd, data))
            rows = measure(Load(gavel, etcd), arguments)
    except (ClusterError, OSError, subprocess.TimeoutExpired) as error:
        print(f"raft_benchmark.py: {error}", file=sys.stderr)
        return EXIT_WRONG
    except KeyboardInterrupt:
        print("raft_benchmark.py: interrupted before there were results", file=sys.stderr)
        return EXIT_WRONG
    write(rows, arguments)
    return EXIT_WRONG if any(row.gavel.failed or row.etcd.failed for row in rows) else EXIT_OK


if __name__ == "__main__":
    sys.exit(main())
