"""Waiting for conditions, never for times. GAVEL_TEST_SLOW scales every limit."""

from __future__ import annotations

import os
import time
from typing import Callable, TypeVar

SLOW = float(os.environ.get("GAVEL_TEST_SLOW", "1") or "1")
POLL_S = 0.005

Value = TypeVar("Value")


def limit_s(seconds: float) -> float:
    """A time limit for this build: sanitizers make everything slower."""
    return seconds * SLOW


def wait_for(condition: Callable[[], Value], seconds: float, what: str) -> Value:
    """The first true value of the condition; AssertionError that names `what` after the limit."""
    deadline = time.monotonic() + limit_s(seconds)
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {limit_s(seconds):g} s: {what}; last: {value!r}")
        time.sleep(POLL_S)


def wait_until(unix_s: float) -> None:
    """Returns once the wall clock has passed this time (an auction's end, say)."""
    remaining_s = unix_s - time.time()
    if remaining_s > 120:
        raise AssertionError(f"a wait of {remaining_s:.0f} s is no test")
    while (remaining_s := unix_s - time.time()) > 0:
        time.sleep(min(remaining_s, 0.05))
