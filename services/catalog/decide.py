"""Answer, offer a choice, or say no: from measured confidence, never from a raw score.

Two logistic models turn the signals of a search into probabilities: that the first procedure is the right one, and
that any of those offered is. Their coefficients were fitted on the development questions, the colloquial set and
questions outside administration; `bench/understanding.py` prints how well they are calibrated.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["answer", "choose", "none"]

ANSWER_FROM = 0.91
"""Probability of the first procedure from which it is answered outright."""
BRIEF_FROM = 0.89
BRIEF = 7
"""The same for a question of at most `BRIEF` telling words: long ones have more sides, and are wrong more often than
their probability says."""
NAMED_FROM = 0.85
"""The same for a brief one that says the procedure's own name, though sisters of the procedure share it."""
ASKED_FROM = 0.77
ASKED = 3
"""The same for at most `ASKED` telling words with which an aspect is asked for ("khai tử ở đâu"): it is meant so."""
LONG_FROM = 0.95
LONG = 15
"""The same for a question of more than `LONG` telling words."""
TOPIC = 5
BY_NAME = 0.9
"""Telling words up to which a turn that asks for no aspect is a mere topic ("làm giấy kết hôn"), not yet a question,
unless it is as alike to the procedure's title as `BY_NAME`."""
OFFER_FROM = 0.58
"""Probability that the right one is among those offered, below which nothing is offered."""
AT_HOME_FROM = 0.3
FIRM, HOME, TOPICAL = 0.55, -1.4, 0.5
"""The same for a question whose words are at home in the catalogue: titles pair most of them with their neighbour (a
share of `FIRM`), the odds of their standing outside administration are at most `HOME`, and no topic of outside is named
at such a length as `TOPICAL`. "Công ty em muốn đổi" is a matter for an office, though nobody can tell yet which."""


@dataclass(frozen=True, slots=True)
class Signals:
    """What a search saw. Scores are those of `Ranker`; shares and similarities lie between 0 and 1.

    first, second, third: scores of the three best groups of twins. covered: share of the question's weight that the
    first explains. spoken, named: its best cosine with everyday speech and with its title; alike: with its letters,
    for a garbled question. scope: similarity with a topic outside administration; named_topic: length of the longest
    phrase of such a topic said whole. content: words that say something. unknown: share of words that no text holds;
    garbled: the same before repair. official: 1 for two or more words of administration. firm: share of words that
    titles pair with their neighbour. everyday: 1 when many citizens need the first. accounted: share of the telling
    words that the first knows in some reading. worldly: how much more at home the words are outside administration
    than in the catalogue, as a logarithm. request: 1 for a turn that asks an office for something. rival: the best
    cosine, with speech or title, of any other procedure looked at. asks: 1 when an aspect is asked for, or what
    settles a doubtful turn is said (`doubts.tsv`). joined: 1 when two things are named in one breath ("tách thửa hay
    sang tên"). together: the share of the five best groups' scores that lies in one field; an open question finds
    procedures of several.
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
    joined: float = 0.0
    together: float = 0.0


_FEW = 4
"""Words that say something, up to which an odd question may match an odd title by chance."""
_STORY = 12
"""Words that say something, from which a question tells a story with more than one side."""
_NEARLY = 0.7
"""Cosine from which a question is nearly what people are known to say."""
_ALL = 0.97
"""Share of the telling words accounted for from which no word is left over."""
_COEFFICIENTS: tuple[tuple[str, float, float], ...] = (
    ("first", 0.045, 1.412),
    ("ahead of second", 2.761, -0.137),
    ("ahead of third", 2.869, 0.853),
    ("covered", -0.61, 0.496),
    ("spoken", 0.303, 1.3),
    ("named", 1.191, 2.03),
    ("scope", -3.028, -5.818),
    ("content", 3.132, 1.937),
    ("story", 0.084, -0.094),
    ("unknown", 2.744, 1.296),
    ("official", 0.397, 0.793),
    ("everyday", 0.219, 0.458),
    ("named topic", -0.562, -2.123),
    ("scope in official words", 0.372, 0.981),
    ("topic in official words", 0.276, -1.12),
    ("garbled", -0.756, -0.513),
    ("alike", 1.686, 0.169),
    ("by chance", -0.401, -1.612),
    ("firm", -1.045, -0.231),
    ("accounted", 1.907, 2.662),
    ("worldly", 0.099, -0.537),
    ("request", -0.182, 0.158),
    ("as said", -0.422, 0.571),
    ("ahead of rival", 1.23, -0.475),
    ("bare topic", -1.221, -0.337),
    ("nothing left over", 0.417, 0.583),
    ("joined", -0.959, -0.31),
    ("together", 1.434, 0.0),
    ("constant", -4.306, -4.848),
)
"""Per feature, the coefficients of the two models: first is right, right one is offered."""
FIRST_ONLY = frozenset({"together"})
"""Features that tell which of several is meant, and nothing of whether it is a matter for an office at all."""


def in_one_field(found: Sequence[tuple[str, float]]) -> float:
    """The largest share of the scores in `found` (field, score) that one field has, 0 of nothing."""
    shares: dict[str, float] = {}
    for name, score in found:
        shares[name] = shares.get(name, 0.0) + score
    return max(shares.values(), default=0.0) / (sum(shares.values()) or 1.0)


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
        "bare topic": float(signals.content <= TOPIC and not signals.asks and signals.named < BY_NAME),
        "nothing left over": float(signals.accounted > _ALL and signals.content > 1),
        "joined": signals.joined,
        "together": signals.together,
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
    if signals.content > BRIEF:
        return ANSWER_FROM
    if signals.asks and signals.content <= ASKED:
        return ASKED_FROM
    return NAMED_FROM if signals.named >= BY_NAME else BRIEF_FROM


def offer_from(signals: Signals) -> float:
    """The probability that the right one is among those offered from which anything is offered."""
    at_home = signals.firm >= FIRM and signals.worldly <= HOME and signals.named_topic < TOPICAL
    return AT_HOME_FROM if at_home else OFFER_FROM


def decide(signals: Signals) -> tuple[Kind, float]:
    """What to do, and the probability that it is right: of the first for "answer", of any offered otherwise."""
    first, offered = probability_first(signals), probability_offered(signals)
    if offered < offer_from(signals):
        return "none", offered
    if first >= answer_from(signals):
        return "answer", first
    return "choose", offered
