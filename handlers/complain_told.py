"""What somebody told in passing of the officers: it is kept, and sent as a complaint only when she says so."""

from __future__ import annotations

from bot.dialog.flow import Flow, Talk
from bot.dialog.values import Answer, Ask, Choice, Goto, Move, Say
from handlers import ask, complain, grievance
from services.complaints import writing

told = Flow("complain_told")


@told.step
def begun(talk: Talk) -> Ask | Goto:
    """Shall it be sent? Another question leaves it as it is."""
    if writing.draft(talk.services.session, talk.services.keys, talk.who) is None:
        return Goto("complain.about")
    choices = (
        Choice("send", talk.text("complain-send"), ("gửi", "có")),
        Choice("review", talk.text("complain-add")),
        *grievance.formal(talk),
        Choice("drop", talk.text("complain-drop"), ("bỏ", "không")),
    )
    before = (Say(talk.text("complain-is-not")),)
    return Ask(talk.text("complain-begun"), choices, text_ok=True, files_ok=True, any_time=True, before=before)


@begun.takes
def _(talk: Talk, answer: Answer) -> Move:
    match answer.value:
        case "send":
            return complain.send(talk)
        case "drop":
            return complain.drop(talk)
        case "review":
            return Goto("complain.review")
        case "formal":
            return grievance.formally(talk)
        case _:
            return complain.keep(talk, answer, "other") if answer.files else ask.search(talk, answer.text or "")
