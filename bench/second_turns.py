"""Second turns of a conversation: does the bot stay with the procedure, or notice a new subject?

`python -m bench.second_turns` prints how many are understood, and the coefficients of `services/catalog/follow_ups.py`
fitted anew, with a ten-fold cross-validation of them.
"""

from __future__ import annotations

import random
import sys
from dataclasses import replace

import numpy as np

from bench.fitting import Floats, logistic, sigmoid
from bench.question_sets import KEPT_APART, Question, catalogue, rank, sets
from bench.tables import Table
from services.catalog.follow_ups import NEW_FROM, features
from services.catalog.search import Context, SearchIndex

_SHRINK = 0.015
_ROUNDS, _PARTS = 8, 10
_ALONE, _ALONE_WEIGHT = 200, 0.5
"""Questions that stand alone among the turns, and what each of them counts."""


def run(index: SearchIndex | None = None, asked: dict[str, list[Question]] | None = None) -> Table:
    """The second turns of all sets, by whether they stay."""
    if index is None or asked is None:
        entries = catalogue()
        index, asked = SearchIndex.build(entries), sets(entries)
    table = Table("second turns understood", ("set", "stay", "understood", "change", "noticed", "right among three"))
    for name, all_of in asked.items():
        stay, change = _both([question for question in all_of if question.context])
        if not stay and not change:
            continue
        found = [index.search(question.text, context=Context(question.context)) for question in change]
        ranks = [
            rank(({hit.code, *hit.group} for hit in one.hits), question.accept)
            for one, question in zip(found, change, strict=True)
        ]
        stayed = [index.search(question.text, context=Context(question.context)).follow_up for question in stay]
        noticed = sum(not one.follow_up for one in found)
        table.add(name, len(stay), sum(stayed), len(change), noticed, sum(place < 3 for place in ranks))
    return table


def _both(turns: list[Question]) -> tuple[list[Question], list[Question]]:
    """Those that stay with their procedure, those that do not."""
    return [one for one in turns if one.context in one.accept], [one for one in turns if one.context not in one.accept]


def fit() -> str:
    """The coefficients as they are to stand in `follow_ups.py`, and what they promise for turns not seen."""
    entries = catalogue()
    index = SearchIndex.build(entries)
    asked = sets(entries)
    turns = [question for all_of in asked.values() for question in all_of if question.context]
    turns = [one for one in turns if index.signals(one.text)[0].content]
    weights = np.asarray([1.0] * len(turns) + [_ALONE_WEIGHT] * _ALONE)
    turns += _alone(asked, [one.context for one in turns])
    told = [features(index.second_turn(one.text, one.context)) for one in turns]
    inputs = np.asarray([list(one.values()) for one in told])
    is_new = np.asarray([one.context not in one.accept for one in turns], dtype=float)
    coefficients = logistic(inputs, is_new, weights, _SHRINK)
    unseen = _unseen(inputs, is_new, weights) >= NEW_FROM
    lines = [f'    "{name}": {value:.3f},' for name, value in zip(told[0], coefficients, strict=True)]
    for what, those, right in (
        ("stay", is_new == 0, ~unseen),
        ("changes noticed", (is_new == 1) & (weights == 1), unseen),
        ("questions that stand alone noticed", weights < 1, unseen),
    ):
        lines.append(f"unseen: {right[those].mean():.2f} of {those.sum()} {what}")
    return "\n".join(lines)


def _alone(asked: dict[str, list[Question]], contexts: list[str]) -> list[Question]:
    """First questions of the sets, asked in the course of some other conversation: new subjects."""
    chosen = random.Random(5)
    plain = [
        question for name, all_of in asked.items() if name.startswith("citizens") and name not in KEPT_APART
        for question in all_of if question.accept and not question.context and question.style != "ambiguous"
    ]  # fmt: skip
    pairs = ((one, chosen.choice(contexts)) for one in chosen.sample(plain, len(plain)))
    apart = [replace(one, context=context) for one, context in pairs if context not in one.accept]
    return apart[:_ALONE]


def _unseen(inputs: Floats, target: Floats, weights: Floats) -> Floats:
    """Each turn's probability by models that have not seen it, the mean of some rounds."""
    said = np.zeros(len(target))
    for seed in range(_ROUNDS):
        order = np.random.default_rng(seed).permutation(len(target))
        for part in range(_PARTS):
            test = order[part::_PARTS]
            train = np.setdiff1d(order, test)
            said[test] += sigmoid(inputs[test] @ logistic(inputs[train], target[train], weights[train], _SHRINK))
    return np.asarray(said / _ROUNDS)


if __name__ == "__main__":
    sys.stdout.write(f"{run()}\n\n{fit()}\n")
