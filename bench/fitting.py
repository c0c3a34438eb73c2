"""The coefficients of `services/catalog/decide.py`, fitted anew: `python -m bench.understanding --fit` prints them.

Two logistic models by Newton's method with a little shrinkage, over the development questions, the citizens' sets,
questions of other worlds, all of these stripped of diacritics once more, and disturbed titles. Ambiguous questions
count as never to be answered outright, and twice: a choice too many costs a tap, an answer too early a way for
nothing. What a fit promises is checked by five-fold cross-validation, whose figures are printed too.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from bench.question_sets import KEPT_APART, Question, catalogue, rank, sets
from bench.typing_errors import disturbed
from services.catalog.decide import FIRST_ONLY, Signals, answer_from, features, offer_from
from services.catalog.index import Entry
from services.catalog.search import SearchIndex
from services.catalog.text import bare_title, fold, key

Floats = npt.NDArray[np.float64]
_SHRINK = 0.02
_STEPS = 60
_OUTSIDE = 0.15
_AMBIGUOUS = 2.0


@dataclass(frozen=True, slots=True)
class Case:
    """One question: its signals, whether the first and whether any offered procedure was right, and its weight."""

    signals: Signals
    first: bool
    offered: bool
    weight: float
    ambiguous: bool = False
    outside: bool = False


def fitted(cases: Sequence[Case]) -> list[tuple[str, float, float]]:
    """Per feature, the coefficients of both models."""
    names, inputs, weights = _inputs(cases)
    doubtful = weights * _for_first(cases)
    first = logistic(inputs, np.asarray([case.first and not case.ambiguous for case in cases], dtype=float), doubtful)
    offered = logistic(_of_both(names, inputs), np.asarray([case.offered for case in cases], dtype=float), weights)
    return [(name, round(float(a), 3), round(float(b), 3)) for name, a, b in zip(names, first, offered, strict=True)]


def cross_validated(cases: Sequence[Case]) -> str:
    """What models fitted on four fifths do on the fifth they have not seen, in one line."""
    names, inputs, weights = _inputs(cases)
    common = _of_both(names, inputs)
    order = np.random.default_rng(0).permutation(len(cases))
    first, offered = np.zeros(len(cases)), np.zeros(len(cases))
    doubtful = weights * _for_first(cases)
    right = np.asarray([case.first and not case.ambiguous for case in cases], dtype=float)
    any_right = np.asarray([case.offered for case in cases], dtype=float)
    for part in range(5):
        test = order[part::5]
        train = np.setdiff1d(order, test)
        first[test] = sigmoid(inputs[test] @ logistic(inputs[train], right[train], doubtful[train]))
        offered[test] = sigmoid(common[test] @ logistic(common[train], any_right[train], weights[train]))
    outside = np.asarray([case.outside for case in cases])
    least = np.asarray([answer_from(case.signals) for case in cases])
    enough = offered >= np.asarray([offer_from(case.signals) for case in cases])
    outright = (first >= least) & enough & ~outside
    wrong = outright & ~np.asarray([case.first for case in cases])
    lost = ~enough & ~outside & (any_right > 0)
    return (
        f"unseen: {outright.sum()} answered outright, {wrong.sum()} of them wrong; "
        f"{1 - enough[outside].mean():.0%} of {outside.sum()} out of scope refused; "
        f"{lost.sum()} of {int(any_right.sum())} refused although the right one was found"
    )


def _for_first(cases: Sequence[Case]) -> Floats:
    """How much each case counts for the first model: what is outside administration is the second's to keep out."""
    return np.asarray([_OUTSIDE if case.outside else 1.0 for case in cases])


def _inputs(cases: Sequence[Case]) -> tuple[list[str], Floats, Floats]:
    told = [features(case.signals) for case in cases]
    return list(told[0]), np.asarray([list(one.values()) for one in told]), np.asarray([case.weight for case in cases])


def _of_both(names: Sequence[str], inputs: Floats) -> Floats:
    """The inputs without those of the first model only: their coefficients come out as 0."""
    return np.where(np.asarray([name in FIRST_ONLY for name in names]), 0.0, inputs)


def sigmoid(values: Floats) -> Floats:
    """1 / (1 + exp(-x)) of each."""
    return np.asarray(1.0 / (1.0 + np.exp(-values)), dtype=np.float64)


def logistic(inputs: Floats, target: Floats, weights: Floats, shrinkage: float = _SHRINK) -> Floats:
    """Coefficients for raw inputs; the last input is the constant and is not shrunk."""
    mean, deviation = inputs.mean(axis=0), inputs.std(axis=0) + 1e-9
    mean[-1], deviation[-1] = 0.0, 1.0
    scaled = (inputs - mean) / deviation
    shrink = np.full(inputs.shape[1], shrinkage)
    shrink[-1] = 1e-6
    found = np.zeros(inputs.shape[1])
    for _ in range(_STEPS):
        said = sigmoid(scaled @ found)
        slope = scaled.T @ (weights * (said - target)) / weights.sum() + shrink * found
        curve = (scaled * (weights * said * (1 - said))[:, None]).T @ scaled / weights.sum() + np.diag(shrink)
        found -= np.linalg.solve(curve, slope)
    raw = found / deviation
    raw[-1] = found[-1] - (found[:-1] * mean[:-1] / deviation[:-1]).sum()
    return np.asarray(raw, dtype=np.float64)


def cases(index: SearchIndex, entries: Sequence[Entry]) -> list[Case]:
    """What the decision is fitted on: every set, formal questions and disturbed titles at a lower weight."""
    asked = [
        (question, 0.35 if question.style == "portal_faq" else 1.0)
        for name, all_of in sets(entries).items()
        if not name.startswith("titles") and "diacritics" not in name and name not in KEPT_APART
        for question in all_of
    ]
    rng = random.Random(11)
    used = [entry for entry in entries if entry.popularity or entry.everyday]
    for number in range(240):
        entry = rng.choice(used if number % 2 else entries)
        title = " ".join(bare_title(entry.name).split()[: 12 if number % 3 == 0 else 99])
        text = disturbed(key(title) if number % 4 < 2 else title, 0.07 if number % 3 == 1 else 0.15, rng)
        asked.append((Question(text, frozenset({entry.code}), "title"), 0.4))
    found = []
    stripped = [
        (replace(question, text=fold(question.text)), weight / 2)
        for question, weight in asked
        if question.style != "title" and not question.text.isascii()
    ]
    for question, weight in asked + stripped:
        if question.style in ("smalltalk", "follow_up"):
            continue
        weight *= _AMBIGUOUS if question.style == "ambiguous" else 1.0
        signals, hits = index.signals(question.text)
        place = rank(({hit.code, *hit.group} for hit in hits), question.accept)
        found.append(Case(signals, place == 0, place < 99, weight, question.style == "ambiguous", not question.accept))
    return found


def fit() -> str:
    """The coefficients for `decide.py` as they are to stand there, and what they promise."""
    entries = catalogue()
    known = cases(SearchIndex.build(entries), entries)
    lines = [f'    ("{name}", {first}, {offered}),' for name, first, offered in fitted(known)]
    return "\n".join(["_COEFFICIENTS: tuple[tuple[str, float, float], ...] = (", *lines, ")", cross_validated(known)])
