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

ANSWER_FROM = 0.91
"""Probability of the first procedure from which it is answered outright."""
BRIEF_FROM = 0.85
BRIEF = 7
"""The same for a question of at most `BRIEF` telling words about an everyday procedure: long ones have more sides, and
are wrong more often than their probability says."""
LONG_FROM = 0.95
LONG = 24
"""The same for a question of more than `LONG` telling words."""
TOPIC = 5
BY_NAME = 0.9
"""Telling words up to which a turn that asks for no aspect is a mere topic ("làm giấy kết hôn"), not such a question,
unless it is as alike to the procedure's title as `BY_NAME`."""
OFFER_FROM = 0.52
"""Probability that the right one is among those offered, below which nothing is offered."""


@dataclass(frozen=True, slots=True)
class Signals:
    """What a search saw. Scores are those of `Ranker`; shares and similarities lie between 0 and 1.

    first, second, third: scores of the three best groups of twins. covered: share of the question's weight that the
    first explains. spoken, named: its best cosine with everyday speech and with its title; alike: with its letters,
    for a garbled question. scope: similarity with a topic outside administration; named_topic: length of the
    longest phrase of such a topic said whole. content: words that say something. unknown: share of words that no
    text holds; garbled: the same before repair. official: 1 for two or more words of administration. firm: share of
    words that titles pair with their neighbour. everyday: 1 when many citizens need the first. accounted: share of
    the telling words that the first knows in some reading. worldly: how much more at home the words are outside
    administration than in the catalogue, as a logarithm. request: 1 for a turn that asks an office for something.
    rival: the best cosine, with speech or title, of any other procedure looked at. asks: 1 when an aspect is asked for.
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
    accounted: float = 0.0
    worldly: float = 0.0
    request: float = 0.0
    rival: float = 0.0
    asks: float = 0.0


_FEW = 4
"""Words that say something, up to which an odd question may match an odd title by chance."""
_STORY = 12
"""Words that say something, from which a question tells a story with more than one side."""
_NEARLY = 0.7
"""Cosine from which a question is nearly what people are known to say."""
_COEFFICIENTS: tuple[tuple[str, float, float], ...] = (
    ("first", -0.02, 1.417),
    ("ahead of second", 3.829, -0.066),
    ("ahead of third", 2.295, 0.889),
    ("covered", 0.374, 0.665),
    ("spoken", -0.127, 1.402),
    ("named", 0.929, 1.926),
    ("scope", -3.291, -5.981),
    ("content", 2.813, 2.288),
    ("story", -0.402, -0.309),
    ("unknown", 1.822, 1.74),
    ("official", 0.124, 0.905),
    ("everyday", 0.275, 0.353),
    ("named topic", -1.407, -1.952),
    ("scope in official words", 2.51, 1.258),
    ("topic in official words", 0.42, -1.063),
    ("garbled", -1.121, -0.292),
    ("alike", 1.391, 0.411),
    ("by chance", -0.856, -1.932),
    ("firm", -0.977, -0.164),
    ("accounted", 2.805, 3.366),
    ("worldly", -0.01, -0.56),
    ("request", 0.095, 0.202),
    ("as said", -0.243, 0.327),
    ("ahead of rival", 1.932, -0.508),
    ("constant", -4.416, -5.904),
)
"""Per feature, the coefficients of the two models: first is right, right one is offered."""


def features(signals: Signals) -> dict[str, float]:
    """The inputs of both models by name."""
    best = max(signals.first, 1e-6)
    by_chance = signals.content <= _FEW
    likeness = max(signals.spoken, signals.named)
    return {
        "first": signals.first,
        "ahead of second": (signals.first - signals.second) / best,
        "ahead of third": (signals.first - signals.third) / best,
        "covered": signals.covered,
        "spoken": signals.spoken,
        "named": signals.named,
        "scope": signals.scope,
        "content": min(signals.content, _STORY) / _STORY,
        "story": min(max(signals.content - _STORY, 0), 2 * _STORY) / (2 * _STORY),
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
        "accounted": signals.accounted,
        "worldly": signals.worldly,
        "request": signals.request,
        "as said": max(0.0, likeness - _NEARLY) / (1.0 - _NEARLY),
        "ahead of rival": likeness - signals.rival,
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


def answer_from(signals: Signals) -> float:
    """The probability of the first procedure from which a question is answered outright."""
    if signals.content > LONG:
        return LONG_FROM
    told = signals.asks or signals.content > TOPIC or signals.named >= BY_NAME
    brief = signals.content <= BRIEF and told
    return BRIEF_FROM if signals.everyday and brief else ANSWER_FROM


def decide(signals: Signals) -> tuple[Kind, float]:
    """What to do, and the probability that it is right: of the first for "answer", of any offered otherwise."""
    first, offered = probability_first(signals), probability_offered(signals)
    if offered < OFFER_FROM:
        return "none", offered
    if first >= answer_from(signals):
        return "answer", first
    return "choose", offered
