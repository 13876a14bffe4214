"""Tests of how a profile's samples become layers, each named after the rule it proves."""

from __future__ import annotations

import sys
import unittest
from collections import Counter
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
if str(FOLDER) not in sys.path:
    sys.path.insert(0, str(FOLDER))

from benchmarks import layers  # noqa: E402
from benchmarks.layers import Frame, Sample, layer_of  # noqa: E402

GAVEL = "/usr/bin/gavel"
SQLITE = "/usr/lib/libsqlite3.so.0"


def sample(*frames: str | Frame, thread: str = "gavel") -> Sample:
    return Sample(thread, [frame if isinstance(frame, Frame) else Frame(frame, GAVEL)
                           for frame in frames])


class Layers(unittest.TestCase):
    def test_the_innermost_frame_that_says_something_decides(self):
        rows = (
            (sample("nlohmann::basic_json<>::parse", "gavel::gateway::GatewayHandler::place_bid"),
             "JSON"),
            (sample(Frame("malloc", "libc.so.6"), "nlohmann::basic_json<>::parse"), "JSON"),
            (sample("gavel::auction::AuctionBook::apply", "gavel::auction::LiveBook::apply"),
             "auction book"),
            (sample("gavel::contract::AuctionDocument::append_json",
                    "gavel::gateway::EventHub::pump"), "rendering of auctions"),
            (sample("gavel::gateway::EventHub::pump"), "gateway's view and streams"),
            (sample("gavel::gateway::WritePath::send"), "gateway"),
            (sample("gavel::RequestParser::feed", "gavel::HTTPConnection::process"), "HTTP"),
            (sample("gavel::EventLoop::run"), "event loop"),
            (sample(Frame("malloc", "libc.so.6"), "main"), "other"),
            (sample(), "other"),
        )
        for one, layer in rows:
            with self.subTest(one):
                self.assertEqual(layer_of(one), layer)

    def test_the_kernel_counts_for_what_it_was_called_for(self):
        rows = (
            (("tcp_sendmsg", "__x64_sys_sendto", "gavel::OutputQueue::send_to"), "kernel: send"),
            (("tcp_recvmsg", "__x64_sys_recvfrom", "gavel::HTTPConnection::read_input"),
             "kernel: receive"),
            (("schedule", "__x64_sys_epoll_wait", "gavel::EventLoop::run"),
             "kernel: wait for sockets"),
            (("wake_up_q", "__x64_sys_futex", "gavel::Worker::post"), "kernel: wake threads"),
        )
        for frames, layer in rows:
            with self.subTest(frames):
                self.assertEqual(layer_of(sample(*frames)), layer)

    def test_disk_and_sqlite_count_for_whoever_stores_something(self):
        for inner, kind in ((Frame("__x64_sys_fdatasync"), "disk"),
                            (Frame("sqlite3_step", SQLITE), "SQLite")):
            rows = (
                (sample(inner, "gavel::auction::SqliteLog::append"), "log"),
                (sample(inner, "gavel::history::HistoryStore::append"), "history"),
                (sample(inner, "gavel::auction::EventStore::append"), "feed's store"),
                (sample(inner, thread="history-write"), "history"),
                (sample(inner), "log"),
            )
            for one, store in rows:
                with self.subTest(one):
                    self.assertEqual(layer_of(one), f"{kind}: {store}")


class Outputs(unittest.TestCase):
    def test_perf_prints_a_stack_for_each_sample(self):
        text = ("gavel 29003 \n"
                "\t           cdfc1 std::map<int (*)(), a>::find (/usr/bin/gavel)\n"
                "\tffffffff821f67cb __x64_sys_sendto ([kernel.kallsyms])\n"
                "\n"
                "history write 29009 \n"
                "\t           aa355 [unknown] (/usr/lib/libsqlite3.so.0)\n"
                "\n"
                "gavel 29003 \n\n")
        samples = list(layers.perf_samples(text.splitlines()))
        self.assertEqual([one.thread for one in samples], ["gavel", "history write", "gavel"])
        self.assertEqual(samples[0].frames,
                         [Frame("std::map<int (*)(), a>::find", "/usr/bin/gavel"),
                          Frame("__x64_sys_sendto", "[kernel.kallsyms]")])
        self.assertEqual(samples[1].frames[0].file, "/usr/lib/libsqlite3.so.0")
        self.assertEqual(samples[2].frames, [])

    def test_callgrind_prints_what_each_function_cost(self):
        text = ("19,000 (100.0%)  PROGRAM TOTALS\n"
                "Ir\n"
                "12,345 (65.0%)  ???:gavel::RequestParser::feed(char const*) [/usr/bin/gavel]\n"
                "   678 ( 3.6%)  ./malloc/./malloc/malloc.c:_int_malloc [/usr/lib/libc.so.6]\n")
        costs = list(layers.callgrind_costs(text.splitlines()))
        self.assertEqual([cost for cost, _ in costs], [12_345, 678])
        self.assertEqual(costs[0][1].file, "/usr/bin/gavel")
        self.assertIn("gavel::RequestParser::feed", costs[0][1].function)

    def test_shares_add_up_and_the_largest_comes_first(self):
        rows = layers.shares(Counter({"log": 1, "HTTP": 3}), 20.0)
        self.assertEqual([(row.layer, row.share, row.microseconds) for row in rows],
                         [("HTTP", 0.75, 15.0), ("log", 0.25, 5.0)])

    def test_the_table_has_times_only_where_they_are_known(self):
        self.assertIn("| HTTP | 100.0% | 20.00 |",
                      layers.markdown(layers.shares(Counter({"HTTP": 1}), 20.0)))
        self.assertEqual(layers.markdown(layers.shares(Counter({"HTTP": 1}), None)).splitlines(),
                         ["| where | share |", "|---|--:|", "| HTTP | 100.0% |"])


if __name__ == "__main__":
    unittest.main()
