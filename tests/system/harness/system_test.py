"""The base of all system tests: owns the platforms it starts and explains failures."""

from __future__ import annotations

import os
import random
import sys
import unittest

from .gavel_process import Platform

SEED = int(os.environ.get("GAVEL_TEST_SEED") or random.SystemRandom().randrange(1 << 32))


def _problems(result: unittest.TestResult) -> int:
    return len(result.failures) + len(result.errors)


class SystemTest(unittest.TestCase):
    """Platforms made through platform() end with the test, those of shared_platform() with the
    class. When a test fails, their last log lines are printed and their folders are kept."""

    maxDiff = 4000
    _shared: list[Platform]
    _any_failed: bool

    @classmethod
    def setUpClass(cls) -> None:
        cls._shared = []
        cls._any_failed = False
        cls.addClassCleanup(cls._end_shared)

    @classmethod
    def shared_platform(cls, **options) -> Platform:
        platform = Platform(**options)
        cls._shared.append(platform)
        return platform.start()

    @classmethod
    def _end_shared(cls) -> None:
        for platform in cls._shared:
            try:
                platform.stop()
            finally:
                platform.kill()
                if not cls._any_failed:
                    platform.remove_files()

    def run(self, result=None):
        self._platforms: list[Platform] = []
        result = result or self.defaultTestResult()
        before = _problems(result)
        super().run(result)
        failed = _problems(result) > before
        type(self)._any_failed = getattr(type(self), "_any_failed", False) or failed
        if failed:
            print(f"\n{self.id()} failed; replay with GAVEL_TEST_SEED={SEED}", file=sys.stderr)
        for platform in self._platforms + (getattr(type(self), "_shared", []) if failed else []):
            if failed:
                print(platform.explain(), file=sys.stderr, flush=True)
            else:
                platform.remove_files()
        return result

    def platform(self, **options) -> Platform:
        """A new platform that is ready."""
        return self.unstarted_platform(**options).start()

    def unstarted_platform(self, **options) -> Platform:
        platform = Platform(**options)
        self._platforms.append(platform)
        self.addCleanup(platform.kill)
        self.addCleanup(platform.stop)
        return platform

    def seeded(self) -> random.Random:
        """Random numbers of this test that the printed seed brings back."""
        return random.Random(f"{SEED} {self.id()}")

    def assert_answer(self, answer, status: int, body=None) -> None:
        """`body`: the exact JSON, or None for any."""
        self.assertEqual(answer.status, status, str(answer))
        if body is not None:
            self.assertEqual(answer.json, body)
