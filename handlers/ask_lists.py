"""Procedures to choose from without words of one's own: by field, or among the most asked."""

from __future__ import annotations

from bot.dialog.flow import Talk
from bot.dialog.values import Answer, Ask, Choice, Goto, Move
from handlers import ask, details, offered
from handlers.ask import asking


@asking.step
def most_asked(talk: Talk) -> Ask:
    """What people ask for most, as on the touch screens in the halls."""
    return _list(talk, talk.text("ask-most-asked"), talk.services.catalog.most_asked(24))


@asking.step
def fields(talk: Talk) -> Ask:
    """The fields of the procedures."""
    choices = tuple(
        Choice(field, f"{details.short(field)} ({count})") for field, count in talk.services.catalog.fields()
    )
    if not choices:
        return Ask(talk.text("ask-empty", hotline=ask.hotline(talk)), text_ok=True, any_time=True)
    return Ask(talk.text("ask-fields"), choices, text_ok=True, any_time=True)


@asking.step
def field(talk: Talk) -> Ask:
    """The procedures of one field."""
    return _list(
        talk, talk.text("ask-field", field=talk.data["field"]), talk.services.catalog.in_field(talk.data["field"])
    )


def _list(talk: Talk, head: str, procedures: list[tuple[str, str]]) -> Ask:
    if not procedures:
        return Ask(talk.text("ask-empty", hotline=ask.hotline(talk)), text_ok=True, any_time=True)
    return Ask(head, offered.choices(procedures), text_ok=True, any_time=True)


@fields.takes
def _(talk: Talk, answer: Answer) -> Move:
    return Goto("field", {"field": answer.value}) if answer.value else ask.search(talk, answer.text or "")


@most_asked.takes
def _(talk: Talk, answer: Answer) -> Move:
    return ask.chosen(talk, answer, "most_asked", [code for code, _ in talk.services.catalog.most_asked(24)])


@field.takes
def _(talk: Talk, answer: Answer) -> Move:
    return ask.chosen(talk, answer, "field", [code for code, _ in talk.services.catalog.in_field(talk.data["field"])])


__all__ = ["asking"]
