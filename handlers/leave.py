"""An officer's leave: `nghỉ 24/11-26/11`, who stands in for her, `đi làm lại`."""

from __future__ import annotations

import re
from datetime import date, timedelta

from bot.dialog.flow import Command, Flow, Talk
from bot.dialog.values import Again, Answer, Ask, Choice, Goto, Move, Say
from handlers import ask, dates
from handlers.desk_cards import desk, why
from services.refusal import Refused

leave = Flow("leave")

_DAY = r"\d{1,2}/\d{1,2}(?:/\d{4})?"
LEAVE = rf"ngh\S{{1,6}}\s+{_DAY}(?:\s*(?:[-‐‑–—−]|đến|den)\s*{_DAY})?"
_LONG_AGO = timedelta(days=180)
_NOBODY = "nobody"


def taken(talk: Talk, typed: str) -> Move:
    """Days off, said in one message; said by a citizen it is a question like any other."""
    by = desk(talk).member(talk.who)
    if by is None or not by.works:
        return ask.search(talk, typed)
    days = [_day(one, desk(talk).today) for one in re.findall(_DAY, typed)]
    first, last = days[0], days[-1]
    if first is None or last is None:
        return Goto("desk.home", say=(Say(why(talk, "leave-day")),))
    done = desk(talk).leave(by, first, last)
    if isinstance(done, Refused):
        return Goto("desk.home", say=(Say(why(talk, done)),))
    desk(talk).note(by, "leave", f"{first}..{last}")
    said = Say(talk.text("desk-leave-taken", first=dates.day(talk, first), last=dates.day(talk, last)))
    return Goto("leave.backup", say=(said,))


def _day(typed: str, today: date) -> date | None:
    """A day with or without its year: without, the next one of that name, or one that is not long past."""
    parts = [int(part) for part in typed.split("/")]
    try:
        if len(parts) == 3:
            return date(parts[2], parts[1], parts[0])
        day = date(today.year, parts[1], parts[0])
        return day if day >= today - _LONG_AGO else date(today.year + 1, parts[1], parts[0])
    except ValueError:
        return None


def over(talk: Talk, rest: str) -> Move:
    """Back at work."""
    by = desk(talk).member(talk.who)
    if by is None or not by.works:
        return ask.search(talk, "đi làm lại")
    known = desk(talk).back_at_work(by)
    desk(talk).note(by, "back", str(known))
    return Goto("desk.home", say=(Say(talk.text("desk-back" if known else "desk-back-already")),))


@leave.step
def backup(talk: Talk) -> Ask | Goto:
    """Who takes her work meanwhile?"""
    by = desk(talk).member(talk.who)
    colleagues = desk(talk).colleagues(by) if by is not None else []
    if by is None or not colleagues:
        return Goto("desk.home")
    choices = [
        Choice(str(number), talk.text("desk-officer-n", name=name) if name.isdecimal() else name)
        for number, name in colleagues
    ]
    return Ask(talk.text("desk-leave-backup"), (*choices, Choice(_NOBODY, talk.text("desk-leave-nobody"))))


@backup.takes
def _(talk: Talk, answer: Answer) -> Move:
    by = desk(talk).member(talk.who)
    if by is None or answer.value is None:
        return Again(talk.text("choose-one"))
    number = None if answer.value == _NOBODY else int(answer.value)
    done = desk(talk).backup(by, number)
    if isinstance(done, Refused):
        return Again(why(talk, done))
    desk(talk).note(by, "backup", answer.value)
    return Goto("desk.home", say=(Say(talk.text("desk-leave-set" if number else "desk-leave-none")),))


COMMANDS = (
    Command((), taken, pattern=LEAVE, keeps=True),
    Command(("di lam lai", "het nghi"), over, keeps=True),
)
