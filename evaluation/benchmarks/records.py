"""What was measured, run by run, and how several runs become one figure. Pure but for `save`."""

from __future__ import annotations

import json
import statistics
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Callable, Iterator


@dataclass(frozen=True)
class Record:
    """One run of one case of an experiment. `x` is its place on a curve."""

    experiment: str
    case: str
    round: int
    figures: dict[str, Any]
    x: float | None = None


def at(figures: dict[str, Any], path: str) -> Any:
    """The value at a path such as "accepted.latency.p99_us"."""
    value: Any = figures
    for name in path.split("."):
        value = value[name]
    return value


@dataclass
class Records:
    """All runs so far."""

    runs: list[Record] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)  # what could not be measured, and why

    def of(self, experiment: str, case: str, x: float | None = None) -> Iterator[Record]:
        return (run for run in self.runs if (run.experiment, run.case) == (experiment, case)
                and (x is None or run.x == x))

    def values(self, experiment: str, case: str, what: str | Callable[[dict], float],
               x: float | None = None) -> list[float]:
        """Of each round: the figure at a path, or what a function makes of all figures."""
        read = what if callable(what) else lambda figures: at(figures, what)
        return [read(run.figures) for run in self.of(experiment, case, x)]

    def median(self, experiment: str, case: str, what: str | Callable[[dict], float],
               x: float | None = None) -> float | None:
        """Over the rounds; None when the case was not measured."""
        values = self.values(experiment, case, what, x)
        return statistics.median(values) if values else None

    def curve(self, experiment: str, case: str,
              what: str | Callable[[dict], float]) -> list[tuple[float, float]]:
        """The median at each x, in their order."""
        places = sorted({run.x for run in self.of(experiment, case) if run.x is not None})
        return [(x, self.median(experiment, case, what, x)) for x in places]

    def cases(self, experiment: str) -> list[str]:
        """In the order in which they were first measured."""
        return list(dict.fromkeys(run.case for run in self.runs if run.experiment == experiment))

    def as_json(self) -> dict:
        return {"notes": self.notes, "runs": [asdict(run) for run in self.runs]}

    def save(self, path: Path, about: dict[str, Any]) -> None:
        path.write_text(json.dumps({**about, **self.as_json()}) + "\n", encoding="utf-8")

    @staticmethod
    def from_json(value: dict) -> Records:
        return Records([Record(**run) for run in value["runs"]], value["notes"])


def ratio(value: float | None, other: float | None) -> float | None:
    """None when either is missing, or there is nothing to divide by."""
    return value / other if value is not None and other else None
