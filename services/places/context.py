"""What an address says about one of its names: the kind before it, the district and the province beside it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from services.catalog.text import marks
from services.places.kinds import PROVINCES, Kind
from services.places.typed import Span, Typed

_KINDS: tuple[tuple[str, Kind], ...] = (
    ("Phường ", "ward"),
    ("Xã ", "commune"),
    ("Thị trấn ", "town"),
    ("Đặc khu ", "zone"),
    ("Quận ", "district"),
    ("Huyện ", "district"),
    ("Thị xã ", "district"),
    ("Thành phố ", "city"),
    ("Tỉnh ", "province"),
)
_SMALL = frozenset({"ward", "commune", "town", "zone"})


@dataclass(frozen=True, slots=True)
class Unit:
    """One name of one unit, and the codes of today that it leads to, the likeliest first.

    `districts` and `provinces` are the keys of what it lay or lies in; `today`: it exists under this name.
    """

    name: str
    kind: Kind
    districts: frozenset[str]
    provinces: frozenset[str]
    codes: tuple[str, ...]
    today: bool


def parts(name: str) -> tuple[Kind, str]:
    """The kind of a unit and its name without it: "Phường Ba Đình" is a ward, "Ba Đình"."""
    return next(((kind, name[len(word) :]) for word, kind in _KINDS if name.startswith(word)), ("commune", name))


class Context:
    """What the text says besides a unit's name."""

    def __init__(
        self, text: Typed, spans: list[Span], districts: set[str], provinces: dict[str, frozenset[str]]
    ) -> None:
        self._text = text
        self._old = "cu" in text.folded
        self._districts: dict[str, list[Span]] = defaultdict(list)
        self._provinces: list[tuple[Span, frozenset[str], float]] = []
        for span in spans:
            if (
                span.key in districts
                and (not span.key.isdigit() or span.kind == "district")
                and span.kind not in _SMALL
            ):
                self._districts[span.key].append(span)
            if span.kind not in _SMALL and span.kind != "district":
                codes = provinces.get(span.key)
                if codes:
                    self._provinces.append((span, codes, 5.0))
                elif span.end == text.size and len(span.key) >= 4:
                    self._provinces += [(span, to, 2.5) for key, to in provinces.items() if key.startswith(span.key)]
        self._strange = [not free for free in text.free]

    def strangers(self, spans: list[Span], names: dict[str, list[Unit]]) -> bool:
        """Whether there are words after the first kind of unit that are in no known name: perhaps one is misspelt."""
        known = [not strange for strange in self._strange]
        for span in spans:
            if span.key in names:
                known[span.start : span.end] = [True] * (span.end - span.start)
        return not all(known)

    def bare(self, begin: int) -> bool:
        """Whether the words before word `begin` are only districts and provinces ("Hà Nội, quận Ba Đình, phường X")."""
        strange = self._strange[:begin]
        for span in (*(span for spans in self._districts.values() for span in spans), *(p[0] for p in self._provinces)):
            if span.end <= begin:
                _explain(strange, span)
        return not any(strange) and not any(word.isdigit() for word in self._text.folded[:begin])

    def score(self, span: Span, unit: Unit, province: str) -> float:
        """What the text says for (and against) `span` meaning `unit`, whose province today has the code `province`."""
        strange = self._strange.copy()
        strange[span.begin : span.end] = [False] * (span.end - span.begin)
        total = 0.5 * (span.end - span.start) + _kind(span.kind, unit.kind) + self._accents(span, unit)
        if unit.today:
            total += 2.5 if unit.kind == "province" else 0.5 if self._old else 1.5
        near = [found for key in unit.districts for found in self._districts.get(key, ()) if _apart(found, span)]
        if near:
            total += 4.0 if unit.today else 5.0
            _explain(strange, near[0])
        if unit.kind != "province":
            total += self._in_province(span, near[:1], unit, province, strange)
        before = sum(strange[: span.begin])
        return total - 0.2 * before - 1.5 * sum(strange[span.end :])

    def _in_province(self, span: Span, near: list[Span], unit: Unit, province: str, strange: list[bool]) -> float:
        best, where = 0.0, None
        for found, codes, worth in self._provinces:
            if province in codes and _apart(found, span) and all(_apart(found, other) for other in near):
                exact = found.key in unit.provinces or worth < 5.0 or found.key in PROVINCES
                value = worth if exact else worth - 3.0
                value += 0.1 * (found.end - found.start)
                if value > best:
                    best, where = value, found
        if where:
            _explain(strange, where)
        return best

    def _accents(self, span: Span, unit: Unit) -> float:
        typed = self._text.marks[span.start : span.end]
        if not any(typed) or not unit.name:
            return 0.0
        meant = [marks(word) for word in parts(unit.name)[1].lower().split() if word != "-"]
        return 1.0 if typed == meant else -1.5


def _kind(announced: Kind | None, kind: Kind) -> float:
    """What the word before a name says about a unit of `kind`."""
    if announced is None:
        return -1.5 if kind in ("district", "city") else 0.0
    if announced == kind:
        return 2.0
    if announced in _SMALL:
        return -0.5 if kind in _SMALL else -6.0
    if {announced, kind} <= {"district", "city"} or {announced, kind} == {"city", "province"}:
        return 1.0
    return -6.0


def _apart(one: Span, other: Span) -> bool:
    return one.end <= other.start or other.end <= one.start


def _explain(strange: list[bool], span: Span) -> None:
    strange[span.begin : span.end] = [False] * (span.end - span.begin)
