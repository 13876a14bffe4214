"""Tests of what run_benchmarks makes of its figures, each named after the rule it proves.

    python3 -m unittest discover -s evaluation -p 'test_*.py'
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
import unittest
from html.parser import HTMLParser
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
if str(FOLDER) not in sys.path:
    sys.path.insert(0, str(FOLDER))

import disk_stalls  # noqa: E402
from benchmarks import disk, page, rows  # noqa: E402
from benchmarks.experiments import EXPERIMENTS, Effort, in_turns  # noqa: E402
from benchmarks.records import Record, Records, ratio  # noqa: E402
from benchmarks.rows import Row  # noqa: E402


def latency(p99_us: float) -> dict:
    return {"count": 100, "p50_us": p99_us / 2, "p99_us": p99_us, "max_us": p99_us,
            "buckets": [[p99_us / 2, 98], [p99_us, 2]]}


def load(accepted: float = 0, refused: float = 0, p99_us: float = 1_000, **more) -> dict:
    """As the load generator tells it."""
    return {"accepted": {"per_second": accepted, "latency": latency(p99_us)},
            "refused": {"per_second": refused, "latency": latency(p99_us)},
            "answered": {"per_second": accepted + refused, "latency": latency(p99_us)}, **more}


def swarm(last_us: float = 1_000, delivery_us: float = 1_000, pss_kb: int = 1_000, **more) -> dict:
    """As the swarm tells it."""
    return {"subscribers": 10_000, "rate": 2, "lost": 0, "lost_history": 0, "doubled": 0,
            "gone": {}, "bids": {"accepted_without_event": 0},
            "last_after_sent": latency(last_us), "delivery_after_sent": latency(delivery_us),
            "memory": [{"pss_kb": pss_kb}], **more}


def records(*runs: tuple) -> Records:
    """Of (experiment, case, figures) or (experiment, case, figures, x)."""
    counted: dict[tuple, int] = {}
    made = []
    for experiment, case, figures, *x in runs:
        key = (experiment, case, *x)
        made.append(Record(experiment, case, counted.get(key, 0), figures, *x))
        counted[key] = counted.get(key, 0) + 1
    return Records(made)


def row_about(table: list[Row], words: str) -> Row:
    found = [one for one in table if words in one.measure]
    assert len(found) == 1, f"{words}: {[one.measure for one in table]}"
    return found[0]


class Turns(unittest.TestCase):
    def test_every_second_round_goes_the_other_way(self):
        cases = {name: lambda name=name: {"name": name} for name in "abc"}
        order = "".join(figures["name"] for _, _, figures in in_turns(cases, 3))
        self.assertEqual(order, "abccbaabc")

    def test_a_quick_run_measures_everything_that_a_full_one_does(self):
        self.assertEqual(set(vars(Effort.quick())), set(vars(Effort())))
        self.assertIn("bids", EXPERIMENTS)


class Medians(unittest.TestCase):
    def test_a_figure_is_the_median_of_its_rounds(self):
        made = records(*(("bids", "lean", load(rate)) for rate in (300, 100, 200)))
        self.assertEqual(made.median("bids", "lean", "accepted.per_second"), 200)
        self.assertEqual(made.values("bids", "lean", "accepted.per_second"), [300, 100, 200])

    def test_what_was_not_measured_has_no_figure(self):
        self.assertIsNone(Records().median("bids", "lean", "accepted.per_second"))
        for pair in ((None, 1), (1, None), (1, 0)):
            self.assertIsNone(ratio(*pair))

    def test_a_curve_has_the_median_at_each_place_in_order(self):
        made = records(*(("connections", "gavel", load(rate), x)
                         for x, rate in ((64, 30), (1, 5), (64, 10), (64, 20))))
        self.assertEqual(made.curve("connections", "gavel", "accepted.per_second"),
                         [(1, 5), (64, 20)])

    def test_records_outlive_a_file(self):
        made = records(("bids", "lean", load(3)), ("connections", "gavel", load(4), 16))
        made.notes.append("a note")
        self.assertEqual(Records.from_json(json.loads(json.dumps(made.as_json()))), made)


class Rows(unittest.TestCase):
    def test_without_figures_every_row_is_there_and_open(self):
        table = rows.table(Records())
        self.assertEqual(len(table), 17)
        self.assertEqual({one.met for one in table}, {None})
        self.assertEqual({one.reached for one in table}, {"not available"})

    def test_bids_are_compared_with_the_bare_server_of_the_same_run(self):
        made = records(("bids", "bare", load(30_000)), ("bids", "lean", load(24_000)),
                       ("bids", "processes apart", load(9_000)))
        table = rows.table(made)
        one = row_about(table, "one process, 64 connections")
        self.assertEqual((one.reached, one.met), ("0.80 times", True))
        apart = row_about(table, "each service a process")
        self.assertEqual((apart.reached, apart.met), ("0.30 times", False))
        self.assertIn("30,000", apart.compared)

    def test_full_answers_are_compared_with_figures_from_elsewhere_that_say_so(self):
        table = rows.table(records(("bids", "full", load(316 * 50)),
                                   ("bids", "growing", load(143 * 49))))
        self.assertTrue(row_about(table, "up to 1,000 bids").met)
        self.assertFalse(row_about(table, "grows to 1,400").met)
        self.assertIn("elsewhere", row_about(table, "grows to 1,400").compared)

    def test_hopeless_bids_count_by_refusals(self):
        made = records(("bids", "lean", load(20_000)), ("bids", "hopeless", load(5, 31_000)))
        self.assertEqual(row_about(rows.table(made), "hopeless").reached, "1.55 times")

    def test_the_cost_on_a_grown_auction_is_the_inverse_of_the_rate(self):
        made = records(("grown", "few", load(12_000)),
                       ("grown", "many", load(9_000, bids_before=10_000)))
        one = row_about(rows.table(made), "on an auction with")
        self.assertEqual((one.reached, one.met), ("1.33 times the cost", False))

    def test_latencies_are_told_in_milliseconds(self):
        made = records(("half rate", "lean", load(p99_us=9_500, rate=12_000)))
        one = row_about(rows.table(made), "half the maximal rate")
        self.assertEqual((one.reached, one.met), ("9.50 ms", True))

    def test_what_waits_for_the_disk_is_shown_beside_the_disk_alone(self):
        made = records(("half rate", "lean", load(p99_us=19_000, rate=12_000)),
                       ("half rate", "in memory", load(p99_us=4_000, rate=12_000)),
                       ("half rate", "disk alone", load(p99_us=15_000, rate=12_000)),
                       ("pages", "create", load(p99_us=16_000, auctions=10, events=20)),
                       ("pages", "disk alone", load(p99_us=14_000)))
        half = row_about(rows.table(made), "half the maximal rate")
        self.assertEqual((half.compared, half.met),
                         (f"its data in memory: 4 ms; {rows.DISK}: 15 ms", False))
        create = row_about(rows.table(made), "creating one")
        self.assertEqual((create.compared, create.met), (f"{rows.DISK}: 14 ms", False))

    def test_streams_are_compared_with_nchan(self):
        made = records(("fan-out", "gateway", swarm(last_us=150_000, pss_kb=40_000)),
                       ("fan-out", "gateway in memory", swarm(last_us=120_000)),
                       ("fan-out", "nchan", swarm(last_us=200_000, pss_kb=160_000)))
        table = rows.table(made)
        self.assertEqual(row_about(table, "until the last").reached, "0.75 times")
        self.assertFalse(row_about(table, "until the last").met)
        in_memory = row_about(table, "data in memory")
        self.assertEqual((in_memory.reached, in_memory.met), ("0.60 times", True))
        self.assertEqual(row_about(table, "memory of that gateway").reached, "0.25 times")

    def test_without_nchan_there_is_a_value_and_no_verdict(self):
        one = row_about(rows.table(records(("fan-out", "gateway", swarm(last_us=150_000)))),
                        "until the last")
        self.assertEqual((one.value, one.met), ("150 ms", None))

    def test_one_lost_delivery_in_one_round_is_one_too_many(self):
        whole = swarm()
        for damage in ({"lost_history": 1}, {"doubled": 1}, {"gone": {"stream ended": 1}},
                       {"bids": {"accepted_without_event": 1}}):
            made = records(("busy streams", "busy", whole), ("busy streams", "busy", whole),
                           ("busy streams", "busy", {**whole, **damage}))
            one = row_about(rows.table(made), "lost or doubled")
            self.assertEqual((one.reached, one.met), ("1", False), damage)
        made = records(("busy streams", "busy", whole))
        self.assertTrue(row_about(rows.table(made), "lost or doubled").met)

    def test_states_that_a_newer_one_stands_for_are_not_lost(self):
        made = records(("busy streams", "busy", swarm(lost=500)))
        self.assertTrue(row_about(rows.table(made), "lost or doubled").met)

    def test_idle_memory_is_what_is_resident(self):
        made = records(("idle", "one process", {"rss_kb": 29_000, "pss_kb": 9_000}))
        self.assertEqual(row_about(rows.table(made), "idle memory").reached, "29.7 MB")

    def test_numbers_read_well(self):
        for value, text in ((None, "not available"), (0, "0"), (3, "3"), (0.8, "0.80"),
                            (12.34, "12.3"), (31_000.4, "31,000")):
            self.assertEqual(rows.number(value), text)

    def test_the_table_is_markdown(self):
        lines = rows.markdown(rows.table(Records())).splitlines()
        self.assertEqual({line.count("|") for line in lines}, {7})


class Disk(unittest.TestCase):
    """By a clock that only sleeps and commits move."""

    def setUp(self):
        self.now = 100.0
        self.commits = []

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def commit(self, took: float):
        def one(records: int) -> None:
            self.commits.append(records)
            self.now += took
        return one

    def waits(self, rate: float, seconds: float, commit) -> list[float]:
        return disk.group_commits(rate, seconds, commit, lambda: self.now, self.sleep)

    def test_a_fast_disk_takes_each_record_by_itself(self):
        waits = self.waits(16, 1, self.commit(1 / 64))
        self.assertEqual(self.commits, [1] * 16)
        self.assertEqual(waits, [1 / 64] * 16)

    def test_what_falls_due_during_a_commit_waits_for_it_and_shares_the_next(self):
        waits = self.waits(16, 1, self.commit(1 / 4))
        self.assertEqual(self.commits[:3], [1, 4, 4])
        self.assertEqual(waits[:5], [4 / 16, 7 / 16, 6 / 16, 5 / 16, 4 / 16])
        self.assertEqual(sum(self.commits), 16)

    def test_the_disk_is_told_as_a_load_is(self):
        told = disk.waits_of(Path(tempfile.gettempdir()), rate=500, seconds=0.02)
        self.assertEqual(told["answered"]["latency"]["count"], 10)
        self.assertIn("500/s, p50 ", page.headline(told))

    def test_it_stands_still_in_long_syncs_alone(self):
        self.assertEqual(disk_stalls.stalled_share([0.001] * 100 + [0.25, 0.25], 2), 0.25)
        self.assertEqual(disk_stalls.stalled_share([3.0], 2), 1)

    def test_its_latency_has_percentiles_and_buckets_to_two_digits(self):
        told = disk.latency([0.001] * 98 + [0.00204, 0.00206])
        self.assertEqual(told["p50_us"], 1_000)
        self.assertAlmostEqual(told["p99_us"], 2_040)
        self.assertEqual(told["buckets"], [(1_000, 98), (2_000, 1), (2_100, 1)])


class Page(unittest.TestCase):
    def page_of(self, made: Records) -> str:
        return page.html(made, rows.table(made), {"gavel": "<revision>"})

    def test_it_needs_nothing_from_elsewhere_and_runs_nothing(self):
        text = self.page_of(records(("connections", "gavel", load(5), 1)))
        self.assertNotIn("<script", text)
        self.assertIsNone(re.search(r"""(src|href)\s*=|url\(|@import""", text))

    def test_what_comes_from_outside_is_escaped(self):
        made = records(("bids", "lean", load(5)))
        made.notes.append("<b>bold</b>")
        text = self.page_of(made)
        self.assertNotIn("<b>bold", text)
        self.assertIn("&lt;revision&gt;", text)

    def test_each_curve_has_a_line_for_each_case_and_every_tag_is_closed(self):
        made = records(
            *(("connections", case, load(x * 10), x) for case in ("gavel", "bare")
              for x in (1, 16, 64)),
            *(("subscribers", case, swarm(last_us=x * 100), x) for case in ("gavel", "nchan")
              for x in (100, 1_000)),
            *(("bids an auction", case, load(x), x) for case in ("lean", "full")
              for x in (10, 100)),
            ("half rate", "lean", load(p99_us=5_000, rate=100)))
        text = self.page_of(made)
        self.assertEqual(text.count("<polyline"), 2 + 2 + 2 + 2 + 2 + 1)
        self.assertEqual(unclosed_tags(text), [])

    def test_without_figures_there_is_a_page_without_plots(self):
        text = self.page_of(Records())
        self.assertNotIn("<polyline", text)
        self.assertIn("not available", text)

    def test_rounds_share_one_distribution(self):
        self.assertEqual(page.merged([[[10, 1], [30, 2]], [[10, 3], [20, 4]]]),
                         [(10, 4), (20, 4), (30, 2)])

    def test_the_tail_of_a_histogram_has_as_much_room_as_the_rest(self):
        points = page.nines([[1_000, 90], [2_000, 9], [5_000, 1]])
        self.assertEqual([round(place, 3) for place, _ in points], [1.0, 2.0, 2.301])
        self.assertEqual([ms for _, ms in points], [1, 2, 5])


def unclosed_tags(text: str) -> list[str]:
    """Tags that are open at the end, or closed in another order than they were opened."""
    void = {"meta", "line", "rect", "circle", "polyline"}
    opened: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attrs):
            if tag not in void:
                opened.append(tag)

        def handle_endtag(self, tag):
            if tag in opened:
                assert opened.pop() == tag, tag

    Reader().feed(text)
    return opened


if __name__ == "__main__":
    unittest.main()
