"""Answer, offer a choice, or say no: from measured confidence, never from a raw score.

Two logistic models turn the signals of a search into probabilities: that the first procedure is the right one, and
that any of those offered is. Their coefficients were fitted on the development questions, the colloquial set and
questions outside administration; `bench/understanding.py` prints how well they are calibrated.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

Kind = Literal["answer", "choose", "none"]

ANSWER_FROM = 0.85
"""Probability of the first procedure from which it is answered outright."""
OFFER_FROM = 0.38
"""Probability that the right one is among those offered, below which nothing is offered."""


@dataclass(frozen=True, slots=True)
class Signals:
    """What a search saw. Scores are those of `Ranker`; shares and similarities lie between 0 and 1.

    first, second, third: scores of the three best groups of twins. covered: share of the question's weight that the
    first explains. spoken, named: its best cosine with everyday speech and with its title. scope: similarity with a
    topic outside administration. content: words that say something. unknown: share of words that no text holds. official: share
    of 1 for words of administration in the question. everyday: 1 when the first has everyday names of its own.
    """

    first: float
    second: float
    third: float
    covered: float
    spoken: float
    named: float
    scope: float
    content: int
    unknown: float
    official: float = 0.0
    everyday: float = 0.0
    named_topic: float = 0.0


_FIRST = (1.593, 2.882, 2.901, 2.07, 0.148, 1.829, -4.028, 1.465, -3.304, 0.49, 0.316, -2.372, -5.254)
_ANY = (2.821, -0.494, 2.169, 2.34, 1.665, 1.827, -4.192, 0.819, -4.933, 0.745, 0.145, -2.725, -5.088)


def features(signals: Signals) -> tuple[float, ...]:
    """The inputs of both models, in the order of their coefficients; the last is the constant."""
    best = max(signals.first, 1e-6)
    return (
        signals.first,
        (signals.first - signals.second) / best,
        (signals.first - signals.third) / best,
        signals.covered,
        signals.spoken,
        signals.named,
        signals.scope,
        min(signals.content, 12) / 12,
        signals.unknown,
        signals.official,
        signals.everyday,
        signals.named_topic,
        1.0,
    )


def probability(signals: Signals, coefficients: tuple[float, ...]) -> float:
    """The logistic model's probability for `signals`."""
    total = sum(weight * value for weight, value in zip(coefficients, features(signals), strict=True))
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, total))))


def probability_first(signals: Signals) -> float:
    """How likely the first procedure is the right one."""
    return probability(signals, _FIRST)


def probability_offered(signals: Signals) -> float:
    """How likely the right procedure is among those offered."""
    return probability(signals, _ANY)


def decide(signals: Signals) -> tuple[Kind, float]:
    """What to do, and the probability that it is right: of the first for "answer", of any offered otherwise."""
    first, offered = probability_first(signals), probability_offered(signals)
    if offered < OFFER_FROM:
        return "none", offered
    if first >= ANSWER_FROM:
        return "answer", first
    return "choose", offered
