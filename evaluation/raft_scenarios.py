#!/usr/bin/env python3
"""The scenarios of the replicated auction tier, again and again, or told.

    raft_scenarios.py [--rounds N] [--only TEXT]   every scenario N times (10), and a table
    raft_scenarios.py --transcript NAME            what the nodes say while NAME happens:
                                                   crash, split-vote, forwarding, rejoin, partition
    raft_scenarios.py --transcript all             all of them, as consensus/raft/SCENARIOS.md

Needs the executable (GAVEL_BIN, or build/release/gavel). A scenario that the machine does not
allow, a partition without network namespaces for one, is shown as skipped.
"""

from __future__ import annotations

import argparse
import re
import statistics
import subprocess
import sys
import textwrap
import time
import unittest
from datetime import datetime, timezone
from pathlib import Path
from typing import Callable

ROOT = Path(__file__).resolve().parent.parent
TESTS = ROOT / "tests/system"
sys.path.insert(0, str(TESTS))

from harness.network import NamespaceNetwork  # noqa: E402
from harness.raft_cluster import RaftCluster, RaftNode  # noqa: E402
from harness.raft_load import create_auction  # noqa: E402
from harness.waiting import wait_for  # noqa: E402

FILES = ("crashes", "partitions", "disks", "members", "elections")
SCENARIO_LIMIT_S = 180
COURSE_TIMES = {"RAFT_HEARTBEAT_MS": "1000", "RAFT_ELECTION_TIMEOUT_MS": "1500-3000"}
LINE = re.compile(r"^(\S+Z) \w+ \[raft\] (.*)$")


# ---- every scenario, several times -----------------------------------------------------------


def scenarios_of(suite) -> list[str]:
    if isinstance(suite, unittest.TestCase):
        return [".".join(suite.id().split(".")[-2:])]
    return [name for part in suite for name in scenarios_of(part)]


def run_once(file: Path, name: str) -> tuple[str, float]:
    began_s = time.monotonic()
    try:
        done = subprocess.run([sys.executable, str(file), name], capture_output=True, text=True,
                              timeout=SCENARIO_LIMIT_S, check=False)
        said = done.stdout + done.stderr
        result = ("skipped" if done.returncode == 77 or "skipped=" in said
                  else "passed" if done.returncode == 0 else "failed")
    except subprocess.TimeoutExpired as error:
        said, result = str(error), "failed"
    if result == "failed":
        print(said, file=sys.stderr, flush=True)
    return result, time.monotonic() - began_s


def run_all(rounds: int, only: str) -> int:
    failures = 0
    print("| scenario | passed | median s | worst s |\n|---|---|---|---|", flush=True)
    for part in FILES:
        file = TESTS / f"test_raft_{part}.py"
        for name in scenarios_of(unittest.defaultTestLoader.discover(str(TESTS), file.name)):
            if only not in name:
                continue
            results = [run_once(file, name) for _ in range(rounds)]
            passed = sum(result == "passed" for result, _ in results)
            skipped = sum(result == "skipped" for result, _ in results)
            failures += rounds - passed - skipped
            told = "skipped" if skipped else f"{passed} of {rounds}"
            times_s = [seconds for _, seconds in results]
            what = name.split(".")[-1].removeprefix("test_").replace("_", " ")
            print(f"| {what} | {told} | {statistics.median(times_s):.1f} | {max(times_s):.1f} |",
                  flush=True)
    return 1 if failures else 0


# ---- transcripts -----------------------------------------------------------------------------


class Transcript:
    """What the nodes log and what is done to them, by time. Of heartbeats only the first of each
    leader to each follower is told, and calls that nobody answers are told once."""

    def __init__(self, cluster: RaftCluster):
        self.cluster = cluster
        self._done: list[tuple[datetime, str, str]] = []

    def tell(self, text: str) -> None:
        self._done.append((datetime.now(timezone.utc), "", text))

    def _merged(self) -> list[tuple[datetime, str, str]]:
        """By time; within a millisecond each node's own order, and calls before they run."""
        queues = [list(self._done)]
        for node in self.cluster.nodes.values():
            matches = [LINE.match(line) for line in node.log().splitlines()]
            queues.append([(datetime.fromisoformat(match[1].replace("Z", "+00:00")),
                            f"node {node.id}", match[2]) for match in matches if match])
        merged = []
        while any(queues):
            first = min((queue for queue in queues if queue),
                        key=lambda queue: (queue[0][0], " runs RPC " in queue[0][2]))
            merged.append(first.pop(0))
        return merged

    def lines(self) -> list[str]:
        began = self._done[0][0]
        lines, seen, leader = [], set(), ""
        for when, who, what in self._merged():
            if when < began:
                continue
            if " leads" in what and what != leader:
                leader = what
                seen.clear()
            if not who:
                seen.clear()
            elif "AppendEntries" in what or "PreVote" in what:
                if (who, what) in seen:
                    continue
                seen.add((who, what))
            lines.append(f"{(when - began).total_seconds():7.3f} s  {who:6}  "
                         f"{what if who else '*** ' + what}")
        return lines


def bid(transcript: Transcript, node: RaftNode, auction: str, bidder: str, amount: int) -> int:
    answer = node.call("POST", f"/auctions/{auction}/bid", {"bidder": bidder, "amount": amount},
                       timeout_s=3)
    told = answer.headers.get("gavel-index")
    leader = next((f"node {other.id}" for other in transcript.cluster.nodes.values()
                   if other.url == answer.headers.get("gavel-leader")), "itself")
    transcript.tell(f"{bidder} bids {amount} at node {node.id}: {answer.status}" + (
        f", entry {told}; the leader is {leader}" if answer.status == 200
        else f" {answer.json['error']}"))
    return answer.status


def crash(transcript: Transcript) -> None:
    cluster = transcript.cluster
    leader = cluster.wait_leader()
    auction = create_auction(leader, "Laptop")
    transcript.tell(f"node {leader.id} leads; it is killed (kill -9)")
    leader.kill()
    successor = cluster.wait_leader()
    bid(transcript, successor, auction, "alice", 60)
    transcript.tell(f"node {leader.id} is started again")
    leader.start()
    cluster.wait_equal_books(cluster.nodes.values())
    transcript.tell("all five show one book")


def split_vote(transcript: Transcript) -> None:
    cluster = transcript.cluster
    for _ in range(20):
        leader = cluster.wait_leader()
        term = leader.status()["term"]
        transcript.tell(f"node {leader.id} leads term {term}; it is killed (kill -9)")
        leader.kill()
        successor = cluster.wait_leader()
        now = successor.status()["term"]
        transcript.tell(f"node {successor.id} leads term {now}" + (
            ", after a split vote" if now > term + 1 else ""))
        if now > term + 1:
            return
        leader.start()
        wait_for(lambda: leader.ask("/readyz"), 20, "the old leader follows")
        transcript._done.clear()
    raise AssertionError("no vote was split in 20 elections")


def forwarding(transcript: Transcript) -> None:
    cluster = transcript.cluster
    leader = cluster.wait_leader()
    auction = create_auction(leader, "Laptop")
    cluster.wait_equal_books()
    follower = cluster.others(leader)[0]
    transcript.tell(f"node {leader.id} leads; a client knows only node {follower.id}")
    bid(transcript, follower, auction, "alice", 60)
    bid(transcript, follower, auction, "bob", 70)
    cluster.wait_equal_books()
    shown = cluster.others(leader, follower)[0].call("GET", f"/auctions/{auction}").json["auction"]
    transcript.tell(f"every node shows {shown['highest_bidder']}'s {shown['current_bid']}")


def rejoin(transcript: Transcript) -> None:
    cluster = transcript.cluster
    leader = cluster.wait_leader()
    auction = create_auction(leader, "Laptop")
    away = cluster.others(leader)[0]
    transcript.tell(f"node {leader.id} leads; node {away.id} is killed (kill -9)")
    away.kill()
    for number in range(3):
        bid(transcript, leader, auction, f"bidder{number}", 60 + number)
    transcript.tell(f"node {away.id} is started again")
    away.start()
    book = cluster.wait_equal_books(cluster.nodes.values())
    transcript.tell(f"all five show one book at entry {book['index']}")


def partition(transcript: Transcript) -> None:
    cluster = transcript.cluster
    old = cluster.wait_leader()
    auction = create_auction(old, "Laptop")
    companion, *majority = cluster.others(old)
    transcript.tell(f"node {old.id} leads; it and node {companion.id} are cut off from the others")
    cluster.network.partition({old.id, companion.id}, {node.id for node in majority})
    successor = cluster.wait_leader(majority)
    bid(transcript, successor, auction, "alice", 60)
    wait_for(lambda: old.status().get("role") != "leader", 20, "the old leader steps down")
    bid(transcript, old, auction, "bob", 70)
    transcript.tell("the network is whole again")
    cluster.network.heal()
    cluster.wait_leader()
    book = cluster.wait_equal_books()
    transcript.tell(f"all five show one book at entry {book['index']}, with alice's bid alone")


TRANSCRIPTS: dict[str, tuple[str, str, Callable[[Transcript], None], dict[str, str]]] = {
    "crash": ("A leader crashes, another one is elected",
              "Five nodes, heartbeats every second, elections after 1.5 to 3 s without one.",
              crash, COURSE_TIMES),
    "split-vote": ("A split vote",
                   "Three nodes that all wait for the same 300 ms, so that both who are left stand "
                   "at once: each votes for itself, nobody has a majority, and a later term "
                   "decides. With random times, the default, this is rare.",
                   split_vote, {"RAFT_HEARTBEAT_MS": "50", "RAFT_ELECTION_TIMEOUT_MS": "300-300"}),
    "forwarding": ("A follower passes a bid on",
                   "Any node takes any request. `RAFT_LOG_DATA=1` shows the calls that carry the "
                   "bids to the others.",
                   forwarding, {**COURSE_TIMES, "RAFT_LOG_DATA": "1"}),
    "rejoin": ("A node comes back and catches up",
               "What it lacks is in the first call that it gets; it stands for no election.",
               rejoin, {**COURSE_TIMES, "RAFT_LOG_DATA": "1"}),
    "partition": ("A partition, and its end",
                  "The leader is on the smaller side. It steps down when no majority answers, and "
                  "takes nothing; the other side elects and goes on.",
                  partition, COURSE_TIMES),
}


def transcribe(name: str) -> str:
    title, about, happen, environment = TRANSCRIPTS[name]
    network = None
    if name == "partition":
        if NamespaceNetwork.why_not():
            sys.exit(f"skipped: {NamespaceNetwork.why_not()}")
        network = NamespaceNetwork()
    cluster = RaftCluster(3 if name == "split-vote" else 5, network=network,
                          environment=environment)
    transcript = Transcript(cluster)
    try:
        cluster.start()
        happen(transcript)
        lines = transcript.lines()
    finally:
        cluster.kill()
        cluster.remove_files()
    return f"## {title}\n\n{textwrap.fill(about, 100)}\n\n```text\n" + "\n".join(lines) + "\n```\n"


def document() -> str:
    head = ("# Raft, as its nodes tell it\n\n"
            "Five scenarios of real nodes, their logs merged by time; lines with `***` are what\n"
            "is done to them. Of equal heartbeats only the first is shown. Made by\n"
            "`evaluation/raft_scenarios.py --transcript all`; `tests/system/test_raft_*.py` check\n"
            "these and more.\n\n")
    return head + "\n".join(transcribe(name) for name in TRANSCRIPTS)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--only", default="", help="scenarios whose names contain this")
    parser.add_argument("--transcript", choices=[*TRANSCRIPTS, "all"])
    arguments = parser.parse_args()
    if arguments.transcript is None:
        return run_all(arguments.rounds, arguments.only)
    print(document() if arguments.transcript == "all" else transcribe(arguments.transcript), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
