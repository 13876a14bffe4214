"""A finished measurement as text for people, as JSON for programs and as a page with plots.

The page is one file without scripts, fonts or pictures from elsewhere, so that it can be mailed,
archived and opened offline. Everything that came from outside (addresses, names, error texts) goes
through `escaped`.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from html import escape
from typing import Callable, Sequence

from latency import (Samples, Summary, histogram, merged, percentile_curve, summarize, timeline)
from verification import Verification

SCHEMA_VERSION = 1
ERRORS = "errors"  # the one series whose requests have no valid answer
DETAILS_SHOWN = 20


@dataclass
class Report:
    """What was measured. `outcomes` maps a series to its samples, in the order to be shown; all but
    "errors" are valid answers, and `Latency avg` and `Throughput` count those."""

    mode: str  # "loop" or "load"
    url: str
    started_unix_s: float
    window_s: float
    settings: dict[str, object]
    outcomes: dict[str, Samples]
    counted: str  # what the two result lines count, in words
    facts: dict[str, str] = field(default_factory=dict)  # further result lines
    error_kinds: Counter = field(default_factory=Counter)
    warmup_errors: Counter = field(default_factory=Counter)
    verification: Verification | None = None
    client: dict[str, object] = field(default_factory=dict)  # the benchmark's own side
    notes: list[str] = field(default_factory=list)
    interrupted: bool = False

    @property
    def answered(self) -> Samples:
        return merged(samples for name, samples in self.outcomes.items() if name != ERRORS)

    @property
    def ok(self) -> bool:
        """Something was measured, and nothing of it was wrong."""
        return (len(self.answered) > 0 and not self.error_kinds and not self.warmup_errors
                and (self.verification is None or self.verification.ok))


# Text

COLUMNS = (("count", "count"), ("per_second", "per s"), ("avg_ms", "avg ms"), ("p50_ms", "p50"),
           ("p90_ms", "p90"), ("p99_ms", "p99"), ("p99_9_ms", "p99.9"), ("max_ms", "max"))


def cell(name: str, value: float | None) -> str:
    """A table cell: counts whole, rates with one decimal, latencies with three digits or more."""
    if value is None:
        return "-"
    if name == "count":
        return f"{value:,}"
    if name == "per_second":
        return f"{value:,.1f}"
    return f"{value:,.0f}" if value >= 1000 else f"{value:.1f}" if value >= 100 else f"{value:.2f}"


def rows(report: Report) -> dict[str, Summary]:
    """A summary for each series, and for all valid answers together."""
    table = {name: summarize(samples, report.window_s) for name, samples in report.outcomes.items()}
    table["all valid"] = summarize(report.answered, report.window_s)
    return table


def table_lines(report: Report) -> list[str]:
    lines = [f"{'':<12}" + "".join(f"{title:>11}" for _, title in COLUMNS)]
    for series, summary in rows(report).items():
        cells = "".join(f"{cell(name, getattr(summary, name)):>11}" for name, _ in COLUMNS)
        lines.append(f"{series:<12}{cells}")
    return lines


def result_lines(report: Report) -> list[str]:
    """The two lines that scripts look for."""
    summary = summarize(report.answered, report.window_s)
    if summary.avg_ms is None:
        return ["Nothing was measured."]
    return [f"Latency avg: {summary.avg_ms:.2f} ms",
            f"Throughput: {summary.per_second:.2f} requests/s"]


def kinds_text(kinds: Counter) -> str:
    return ", ".join(f"{count} x {kind}" for kind, count in kinds.most_common())


def text_report(report: Report) -> str:
    lines = [f"Gavel benchmark of {report.url}: {report.mode} mode, "
             f"{report.window_s:.2f} s measured"]
    if report.interrupted:
        lines.append("Interrupted: what follows was measured until then.")
    lines += ["", *table_lines(report), "", *result_lines(report), f"  ({report.counted})"]
    lines += [f"{label}: {value}" for label, value in report.facts.items()]
    if report.error_kinds:
        lines.append(f"Errors: {kinds_text(report.error_kinds)}")
    if report.warmup_errors:
        lines.append(f"Errors in the warm-up: {kinds_text(report.warmup_errors)}")
    if report.verification is not None:
        lines.append(report.verification.summary())
        details = report.verification.details
        lines += [f"  {detail}" for detail in details[:DETAILS_SHOWN]]
        if len(details) > DETAILS_SHOWN:
            lines.append(f"  ... and {len(details) - DETAILS_SHOWN} more")
    lines += [f"Note: {note}" for note in report.notes]
    return "\n".join(lines) + "\n"


# JSON

def json_report(report: Report) -> dict:
    """Latencies in milliseconds, times in seconds since the measurement began, rates per second."""
    total = summarize(report.answered, report.window_s)
    return {
        "tool": "gavel-benchmark",
        "schema": SCHEMA_VERSION,
        "mode": report.mode,
        "url": report.url,
        "started_unix_s": report.started_unix_s,
        "window_s": report.window_s,
        "interrupted": report.interrupted,
        "ok": report.ok,
        "settings": report.settings,
        "counted": report.counted,
        "latency_avg_ms": total.avg_ms,
        "throughput_per_second": total.per_second,
        "outcomes": {name: summary.as_json() for name, summary in rows(report).items()
                     if name != "all valid"},
        "all_valid": total.as_json(),
        "error_kinds": dict(report.error_kinds),
        "warmup_errors": dict(report.warmup_errors),
        "verification": report.verification.as_json() if report.verification else None,
        "client": report.client,
        "notes": report.notes,
        "timeline": [asdict(bucket) for bucket in timeline(report.outcomes, report.window_s)],
        "histogram": [asdict(bar) for bar in histogram(report.outcomes)],
        "percentile_curve": [{"share": share, "ms": ms}
                             for share, ms in percentile_curve(report.answered)],
    }


# Plots

WIDTH, HEIGHT = 520, 270
LEFT, RIGHT, TOP, BOTTOM = 62, 14, 14, 40
SERIES_CLASSES = {"accepted": "good", "refused": "warn", "errors": "bad", "create": "c1",
                  "bid": "good", "close": "c2", "history": "c3"}


def escaped(text: object) -> str:
    return escape(str(text), quote=True)


def short_number(value: float) -> str:
    """An axis label: 1500 as "1.5k", 0.25 as it is."""
    for limit, suffix in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= limit:
            return f"{value / limit:.4g}{suffix}"
    return f"{value:.4g}"


@dataclass(frozen=True)
class Axis:
    """Maps values to a place between `start` and `end` (in SVG units), and says which to label."""

    low: float
    high: float
    start: float
    end: float
    ticks: Sequence[float]
    logarithmic: bool = False
    label: Callable[[float], str] = short_number

    def place(self, value: float) -> float:
        if self.logarithmic:
            low, high, value = (math.log10(max(part, 1e-9))
                                for part in (self.low, self.high, value))
        else:
            low, high = self.low, self.high
        share = (value - low) / (high - low)
        return self.start + min(1.0, max(0.0, share)) * (self.end - self.start)


def linear_axis(low: float, high: float, start: float, end: float, wanted: int = 5,
                round_up: bool = True, label: Callable[[float], str] = short_number) -> Axis:
    """Ticks at round numbers; with `round_up` the axis ends at one."""
    high = max(high, low + 1e-9)
    rough = (high - low) / wanted
    power = 10 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)
    top = math.ceil(high / step - 1e-9) * step if round_up else high
    first = math.ceil(low / step - 1e-9)
    ticks = [index * step for index in range(first, math.floor(top / step + 1e-9) + 1)]
    return Axis(low, top, start, end, ticks, label=label)


def log_axis(low: float, high: float, start: float, end: float) -> Axis:
    """Ticks at 1, 2 and 5 times powers of ten, or at the powers alone where that is too many."""
    low = max(low, 1e-4)
    high = max(high, low * 1.01)
    exponents = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 1)
    for factors in ((1, 2, 5), (1,)):
        values = [factor * 10.0 ** exponent for exponent in exponents for factor in factors]
        below = max(value for value in values if value <= low * 1.0001)
        above = min((value for value in values if value >= high * 0.9999), default=values[-1])
        ticks = [value for value in values if below <= value <= above]
        if len(ticks) <= 9:
            break
    return Axis(below, above, start, end, ticks, logarithmic=True)


def horizontal(axis_of: Callable[..., Axis], low: float, high: float, **options) -> Axis:
    return axis_of(low, high, LEFT, WIDTH - RIGHT, **options)


def vertical(axis_of: Callable[..., Axis], low: float, high: float, **options) -> Axis:
    return axis_of(low, high, HEIGHT - BOTTOM, TOP, **options)


def frame(title: str, x: Axis, y: Axis, x_title: str, y_title: str, marks: Sequence[str]) -> str:
    """A plot: grid, labels, and the marks on top."""
    parts = [f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escaped(title)}">']
    for tick in y.ticks:
        place = y.place(tick)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{place:.1f}" '
                     f'y2="{place:.1f}"/>'
                     f'<text class="tick" x="{LEFT - 7}" y="{place + 4:.1f}" text-anchor="end">'
                     f'{escaped(y.label(tick))}</text>')
    for tick in x.ticks:
        place = x.place(tick)
        parts.append(f'<text class="tick" x="{place:.1f}" y="{HEIGHT - BOTTOM + 17}" '
                     f'text-anchor="middle">{escaped(x.label(tick))}</text>')
    parts += marks
    parts.append(f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{HEIGHT - BOTTOM}" '
                 f'y2="{HEIGHT - BOTTOM}"/>')
    parts.append(f'<text class="axis-title" x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 5}" '
                 f'text-anchor="middle">{escaped(x_title)}</text>')
    parts.append(f'<text class="axis-title" transform="translate(13 {(TOP + HEIGHT - BOTTOM) / 2}) '
                 f'rotate(-90)" text-anchor="middle">{escaped(y_title)}</text></svg>')
    return "".join(parts)


def bar(x: Axis, y: Axis, left: float, right: float, low: float, high: float, style: str,
        hint: str) -> str:
    """A bar from `low` to `high`, with a hair of space to its neighbour."""
    x_from, x_to = x.place(left), x.place(right)
    gap = min(1.0, (x_to - x_from) * 0.15)
    top, bottom = y.place(high), y.place(low)
    return (f'<rect class="{style}" x="{x_from + gap / 2:.2f}" y="{top:.2f}" '
            f'width="{max(0.3, x_to - x_from - gap):.2f}" height="{max(0.0, bottom - top):.2f}">'
            f"<title>{escaped(hint)}</title></rect>")


def polyline(x: Axis, y: Axis, points: Sequence[tuple[float, float]], style: str) -> str:
    places = " ".join(f"{x.place(across):.1f},{y.place(up):.1f}" for across, up in points)
    return f'<polyline class="{style}" points="{places}"/>'


def stacked(x: Axis, y: Axis, edges: tuple[float, float], values: dict[str, float],
            hint: Callable[[str, float], str]) -> list[str]:
    """The bars of one slice, one series upon the other."""
    marks, base = [], 0.0
    for name, value in values.items():
        if value > 0:
            marks.append(bar(x, y, *edges, base, base + value, SERIES_CLASSES.get(name, "c1"),
                             hint(name, value)))
            base += value
    return marks


def throughput_plot(report: Report) -> str:
    """Answers a second over time, by outcome."""
    buckets = timeline(report.outcomes, report.window_s)
    rates = [{name: count / bucket.span_s for name, count in bucket.counts.items()}
             for bucket in buckets]
    x = horizontal(linear_axis, 0, report.window_s, wanted=8, round_up=False)
    y = vertical(linear_axis, 0, max((sum(rate.values()) for rate in rates), default=1) or 1)
    marks = []
    for bucket, rate in zip(buckets, rates):
        edges = (bucket.start_s, bucket.start_s + bucket.span_s)
        marks += stacked(x, y, edges, rate, lambda name, value: (
            f"{name}: {value:,.0f}/s from {edges[0]:g} s to {edges[1]:g} s"))
    return frame("Throughput over time", x, y, "seconds", "requests/s", marks)


def latency_time_plot(report: Report) -> str:
    """Median and 99th percentile over time, all requests: a stall shows here and nowhere else."""
    buckets = [bucket for bucket in timeline(report.outcomes, report.window_s)
               if bucket.p50_ms is not None]
    middles = [bucket.start_s + bucket.span_s / 2 for bucket in buckets]
    x = horizontal(linear_axis, 0, report.window_s, wanted=8, round_up=False)
    y = vertical(log_axis, min(bucket.p50_ms for bucket in buckets),
                 max(bucket.p99_ms for bucket in buckets))
    marks = []
    for name, style in (("p50_ms", "line low"), ("p99_ms", "line high")):
        points = [(middle, getattr(bucket, name)) for middle, bucket in zip(middles, buckets)]
        marks.append(polyline(x, y, points, style))
        marks += [f'<circle class="{style.split()[1]}" cx="{x.place(across):.1f}" '
                  f'cy="{y.place(up):.1f}" r="{2.4 if len(points) <= 60 else 0.8}">'
                  f"<title>{name[:3]}: {up:.2f} ms</title></circle>" for across, up in points]
    return frame("Latency over time", x, y, "seconds", "ms", marks)


def share_label(place: float) -> str:
    """The percentile at `place` decades of nines."""
    if place == 0:
        return "0 %"
    return "50 %" if place < 1 else f"{100 - 10 ** (2 - place):.10g} %"


def percentile_plot(report: Report) -> str:
    """Latency by percentile; every decade towards 100 % has the same width."""
    curves = {name: percentile_curve(samples) for name, samples in report.outcomes.items()
              if len(samples)}
    places = {name: [(-math.log10(1 - share), ms) for share, ms in curve]
              for name, curve in curves.items()}
    widest = max(points[-1][0] for points in places.values())
    latencies = [ms for points in places.values() for _, ms in points]
    halfway = [-math.log10(0.5)] if widest < 4 else []  # further away it would touch "0 %"
    ticks = [0.0, *halfway, *map(float, range(1, math.floor(widest + 1e-6) + 1))]
    x = Axis(0, max(widest, 0.5), LEFT, WIDTH - RIGHT, ticks, label=share_label)
    y = vertical(log_axis, min(latencies), max(latencies))
    marks = [polyline(x, y, points, f"line {SERIES_CLASSES.get(name, 'c1')}")
             for name, points in places.items()]
    return frame("Latency by percentile", x, y, "percentile", "ms", marks)


def histogram_plot(report: Report) -> str:
    bars = histogram(report.outcomes)
    x = horizontal(log_axis, bars[0].from_ms, bars[-1].to_ms)
    y = vertical(linear_axis, 0, max(sum(bar.counts.values()) for bar in bars))
    marks = []
    for each in bars:
        marks += stacked(x, y, (each.from_ms, each.to_ms), each.counts, lambda name, value: (
            f"{name}: {value:,} from {each.from_ms:.3g} ms to {each.to_ms:.3g} ms"))
    return frame("Histogram of latency", x, y, "ms", "requests", marks)


# Page

STYLE = """
:root { --bg: #f5f6f8; --card: #fff; --ink: #1c2430; --soft: #5d6878; --line: #e3e7ec;
  --good: #1f9d80; --warn: #e2a13a; --bad: #cf4457; --c1: #4a72d8; --c2: #8b63c7; --c3: #e2a13a; }
@media (prefers-color-scheme: dark) { :root { --bg: #12161c; --card: #1b212a; --ink: #e8ecf1;
  --soft: #9aa6b5; --line: #2d3642; --good: #37bd9c; --c1: #7b9cf0; --c2: #ad8ae3; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--bg); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 32px 20px 48px; }
h1 { font-size: 26px; margin: 0; letter-spacing: -0.01em; }
h2 { font-size: 15px; margin: 0 0 10px; }
p { margin: 4px 0; } .soft { color: var(--soft); overflow-wrap: anywhere; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px;
  margin: 22px 0 12px; }
.tile, .card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
.tile { padding: 12px 16px; } .tile b { display: block; font-size: 24px; line-height: 1.3;
  font-weight: 650; font-variant-numeric: tabular-nums; } .tile b small { font-size: 14px;
  font-weight: 500; color: var(--soft); }
.tile span { color: var(--soft); font-size: 13px; }
.card { padding: 16px 18px; margin-top: 12px; overflow-x: auto; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(440px, 100%), 1fr));
  gap: 12px; } .plots .card { margin-top: 0; }
.verdict { padding: 10px 16px; border-radius: 10px; border: 1px solid; font-weight: 600;
  margin-top: 12px; }
.verdict.yes { color: var(--good); } .verdict.no { color: var(--bad); }
.verdict ul { font-weight: 400; margin: 6px 0 0; padding-left: 20px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: 6px 10px; border-bottom: 1px solid var(--line);
  white-space: nowrap; }
th { color: var(--soft); font-weight: 500; font-size: 13px; }
tr > :first-child { text-align: left; padding-left: 0; } tr:last-child td { border-bottom: 0; }
.settings td:last-child { text-align: left; width: 100%; white-space: normal;
  overflow-wrap: anywhere; }
.settings td:first-child { color: var(--soft); }
svg { display: block; width: 100%; height: auto; }
.grid { stroke: var(--line); } .axis { stroke: var(--soft); }
.tick { fill: var(--soft); font-size: 12px; } .axis-title { fill: var(--soft); font-size: 12px; }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; }
.good { fill: var(--good); } .warn { fill: var(--warn); } .bad { fill: var(--bad); }
.c1, .low { fill: var(--c1); } .c2, .high { fill: var(--c2); } .c3 { fill: var(--c3); }
.line.good { stroke: var(--good); } .line.warn { stroke: var(--warn); }
.line.bad { stroke: var(--bad); }
.line.c1, .line.low { stroke: var(--c1); } .line.c2, .line.high { stroke: var(--c2); }
.line.c3 { stroke: var(--c3); }
polyline.line { fill: none; }
.legend { float: right; font-size: 13px; font-weight: 400; color: var(--soft); }
.legend svg { display: inline-block; width: 10px; height: 10px; margin: 0 4px 0 12px; }
"""


def legend(entries: Sequence[tuple[str, str]]) -> str:
    keys = "".join(f'<svg viewBox="0 0 10 10"><rect class="{style}" width="10" height="10" '
                   f'rx="2"/></svg>{escaped(name)}' for name, style in entries)
    return f'<span class="legend">{keys}</span>'


def tile(value: str, unit: str, name: str) -> str:
    return (f"<div class=tile><b>{escaped(value)} <small>{escaped(unit)}</small></b>"
            f"<span>{escaped(name)}</span></div>")


def tiles_html(report: Report, table: dict[str, Summary]) -> str:
    total = table["all valid"]
    tiles = [tile(f"{total.per_second:,.0f}", "/s", "requests answered")]
    if "accepted" in table:
        tiles.append(tile(f"{table['accepted'].per_second:,.0f}", "/s", "bids accepted"))
    tiles += [tile(cell(name, getattr(total, name)), "ms", f"latency {label}")
              for name, label in (("avg_ms", "avg"), ("p50_ms", "p50"), ("p99_ms", "p99"),
                                  ("p99_9_ms", "p99.9"))]
    return f"<div class=tiles>{''.join(tiles)}</div>"


def verdicts_html(report: Report) -> str:
    """What a reader must not overlook: errors, and whether the bids are really there."""
    parts = []
    if report.interrupted:
        parts.append('<div class="verdict no">Interrupted before its end</div>')
    for label, kinds in (("Errors", report.error_kinds),
                         ("Errors in the warm-up", report.warmup_errors)):
        if kinds:
            parts.append(f'<div class="verdict no">{label}: {escaped(kinds_text(kinds))}</div>')
    if report.verification is not None:
        style = "yes" if report.verification.ok else "no"
        items = "".join(f"<li>{escaped(detail)}</li>"
                        for detail in report.verification.details[:DETAILS_SHOWN])
        parts.append(f'<div class="verdict {style}">{escaped(report.verification.summary())}'
                     f"{f'<ul>{items}</ul>' if items else ''}</div>")
    return "".join(parts)


def table_html(table: dict[str, Summary]) -> str:
    head = "<th></th>" + "".join(f"<th>{escaped(title)}</th>" for _, title in COLUMNS)
    body = "".join(
        f"<tr><td>{escaped(series)}</td>"
        + "".join(f"<td>{escaped(cell(name, getattr(summary, name)))}</td>" for name, _ in COLUMNS)
        + "</tr>" for series, summary in table.items())
    return f"<table><tr>{head}</tr>{body}</table>"


def pairs_html(pairs: dict[str, object]) -> str:
    body = "".join(f"<tr><td>{escaped(name)}</td><td>{escaped(value)}</td></tr>"
                   for name, value in pairs.items())
    return f'<table class="settings">{body}</table>'


def plots_html(report: Report) -> str:
    if not any(map(len, report.outcomes.values())) or report.window_s <= 0:
        return ""
    shown = [(name, SERIES_CLASSES.get(name, "c1")) for name, samples in report.outcomes.items()
             if len(samples)]
    plots = [("Throughput over time", shown, throughput_plot(report)),
             ("Latency by percentile", shown, percentile_plot(report)),
             ("Histogram of latency", shown, histogram_plot(report))]
    if any(bucket.p50_ms is not None for bucket in timeline(report.outcomes, report.window_s)):
        plots.insert(1, ("Latency over time", [("p50", "low"), ("p99", "high")],
                         latency_time_plot(report)))
    cards = "".join(f"<section class=card><h2>{escaped(title)}{legend(entries)}</h2>"
                    f"{plot}</section>" for title, entries, plot in plots)
    return f"<div class=plots>{cards}</div>"


def html_report(report: Report) -> str:
    """The whole page."""
    table = rows(report)
    when = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(report.started_unix_s))
    notes = "".join(f"<p>{escaped(note)}</p>" for note in report.notes)
    subtitle = " &middot; ".join((escaped(report.url), escaped(report.mode) + " mode",
                                  f"{report.window_s:.2f} s measured", when))
    details = pairs_html({**report.facts, **report.settings})
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Gavel benchmark of {escaped(report.url)}</title><style>{STYLE}</style></head><body><main>
<h1>Gavel benchmark</h1>
<p class=soft>{subtitle}</p>
{tiles_html(report, table)}
{verdicts_html(report)}
<section class=card><h2>Latency in milliseconds, by outcome</h2>{table_html(table)}
<p class=soft>{escaped(report.counted)}</p></section>
<div style="height:12px"></div>
{plots_html(report)}
<section class=card><h2>Results and settings</h2>{details}</section>
{f'<section class=card><h2>Notes</h2>{notes}</section>' if notes else ''}
</main></body></html>
"""
