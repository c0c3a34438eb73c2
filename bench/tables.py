"""Figures and the tables they are printed in."""

from __future__ import annotations

import os
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path


class NotMeasured(Exception):
    """A part cannot be measured here. The message says what is missing."""


@dataclass(slots=True)
class Table:
    """One part's figures: a head, rows of text as wide as `columns`, and goals that were met or missed."""

    title: str
    columns: Sequence[str]
    rows: list[Sequence[str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    missed: int = 0
    """How many goals were missed."""

    def add(self, *cells: object) -> None:
        """Add a row."""
        self.rows.append([str(cell) for cell in cells])

    def goal(self, what: str, met: bool) -> None:
        """Note a goal and whether it was met."""
        self.missed += not met
        self.notes.append(f"{'met' if met else 'MISSED'}: {what}")

    def __str__(self) -> str:
        lines = [list(self.columns), *[list(row) for row in self.rows]]
        widths = [max(len(row[i]) for row in lines) for i in range(len(self.columns))]
        # The first column is words, the others are figures.
        shown = ["  ".join([row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))])
                 for row in lines]  # fmt: skip
        rule = "-" * max(len(line) for line in shown)
        return "\n".join([f"== {self.title}", shown[0], rule, *shown[1:], *(f"   {note}" for note in self.notes)])


def spread(values: Sequence[float], digits: int = 0) -> str:
    """`median [min-max]` of the rounds."""
    if not values:
        return "-"
    middle, low, high = statistics.median(values), min(values), max(values)
    return f"{middle:,.{digits}f} [{low:,.{digits}f}-{high:,.{digits}f}]"


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    """Round by round, ours to theirs: what the machine did to one round it did to both halves of it."""
    return [mine / other for mine, other in zip(ours, theirs, strict=True) if other]


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0..1) of `values` lie; 0.0 for none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def data(name: str) -> Path:
    """A file of BENCH_DATA (default `../shared/data`). Raises NotMeasured when it is not there."""
    path = Path(os.environ.get("BENCH_DATA", "../shared/data")) / name
    if not path.exists():
        raise NotMeasured(f"{path} is not there (BENCH_DATA names the folder)")
    return path
