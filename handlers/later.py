"""A later date than the one promised: which day, and then the reason (`work.note`). Once only."""

from __future__ import annotations

from bot.dialog.flow import Flow, Talk
from bot.dialog.values import Again, Answer, Ask, Choice, Goto, Move, Say
from handlers.desk_cards import desk
from handlers.work_words import officer, typed_day, why

later = Flow("later")


@later.step
def day(talk: Talk) -> Ask | Goto:
    """Until which day? Not asked where the date cannot be moved."""
    by = officer(talk)
    if by is None:
        return Goto("menu.home")
    refusal = desk(talk).may_extend(by, talk.data["code"])
    if refusal is not None:
        return Goto("work.dossier", {"code": talk.data["code"]}, say=(Say(why(talk, refusal)),), replace=True)
    cancel = Choice("cancel", talk.text("work-cancel"))
    return Ask(talk.text("work-later-day", code=talk.data["code"]), (cancel,), text_ok=True)


@day.takes
def _(talk: Talk, answer: Answer) -> Move:
    by = officer(talk)
    if by is None:
        return Goto("menu.home")
    if answer.value is not None:
        return Goto("work.dossier", {"code": talk.data["code"]}, replace=True)
    named = typed_day(answer.text or "")
    if named is None:
        return Again(talk.text("refused-counter-day"))
    refusal = desk(talk).may_extend(by, talk.data["code"], named)
    if refusal is not None:
        return Again(why(talk, refusal))
    return Goto("work.note", {**talk.data, "day": named.isoformat()})
