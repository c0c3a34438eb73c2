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

ANSWER_FROM = 0.9
"""Probability of the first procedure from which it is answered outright."""
OFFER_FROM = 0.5
"""Probability that the right one is among those offered, below which nothing is offered."""


@dataclass(frozen=True, slots=True)
class Signals:
    """What a search saw. Scores are those of `Ranker`; shares and similarities lie between 0 and 1.

    first, second, third: scores of the three best groups of twins. covered: share of the question's weight that the
    first explains. spoken, named: its best cosine with everyday speech and with its title; alike: with its letters,
    for a garbled question. scope: similarity with a topic outside administration; named_topic: length of the longest
    phrase of such a topic said whole. content: words that say something. unknown: share of words that no text holds;
    garbled: the same before repair. official: 1 for two or more words of administration. firm: share
    of words that titles pair with their neighbour. everyday: 1 when many
    citizens need the first.
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
    garbled: float = 0.0
    alike: float = 0.0
    firm: float = 0.0


_FEW = 4
"""Words that say something, up to which an odd question may match an odd title by chance."""
_COEFFICIENTS: tuple[tuple[str, float, float], ...] = (
    ("first", 0.61, 1.581),
    ("ahead of second", 2.914, 0.234),
    ("ahead of third", 3.063, 1.004),
    ("covered", 2.31, 2.517),
    ("spoken", 0.189, 1.736),
    ("named", 1.061, 1.796),
    ("scope", -6.077, -7.617),
    ("content", 2.353, 1.194),
    ("unknown", -1.884, -2.122),
    ("official", 0.479, 1.112),
    ("everyday", 0.5, 0.357),
    ("named topic", -3.425, -3.581),
    ("scope in official words", 5.213, 3.15),
    ("topic in official words", -1.606, -2.076),
    ("garbled", -0.735, -0.124),
    ("alike", 0.333, 0.049),
    ("by chance", -1.9, -1.822),
    ("firm", -0.97, 0.252),
    ("constant", -4.438, -3.734),
)
"""Per feature, the coefficients of the two models: first is right, right one is offered."""


def features(signals: Signals) -> dict[str, float]:
    """The inputs of both models by name."""
    best = max(signals.first, 1e-6)
    by_chance = signals.content <= _FEW
    return {
        "first": signals.first,
        "ahead of second": (signals.first - signals.second) / best,
        "ahead of third": (signals.first - signals.third) / best,
        "covered": signals.covered,
        "spoken": signals.spoken,
        "named": signals.named,
        "scope": signals.scope,
        "content": min(signals.content, 12) / 12,
        "unknown": signals.unknown,
        "official": signals.official,
        "everyday": signals.everyday,
        "named topic": signals.named_topic,
        "scope in official words": signals.scope * signals.official,
        "topic in official words": signals.named_topic * signals.official,
        "garbled": signals.garbled,
        "alike": signals.alike,
        "by chance": (1.0 - signals.everyday) * (1.0 - signals.official) * (1.0 - signals.firm) * by_chance,
        "firm": signals.firm,
        "constant": 1.0,
    }


def _probability(signals: Signals, model: int) -> float:
    told = features(signals)
    total = sum((line[1], line[2])[model] * told[line[0]] for line in _COEFFICIENTS)
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, total))))


def probability_first(signals: Signals) -> float:
    """How likely the first procedure is the right one."""
    return _probability(signals, 0)


def probability_offered(signals: Signals) -> float:
    """How likely the right procedure is among those offered."""
    return _probability(signals, 1)


def decide(signals: Signals) -> tuple[Kind, float]:
    """What to do, and the probability that it is right: of the first for "answer", of any offered otherwise."""
    first, offered = probability_first(signals), probability_offered(signals)
    if offered < OFFER_FROM:
        return "none", offered
    if first >= ANSWER_FROM:
        return "answer", first
    return "choose", offered
