"""Whether a question in the course of a conversation goes on about its procedure or opens a new subject.

A logistic model weighs what is said against how well another procedure fits. Its coefficients were fitted on the second
turns among the sets of questions, and on questions that stand alone; `python -m bench.second_turns` fits them anew.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from services.catalog.aspects import Aspect
from services.catalog.decide import Kind, Signals, probability_first, probability_offered
from services.catalog.reading import Reading

NEW_FROM = 0.6
"""Probability from which a new subject is taken to be opened."""
OUTSIDE = 0.4
"""Similarity with a topic outside administration from which a question is not taken for a follow-up."""
_NO = r"(?:khong|ko|k|kg|hong|hem|hok|chua|ha|a)"
_NEEDED = re.compile(rf"\b(?:co (?:can|phai|bat buoc|duoc)|can|phai|bat buoc)\b.*\b{_NO}\b|^(?:must|do i need)\b")
"""Whether something is needed for it: "phải khám sức khoẻ trước không" names no other procedure by itself."""
_TURN = re.compile(
    r"(?:a |o |oi |u |uh |um )?(?:thoi|tien the|nhan tien|a ma|quen|chuyen sang|hoi sang|sang (?:chuyen|viec) khac"
    r"|con (?:mot )?(?:chuyen|viec) (?:nua|khac)|by the way|another question)\b"
)
_WISH = re.compile(
    r"\b(?:muon|dinh|xin|chuan bi ho so)\b(?! (?:nop|nhan|lay|gui|tra|hoi|biet|xem|lam (?:ho|thay|online|truc tuyen)))"
)
"""A wish of one's own ("tôi muốn kết hôn"), not about the way of a filing that is being talked about."""
_WISHES = re.compile(rf"(?:(?:toi|em|minh|tui|con|chau|a|da|gio|vay|the) )*{_WISH.pattern}")
OFFERED, HALF = 0.85, 0.5
"""A turn that begins with a wish is a new one when what is offered for it holds the right one so probably; one that
begins with a deed ("làm giấy tờ xe"), when the procedure of the conversation has less than this share of the score."""
_NEED = re.compile(r"(?:(?:the|vay|con|ua|a|roi|ma|va) )*(?:phai|co (?:phai|can|bat buoc))\b")
NAMED = 0.3
"""Likeness with a title from which a turn that asks whether something is needed may be about another one."""
_BEGINS = (
    r"^(?:(?:a ma|the|vay|con|thoi|tien the|nhan tien|cho (?:em |toi )?hoi(?: them)?|em|toi|minh|gio|muon|a|ma|roi|va"
    r"|neu|z) )*"
)
_VERB = re.compile(
    _BEGINS + r"(?:lam|dang k[yi]|xin|cap|doi|tach|nhap|xoa|cat|mua|ban|mo|dong|sua|chuyen|tra|rut|nghi|mat)\b"
)
"""It begins with what is to be done, as a question about another procedure does."""
_HOW = re.compile(
    r"\b(?:lam|xin|thu tuc|ho so|cap|dang k[yi])\b.*\b(?:gi|sao|the nao|o dau)\b|\bwhat (?:papers|documents)\b"
)
_PAPER = re.compile(
    r"\b(?:ban (?:chinh|sao|goc|giay)|cong chung|giay u[yi] quyen|mang theo|nop|bo sung|thieu|photo|anh)\b"
)
"""Papers and their forms are what one asks for in the course of a preparation."""
_MANY = 8
"""Telling words with which a turn says by itself what it is about."""
_COEFFICIENTS: dict[str, float] = {
    "first": 0.471,
    "told": 3.762,
    "needed": -2.001,
    "own": -3.587,
    "turn": 3.392,
    "alike": 4.242,
    "how": 1.054,
    "verb": 0.529,
    "paper": -1.213,
    "wish": 0.731,
    "constant": -3.283,
}


@dataclass(frozen=True, slots=True)
class Turn:
    """A second turn: its words as read, its signals, and the score of the conversation's procedure for it."""

    reading: Reading
    signals: Signals
    own: float


def features(turn: Turn) -> dict[str, float]:
    """The inputs of the model by name."""
    said, signals = turn.reading.folded, turn.signals
    first = min(max(probability_first(signals), 1e-6), 1 - 1e-6)
    return {
        "first": math.log(first / (1 - first)),
        "told": min(signals.content, _MANY) / _MANY,
        "needed": float(bool(_NEEDED.search(said))),
        "own": turn.own / max(signals.first, 0.1),
        "turn": float(bool(_TURN.match(said))),
        "alike": max(signals.named, signals.spoken),
        "how": float(bool(_HOW.search(said))),
        "verb": float(bool(_VERB.search(said))),
        "paper": float(bool(_PAPER.search(said))),
        "wish": float(bool(_WISH.search(turn.reading.repaired))),
        "constant": 1.0,
    }


def probability_new(turn: Turn) -> float:
    """How likely the turn opens a new subject."""
    total = sum(_COEFFICIENTS[name] * value for name, value in features(turn).items())
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, total))))


def goes_on(turn: Turn, kind: Kind, aspect: Aspect) -> bool:
    """Whether the turn, decided alone as `kind` and asking for `aspect`, still goes on about the same procedure."""
    signals = turn.signals
    if signals.content == 0 or turn.own >= signals.first:
        return True
    if kind == "none":
        return max(signals.scope, signals.named_topic) < OUTSIDE
    said, needed = turn.reading.folded, _NEEDED.search(turn.reading.folded)
    begins = _VERB.search(said) and not needed and turn.own < HALF * signals.first
    if (begins or _WISHES.match(turn.reading.repaired)) and probability_offered(signals) >= OFFERED:
        return False
    if _NEED.match(said) and signals.named < NAMED:
        return True
    if kind == "answer" and aspect == "documents" and not needed:
        return False  # "vợ em mới đẻ giờ cần gì": a procedure that is sure by itself, and the first thing asked of one
    return probability_new(turn) < NEW_FROM
