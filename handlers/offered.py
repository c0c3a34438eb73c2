"""A list of procedures to choose from, and a question asked before one is chosen: it is answered after the choice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.dialog.flow import Talk
from bot.dialog.values import Choice
from handlers import details, on_behalf
from services.catalog.search import Context

_ASKED_ABOUT = 5
"""Of a long list, so many procedures tell whether a question names one of its own."""


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
