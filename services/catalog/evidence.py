"""How alike the words of a question are to each procedure's title, everyday speech, papers and field.

Every document of the index is a unit vector, so one pass over the postings of the question's terms gives the cosine
with all of them; a procedure's score fuses its title, its best phrases and the centre of all it is called. A short
phrase stands whole in many a question by chance, so the likeness of speech counts the more the longer it is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.catalog.index import CALLED, ENGLISH, FIELD, PAPER, Postings

Floats = npt.NDArray[np.float64]
_LIKELY = 128
"""Procedures whose speech is looked at for more than its best phrase."""


_LENGTH, _LONGEST = 0.2, 1.05
"""Power of a phrase's length, as a share of the mean, by which its likeness counts, and the most it may count."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Shares of the evidence. Measured on the development questions and the citizens' sets; see `bench`."""

    both: float = 0.08
    second: float = 0.18
    third: float = 0.22
    centre: float = 0.3
    paper: float = 0.06
    field: float = 0.09
    clause: float = 0.65
    aside: float = 0.4
    other: float = 0.25
    covered: float = 0.4
    covered_by_name: float = 0.1
    popular: float = 0.05
    level: float = 0.03
    everyday: float = 0.03
    outdated: float = 0.03
    district: float = 0.03
    superseded: float = 0.1
    letters: float = 2.5
    letters_from: float = 0.15
    written: float = 4.0


@dataclass(frozen=True, slots=True)
class Found:
    """Postings: documents, weights, and which of the question's terms each belongs to."""

    docs: npt.NDArray[np.int64]
    weights: npt.NDArray[np.float32]
    term: npt.NDArray[np.int64]


class Evidence:
    """The likeness of one index's procedures. Read-only after construction."""

    def __init__(self, postings: Postings, count: int, weights: Weights) -> None:
        """`count` is the number of procedures."""
        self._index = postings
        self._count = count
        self._weights = weights
        spoken = np.flatnonzero((postings.doc_kind >= CALLED) & (postings.doc_kind <= ENGLISH))
        self._spoken = slice(int(spoken[0]), int(spoken[-1]) + 1) if len(spoken) else slice(0, 0)
        self._sizes = np.diff(np.append(postings.spoken_start, self._spoken.stop))
        self._centres = self._centre_norms()
        self._by_length = self._length_factors()
        self._paper = np.flatnonzero(postings.doc_kind == PAPER)
        self._field = np.flatnonzero(postings.doc_kind == FIELD)
        self._paper_of, self._field_of = postings.doc_entry[self._paper], postings.doc_entry[self._field]

    def _length_factors(self) -> Floats:
        """For every phrase of speech what its likeness is multiplied by, from how many terms it has."""
        terms = np.bincount(self._index.docs, minlength=len(self._index.doc_entry))[self._spoken]
        mean = float(terms.mean()) if len(terms) else 1.0
        return np.asarray(np.minimum((terms / max(mean, 1.0)) ** _LENGTH, _LONGEST), dtype=np.float64)

    def gather(self, rows: npt.NDArray[np.int64]) -> Found:
        """The postings of `rows` one after the other: documents, weights, and which of `rows` each belongs to."""
        index = self._index
        if not len(rows):
            return Found(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32), np.zeros(0, dtype=np.int64))
        spans = [slice(index.starts[row], index.starts[row + 1]) for row in rows.tolist()]
        sizes = index.starts[rows + 1] - index.starts[rows]
        return Found(
            np.concatenate([index.docs[span] for span in spans]),
            np.concatenate([index.weights[span] for span in spans]),
            np.repeat(np.arange(len(rows)), sizes),
        )

    def _centre_norms(self) -> Floats:
        """For every entry with speech the length of the sum of its speech's vectors, in the order of `spoken_entry`."""
        index = self._index
        rows = np.repeat(np.arange(len(index.terms)), np.diff(index.starts))
        said = (index.docs >= self._spoken.start) & (index.docs < self._spoken.stop)
        pairs, which = np.unique(
            rows[said] * max(self._count, 1) + index.doc_entry[index.docs[said]], return_inverse=True
        )
        summed = np.bincount(which, index.weights[said], minlength=len(pairs))
        squares = np.bincount(pairs % max(self._count, 1), summed**2, minlength=self._count)
        return np.asarray(np.sqrt(squares[index.spoken_entry]) + 1e-9, dtype=np.float64)

    def of(self, found: Found, told: Floats, centre: float, *, by_length: bool = True) -> tuple[Floats, Floats, Floats]:
        """(score, best speech, best name) of every procedure for one stretch of words; `centre` is the share of the
        likeness to all of its speech together. The latter two are cosines, whether the score is `by_length` or not."""
        index, weights = self._index, self._weights
        summed = np.bincount(found.docs, found.weights * told[found.term], minlength=len(index.doc_entry))
        products: Floats = summed / (math.sqrt(float((told**2).sum())) + 1e-9)
        named = products[: self._count]
        best, cosine = np.zeros(self._count), np.zeros(self._count)
        more = np.zeros(self._count)
        if len(index.spoken_start):
            speech = products[self._spoken]
            starts = index.spoken_start - self._spoken.start
            cosine[index.spoken_entry] = np.maximum.reduceat(speech, starts)
            if by_length:
                speech = speech * self._by_length
            first = np.maximum.reduceat(speech, starts)
            best[index.spoken_entry] = first
            more[index.spoken_entry] = centre * np.add.reduceat(speech, starts) / self._centres
            likely = np.argpartition(-first, _LIKELY)[:_LIKELY] if len(first) > _LIKELY else np.arange(len(first))
            second, third = self._further(speech, first, likely)
            more[index.spoken_entry[likely]] += weights.second * second + weights.third * third
        scores = np.maximum(named, best) + weights.both * np.minimum(named, best) + more
        scores[self._paper_of] += weights.paper * products[self._paper]
        scores[self._field_of] += weights.field * products[self._field]
        return scores, cosine, named

    def _further(self, speech: Floats, first: Floats, likely: npt.NDArray[np.int64]) -> tuple[Floats, Floats]:
        """The second and third best likeness of the speech of those entries with speech that are `likely`."""
        sizes = self._sizes[likely]
        starts = np.cumsum(sizes) - sizes
        places = np.repeat(self._index.spoken_start[likely] - self._spoken.start - starts, sizes)
        told = speech[places + np.arange(len(places))]
        told[told >= np.repeat(first[likely], sizes)] = 0
        second = np.maximum.reduceat(told, starts)
        told[told >= np.repeat(second, sizes)] = 0
        return second, np.maximum.reduceat(told, starts)

    def covered(self, close: npt.NDArray[np.int64], found: Found, told: Floats) -> tuple[Floats, Floats, Floats]:
        """Share of the question's weight found anywhere in a procedure's names and speech, and in its title alone;
        and which of the question's terms stand in which procedure's names and speech."""
        place = np.full(self._count, -1, dtype=np.int64)
        place[close] = np.arange(len(close))
        places = place[self._index.doc_entry[found.docs]]
        usable = (places >= 0) & (found.docs < max(self._spoken.stop, self._count))
        places, term, titled = places[usable], found.term[usable], found.docs[usable] < self._count
        anywhere = np.zeros((len(told), len(close)))
        anywhere[term, places] = 1.0
        in_title = np.zeros((len(told), len(close)))
        in_title[term[titled], places[titled]] = 1.0
        squares = told**2
        total = float(squares.sum()) + 1e-9
        return np.sqrt(squares @ anywhere / total), np.sqrt(squares @ in_title / total), anywhere
