"""A list of procedures to choose from, and a question asked before one is chosen: it is answered after the choice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from bot.dialog.flow import Talk
from bot.dialog.values import Choice
from handlers import details, on_behalf
from services.catalog.search import Context, Hit

_ASKED_ABOUT = 5
"""Of a long list, so many procedures tell whether a question names one of its own."""
_AT_HOME, _BEHIND = 3, 0.6
"""Where so many of the offers are of the first one's field, an offer that is the only one of its field and has less
than this share of the first one's score is a stranger: of 1,465 questions with a right offer, one loses it so, and of
all offers every 24th goes."""


def fitting(offers: Sequence[tuple[str, str, float]]) -> list[str]:
    """The codes of the offers (code, field, score; best first) without strangers ("giấy tờ đất": no "thẻ căn cước")."""
    of_field = Counter(field for _, field, _ in offers)
    if not offers or of_field[offers[0][1]] < _AT_HOME:
        return [code for code, _, _ in offers]
    best = offers[0][2]
    return [code for code, field, score in offers if of_field[field] > 1 or score >= _BEHIND * best]


def codes(talk: Talk, hits: Iterable[Hit]) -> list[str]:
    """What is offered of the procedures that were found."""
    return fitting([(hit.code, talk.services.catalog.field(hit.code), hit.score) for hit in hits])


def choices(procedures: Iterable[tuple[str, str]]) -> tuple[Choice, ...]:
    """Procedures (code, name) to choose from."""
    return tuple(Choice(code, details.short(name)) for code, name in procedures)


def aspect(talk: Talk, text: str, codes: Sequence[str]) -> str:
    """What `text` asks of whichever of the offered procedures is meant ("mất bao lâu"); "none" where it asks nothing,
    names a procedure itself, or is about something else."""
    catalog = talk.services.catalog
    alone = catalog.search(text)
    asked = on_behalf.aspect(text, alone.aspect)
    if asked == "none" or (alone.kind != "none" and asked != on_behalf.ASPECT):
        return "none"
    goes_on = all(catalog.search(text, Context(code)).follow_up for code in codes[:_ASKED_ABOUT])
    return asked if codes and goes_on else "none"
