"""Tests of raft_benchmark.py, each named after the rule it proves.

    python3 -m unittest discover -s evaluation -p 'test_*.py'
"""

from __future__ import annotations

import contextlib
import io
import json
import socket
import sys
import unittest
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
if str(FOLDER) not in sys.path:
    sys.path.insert(0, str(FOLDER))

import local_cluster  # noqa: E402
import raft_benchmark  # noqa: E402
from raft_benchmark import Figures, Row  # noqa: E402


def parse(*arguments: str):
    return raft_benchmark.make_parser().parse_args(arguments)


class CommandLine(unittest.TestCase):
    def test_without_options_three_rounds_of_five_seconds_at_four_loads(self):
        arguments = parse()
        self.assertEqual((arguments.rounds, arguments.seconds), (3, 5))
        self.assertEqual(arguments.connections, [1, 8, 64, 256])
        self.assertIsNone(arguments.json)

    def test_json_without_a_file_means_the_output(self):
        self.assertEqual(parse("--json").json, "-")
        self.assertEqual(parse("--json", "figures.json").json, "figures.json")

    def test_numbers_that_cannot_be_are_refused(self):
        for arguments in (["--rounds", "0"], ["--seconds", "-1"], ["--seconds", "1.5"],
                          ["--connections", ""], ["--connections", "1,,8"],
                          ["--connections", "0"], ["--connections", "10001"], ["--nodes", "3"]):
            with self.subTest(arguments), contextlib.redirect_stderr(io.StringIO()):
                with self.assertRaises(SystemExit) as ended:
                    parse(*arguments)
                self.assertEqual(ended.exception.code, 2)

    def test_a_missing_executable_is_named_with_what_to_do(self):
        with contextlib.redirect_stderr(io.StringIO()) as errors:
            self.assertEqual(raft_benchmark.main(["--gavel", "/nowhere/gavel"]), 2)
        self.assertIn("/nowhere/gavel; build it with", errors.getvalue())


class Table(unittest.TestCase):
    def test_each_column_has_its_own_median(self):
        runs = [Figures(100, 3, 9), Figures(300, 1, 7), Figures(200, 2, 50)]
        self.assertEqual(raft_benchmark.medians(runs), Figures(200, 2, 9))

    def test_failures_of_all_rounds_are_added_up(self):
        runs = [Figures(1, 1, 1, refused=4), Figures(1, 1, 1, failed=2),
                Figures(1, 1, 1, refused=1, failed=1)]
        both = raft_benchmark.medians(runs)
        self.assertEqual((both.refused, both.failed), (5, 3))

    def test_the_ratio_is_bids_for_one_write(self):
        self.assertEqual(Row(1, Figures(300, 0, 0), Figures(200, 0, 0)).ratio, 1.5)
        self.assertIsNone(Row(1, Figures(300, 0, 0), Figures(0, 0, 0)).ratio)

    def test_a_row_is_printed_in_the_order_of_its_head(self):
        text = raft_benchmark.markdown(
            [Row(64, Figures(12345.6, 1.234, 5.678), Figures(5000.4, 8, 9.1))])
        head, rule, row = text.splitlines()
        self.assertEqual(row, "| 64 | 12,346 | 5,000 | 2.47 | 1.23 | 5.68 | 8.00 | 9.10 |")
        self.assertEqual(head.count("|"), row.count("|"))
        self.assertEqual(rule.count("|"), row.count("|"))

    def test_failed_requests_are_told_below_the_table(self):
        text = raft_benchmark.markdown([Row(8, Figures(1, 1, 1, failed=3), Figures(1, 1, 1))])
        self.assertIn("3 requests to gavel failed with 8 connections.", text)

    def test_json_has_what_the_table_has(self):
        rows = [Row(8, Figures(20, 1, 2, refused=5), Figures(10, 3, 4))]
        document = json.loads(json.dumps(raft_benchmark.as_json(rows, parse())))
        self.assertEqual(document["rounds"], 3)
        (row,) = document["rows"]
        self.assertEqual(row["ratio"], 2)
        self.assertEqual(row["gavel"], {"per_second": 20, "p50_ms": 1, "p99_ms": 2, "refused": 5,
                                        "failed": 0})


class Wrk(unittest.TestCase):
    def test_the_last_line_of_its_output_has_the_figures(self):
        output = ('Running 2s test\n  Latency  1.00ms\n'
                  '{"seconds":2.0,"accepted":10,"refused":3,"failed":1,"p50_ms":1.5,"p99_ms":2}\n')
        self.assertEqual(raft_benchmark.read_wrk(output), Figures(5, 1.5, 2, 3, 1))

    def test_a_run_of_no_time_is_no_rate(self):
        output = '{"seconds":0,"accepted":0,"refused":0,"failed":0,"p50_ms":0,"p99_ms":0}'
        self.assertEqual(raft_benchmark.read_wrk(output).per_second, 0)


class Places(unittest.TestCase):
    MOUNTS = ("/dev/sda / ext4 rw 0 0\ntmpfs /tmp tmpfs rw 0 0\n"
              "/dev/sdb /tmp/my\\040disk xfs rw 0 0\n")

    def test_the_innermost_mount_tells_the_filesystem(self):
        for folder, kind in (("/var/tmp", "ext4"), ("/tmp", "tmpfs"), ("/tmp/a", "tmpfs"),
                             ("/tmpfiles", "ext4"), ("/tmp/my disk/a", "xfs")):
            with self.subTest(folder):
                self.assertEqual(raft_benchmark.filesystem_of(Path(folder), self.MOUNTS), kind)

    def test_ports_are_free_and_different(self):
        ports = local_cluster.free_ports(20)
        self.assertEqual(len(set(ports)), 20)
        for port in ports:
            with socket.socket() as one:
                one.bind(("127.0.0.1", port))


if __name__ == "__main__":
    unittest.main()
