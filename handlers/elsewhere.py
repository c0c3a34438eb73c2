"""A question typed where one of several things was to be chosen: it is answered, and "back" leads to the choice."""

from __future__ import annotations

from bot.dialog.flow import Talk
from bot.dialog.values import Again, Move
from handlers import ask, grievance

_SOCIAL = ("thanks", "greeting", "goodbye", "abuse", "emergency", "bot_question")


def led(talk: Talk, typed: str) -> Move | None:
    """Where what was typed leads; None where it is no clear question, and the choice is asked for again."""
    if grievance.heard(typed):
        return ask.search(talk, typed)
    found = talk.services.catalog.search(typed)
    clear = found.kind == "answer" and found.aspect != "none"
    return ask.search(talk, typed) if clear or found.smalltalk in _SOCIAL else None


def led_or_again(talk: Talk, typed: str) -> Move:
    """The same for a step that takes words of its own and did not understand these."""
    return led(talk, typed) or Again(talk.text("choose-one"))
