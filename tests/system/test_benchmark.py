#!/usr/bin/env python3
"""The benchmark that ships with the platform passes against it, in each of its forms."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import unittest
from pathlib import Path
from typing import Mapping

from harness.gavel_process import ROOT
from harness.http_client import HOST
from harness.system_test import SystemTest
from harness.waiting import limit_s

BENCHMARK = Path(ROOT) / "evaluation/benchmark.py"


class Benchmark(SystemTest):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.one = cls.shared_platform()
        cls.six = cls.shared_platform(processes=6)

    def benchmark(self, *arguments: str, environment: Mapping[str, str] | None = None,
                  status: int = 0) -> str:
        done = subprocess.run([sys.executable, str(BENCHMARK), *arguments],
                              env={**os.environ, **(environment or {})}, capture_output=True,
                              text=True, timeout=limit_s(90), check=False)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout

    def test_the_loop_passes_through_gateway_and_frontend(self):
        for gavel in (self.one, self.six):
            for service in ("gateway", "frontend"):
                with self.subTest(f"{len(gavel.processes)} processes, {service}"):
                    self.benchmark(f"http://{HOST}:{gavel.ports[service]}")

    def test_the_loop_takes_the_name_of_a_variable(self):
        url = f"http://{HOST}:{self.one.ports['gateway']}"
        self.benchmark("GATEWAY_URL", environment={"GATEWAY_URL": url})
        self.benchmark(environment={"BASE_URL": url})

    def test_a_short_load_verifies_every_accepted_bid(self):
        for gavel in (self.one, self.six):
            with self.subTest(f"{len(gavel.processes)} processes"):
                out = self.benchmark(f"http://{HOST}:{gavel.ports['gateway']}", "--duration", "2",
                                     "--warmup", "0.5", "--connections", "16", "--auctions", "8",
                                     "--json", "-")
                report = json.loads(out)
                self.assertTrue(report, "there is a report")

    def test_a_server_that_is_not_there_is_told(self):
        self.benchmark(f"http://{HOST}:1", status=2)


if __name__ == "__main__":
    unittest.main()
