#!/usr/bin/env python3
"""How much of the time a disk stands still, whatever is written.

Overwrites a file of 64 MiB from its beginning to its end, a piece at a time, and syncs each piece
(fdatasync), at a steady pace and with nothing else to do. A stall is a sync that takes longer than
5 ms. Sizes and paces take turns; it prints the medians of the rounds and the longest sync of all.
When the share is the same for small pieces as for large ones, it is not the load.

    python3 evaluation/disk_stalls.py [--rounds N] [--seconds S] [--folder FOLDER]
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from pathlib import Path

from benchmarks.disk import FILE_BYTES, overwritable_file

STALL_S = 0.005
LOADS = ((4, 200), (4, 1_000), (16, 1_000), (32, 1_000))  # KiB a piece, pieces a second


def sync_times(descriptor: int, piece: bytes, pace: float, seconds: float) -> list[float]:
    """Of each piece, in seconds. Who was held up does not hurry afterwards."""
    place, times = 0, []
    begin = due = time.monotonic()
    while due < begin + seconds:
        time.sleep(max(0.0, due - time.monotonic()))
        before = time.monotonic()
        os.pwrite(descriptor, piece, place)
        os.fdatasync(descriptor)
        times.append(time.monotonic() - before)
        place = (place + len(piece)) % FILE_BYTES
        due = max(due + 1 / pace, time.monotonic())
    return times


def stalled_share(times: list[float], seconds: float) -> float:
    return min(1.0, sum(took for took in times if took > STALL_S) / seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=4, help="of each load in each round")
    parser.add_argument("--folder", type=Path, default=Path("/var/tmp"), help="on that disk")
    options = parser.parse_args()
    runs: dict[tuple[int, int], list[list[float]]] = {load: [] for load in LOADS}
    with overwritable_file(options.folder) as descriptor:
        for _ in range(options.rounds):
            for (kib, pace), times in runs.items():
                times.append(sync_times(descriptor, b"x" * (kib << 10), pace, options.seconds))
    print("| written and synced | stands still | p50 ms | longest ms |\n|---|--:|--:|--:|")
    for (kib, pace), rounds in runs.items():
        share = statistics.median(stalled_share(times, options.seconds) for times in rounds)
        median = statistics.median(took for times in rounds for took in times)
        longest = max(took for times in rounds for took in times)
        print(f"| {kib} KiB, {pace:,} times a second | {share:.1%} | {median * 1e3:.2f} "
              f"| {longest * 1e3:.0f} |")


if __name__ == "__main__":
    main()
