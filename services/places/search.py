"""Finding places by what was typed.

Every run of words that is a unit's name makes the units of that name candidates; the kind before it, the district and
the province elsewhere in the text count for a candidate, words that nothing explains count against it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import cast

from services.places.context import Context, Unit, parts
from services.places.kinds import PROVINCES, Kind
from services.places.table import Place, Table
from services.places.typed import Span, Typed, joined, key_of

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_BEHIND = 5.0
"""A candidate so far behind the best one is not what was meant."""
_MOST_BEGUN, _MOST_ASKED = 120, 24
"""Names looked at that begin as typed, and runs of words that are compared with all names."""
_EXACT, _LIKE, _BEGUN = 10.0, 7.5, 6.5


@dataclass(frozen=True, slots=True)
class Match:
    """A place that was perhaps meant. `score` only compares; `renamed`: a name that it does not have
    today led to it; `guessed`: the name was unfinished or misspelt; `exact`: its name and its province of today were
    written."""

    place: Place
    score: float
    renamed: bool
    guessed: bool
    exact: bool


_Score = tuple[float, Span, Unit, float]
"""How likely a place is, the words and the unit that led to it, and what their likeness is worth."""


def _best(scores: dict[str, _Score]) -> float:
    return max((score for score, *_ in scores.values()), default=0.0)


class Index:
    """Names of units of today and before. Read-only after construction."""

    def __init__(self, table: Table) -> None:
        """Index `table`, in about a tenth of a second."""
        self._places = table.places
        self._names: dict[str, list[Unit]] = defaultdict(list)
        self._districts: set[str] = set()
        self._provinces: dict[str, frozenset[str]] = {short: frozenset(to.split()) for short, to in PROVINCES.items()}
        keys: dict[str, str] = {"": ""}

        def key(name: str) -> str:
            if name not in keys:
                keys[name] = key_of(parts(name)[1])
            return keys[name]

        for province in table.provinces:
            for name in (province.name, *province.former):
                known = self._provinces.get(key(name), frozenset())
                self._provinces[key(name)] = known | {province.code}
                if name != province.name:
                    self._add(key(name), Unit(name, "province", frozenset(), frozenset(), (province.code,), False))
            self._add(
                key(province.name), Unit(province.name, "province", frozenset(), frozenset(), (province.code,), True)
            )
        for short, to in PROVINCES.items():
            for code in to.split():
                self._add(short, Unit("", "province", frozenset(), frozenset(), (code,), False))
        districts: dict[str, set[str]] = defaultdict(set)
        homes: dict[str, set[str]] = defaultdict(set)
        whole: dict[tuple[str, str], list[str]] = defaultdict(list)
        for unit in table.former:
            district, home = key(unit.district), key(unit.province)
            today = key(self._places[unit.codes[0]].province_name)
            for code in unit.codes:
                districts[code].add(district)
                homes[code].add(home)
            if unit.district:
                whole[unit.district, unit.province].extend(unit.codes)
            if unit.name:
                kind, _ = parts(unit.name)
                of = frozenset((home, today))
                self._add(key(unit.name), Unit(unit.name, kind, frozenset((district,)), of, unit.codes, False))
        for unit, names in table.earlier:
            of = frozenset((key(unit.province), key(self._places[unit.codes[0]].province_name)))
            at = frozenset((key(unit.district),))
            for kind_and_name in names:
                before, _, name = kind_and_name.partition(" ")
                self._add(joined(name), Unit("", cast(Kind, before), at, of, unit.codes, False))
        for (district, home), codes in whole.items():
            kind, short = parts(district)
            self._districts.add(key(district))
            of = frozenset((key(home), key(self._places[codes[0]].province_name)))
            distinct = dict.fromkeys(codes)
            same = [code for code in distinct if parts(self._places[code].name)[1] == short]
            into = tuple(dict.fromkeys([*same, *distinct]))
            self._add(key(district), Unit(district, kind, frozenset(), of, into, False))
        for communes in table.communes.values():
            for place in communes:
                of = frozenset((key(place.province_name), *homes[place.code]))
                unit_of = Unit(
                    place.name, parts(place.name)[0], frozenset(districts[place.code]), of, (place.code,), True
                )
                self._add(key(place.name), unit_of)
        self._sorted = sorted(self._names)

    def _add(self, key: str, unit: Unit) -> None:
        self._names[key].append(unit)

    def find(self, typed: str, within: str | None, most: int) -> list[Place]:
        """See `services.places.find`."""
        _, _, scores = self._scores(typed, within)
        return [self._places[code] for code in self._ranked(scores)[: max(most, 0)]]

    def read(self, typed: str, within: str | None) -> tuple[list[Match], int]:
        """All that `typed` may mean if it says that it means a place, likeliest first, and how many characters stand
        before the likeliest's name. The one place that is written exactly comes first."""
        text, context, scores = self._scores(typed, within)
        told = {
            code: found
            for code, found in scores.items()
            if context.is_told(found[1], found[2], self._places[code].province_code, guessed=found[3] < _EXACT)
        }
        exact = {
            code
            for code, (_, span, unit, worth) in told.items()
            if worth == _EXACT and context.is_exact(span, unit, self._places[code])
        }
        codes = self._ranked(told)
        if len(exact) == 1:
            codes = [*exact, *(code for code in codes if code not in exact)]
        matches = []
        for code in codes:
            score, _, unit, worth = told[code]
            matches.append(Match(self._places[code], score, not unit.today, worth < _EXACT, code in exact))
        begin = told[codes[0]][1].begin if codes else 0
        return matches, 0 if context.bare(begin) else text.starts[begin]

    def _ranked(self, scores: dict[str, _Score]) -> list[str]:
        """Codes, likeliest first; what is far behind the best one is left out."""
        least = _best(scores) - _BEHIND
        return sorted(
            (code for code in scores if scores[code][0] > least), key=lambda code: (-round(scores[code][0], 6), code)
        )

    def _scores(self, typed: str, within: str | None) -> tuple[Typed, Context, dict[str, _Score]]:
        text = Typed(typed)
        spans = text.spans()
        context = Context(text, spans, self._districts, self._provinces)
        scores: dict[str, _Score] = {}
        exact = [(span, unit, _EXACT) for span in spans for unit in self._named(span, span.key)]
        self._count(exact, context, within, scores)
        begun = [found for span in spans if span.end in text.ends and text.begins(span) for found in self._begun(span)]
        self._count(begun, context, within, scores)
        if _best(scores) < _EXACT + 2 or context.strangers(spans, self._names):
            asked = [span for span in spans if text.begins(span) and 5 <= len(span.key) <= 20][:_MOST_ASKED]
            like = [found for span in asked for found in self._like(span)]
            self._count(like, context, within, scores)
        return text, context, scores

    def _count(
        self,
        candidates: Iterable[tuple[Span, Unit, float]],
        context: Context,
        within: str | None,
        scores: dict[str, _Score],
    ) -> None:
        for span, unit, worth in candidates:
            if within is not None and all(self._places[code].province_code != within for code in unit.codes):
                continue
            score = worth + context.score(span, unit, self._places[unit.codes[0]].province_code)
            for rank, code in enumerate(unit.codes):
                if within is None or self._places[code].province_code == within:
                    worse = score - min(rank, 20) * 0.1
                    if code not in scores or worse > scores[code][0]:
                        scores[code] = worse, span, unit, worth

    def _named(self, span: Span, key: str) -> list[Unit]:
        if span.key.isdigit() and span.kind is None:
            return []  # a house number
        return self._names.get(key, [])

    def _begun(self, span: Span) -> Iterator[tuple[Span, Unit, float]]:
        if len(span.key) < 2:
            return
        first = bisect_left(self._sorted, span.key)
        for key in self._sorted[first : first + _MOST_BEGUN]:
            if not key.startswith(span.key):
                return
            if key != span.key:
                for unit in self._names[key]:
                    yield span, unit, _BEGUN + 2 * len(span.key) / len(key)

    def _like(self, span: Span) -> Iterator[tuple[Span, Unit, float]]:
        for key in _one_slip(span.key) & self._names.keys():
            for unit in self._names[key]:
                yield span, unit, _LIKE


def _one_slip(key: str) -> set[str]:
    """Everything that is one letter more, less or other than `key`, or has two neighbours exchanged."""
    cuts = [(key[:at], key[at:]) for at in range(len(key) + 1)]
    found = {left + right[1:] for left, right in cuts if right}
    found.update(left + right[1] + right[0] + right[2:] for left, right in cuts if len(right) > 1)
    for letter in _LETTERS:
        found.update(left + letter + right for left, right in cuts)
        found.update(left + letter + right[1:] for left, right in cuts if right)
    return found
