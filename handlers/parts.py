"""The parts of an answer, each one tap away, and what else may follow it."""

from __future__ import annotations

from bot.dialog.flow import Talk
from bot.dialog.values import Choice
from handlers import on_behalf, wording
from services.catalog.model import ProcedureRecord

ASPECTS = ("documents", "notes", "fee", "time", "where", "how", "conditions", "form", "result", "basis")
AGAIN, OTHER_CASE, PICTURE, PREPARE, OFFICER = "again", "case", "picture", "prepare", "officer"
MOST = 14
"""All parts of an answer stand in one list: no more than these."""


def told(aspect: str) -> bool:
    """Whether `aspect` is a part of an answer; otherwise the whole card answers."""
    return aspect in ASPECTS or aspect == on_behalf.ASPECT


def others(talk: Talk, record: ProcedureRecord, shown: str) -> tuple[Choice, ...]:
    """The parts beside `shown`, as far as the catalogue knows them, and the ways on."""
    choices = [Choice(OFFICER, talk.text("menu-person"))] if shown == on_behalf.ASPECT else []
    known = [aspect for aspect in ASPECTS if aspect != shown and wording.knows(record, aspect)]
    choices += [Choice(aspect, talk.text(f"part-{aspect}")) for aspect in known]
    if shown == "documents" and wording.knows(record, shown):
        choices.append(Choice(PICTURE, talk.text("ask-picture")))
    if shown == "documents" and record.questions:
        choices.append(Choice(OTHER_CASE, talk.text("ask-other-case")))
    if wording.knows(record, "documents"):
        choices.append(Choice(PREPARE, talk.text("menu-prepare")))
    return (*choices, Choice(AGAIN, talk.text("ask-something-else"), ("menu",)))
