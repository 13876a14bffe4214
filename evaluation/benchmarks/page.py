"""The report as one HTML file with plots that opens offline: no scripts, nothing from outside."""

from __future__ import annotations

import math
from typing import Iterable, Sequence

from benchmarks.records import Records
from benchmarks.rows import Row, megabytes, milliseconds, observed_pss, verdict
from report import (STYLE, Axis, LEFT, RIGHT, WIDTH, escaped, frame, horizontal, legend,
                    linear_axis, log_axis, pairs_html, polyline, share_label, vertical)

COLOURS = ("good", "c1", "c2", "warn")
Points = Sequence[tuple[float, float]]
EXTRA_STYLE = """
td.yes { color: var(--good); font-weight: 600; } td.no { color: var(--bad); font-weight: 600; }
.rows td, .rows th { white-space: normal; }
"""


def plot(title: str, x_title: str, y_title: str, series: dict[str, Points], log_y: bool) -> str:
    """A card with curves over a logarithmic axis; nothing when there is nothing to show."""
    shown = {name: [point for point in points if point[1] > 0] for name, points in series.items()}
    shown = {name: points for name, points in shown.items() if points}
    if not shown:
        return ""
    across = [x for points in shown.values() for x, _ in points]
    up = [y for points in shown.values() for _, y in points]
    x = horizontal(log_axis, min(across), max(across))
    y = (vertical(log_axis, min(up), max(up)) if log_y else vertical(linear_axis, 0, max(up)))
    return card(title, shown, frame(title, x, y, x_title, y_title, lines(shown, x, y, True)))


def lines(series: dict[str, Points], x: Axis, y: Axis, dots: bool) -> list[str]:
    marks = []
    for colour, points in zip(COLOURS, series.values()):
        marks.append(polyline(x, y, points, f"line {colour}"))
        if dots:
            marks += [f'<circle class="{colour}" cx="{x.place(across):.1f}" cy="{y.place(up):.1f}" '
                      f'r="2.6"><title>{across:,.0f}: {up:,.4g}</title></circle>'
                      for across, up in points]
    return marks


def card(title: str, series: dict[str, Points], picture: str) -> str:
    return (f"<section class=card><h2>{escaped(title)}{legend(list(zip(series, COLOURS)))}</h2>"
            f"{picture}</section>")


def nines(buckets: Sequence[Sequence[float]]) -> list[tuple[float, float]]:
    """Of a histogram's buckets: latency in milliseconds by decades of nines, so that the tail has
    as much room as the rest. Ends where half a sample would be left."""
    total = sum(count for _, count in buckets)
    points, seen = [], 0
    for upper_us, count in buckets:
        seen += count
        left = max(total - seen, 0.5)
        points.append((-math.log10(left / total), upper_us / 1e3))
    return points


def merged(histograms: Iterable[Sequence[Sequence[float]]]) -> list[tuple[float, int]]:
    """One histogram of several."""
    counts: dict[float, int] = {}
    for buckets in histograms:
        for upper_us, count in buckets:
            counts[upper_us] = counts.get(upper_us, 0) + count
    return sorted(counts.items())


def percentile_plot(records: Records) -> str:
    """The distributions at half the maximal rate, over all rounds."""
    series = {case: nines(merged(run.figures["answered"]["latency"]["buckets"]
                                 for run in records.of("half rate", case)))
              for case in records.cases("half rate")}
    series = {name: points for name, points in series.items() if points}
    if not series:
        return ""
    widest = max(points[-1][0] for points in series.values())
    latencies = [ms for points in series.values() for _, ms in points]
    ticks = [0.0, *map(float, range(1, math.floor(widest) + 1))]
    x = Axis(0, max(widest, 0.5), LEFT, WIDTH - RIGHT, ticks, label=share_label)
    y = vertical(log_axis, min(latencies), max(latencies))
    title = "Latency at half the maximal rate, open loop"
    return card(title, series, frame(title, x, y, "percentile", "ms", lines(series, x, y, False)))


def plots(records: Records) -> str:
    def curve(experiment: str, case: str, what) -> Points:
        return [(x, value) for x, value in records.curve(experiment, case, what)]

    def rates(experiment: str, cases: dict[str, str]) -> dict[str, Points]:
        return {name: curve(experiment, case, "accepted.per_second")
                for case, name in cases.items()}

    both = {"gavel": "Gavel", "nchan": "nginx with nchan"}
    bids = {"gavel": "Gavel", "bare": "cpp-httplib, echo"}
    cards = [
        plot("Accepted bids by connections", "connections", "bids/s",
             rates("connections", bids), False),
        plot("Latency by connections", "connections", "p99 ms",
             {name: curve("connections", case,
                          lambda one: milliseconds(one["answered"]["latency"]["p99_us"]))
              for case, name in bids.items()}, True),
        plot("Until the last subscriber has a bid", "subscribers", "p99 ms",
             {name: curve("subscribers", case,
                          lambda one: milliseconds(one["last_after_sent"]["p99_us"]))
              for case, name in both.items()}, True),
        plot("Memory by subscribers", "subscribers", "MB",
             {name: curve("subscribers", case, lambda one: megabytes(observed_pss(one)))
              for case, name in both.items()}, True),
        plot("Accepted bids by size of the auction", "bids on the auction", "bids/s",
             rates("bids an auction", {"lean": "lean answers", "full": "full answers"}), True),
        plot("Accepted bids by number of auctions", "auctions", "bids/s",
             rates("auctions", {"lean": "lean answers"}), False),
        percentile_plot(records),
    ]
    return f"<div class=plots>{''.join(cards)}</div>"


def rows_html(rows: list[Row]) -> str:
    head = "".join(f"<th>{name}</th>" for name in
                   ("measure", "Gavel", "compared with", "reached", "wanted", "met"))
    body = "".join(
        "<tr>" + "".join(f"<td>{escaped(text)}</td>" for text in
                         (one.measure, one.value, one.compared, one.reached, one.wanted))
        + f'<td class="{verdict(one)}">{verdict(one)}</td></tr>' for one in rows)
    return f'<table class="rows"><tr>{head}</tr>{body}</table>'


def runs_html(records: Records) -> str:
    """Every run's own figure, so that one can see how far rounds lie apart."""
    told: dict[str, list[str]] = {}
    for run in records.runs:
        place = "" if run.x is None else f" at {run.x:,.0f}"
        told.setdefault(f"{run.experiment}: {run.case}{place}", []).append(headline(run.figures))
    return pairs_html({name: "; ".join(texts) for name, texts in told.items()})


def headline(figures: dict) -> str:
    """The figure of a run that its tool is about."""
    if "last_after_sent" in figures:
        last = figures["last_after_sent"]
        return (f"last has it after {last['p50_us'] / 1e3:,.1f} ms, "
                f"p99 {last['p99_us'] / 1e3:,.1f} ms")
    if "answered" in figures:
        latency = figures["answered"]["latency"]
        return (f"{figures['answered']['per_second']:,.0f}/s, p50 {latency['p50_us'] / 1e3:,.2f} "
                f"ms, p99 {latency['p99_us'] / 1e3:,.2f} ms")
    return ", ".join(f"{name} {value:,}" for name, value in figures.items())


def html(records: Records, rows: list[Row], about: dict[str, str]) -> str:
    """The whole page."""
    notes = "".join(f"<p>{escaped(note)}</p>" for note in records.notes)
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Gavel's benchmarks</title><style>{STYLE}{EXTRA_STYLE}</style></head><body><main>
<h1>Gavel's benchmarks</h1>
<p class=soft>{" &middot; ".join(escaped(value) for value in about.values())}</p>
<section class=card><h2>What it must reach</h2>{rows_html(rows)}
<p class=soft>Medians of the rounds. Everything runs on one machine, the load generator included,
and the log is synced to disk before a bid is answered. The Python platform's figures were measured
elsewhere; all others in this run, in turns.</p></section>
{f'<section class=card><h2>Notes</h2>{notes}</section>' if notes else ''}
<div style="height:12px"></div>
{plots(records)}
<section class=card><h2>Every run</h2>{runs_html(records)}</section>
</main></body></html>
"""
