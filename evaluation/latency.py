"""Samples of latency and what is told about them. Pure arithmetic: no clock, no network.

Every request is kept, 8 bytes each, and percentiles are read from the sorted samples: no buckets
whose width would blur the tail, and samples of several processes merge without loss.
"""

from __future__ import annotations

import math
from array import array
from dataclasses import asdict, dataclass, field

PERCENTILES = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p99_9": 0.999}


@dataclass
class Samples:
    """Requests of one outcome. `latencies_s[i]` and `ended_s[i]` belong together: how long the
    request took, and when its answer came, in seconds since the measurement began. Single
    precision resolves both to better than the clock's noise."""

    latencies_s: array = field(default_factory=lambda: array("f"))
    ended_s: array = field(default_factory=lambda: array("f"))

    def __len__(self) -> int:
        return len(self.latencies_s)

    def add(self, latency_s: float, ended_s: float) -> None:
        self.latencies_s.append(latency_s)
        self.ended_s.append(ended_s)

    def extend(self, other: Samples) -> None:
        self.latencies_s.extend(other.latencies_s)
        self.ended_s.extend(other.ended_s)


def percentile(ordered, share: float) -> float:
    """Nearest rank: the smallest sample that at least `share` (0..1) of all samples do not exceed.
    It is always a latency that was really measured, never one between two. `ordered` is sorted and
    not empty."""
    assert len(ordered) > 0 and 0 <= share <= 1
    # 0.999 * 1000 is 999.0000000000001 for some such products: a hair must not move the rank.
    rank = math.ceil(share * len(ordered) - 1e-9)
    return ordered[max(rank, 1) - 1]


@dataclass
class Summary:
    """What a table row says. Latencies in milliseconds; None where there was no sample."""

    count: int
    per_second: float
    avg_ms: float | None = None
    p50_ms: float | None = None
    p90_ms: float | None = None
    p99_ms: float | None = None
    p99_9_ms: float | None = None
    max_ms: float | None = None

    def as_json(self) -> dict:
        return asdict(self)


def summarize(samples: Samples, window_s: float) -> Summary:
    """Counts and latencies of every sample; the rate is of those alone whose answer came within the
    window, so that what trickles in after the end is counted but does not raise the rate."""
    count = len(samples)
    in_window = sum(1 for ended in samples.ended_s if ended <= window_s)
    rate = in_window / window_s if window_s > 0 else 0.0
    if count == 0:
        return Summary(0, rate)
    ordered = sorted(samples.latencies_s)
    values = {f"{name}_ms": percentile(ordered, share) * 1e3 for name, share in PERCENTILES.items()}
    average_ms = math.fsum(ordered) / count * 1e3
    return Summary(count, rate, average_ms, max_ms=ordered[-1] * 1e3, **values)


def merged(parts) -> Samples:
    """All samples of several `Samples`."""
    whole = Samples()
    for part in parts:
        whole.extend(part)
    return whole


def bucket_width_s(window_s: float) -> float:
    """One second, or finer for a run of a few seconds, so that a plot has some points to show; or
    coarser for a long one, so that it can be read. A round number, so that its edges are, too."""
    for width in (0.01, 0.05, 0.1, 0.25, 0.5):
        if window_s <= 40 * width and window_s < 10:
            return width
    return next((width for width in (1.0, 5.0, 10.0, 30.0) if window_s <= 240 * width), 60.0)


@dataclass
class TimeBucket:
    """What ended within one slice of the run. `counts` by outcome; `span_s` is how much of the
    slice lies within the measurement."""

    start_s: float
    span_s: float
    counts: dict[str, int]
    p50_ms: float | None
    p99_ms: float | None


def timeline(outcomes: dict[str, Samples], window_s: float) -> list[TimeBucket]:
    """The run in slices of `bucket_width_s`; answers after the window are left out."""
    if window_s <= 0:
        return []
    width = bucket_width_s(window_s)
    slices = max(1, math.ceil(window_s / width - 1e-9))
    counts = [dict.fromkeys(outcomes, 0) for _ in range(slices)]
    latencies: list[list[float]] = [[] for _ in range(slices)]
    for name, samples in outcomes.items():
        for latency, ended in zip(samples.latencies_s, samples.ended_s):
            if ended <= window_s:
                place = min(slices - 1, max(0, int(ended / width)))
                counts[place][name] += 1
                latencies[place].append(latency)
    buckets = []
    for place in range(slices):
        ordered = sorted(latencies[place])
        p50, p99 = ((percentile(ordered, share) * 1e3 for share in (0.5, 0.99)) if ordered
                    else (None, None))
        span = min(width, window_s - place * width)
        buckets.append(TimeBucket(place * width, span, counts[place], p50, p99))
    return buckets


@dataclass
class HistogramBar:
    """Samples in [from_ms, to_ms), by outcome."""

    from_ms: float
    to_ms: float
    counts: dict[str, int]


def histogram(outcomes: dict[str, Samples], bars_per_decade: int = 10) -> list[HistogramBar]:
    """Latencies in bars of equal width on a logarithmic axis, since they span several decades."""

    def place(latency_s: float) -> int:
        return math.floor(math.log10(max(latency_s, 1e-6) * 1e3) * bars_per_decade + 1e-9)

    places: dict[int, dict[str, int]] = {}
    for name, samples in outcomes.items():
        for latency in samples.latencies_s:
            counts = places.setdefault(place(latency), dict.fromkeys(outcomes, 0))
            counts[name] += 1
    if not places:
        return []
    return [HistogramBar(10 ** (index / bars_per_decade), 10 ** ((index + 1) / bars_per_decade),
                         places.get(index, dict.fromkeys(outcomes, 0)))
            for index in range(min(places), max(places) + 1)]


def percentile_curve(samples: Samples) -> list[tuple[float, float]]:
    """Points (share, latency in ms) evenly spread over the logarithm of 1 - share, which gives the
    tail as much room as the rest. The last point is the maximum."""
    count = len(samples)
    if count == 0:
        return []
    ordered = sorted(samples.latencies_s)
    decades = math.log10(2 * count)  # where half a sample is left, the maximum is what is told
    steps = 120
    shares = [1 - 10 ** (-decades * step / steps) for step in range(steps + 1)]
    return [(share, percentile(ordered, share) * 1e3) for share in shares]
