"""Messages that are not about a procedure: greetings, thanks, insults, emergencies, and what no office can answer.

Two reviewed tables decide: `smalltalk.tsv` (phrases of a kind) and `scope.tsv` (topics outside administration).
`Talk` only reports what it sees; whether a procedure fits better is decided in `decide`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from services.catalog.abbreviations import TABLES, marks_of, rows, same_marks, stems_of

Kind = Literal[
    "greeting",
    "thanks",
    "goodbye",
    "bot_question",
    "abuse",
    "injection",
    "emergency",
    "out_of_scope",
    "too_short",
    "unclear",
    "unknown_code",
]
Floats = npt.NDArray[np.float64]
KINDS: tuple[Kind, ...] = get_args(Kind)
_FIRST: tuple[Kind, ...] = ("injection", "emergency", "abuse", "bot_question", "thanks", "goodbye", "greeting")
"""Which kind is meant when a message holds phrases of several."""
_SAYS_LITTLE = 0.4
_TITLED = 0.35
_LONG_TOPIC = 5
_MOST_HELD = 20_000
"""Words and pairs of a phrase of three words; and searches for a term that are remembered."""


@dataclass(frozen=True, slots=True)
class Talk:
    """What a message resembles. `kind` is the first kind found in it, None if there is none; `whole` when nothing
    else was said; `scope` 0..1 how closely it resembles a topic outside administration; `named` 0..1 how long the
    longest phrase of such a topic is that stands in it whole."""

    kind: Kind | None
    whole: bool
    scope: float
    named: float = 0.0


@dataclass(slots=True)
class TalkTables:
    """Both tables, keyed by stemmed words. Of each topic: its terms (`topics`), how many they are, its norm were all of
    them to weigh 1, and the sum of what they weigh. Read-only once loaded, but for what it remembers."""

    phrases: dict[tuple[str, ...], list[tuple[tuple[str, ...], Kind]]] = field(default_factory=dict)
    reach: dict[str, int] = field(default_factory=dict)
    topics: list[tuple[str, ...]] = field(default_factory=list)
    of_term: dict[str, list[tuple[int, tuple[str, ...]]]] = field(default_factory=dict)
    weighed: dict[str, float] = field(default_factory=dict)
    sizes: Floats = field(default_factory=lambda: np.zeros(0))
    norms: Floats = field(default_factory=lambda: np.zeros(0))
    lengths: Floats = field(default_factory=lambda: np.zeros(0))
    holding: dict[tuple[str, tuple[str, ...]], npt.NDArray[np.int64]] = field(default_factory=dict)

    def beside(self, titled: Callable[[str], bool]) -> TalkTables:
        """The same tables for a catalogue: words of its titles (`titled`) tell little of what is outside of it."""
        weighed = {term: _TITLED if titled(term) else 1.0 for term in self.of_term}
        return replace(self, weighed=weighed).ready()

    def ready(self) -> TalkTables:
        """The same tables with what is reckoned from them."""
        self.sizes = np.asarray([len(topic) for topic in self.topics], dtype=np.float64)
        self.norms = np.sqrt(self.sizes)
        sums = [sum(self.weighed.get(term, 1.0) for term in topic) for topic in self.topics]
        self.lengths = np.asarray(sums, dtype=np.float64)
        return self

    def look(
        self, stems: Sequence[str], accents: Sequence[str], weights: Sequence[float], bound: Sequence[bool] = ()
    ) -> Talk:
        """Look at a message's stemmed words, their diacritics and how much each of them says (0..1).

        A lone word without diacritics that texts pair with its neighbour (`bound`) is that pair's: "xuat ngu" insults
        nobody.
        """
        found: set[Kind] = set()
        taken = [False] * len(stems)
        for start, word in enumerate(stems):
            for end in range(start + 1, min(start + self.reach.get(word, 0), len(stems)) + 1):
                if end - start == 1 and bound and bound[start] and not accents[start]:
                    continue
                for written, kind in self.phrases.get(tuple(stems[start:end]), ()):
                    if same_marks(accents[start:end], written):
                        found.add(kind)
                        taken[start:end] = [True] * (end - start)
        left = [
            word for word, gone, weight in zip(stems, taken, weights, strict=True) if not gone and weight > _SAYS_LITTLE
        ]
        first = next((kind for kind in _FIRST if kind in found), None)
        return Talk(first, first is not None and not left, *self._scope(stems, accents, weights))

    def _scope(self, stems: Sequence[str], accents: Sequence[str], weights: Sequence[float]) -> tuple[float, float]:
        """Cosine with the closest phrase of `scope.tsv`, over words and pairs; length of the longest one said whole."""
        told: dict[str, tuple[float, tuple[str, ...]]] = {}
        for word, mark, weight in zip(stems, accents, weights, strict=True):
            told[word] = (max(told[word][0] if word in told else 0.15, weight), (mark,))
        for place in range(len(stems) - 1):
            told[f"{stems[place]} {stems[place + 1]}"] = (
                max(weights[place], weights[place + 1], 0.15),
                (accents[place], accents[place + 1]),
            )
        norm = math.sqrt(sum(weight**2 for weight, _ in told.values())) or 1.0
        products = np.zeros(len(self.topics))
        whole = np.zeros(len(self.topics))
        for term, (weight, typed) in told.items():
            if term in self.of_term:
                numbers = self._holding(term, typed)
                products[numbers] += weight * self.weighed.get(term, 1.0)
                whole[numbers] += 1.0
        if not len(self.topics):
            return 0.0, 0.0
        best = float((products / (self.norms * norm)).max())
        longest = float(np.where(whole >= self.sizes, self.lengths, 0.0).max())
        return min(1.0, best), min(1.0, longest / _LONG_TOPIC)

    def _holding(self, term: str, typed: tuple[str, ...]) -> npt.NDArray[np.int64]:
        """The topics in which `term` stands, typed with these diacritics."""
        known = self.holding.get((term, typed))
        if known is None:
            found = [number for number, written in self.of_term[term] if same_marks(typed, written)]
            known = np.asarray(found, dtype=np.int64)
            if len(self.holding) < _MOST_HELD:
                self.holding[term, typed] = known
        return known


SCOPE, ENGLISH_SCOPE = "scope.tsv", "scope-english.tsv"
"""What no procedure answers, in Vietnamese and in English."""


@cache
def talk_tables(folder: Path = TABLES, scope: str = SCOPE) -> TalkTables:
    """The tables of `folder`, of other worlds the one named `scope`, read once. Raises ValueError naming the line for
    a kind that does not exist."""
    tables = TalkTables()
    for kind, phrase, *_ in rows(folder / "smalltalk.tsv"):
        if kind not in KINDS:
            raise ValueError(f"smalltalk.tsv: {kind!r} is no kind ({', '.join(KINDS)})")
        key = stems_of(phrase)
        tables.reach[key[0]] = max(tables.reach.get(key[0], 0), len(key))
        tables.phrases.setdefault(key, []).append((marks_of(phrase), kind))
    for _topic, phrase, *_ in rows(folder / scope):
        stems, accents = stems_of(phrase), marks_of(phrase)
        terms: dict[str, tuple[str, ...]] = {}
        for stem, mark in zip(stems, accents, strict=True):
            terms[stem] = (mark,)
        for (one, two), pair in zip(pairwise(stems), pairwise(accents), strict=True):
            terms[f"{one} {two}"] = pair
        for term, written in terms.items():
            tables.of_term.setdefault(term, []).append((len(tables.topics), written))
        tables.topics.append(tuple(terms))
    return tables.ready()
