"""What an address says about one of its names: the kind before it, the district and the province beside it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from services.catalog.text import marks
from services.places.kinds import PROVINCES, STREETS, TALK, Kind
from services.places.table import Place
from services.places.typed import Span, Typed, key_of

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
_TOLD = 7
"""Letters of an unfinished or misspelt name that alone are enough to take it for a place."""

_Home = tuple[Span, frozenset[str], float]
"""Words that name a province, the codes that they may mean, and how sure that is."""


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
        self._provinces: list[_Home] = []
        self._hidden: list[_Home] = []
        """Provinces behind a word that announces something smaller, but may end a name ("dan phuong ha noi")."""
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
            elif span.start - span.begin == 1 and span.key in provinces:
                self._hidden.append((span, provinces[span.key], 5.0))
        self._strange = [not free for free in text.free]

    def strangers(self, spans: list[Span], names: dict[str, list[Unit]]) -> bool:
        """Whether there are words after the first kind of unit that are in no known name: perhaps one is misspelt."""
        known = [not strange for strange in self._strange]
        for span in spans:
            if span.key in names:
                known[span.start : span.end] = [True] * (span.end - span.start)
        return not all(known)

    def bare(self, begin: int) -> bool:
        """Whether the words before word `begin` are only districts and provinces ("Hà Nội, quận Ba Đình, phường X")
        or talk ("nhà tôi ở xã X")."""
        strange = self._strange[:begin]
        for span in (*(span for spans in self._districts.values() for span in spans), *(p[0] for p in self._provinces)):
            if span.end <= begin:
                _explain(strange, span)
        before = self._text.folded[:begin]
        if any(word.isdigit() or word in STREETS or word == "to" for word in before):
            return False
        return not any(odd and word not in TALK for odd, word in zip(strange, before, strict=True))

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

    def is_told(self, span: Span, unit: Unit, province: str, *, guessed: bool) -> bool:
        """Whether the text says that `span` is a place at all. In a sentence the last syllables alone do not: "bây giờ
        làm sao" names none. A unit's word before it does, its district or province beside it, a whole part of the
        address, or, when the name is complete, a number or a word like "thôn" anywhere."""
        if span.kind is not None or self._beside(span, unit, province):
            return True
        whole = span.end - span.start > 1 and not guessed
        if whole and (unit.kind == "province" or any(w.isdigit() or w in STREETS for w in self._text.folded)):
            return True
        first = max((at for at in self._text.ends if at <= span.begin), default=0)
        last = min(at for at in self._text.ends if at >= span.end)
        around = [*range(first, span.begin), *range(span.end, last)]
        if guessed:
            return len(span.key) >= _TOLD and all(self._text.free[at] for at in around)
        lives = span.begin > first and self._text.folded[span.begin - 1] == "o"  # "tôi ở Láng"
        return not around or (
            (whole or lives) and all(self._text.free[at] or self._text.folded[at] in TALK for at in around)
        )

    def is_exact(self, span: Span, unit: Unit, place: Place) -> bool:
        """Whether `span` is the full name of a commune of today beside the province of today, and no district and no
        "cũ" says that a unit of before is meant."""
        if not unit.today or unit.kind == "province" or self._old or span.kind not in (None, unit.kind):
            return False
        today = key_of(parts(place.province_name)[1])
        provinces = [
            found
            for found, codes, worth in self._homes(span)
            if worth == 5.0 and place.province_code in codes
            if found.key == today or found.key in PROVINCES
        ]
        districts = [
            found
            for spans in self._districts.values()
            for found in spans
            if _apart(found, span) and (found.start >= span.end or found.kind is not None)
        ]
        return any(all(not _apart(found, other) for other in districts) for found in provinces)

    def _beside(self, span: Span, unit: Unit, province: str) -> bool:
        """Whether the unit's district, or its province by its full name or short form, is named elsewhere."""
        if any(_apart(found, span) for key in unit.districts for found in self._districts.get(key, ())):
            return True
        return unit.kind != "province" and any(
            worth == 5.0 and province in codes for _, codes, worth in self._homes(span)
        )

    def _homes(self, span: Span) -> list[_Home]:
        """The provinces that are named beside `span`."""
        hidden = (home for home in self._hidden if span.start < home[0].begin < span.end == home[0].start)
        return [*(home for home in self._provinces if _apart(home[0], span)), *hidden]

    def _in_province(self, span: Span, near: list[Span], unit: Unit, province: str, strange: list[bool]) -> float:
        best, where = 0.0, None
        for found, codes, worth in self._homes(span):
            if province in codes and all(_apart(found, other) for other in near):
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
