"""One tap for how it went. Officers never see who, nor which dossier."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from bot.dialog.flow import Flow, Talk
from bot.dialog.values import Again, Answer, Ask, Choice, Done, Goto, Move, Say
from handlers.tellings import Told, tells
from services import ratings
from services.dossiers import codes
from services.refusal import Refused

rating = Flow("rate")

PATTERN = (
    r"(?:[đd][áa]\u0301?nh\s+gi[áa]\u0301?|rate)\s+(?:(?P<code>\S*\d{6}\S*)\s+)?"
    r"(?P<score>[1-5])\s*(?:sao|điểm|diem|stars?|/\s*5)?[.!]?"
)
"""A score by words: "đánh giá 5", "đánh giá <mã> 5"."""


def _choices(talk: Talk) -> tuple[Choice, ...]:
    """1 to 5, in this order: where they are numbered, the number is the score."""
    return tuple(Choice(str(score), talk.text(f"rate-{score}"), (str(score),)) for score in ratings.SCORES)


@tells("rate")
def _(talk: Talk, args: Mapping[str, Any]) -> Told | None:
    """Asked once with the result; nothing when she has answered by herself before it came."""
    code = args["code"]
    if ratings.of(talk.services.session, talk.who, code) is not None:
        return None
    return Told(
        talk.text("rate-asked", code=code), "rate.stars", {"code": code}, _choices(talk), talk.text("rate-words")
    )


def typed(talk: Talk, rest: str) -> Move:
    """The word "đánh giá" alone: the dossier that she would rate now."""
    code = ratings.latest(talk.services.session, talk.who)
    return Goto("rate.stars", {"code": code}) if code else Done((Say(talk.text("rate-nothing")),))


def scored(talk: Talk, message: str) -> Move:
    """A score by words, for a dossier that was named or the one she would rate now."""
    found = re.fullmatch(PATTERN, unicodedata.normalize("NFC", message).strip(), re.IGNORECASE)
    session = talk.services.session
    code = codes.find(session, found["code"]) if found and found["code"] else ratings.latest(session, talk.who)
    if found is None or code is None:
        return Done((Say(talk.text("rate-nothing")),))
    return Done((Say(_given(talk, code, int(found["score"]))),))


@rating.step
def stars(talk: Talk) -> Ask:
    """How was it?"""
    before = ratings.of(talk.services.session, talk.who, talk.data["code"])
    text = talk.text("rate-how", code=talk.data["code"])
    if before is not None:
        text += "\n" + talk.text("rate-before", score=str(before))
    return Ask(text, _choices(talk))


@stars.takes
def _(talk: Talk, answer: Answer) -> Move:
    if answer.value is None:
        return Again(talk.text("choose-one"))
    return Done((Say(_given(talk, talk.data["code"], int(answer.value))),))


def _given(talk: Talk, code: str, score: int) -> str:
    services = talk.services
    done = ratings.rate(services.session, services.keys, talk.who, code, score, talk.now)
    if isinstance(done, Refused):
        return talk.text("rate-nothing")
    words = talk.text(f"rate-{score}")
    said = talk.text("rate-changed" if done else "rate-thanks", score=str(score), words=words)
    return said + ("\n" + talk.text("rate-sorry") if score <= ratings.LOW else "")
