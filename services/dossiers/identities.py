"""The words of the count book, how they add up, and checking totals that an office states.

The words and identities are those of the national monthly reports. A stated total that is not the sum of its parts is
shown with the difference: this is how errors of counting by hand are found.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

import msgspec

from services.sheets import BadFile, BadRow, read


@dataclass(frozen=True, slots=True)
class Counts:
    """The figures of one period. All are numbers of dossiers."""

    total: int = 0
    """Everything that was dealt with: denied and in process."""
    denied: int = 0
    """Refused before they were received."""
    process: int = 0
    received: int = 0
    """Received in the period."""
    remaining: int = 0
    """Received before, and not ended then."""
    online: int = 0
    counter: int = 0
    post: int = 0
    waiting: int = 0
    """Open, and the citizen's turn: the clock stands."""
    processing: int = 0
    undue: int = 0
    overdue: int = 0
    cancelled: int = 0
    """Taken back by the citizen."""
    released: int = 0
    done: int = 0
    """The result was handed out."""
    releasing: int = 0
    """The result waits to be fetched."""
    unresolved: int = 0
    """Stopped without a result."""
    early: int = 0
    on_time: int = 0
    late: int = 0
    late_by_first: int = 0
    """Late by the date that was promised first, whatever was promised after."""
    extended: int = 0
    supplemented: int = 0
    instant: int = 0

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """The figures' names, in order."""
        return tuple(field.name for field in fields(cls))

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(getattr(self, name) + getattr(other, name) for name in self.names()))


IDENTITIES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("total", ("denied", "process")),
    ("process", ("received", "remaining")),
    ("received", ("online", "counter", "post")),
    ("process", ("waiting", "processing", "cancelled", "released")),
    ("processing", ("undue", "overdue")),
    ("released", ("done", "releasing", "unresolved")),
    ("released", ("early", "on_time", "late")),
)
"""Which figure is the sum of which others."""


@dataclass(frozen=True, slots=True)
class Identity:
    """One sum that should hold."""

    name: str
    stated: int
    parts: int

    @property
    def difference(self) -> int:
        """The parts less the total: above 0 when the parts are too many."""
        return self.parts - self.stated


def identities(counts: Counts) -> list[Identity]:
    """Every identity with its two sides."""
    return _identities({name: getattr(counts, name) for name in Counts.names()})


def _identities(figures: Mapping[str, int]) -> list[Identity]:
    return [
        Identity(f"{whole} = {' + '.join(parts)}", figures[whole], sum(figures[part] for part in parts))
        for whole, parts in IDENTITIES
        if whole in figures and all(part in figures for part in parts)
    ]


@dataclass(frozen=True, slots=True)
class Declared:
    """What one row of an office's own figures comes to; `reason` instead of identities when it cannot be read."""

    line: int
    label: str
    checks: tuple[Identity, ...] = ()
    reason: str = ""

    @property
    def difference(self) -> int:
        """How far the row is from adding up."""
        return sum(abs(check.difference) for check in self.checks)


_NUMBER = re.compile(r"\d+|\d{1,3}(?:[., \u00a0]\d{3})+")
_WHOLE = ("total", "received", "tổng", "tổng số", "tiếp nhận")


def declared(path: Path) -> list[Declared]:
    """Compare an office's stated totals with their parts. Raises `services.sheets.BadFile`.

    .csv, .xlsx, or .json (a list of objects). The first column is a label. Where the columns are the book's own words,
    every identity they allow is checked; else the column `total` (or `received`) is the stated total, and all other
    columns are its parts. Numbers may have separators between thousands: `11.307`.
    """
    if path.suffix.lower() == ".json":
        return [_compare(number, cells) for number, cells in _json(path)]
    found = []
    for row in read(path, known=None):
        if isinstance(row, BadRow):
            found.append(Declared(row.line, "", reason=row.reason))
        else:
            found.append(_compare(row.line, row.cells))
    return found


def _json(path: Path) -> list[tuple[int, dict[str, str]]]:
    try:
        rows = msgspec.json.decode(path.read_bytes(), type=list[dict[str, str | int]])
    except OSError as error:
        raise BadFile(f"{path.name}: {error.strerror or 'cannot be read'}") from None
    except msgspec.DecodeError as error:
        raise BadFile(f"{path.name}: is not a JSON list of objects with texts and numbers ({error})") from None
    return [(number, {name.lower(): str(value) for name, value in row.items()}) for number, row in enumerate(rows, 1)]


def _compare(line: int, cells: Mapping[str, str]) -> Declared:
    names = list(cells)
    label = cells[names[0]] if names else ""
    figures: dict[str, int] = {}
    for name in names[1:]:
        if not _NUMBER.fullmatch(cells[name]):
            return Declared(line, label, reason=f"{name}: {cells[name][:40]!r} is not a number of dossiers")
        figures[name] = int(re.sub(r"\D", "", cells[name]))
    checks = _identities(figures)
    if not checks:
        whole = next((name for name in _WHOLE if name in figures), None)
        parts = [name for name in figures if name != whole]
        if whole is None or not parts:
            return Declared(line, label, reason="has no total, or no parts of it")
        checks = [Identity(f"{whole} = {' + '.join(parts)}", figures[whole], sum(figures[name] for name in parts))]
    return Declared(line, label, tuple(checks))
