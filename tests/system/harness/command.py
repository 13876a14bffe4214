"""Runs the executable to its end, for what it says on the command line."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Mapping

from .gavel_process import EXECUTABLE, clean_environment
from .waiting import limit_s


@dataclass
class Ended:
    status: int
    stdout: str
    stderr: str


def run_gavel(*arguments: str, environment: Mapping[str, str] | None = None,
              cwd: Path | str | None = None, seconds: float = 20) -> Ended:
    done = subprocess.run([EXECUTABLE, *arguments], env={**clean_environment(),
                                                         **(environment or {})},
                          cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          errors="replace", timeout=limit_s(seconds), check=False)
    return Ended(done.returncode, done.stdout, done.stderr)


def replayed(log: Path | str) -> dict:
    """What `gavel --replay` makes of an auction log."""
    ended = run_gavel("--replay", str(log), seconds=60)
    assert ended.status == 0, ended
    return json.loads(ended.stdout)
