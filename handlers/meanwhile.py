"""A part of the answer that is asked for while a case question is open: told, and the question is asked again."""

from __future__ import annotations

from bot.dialog.flow import Talk
from bot.dialog.values import Again, Goto
from handlers import cases, on_behalf, parts, wording
from services.catalog.search import Context
from services.catalog.store import Version

_UNSAID = ("how", "conditions")
"""What "thì sao" and "được không" sound like: behind a case that is named, they ask what it changes."""


def told(talk: Talk, version: Version, case: dict[str, str], question: str) -> Again | None:
    """What `question` asks of the same procedure ("mất bao nhiêu tiền"); None where it asks for something else.

    The papers are not told so: the open question decides them.
    """
    found = talk.services.catalog.search(question, Context(version.record.code, case))
    aspect = on_behalf.aspect(question, found.aspect)
    same = found.follow_up or (found.kind == "answer" and found.hits[0].code == version.record.code)
    if not same or not parts.told(aspect) or aspect == "documents":
        return None
    named = cases.named(version.record, question, case)
    if named is not None and aspect in _UNSAID:
        return None
    talk.services.told(talk.who, version, aspect, named or case)
    return Again(wording.part(talk, version, aspect, named or case))


def heard(talk: Talk, version: Version, case: dict[str, str], typed: str) -> Again | Goto | None:
    """The same while the papers are asked about; or on with a case that `typed` names in words ("nếu ... thì sao")."""
    if answered := told(talk, version, case, typed):
        return answered
    named = cases.named(version.record, typed, case)
    if named is None or talk.services.catalog.search(typed).kind == "answer":
        return None
    return Goto("ask.part", {"code": version.record.code, "case": named, "aspect": "documents"})
