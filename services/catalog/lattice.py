"""Several readings of one question at once, and the terms of the index they amount to.

Every reading of a stretch of words is an arc over it; a term is a word of an arc, or two neighbouring words, inside
an arc or across two that meet. Where several arcs give the same term, the most trusted counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.catalog.index import PAIR_WEIGHT, Postings, is_pair, pair_key


@dataclass(frozen=True, slots=True)
class Arc:
    """Words `start` to `end` read as `ids` (vocabulary, -1 unknown), each of them with the factor `weight`."""

    start: int
    end: int
    ids: tuple[int, ...]
    weight: float


def terms(
    arcs: Sequence[Arc], postings: Postings, start: int = 0, end: int | None = None
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Rows of the index and weights of the words `start` to `end` (None: to the last) of a question read as `arcs`."""
    stop = max((arc.end for arc in arcs), default=0) if end is None else end
    factors: dict[int, float] = {}
    ending: dict[int, list[Arc]] = {}
    inside = [arc for arc in arcs if arc.start >= start and arc.end <= stop]
    for arc in inside:
        ending.setdefault(arc.end, []).append(arc)
    for arc in inside:
        weight = arc.weight
        for first, second in zip(arc.ids, arc.ids[1:], strict=False):
            if first >= 0 and second >= 0:
                key = pair_key(first, second)
                factors[key] = max(factors.get(key, 0.0), weight)
        for number in arc.ids:
            if number >= 0:
                factors[number] = max(factors.get(number, 0.0), weight)
        for before in ending.get(arc.start, ()):
            first, second = before.ids[-1], arc.ids[0]
            if first >= 0 and second >= 0:
                key = pair_key(first, second)
                joint = (before.weight * weight) ** 0.5
                factors[key] = max(factors.get(key, 0.0), joint)
    keys = np.fromiter(factors, dtype=np.int64, count=len(factors))
    rows = postings.rows(keys)
    there = rows >= 0
    rows = rows[there]
    trust = np.fromiter(factors.values(), dtype=np.float64, count=len(factors))[there]
    weights = trust * postings.idf[rows] * np.where(is_pair(keys[there]), PAIR_WEIGHT, 1.0)
    return rows, weights
