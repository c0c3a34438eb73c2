"""Whether a question in the course of a conversation goes on about its procedure or opens a new subject."""

from __future__ import annotations

import re

from services.catalog.decide import Kind, Signals, probability_first, probability_offered
from services.catalog.reading import Reading

NEW_SUBJECT = 0.75
SURE, CLEAR = 0.93, 0.9
ALIKE = 0.55
"""A question asked in the course of a conversation opens a new subject when a procedure is offered with this
probability: the lower one suffices where its title or everyday speech is as alike as `ALIKE`, or a wish is said;
`CLEAR` where much is told."""
TOLD, APART = 6, 0.3
"""So many telling words say what they are about by themselves, where the procedure of the conversation has no more than
this share of the first one's score; with that many it has to be nearly the first itself to be still meant."""
WEAK = 0.9
"""Score up to which no procedure is clearly meant."""
OUTSIDE = 0.4
"""Similarity with a topic outside administration from which a question is not taken for a follow-up."""
_CONDITION = re.compile(
    r"(?:(?:the|vay|con|ua|a|roi|ma|va) )*"
    r"(?:neu|truong hop|lo|nho|gia su|khi|dang(?! ki| ky)|chua|da|khong|toi la|em la)\b"
)
_NEED = re.compile(r"(?:(?:the|vay|con|ua|a|roi|ma|va) )*(?:phai|co (?:phai|can|bat buoc))\b")
"""Whether something is needed for it: "phải khám sức khoẻ trước không" names no other procedure by itself."""
NAMED = 0.3
"""Cosine with a title from which such a turn may be about that procedure."""
FAINT, FAR = 0.3, 0.6
"""Cosine with speech and title, and score, below which no other procedure is meant, however much is told."""
TURNED, ELSEWHERE = 0.5, 0.7
"""The probability that suffices where the citizen says that she turns to something else, and where she wishes for
something with which the procedure of the conversation has nothing to do at all."""
_TURN = re.compile(
    r"(?:a |o |oi |u |uh |um )?(?:thoi|tien the|nhan tien|a ma|quen|chuyen sang|hoi sang|sang (?:chuyen|viec) khac"
    r"|con (?:mot )?(?:chuyen|viec) (?:nua|khac)|by the way|another question)\b"
)
_WISH = re.compile(
    r"\b(?:muon|dinh|xin|chuan bi ho so)\b(?! (?:nop|nhan|lay|gui|tra|hoi|biet|xem|lam (?:ho|thay|online|truc tuyen)))"
)
"""A wish of one's own ("tôi muốn kết hôn"), not about the way of a filing that is being talked about."""


def goes_on(reading: Reading, signals: Signals, kind: Kind, *, own: float) -> bool:
    """Whether the question read so, decided alone as `kind`, is still about the procedure of the conversation, whose
    score for it is `own` (0 when it was not found)."""
    long = signals.content >= TOLD
    if signals.content == 0 or own >= (0.95 if long else 0.8 if signals.first > WEAK else 0.6) * signals.first:
        return True
    if kind == "none" and max(signals.scope, signals.named_topic) >= OUTSIDE:
        return False
    alike = max(signals.named, signals.spoken)
    if alike < FAINT and signals.first < FAR:
        return True
    if _NEED.match(reading.folded) and signals.named < NAMED:
        return True
    wish = _WISH.search(reading.repaired)
    if _CONDITION.match(reading.folded) and not (wish and long):
        return probability_first(signals) < SURE
    return probability_offered(signals) < _least(reading, signals, own, wishes=bool(wish), alike=alike)


def _least(reading: Reading, signals: Signals, own: float, *, wishes: bool, alike: float) -> float:
    """The probability of a right offer from which a turn opens a new subject."""
    long = signals.content >= TOLD
    if _TURN.match(reading.folded):
        return TURNED
    if wishes and own == 0:
        return ELSEWHERE
    if wishes or alike >= ALIKE or (long and own < APART * signals.first):
        return NEW_SUBJECT
    return CLEAR if long else SURE
