"""Messages that are not about a procedure: greetings, thanks, insults, emergencies, and what no office can answer.

Two reviewed tables decide: `smalltalk.tsv` (phrases of a kind) and `scope.tsv` (topics outside administration).
`Talk` only reports what it sees; whether a procedure fits better is decided in `decide`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
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
_LONG_TOPIC = 7
"""Words and pairs of a phrase of four words."""


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
    """Both tables, keyed by stemmed words; of each topic its number of terms and its length. Read-only once loaded."""

    phrases: dict[tuple[str, ...], list[tuple[tuple[str, ...], Kind]]] = field(default_factory=dict)
    longest: int = 1
    topics: list[tuple[int, float]] = field(default_factory=list)
    of_term: dict[str, list[int]] = field(default_factory=dict)

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
        kind = next((kind for kind in _FIRST if kind in found), None)
        return Talk(kind, kind is not None and not left, *self._scope(stems, weights))

    def _scope(self, stems: Sequence[str], weights: Sequence[float]) -> tuple[float, float]:
        """Cosine with the closest phrase of `scope.tsv`, over words and pairs; length of the longest one said whole."""
        told: dict[str, float] = {}
        for word, weight in zip(stems, weights, strict=True):
            told[word] = max(told.get(word, 0.0), max(weight, 0.15))
        for place in range(len(stems) - 1):
            told[f"{stems[place]} {stems[place + 1]}"] = max(weights[place], weights[place + 1], 0.15)
        norm = math.sqrt(sum(weight**2 for weight in told.values())) or 1.0
        products: dict[int, float] = {}
        whole: dict[int, int] = {}
        for term, weight in told.items():
            for number in self.of_term.get(term, ()):
                products[number] = products.get(number, 0.0) + weight
                whole[number] = whole.get(number, 0) + 1
        best = max((product / (self.topics[n][1] * norm) for n, product in products.items()), default=0.0)
        longest = max((self.topics[n][0] for n, count in whole.items() if count == self.topics[n][0]), default=0)
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
        stems = stems_of(phrase)
        terms = set(stems) | {f"{first} {second}" for first, second in zip(stems, stems[1:], strict=False)}
        for term in terms:
            tables.of_term.setdefault(term, []).append(len(tables.topics))
        tables.topics.append((len(terms), math.sqrt(len(terms))))
    return tables
