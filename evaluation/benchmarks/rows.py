"""What the platform must reach, and what it did: one row a requirement. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable

from benchmarks.records import Records, ratio

# Of the platform that this one replaces, as measured elsewhere: it is not part of this project.
PYTHON_FRESH_PER_SECOND = 316.0  # on 50 fresh auctions
PYTHON_GROWING_PER_SECOND = 143.0  # on one that grows to 1,400 bids
PYTHON = "Python platform (as measured elsewhere)"
BARE = "cpp-httplib, echo"
DISK = "a write and its sync alone, at that rate"


@dataclass(frozen=True)
class Row:
    """One requirement. `met` is None when something of it was not measured."""

    measure: str
    value: str
    compared: str
    reached: str  # in the unit of `wanted`
    wanted: str
    met: bool | None


def number(value: float | None, unit: str = "") -> str:
    """Whole, or with three digits; with commas; "not available" without a value."""
    if value is None:
        return "not available"
    digits = 0 if abs(value) >= 100 or value == int(value) else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f}{' ' if unit else ''}{unit}"


def row(measure: str, value: str, compared: str, reached: float | None, unit: str,
        wanted: float, at_least: bool) -> Row:
    """A row whose figure must be at least, or at most, what is wanted."""
    met = None if reached is None else reached >= wanted if at_least else reached <= wanted
    bound = "at least" if at_least else "at most"
    text = number(reached) + (unit if reached is not None else "")
    return Row(measure, value, compared, text, f"{bound} {wanted:g}{unit}", met)


def milliseconds(microseconds: float | None) -> float | None:
    return None if microseconds is None else microseconds / 1e3


def megabytes(kilobytes: float | None) -> float | None:
    """As people count memory in tables: 10^6 bytes."""
    return None if kilobytes is None else kilobytes * 1024 / 1e6


def observed_pss(figures: dict) -> float:
    return sum(process["pss_kb"] for process in figures["memory"])


def against(records: Records, case: str, other: float | None, what: str) -> tuple[str, str]:
    """Value and what it is compared with, both accepted bids a second."""
    value = records.median("bids", case, "accepted.per_second")
    return number(value, "bids/s"), f"{what}: {number(other, '/s')}"


def bid_rows(records: Records) -> list[Row]:
    def rate(case: str) -> float | None:
        return records.median("bids", case, "accepted.per_second")

    bare = rate("bare")
    hopeless = records.median("bids", "hopeless", "refused.per_second")
    return [
        row("accepted bids, one process, 64 connections, 50 auctions, lean answers",
            *against(records, "lean", bare, BARE), ratio(rate("lean"), bare), " times", 0.8, True),
        row("the same, full answers, auctions of up to 1,000 bids",
            *against(records, "full", PYTHON_FRESH_PER_SECOND, PYTHON),
            ratio(rate("full"), PYTHON_FRESH_PER_SECOND), " times", 50, True),
        row("full answers, one auction that grows to 1,400 bids",
            *against(records, "growing", PYTHON_GROWING_PER_SECOND, PYTHON),
            ratio(rate("growing"), PYTHON_GROWING_PER_SECOND), " times", 50, True),
        row("accepted bids, each service a process, over HTTP, lean answers",
            *against(records, "processes apart", bare, BARE), ratio(rate("processes apart"), bare),
            " times", 0.35, True),
        row("hopeless bids refused", number(hopeless, "/s"),
            f"accepted: {number(rate('lean'), '/s')}", ratio(hopeless, rate("lean")), " times",
            1.5, True),
    ]


def latency_rows(records: Records) -> list[Row]:
    def p99(case: str) -> float | None:
        return milliseconds(records.median("half rate", case, "answered.latency.p99_us"))

    rate = records.median("half rate", "lean", "rate")
    half = p99("lean")
    grown = number(records.median("grown", "many", "bids_before") or 10_000)
    few = records.median("grown", "few", "accepted.per_second")
    many = records.median("grown", "many", "accepted.per_second")
    return [
        row(f"p99 at half the maximal rate ({number(rate)} bids/s), open loop", number(half, "ms"),
            f"its data in memory: {number(p99('in memory'), 'ms')}; "
            f"{DISK}: {number(p99('disk alone'), 'ms')}", half, " ms", 10, False),
        row(f"a bid on an auction with {grown} bids, lean", number(many, "bids/s"),
            f"with 10 bids: {number(few, 'bids/s')}", ratio(few, many), " times the cost", 1.2,
            False),
    ]


def stream_rows(records: Records) -> list[Row]:
    def last(case: str) -> float | None:
        return milliseconds(records.median("fan-out", case, "last_after_sent.p99_us"))

    def memory(case: str) -> float | None:
        return megabytes(records.median("fan-out", case, observed_pss))

    def p99(case: str) -> float | None:
        return milliseconds(records.median("busy streams", case, "delivery_after_sent.p99_us"))

    subscribers = records.median("fan-out", "gateway", "subscribers") or 10_000
    busy = records.median("busy streams", "busy", "subscribers") or 1_000
    rate = records.median("busy streams", "busy", "rate") or 1_000
    lost = records.values("busy streams", "busy", lost_deliveries)
    return [
        row(f"{number(subscribers)} subscribers, one gateway, one bid to all: p99 until the last "
            "has it", number(last("gateway"), "ms"), f"nginx with nchan, no disk: "
            f"{number(last('nchan'), 'ms')}", ratio(last("gateway"), last("nchan")), " times", 0.7,
            False),
        row("the same, with its data in memory", number(last("gateway in memory"), "ms"),
            f"nginx with nchan: {number(last('nchan'), 'ms')}",
            ratio(last("gateway in memory"), last("nchan")), " times", 0.7, False),
        row("memory of that gateway (PSS)", number(memory("gateway"), "MB"),
            f"nchan's worker: {number(memory('nchan'), 'MB')}",
            ratio(memory("gateway"), memory("nchan")), " times", 0.5, False),
        row(f"{number(busy)} subscribers while {number(rate)} bids/s arrive: deliveries lost or "
            "doubled", number(float(sum(lost)) if lost else None), "",
            float(sum(lost)) if lost else None, "", 0, False),
        row("the same: p99 of a delivery after its bid was due", number(p99("busy"), "ms"), "",
            p99("busy"), " ms", 100, False),
        row("one more subscriber that reads nothing: the others' p99",
            number(p99("one stalled"), "ms"), f"without it: {number(p99('none stalled'), 'ms')}",
            ratio(p99("one stalled"), p99("none stalled")), " times", 1.1, False),
    ]


def lost_deliveries(figures: dict) -> int:
    """Of what must never be lost: history events, bids that nobody was told of, whole streams. (A
    lean stream may leave out states of an auction that a newer one stands for.)"""
    return (figures["lost_history"] + figures["doubled"] + sum(figures["gone"].values())
            + figures["bids"]["accepted_without_event"])


def size_rows(records: Records) -> list[Row]:
    idle = megabytes(records.median("idle", "one process", "rss_kb"))
    rows = [row("idle memory of the whole system in one process (RSS)", number(idle, "MB"), "",
                idle, " MB", 30, False)]
    auctions = number(records.median("pages", "create", "auctions") or 100_000)
    events = number(records.median("pages", "create", "events") or 1_000_000)
    disk = milliseconds(records.median("pages", "disk alone", "answered.latency.p99_us"))
    for case, name in (("list", "a page of 100 auctions"), ("history", "a page of 100 events"),
                       ("create", "creating one")):
        p99 = milliseconds(records.median("pages", case, "answered.latency.p99_us"))
        compared = f"{DISK}: {number(disk, 'ms')}" if case == "create" else ""
        rows.append(row(f"{name}, at {auctions} auctions and {events} events: p99",
                        number(p99, "ms"), compared, p99, " ms", 5, False))
    return rows


PARTS: tuple[Callable[[Records], list[Row]], ...] = (bid_rows, latency_rows, stream_rows, size_rows)


def table(records: Records) -> list[Row]:
    """All rows, measured or not."""
    return [one for part in PARTS for one in part(records)]


def verdict(one: Row) -> str:
    return {True: "yes", False: "no", None: "-"}[one.met]


def markdown(rows: list[Row]) -> str:
    lines = ["| measure | Gavel | compared with | reached | wanted | met |",
             "|---|--:|---|--:|--:|---|"]
    lines += [f"| {one.measure} | {one.value} | {one.compared} | {one.reached} | {one.wanted} "
              f"| {verdict(one)} |" for one in rows]
    return "\n".join(lines) + "\n"
