"""How well each procedure answers a question: evidence from its names, speech and papers, fused, with mild priors.

The first pass scores every document at once; the second looks closer at the few best procedures: how much of the
question they explain together, and whether their own records say that a phrase belongs to another procedure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.catalog.evidence import Evidence, Weights
from services.catalog.index import Entry, Postings
from services.catalog.lattice import terms
from services.catalog.letters import Letters
from services.catalog.qualifiers import Qualifiers
from services.catalog.reading import Reading
from services.catalog.written import Written

Floats = npt.NDArray[np.float64]
_SISTER = 0.5
"""Share of the first's score from which another is close enough to be meant."""
_CLOSER = 48
"""Procedures looked at in the second pass."""
_RARE = 6.0
"""Rarity up to which a rarer word tells more; a word that stands nowhere counts as much."""
_BRIEF, _LONG = 8, 32
"""Words up to which a short phrase is meant as it stands ("giấy tờ xe"); and from which a question is longer than any
phrase, whose length tells nothing any more. Between them the length of what people say counts."""
_MOST_PARTS = 2
"""Stretches of one question that ask for something and are looked at for themselves."""
_HALF = 0.4
"""Weight from which a word tells something; share of a reading's words that must be known."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """The best procedures: their numbers, scores, share of the question's weight they explain, best cosine with
    their speech and with their title, and, for garbled questions only, with their letters; `accounted` is the share
    of the question's telling words, strange ones among them, that the first knows in any reading."""

    numbers: npt.NDArray[np.int64]
    scores: npt.NDArray[np.float64]
    covered: npt.NDArray[np.float64]
    spoken: npt.NDArray[np.float64]
    named: npt.NDArray[np.float64]
    alike: npt.NDArray[np.float64]
    accounted: float = 0.0


class Ranker:
    """Ranks the procedures of one index. Read-only: safe for any number of threads."""

    def __init__(self, postings: Postings, entries: Sequence[Entry], office_level: str, weights: Weights) -> None:
        self._index = postings
        self._weights = weights
        self._written = Written(entries)
        self._count = len(entries)
        self._evidence = Evidence(postings, len(entries), weights)
        self._prior = self._priors(entries, office_level)
        self._letters = Letters(entries)
        self._qualifiers = Qualifiers(entries)

    def _priors(self, entries: Sequence[Entry], office_level: str) -> npt.NDArray[np.float64]:
        weights = self._weights
        used = np.log1p(np.asarray([entry.popularity for entry in entries], dtype=np.float64))
        prior = weights.popular * used / max(float(used.max(initial=0.0)), 1.0)
        newest = max((entry.snapshot[:4] for entry in entries), default="")
        for number, entry in enumerate(entries):
            prior[number] += weights.level * (office_level in entry.levels) + weights.everyday * entry.everyday
            prior[number] -= weights.outdated * (entry.snapshot[:4] < newest)
            prior[number] -= weights.district * (entry.levels == ("district",))
            prior[number] -= weights.superseded * bool(entry.successor)
        return 1.0 + prior

    def rank(self, reading: Reading) -> Ranked:
        """The procedures that the question may mean, best first; empty when no word of it is known."""
        weights = self._weights
        rows, told = terms(reading.arcs, self._index)
        if not self._count or (not len(rows) and not reading.garbled):
            return _nothing()
        found = self._evidence.gather(rows)
        centre = weights.centre * max(0.0, 1.0 - 5.0 * reading.garbled)
        told_at_length = _BRIEF < len(reading.stems) <= _LONG
        whole, spoken, named = self._evidence.of(found, told, centre, by_length=told_at_length)
        scores = whole
        parts, share = _parts(reading, weights)
        if parts:
            best = np.zeros_like(whole)
            for start, end in parts:
                part_rows, part_told = terms(reading.arcs, self._index, start, end)
                if not len(part_rows):
                    continue
                part = self._evidence.of(self._evidence.gather(part_rows), part_told, centre, by_length=told_at_length)
                best = np.maximum(best, part[0] * share)
                spoken, named = np.maximum(spoken, part[1] * share), np.maximum(named, part[2] * share)
            scores = np.maximum(whole, best) + weights.other * np.minimum(whole, best)
        alike = written = np.zeros_like(whole)
        if reading.garbled >= weights.letters_from:
            alike = self._letters.compare(reading.folded)
            written = self._letters.written(reading.folded, alike)
            share = min(1.0, 2.0 * reading.garbled)
            scores = scores + share * weights.letters * alike + weights.written * written
            named = np.maximum(named, written)
        close = np.argpartition(-scores, min(_CLOSER, len(scores) - 1))[:_CLOSER]
        close = close[scores[close] > 0]
        covered, by_name, anywhere = self._evidence.covered(close, found, told)
        final = scores[close] + weights.covered * covered + weights.covered_by_name * by_name
        final *= self._prior[close] * self._qualifiers.factors(_said(reading), close)
        order = np.argsort(-final, kind="stable")
        known = rows[anywhere[:, order[0]] > 0] if len(order) else rows[:0]
        close = close[order]
        accounted = self._accounted(reading, known, int(close[0])) if len(close) else 0.0
        accounted = max(accounted, float(written[close[:1]].max(initial=0.0)))
        return Ranked(close, final[order], covered[order], spoken[close], named[close], alike[close], accounted)

    def in_doubt(self, reading: Reading, ranked: Ranked) -> bool:
        """Whether the question says a word that tells sisters apart: the first's title lacks it, a close one has it."""
        close = ranked.numbers[ranked.scores >= _SISTER * ranked.scores[0]][:5]
        return self._qualifiers.in_doubt(_said(reading), close)

    def _accounted(self, reading: Reading, known: npt.NDArray[np.int64], first: int) -> float:
        """Share of the telling words, weighed by rarity, of which a reading stands among the terms `known`. In a
        question with diacritics a word must stand so in the texts of the entry `first`: "mày" is not "máy"."""
        index = self._index
        arcs = [(arc, [number for number in arc.ids if number >= 0]) for arc in reading.arcs]
        numbers = np.asarray([number for _, ids in arcs for number in ids], dtype=np.int64)
        explained = set(known.tolist())
        there = [row in explained for row in index.rows(numbers).tolist()]
        right = [False] * len(reading.stems)
        typed = [index.vocabulary.get(word, -1) for word in reading.stems]
        same = self._written.so(reading, first)
        at = 0
        for arc, ids in arcs:
            here = there[at : at + len(ids)]
            at += len(ids)
            if arc.end - arc.start == 1 and arc.ids == (typed[arc.start],) and not same[arc.start]:
                continue
            if here and sum(here) > _HALF * len(here):
                right[arc.start : arc.end] = [True] * (arc.end - arc.start)
        rows = index.rows(np.asarray(typed, dtype=np.int64))
        rarity = np.where(rows >= 0, np.minimum(index.idf[rows], _RARE), _RARE)
        weights = rarity * np.asarray([weight if weight > _HALF else 0.0 for weight in reading.weights])
        total = float(weights.sum())
        return float(weights[np.asarray(right, dtype=bool)].sum()) / total if total else 0.0


def _parts(reading: Reading, weights: Weights) -> tuple[list[tuple[int, int]], float]:
    """The stretches of a question that are looked at for themselves, and what their evidence counts: those that ask
    for something, if any does."""
    asking = [clause for clause, asks in zip(reading.clauses, reading.requests, strict=True) if asks]
    if asking:
        return asking[-_MOST_PARTS:], weights.clause
    return list(reading.clauses), weights.aside


def _said(reading: Reading) -> str:
    """The stemmed words as typed and as repaired."""
    return f"{' '.join(reading.stems)} ; {reading.repaired}"


def _nothing() -> Ranked:
    none = np.zeros(0)
    return Ranked(np.zeros(0, dtype=np.int64), none, none, none, none, none)
