"""An officer's work on dossiers from her chat: receiving at the counter, and what may follow which status.

Said by anybody else these words are questions like any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from bot.dialog.flow import Command, Flow, Talk
from bot.dialog.values import Again, Answer, Ask, Choice, Goto, Move, Say
from handlers import ask, dates, news, stages, track, trouble
from handlers.desk_cards import desk
from handlers.tellings import Told, tells
from handlers.work_words import officer, typed_day, why
from services.desk import actions, counter
from services.desk.staff import Member
from services.refusal import Refused

work = Flow("work")

_SKIP, _CANCEL, _CALLED = "skip", "cancel", "called"
_LISTED = 9
COUNTER = r"nh\S{1,6}n\s+CB\s*[-‐‑–—−]?\s*\d{6}\s*[-‐‑–—−]?\s*\d{4,7}"
"""`nhận CB-261121-0001`, with whatever dashes and marks a phone makes of it."""
AT_ONCE = r"gi\S{1,5}i\s+quy\S{1,5}t\s+ngay\s+\d\.\d{6}"
"""`giải quyết ngay 2.000815`."""
WORK = r"x\S{1,6}\s+l\S{1,5}\s+"
"""`xử lý `, before a dossier's code."""


# -- at the counter -------------------------------------------------------------------------------------------------


def receive(talk: Talk, typed: str) -> Move:
    """`nhận CB-…`: the pre-submission becomes a dossier."""
    by, code = officer(talk), counter.code_in(typed)
    if by is None or code is None:
        return ask.search(talk, typed)
    return _received(talk, by, code, None)


def _received(talk: Talk, by: Member, code: str, day: date | None) -> Move:
    done = desk(talk).receive(by, code, day)
    if isinstance(done, Refused):
        if done.key in ("counter-no-date", "counter-day"):
            hint = (Say(talk.text("refused-counter-day")),) if done.key == "counter-day" else ()
            return Goto("work.promise", {"code": code}, say=hint, replace=True)
        return Goto("desk.home", say=(Say(why(talk, done)),))
    lines = [talk.text("counter-received", presubmission=code, code=done.code)]
    if done.due_at is not None:
        lines.append(talk.text("counter-due", day=dates.day(talk, done.due_at)))
    lines.append(talk.text("counter-receipt", receipt=done.receipt))
    return Goto("desk.home", say=(Say("\n".join(lines)),))


@work.step
def promise(talk: Talk) -> Ask:
    """No time is published: when will it be ready?"""
    return Ask(talk.text("counter-which-day", code=talk.data["code"]), text_ok=True)


@promise.takes
def _(talk: Talk, answer: Answer) -> Move:
    by, day = officer(talk), typed_day(answer.text or "")
    if by is None:
        return Goto("menu.home")
    return Again(talk.text("refused-counter-day")) if day is None else _received(talk, by, talk.data["code"], day)


@tells("counter-filed")
def _(talk: Talk, args: Mapping[str, Any]) -> Told:
    """To whoever prepared it: it is a dossier now, and she follows it."""
    first = talk.text("counter-filed", presubmission=str(args["presubmission"]), code=str(args["code"]))
    seen = talk.services.dossiers.owner(talk.who, str(args["code"]))
    lines = [first]
    if seen is not None and seen.state.due_at is not None:
        lines.append(talk.text("legal-due", day=dates.day(talk, seen.state.due_at)))
    lines.append(talk.text("counter-followed", code=str(args["code"])))
    return Told("\n".join(lines))


def at_once(talk: Talk, typed: str) -> Move:
    """`giải quyết ngay 2.000815`: solved while the citizen waited, recorded and counted."""
    by, procedure = officer(talk), typed.split()[-1]
    if by is None:
        return ask.search(talk, typed)
    done = desk(talk).at_once(by, procedure)
    if isinstance(done, Refused):
        return Goto("desk.home", say=(Say(why(talk, done)),))
    name = talk.services.dossiers.procedure(procedure)
    return Goto("desk.home", say=(Say(talk.text("counter-at-once", code=done, name=name)),))


# -- a dossier ------------------------------------------------------------------------------------------------------


def opened(talk: Talk, typed: str) -> Move:
    """`xử lý <mã hồ sơ>`; somebody else gets to see how it stands."""
    code = typed.split(None, 2)[2]
    return Goto("work.dossier", {"code": code}) if officer(talk) is not None else track.lookup(talk, code)


@work.step
def dossier(talk: Talk) -> Ask | Goto:
    """How it stands, and what may be done with it."""
    by = officer(talk)
    if by is None:
        return Goto("menu.home")
    seen = desk(talk).look(by, talk.data["code"])
    if isinstance(seen, Refused):
        return Goto("desk.home", say=(Say(why(talk, seen)),))
    dossiers = talk.services.dossiers
    lines = [talk.text("work-head", code=seen.code, status=news.status(talk, seen.status))]
    lines += [name for name in (dossiers.procedure(seen.procedure_code),) if name]
    held = "legal-holder" if seen.allowed else "legal-handled"  # after the end nobody holds it any more
    lines.append(talk.text(held, agency=dossiers.agency(seen.holder_code or seen.agency_code)))
    lines += news.promised(talk, seen.due_at, seen.first_due_at)
    lines += stages.current(talk, seen.stage)
    if not seen.allowed:
        lines.append(talk.text("work-over"))
    choices = [Choice(str(status), talk.text(f"work-do-{status}")) for status in seen.allowed]
    call = desk(talk).telephone(by, seen.code)
    lines += trouble.call(talk, call)
    if call is not None and call.is_open:
        choices.append(Choice(_CALLED, talk.text("trouble-call-done"), ("đã gọi",)))
    choices.append(Choice(_CANCEL, talk.text("desk-home"), ("bàn làm việc",)))
    return Ask("\n".join(lines), tuple(choices))


@dossier.takes
def _(talk: Talk, answer: Answer) -> Move:
    if answer.value is None:
        return Again(talk.text("choose-one"))
    if answer.value == _CANCEL:
        return Goto("desk.home")
    if answer.value == _CALLED:
        return Goto("dossier", talk.data, say=trouble.closed(talk, "called", talk.data["code"]), replace=True)
    status = int(answer.value)
    data = {"code": talk.data["code"], "status": status, "to": ""}
    if status == actions.EXTEND:
        return Goto("later.day", data)
    return Goto("whither" if status == actions.HAND_OVER else "note", data)


@work.step
def whither(talk: Talk) -> Ask | Goto:
    """To which agency?"""
    by = officer(talk)
    seen = desk(talk).look(by, talk.data["code"]) if by is not None else None
    if by is None or seen is None or isinstance(seen, Refused):
        return Goto("desk.home")
    choices = tuple(Choice(code, name) for code, name in desk(talk).agencies(by, seen))
    return Ask(talk.text("work-whither", code=seen.code), choices) if choices else Goto("desk.home")


@whither.takes
def _(talk: Talk, answer: Answer) -> Move:
    return Goto("note", {**talk.data, "to": answer.value}) if answer.value else Again(talk.text("choose-one"))


@work.step
def note(talk: Talk) -> Ask:
    """What the citizen will read; required where the law wants a reason."""
    status = int(talk.data["status"])
    needed = status in actions.NEEDS_REASON or status == actions.EXTEND
    what = talk.text(f"work-do-{status}").lower()
    if status == actions.EXTEND:
        what = talk.text("work-later-to", day=dates.day(talk, date.fromisoformat(talk.data["day"])))
    text = talk.text("work-reason" if needed else "work-note", code=talk.data["code"], what=what)
    skip = () if needed else (Choice(_SKIP, talk.text("work-no-note")),)
    return Ask(text, (*skip, Choice(_CANCEL, talk.text("work-cancel"))), text_ok=True, heeds="codes")


@note.takes
def _(talk: Talk, answer: Answer) -> Move:
    by = officer(talk)
    if by is None or answer.value == _CANCEL:
        return Goto("desk.home")
    words = answer.text or ""
    if actions.tells_a_number(words) and not talk.data.get("warned"):
        # The note itself is not kept: it may be about a person.
        return Goto("note", {**talk.data, "warned": True}, say=(Say(talk.text("work-has-number")),), replace=True)
    code, status = talk.data["code"], int(talk.data["status"])
    if status == actions.EXTEND:
        refusal = desk(talk).extend(by, code, date.fromisoformat(talk.data["day"]), words)
    else:
        refusal = desk(talk).act(by, code, status, words, str(talk.data["to"]))
    if refusal is None:
        done = talk.text("work-step-done" if status == actions.END_STEP else "work-done")
        return Goto("dossier", {"code": code}, say=(Say(done),), replace=True)
    if refusal.key in ("reason-missing", "note-long"):
        return Again(why(talk, refusal))
    return Goto("dossier", {"code": code}, say=(Say(why(talk, refusal)),), replace=True)


# -- what is due ----------------------------------------------------------------------------------------------------


@work.step
def due(talk: Talk) -> Ask | Goto:
    """The dossiers that are late, due today and due next, to be opened."""
    by = officer(talk)
    if by is None:
        return Goto("menu.home")
    found = desk(talk).due(by)
    choices = [
        Choice(item.code, talk.text(f"work-due-{sort}", code=item.code, days=str(item.days_late)))
        for sort, part in (("late", found.late), ("today", found.today), ("next", found.tomorrow))
        for item in part.items[:_LISTED]
    ]
    head = talk.text(
        "work-due-head", late=str(found.late.count), today=str(found.today.count), next=str(found.tomorrow.count),
        day=dates.day(talk, found.next_day),
    )  # fmt: skip
    return Ask(head, (*choices, Choice(_CANCEL, talk.text("desk-home"), ("bàn làm việc",))))


@due.takes
def _(talk: Talk, answer: Answer) -> Move:
    if answer.value is None:
        return Again(talk.text("choose-one"))
    return Goto("desk.home") if answer.value == _CANCEL else Goto("dossier", {"code": answer.value})


COMMANDS = (Command((), receive, pattern=COUNTER), Command((), at_once, pattern=AT_ONCE))
