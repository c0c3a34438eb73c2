"""Whether the words of a message are at home in topics outside administration or in the catalogue.

For every word, and every two neighbours, the odds of finding it in a phrase of `scope.tsv` against a title or text of
everyday speech. One telling word ("phở") moves little, several together much; what stands in neither says nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from services.catalog.abbreviations import same_marks
from services.catalog.index import PAPER, Postings, pair_key
from services.catalog.smalltalk import TalkTables

_FAR = 3.0
"""The most that one word counts for either side, as a logarithm."""
_SMOOTH = 150.0
"""Of a million texts: how often a word is thought to stand where it was not seen."""
_SAYS_LITTLE = 0.4
_REMEMBERED = 20_000


class Worldly:
    """Both sides of one catalogue, ready to be compared. Read-only after construction."""

    def __init__(self, tables: TalkTables, postings: Postings) -> None:
        self._index = postings
        self._topics = max(len(tables.topics), 1)
        self._outside = {term: [written for _, written in found] for term, found in tables.of_term.items()}
        self._counted: dict[tuple[str, tuple[str, ...]], int] = {}
        said = postings.doc_kind[postings.docs] < PAPER
        sums = np.concatenate([[0], np.cumsum(said)])
        texts = max(int((postings.doc_kind < PAPER).sum()), 1)
        inside = (sums[postings.starts[1:]] - sums[postings.starts[:-1]]) * (1e6 / texts)
        self._inside: npt.NDArray[np.float32] = np.append(inside, 0.0).astype(np.float32)

    def of(self, stems: Sequence[str], accents: Sequence[str], weights: Sequence[float]) -> float:
        """Mean logarithm of the odds over the telling words, each the more extreme of its own and of its pairs';
        above 0 when the message is at home outside administration, 0 when nothing is known of its words."""
        odds = self._odds(list(stems), list(accents))
        telling = [(one, weight) for one, weight in zip(odds, weights, strict=True) if weight > _SAYS_LITTLE]
        total = sum(weight for _, weight in telling)
        return sum(one * weight for one, weight in telling) / total if total else 0.0

    def _odds(self, stems: list[str], accents: list[str]) -> list[float]:
        ids = [self._index.vocabulary.get(word, -1) for word in stems]
        keys = ids + [pair_key(one, two) if min(one, two) >= 0 else -1 for one, two in pairwise(ids)]
        inside = self._inside[self._index.rows(np.asarray(keys, dtype=np.int64))].tolist()
        found = [self._of_term(word, (mark,), often) for word, mark, often in zip(stems, accents, inside, strict=False)]
        for place in range(len(stems) - 1):
            pair, marks = f"{stems[place]} {stems[place + 1]}", (accents[place], accents[place + 1])
            both = self._of_term(pair, marks, inside[len(stems) + place])
            for near in (place, place + 1):
                if abs(both) > abs(found[near]):
                    found[near] = both
        return found

    def _of_term(self, term: str, typed: tuple[str, ...], inside: float) -> float:
        outside = self._phrases(term, typed) if term in self._outside else 0
        if not outside and inside <= 0:
            return 0.0
        share = outside * 1e6 / self._topics
        return max(-_FAR, min(_FAR, math.log((share + _SMOOTH) / (inside + _SMOOTH))))

    def _phrases(self, term: str, typed: tuple[str, ...]) -> int:
        """In how many phrases of other worlds `term` stands, typed with these diacritics."""
        known = self._outside[term]
        if not any(typed):
            return len(known)
        found = self._counted.get((term, typed))
        if found is None:
            found = sum(typed == written or same_marks(typed, written) for written in known)
            if len(self._counted) < _REMEMBERED:
                self._counted[term, typed] = found
        return found
