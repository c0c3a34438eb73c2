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
KINDS: tuple[Kind, ...] = get_args(Kind)
_FIRST: tuple[Kind, ...] = ("injection", "emergency", "abuse", "bot_question", "thanks", "goodbye", "greeting")
"""Which kind is meant when a message holds phrases of several."""
_SAYS_LITTLE = 0.4
_TITLED = 0.35
_LONG_TOPIC = 5
"""Words and pairs of a phrase of three words."""


@dataclass(frozen=True, slots=True)
class Talk:
    """What a message resembles. `kind` is the first kind found in it, None if there is none; `whole` when nothing
    else was said; `scope` 0..1 how closely it resembles a topic outside administration; `named` 0..1 how long the
    longest phrase of such a topic is that stands in it whole."""

    kind: Kind | None
    whole: bool
    scope: float
    named: float = 0.0


@dataclass(frozen=True, slots=True)
class Topic:
    """One phrase of `scope.tsv`: the weights of its words and pairs, its norm were all of them 1, and their sum."""

    terms: dict[str, float]
    norm: float
    length: float

    @classmethod
    def of(cls, terms: dict[str, float]) -> Topic:
        """The topic whose words and pairs weigh `terms`."""
        return cls(terms, math.sqrt(len(terms)), sum(terms.values()))


@dataclass(slots=True)
class TalkTables:
    """Both tables, keyed by stemmed words; of each topic its number of terms and its length. Read-only once loaded."""

    phrases: dict[tuple[str, ...], list[tuple[tuple[str, ...], Kind]]] = field(default_factory=dict)
    longest: int = 1
    topics: list[Topic] = field(default_factory=list)
    of_term: dict[str, list[tuple[int, tuple[str, ...]]]] = field(default_factory=dict)

    def beside(self, titled: Callable[[str], bool]) -> TalkTables:
        """The same tables for a catalogue: words of its titles (`titled`) tell little of what is outside of it."""
        weighed = {term: _TITLED if titled(term) else 1.0 for term in self.of_term}
        return replace(self, topics=[Topic.of({term: weighed[term] for term in topic.terms}) for topic in self.topics])

    def look(self, stems: Sequence[str], accents: Sequence[str], weights: Sequence[float]) -> Talk:
        """Look at a message's stemmed words, their diacritics and how much each of them says (0..1)."""
        found: set[Kind] = set()
        taken = [False] * len(stems)
        for start in range(len(stems)):
            for end in range(start + 1, min(start + self.longest, len(stems)) + 1):
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
        products: dict[int, float] = {}
        whole: dict[int, int] = {}
        for term, (weight, typed) in told.items():
            for number, written in self.of_term.get(term, ()):
                if same_marks(typed, written):
                    products[number] = products.get(number, 0.0) + weight * self.topics[number].terms[term]
                    whole[number] = whole.get(number, 0) + 1
        best = max((product / (self.topics[n].norm * norm) for n, product in products.items()), default=0.0)
        said = [self.topics[n] for n, count in whole.items() if count == len(self.topics[n].terms)]
        longest = max((topic.length for topic in said), default=0.0)
        return min(1.0, best), min(1.0, longest / _LONG_TOPIC)


@cache
def talk_tables(folder: Path = TABLES) -> TalkTables:
    """The tables of `folder`, read once. Raises ValueError naming the line for a kind that does not exist."""
    tables = TalkTables()
    for kind, phrase, *_ in rows(folder / "smalltalk.tsv"):
        if kind not in KINDS:
            raise ValueError(f"smalltalk.tsv: {kind!r} is no kind ({', '.join(KINDS)})")
        key = stems_of(phrase)
        tables.longest = max(tables.longest, len(key))
        tables.phrases.setdefault(key, []).append((marks_of(phrase), kind))
    for _topic, phrase, *_ in rows(folder / "scope.tsv"):
        stems, accents = stems_of(phrase), marks_of(phrase)
        terms: dict[str, tuple[str, ...]] = {}
        for stem, mark in zip(stems, accents, strict=True):
            terms[stem] = (mark,)
        for (one, two), pair in zip(pairwise(stems), pairwise(accents), strict=True):
            terms[f"{one} {two}"] = pair
        for term, written in terms.items():
            tables.of_term.setdefault(term, []).append((len(tables.topics), written))
        tables.topics.append(Topic.of(dict.fromkeys(terms, 1.0)))
    return tables
