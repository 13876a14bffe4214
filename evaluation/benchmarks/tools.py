"""The executables that measure: built when need be, run, and their JSON read."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

TARGETS = ("gavel", "load_generator", "subscriber_swarm", "bare_http_server")
RUN_LIMIT_S = 900


class ToolError(Exception):
    """A measurement failed. A sentence that says how."""


@dataclass(frozen=True)
class Tools:
    """Paths of executables of one build folder."""

    gavel: str
    load_generator: str
    subscriber_swarm: str
    bare_http_server: str

    @staticmethod
    def of(build: Path) -> Tools:
        """Those of a build folder, which has them."""
        tools = Tools(str(build / "gavel"), str(build / "evaluation/load_generator"),
                      str(build / "evaluation/subscriber_swarm"),
                      str(build / "evaluation/bare_http_server"))
        for path in (tools.gavel, tools.load_generator, tools.subscriber_swarm,
                     tools.bare_http_server):
            if not Path(path).is_file():
                raise ToolError(f"there is no {path}; run without --no-build")
        return tools

    def load(self, url: str, *options: object) -> dict:
        """What the load generator tells."""
        return run(self.load_generator, url, *options)

    def swarm(self, url: str, *options: object) -> dict:
        """What the swarm of subscribers tells."""
        return run(self.subscriber_swarm, url, *options)


def run(program: str, *arguments: object) -> dict:
    """Runs it; returns its JSON."""
    command = [program, *map(str, arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          timeout=RUN_LIMIT_S, check=False)
    if done.returncode != 0:
        raise ToolError(f"{' '.join(command)}\n{done.stderr.strip()}")
    return json.loads(done.stdout)


def observe(pids: list[int]) -> list[str]:
    """Options that name processes to both tools."""
    return [word for pid in pids for word in ("--observe", str(pid))]


def build(root: Path, folder: Path) -> None:
    """All targets, in a release build."""
    if not (folder / "CMakeCache.txt").exists():
        subprocess.run(["cmake", "-S", root, "-B", folder, "-DCMAKE_BUILD_TYPE=Release"],
                       check=True, stdout=sys.stderr)
    subprocess.run(["cmake", "--build", folder, "--target", *TARGETS], check=True,
                   stdout=sys.stderr)
