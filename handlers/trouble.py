"""What somebody of the office has to telephone about, or to look at: told, listed, and closed when it is done.

`đã gọi <mã>` and `đã xem <mã>` close it in a private chat and in the desk's group, and so do buttons. Codes only,
nothing of a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.dialog.flow import Command, Flow, Talk
from bot.dialog.values import Again, Answer, Ask, Choice, Done, Goto, Move, Say
from bot.dialog.words import fold
from handlers import ask, dates, news
from handlers.desk_cards import desk
from handlers.tellings import Told, tells
from services.desk import closing, counter, troubles
from services.dossiers import codes
from services.refusal import Refused

trouble = Flow("trouble")

_DASH = r"\s*[-‐‑–—−]\s*"
DONE = (
    r"[dđ]\S{1,5}\s+(?:g\S{1,4}i|xem)\s+"
    rf"(?:[A-Z\d.]{{2,40}}{_DASH}\d{{6}}{_DASH}\d{{4,7}}|(?=\S*\d)(?=\S*[A-Z])\S+)"
)
"""`đã gọi H99.15-261121-0001`, with whatever marks and dashes a phone makes of it; another code is one word."""
_SAID: dict[str, closing.What] = {"da goi": "called", "da xem": "seen"}
_BUTTONS = 4
"""The most troubles of a message that have buttons: a platform that has any shows so many."""
_LISTED = 9


# -- told -----------------------------------------------------------------------------------------------------------


@tells("desk-troubles")
def _(talk: Talk, args: Mapping[str, Any]) -> Told | None:
    """Dossiers whose followers must be telephoned, or that another program muddled; those that are open still."""
    found = troubles.named(talk.services.session, str(args["notes"]))
    if not found:
        return None
    more = int(args["more"] or 0)
    lines = [talk.text("trouble-head", count=str(len(found) + more))]
    lines += [f"• {talk.text(f'trouble-{kind}', code=code)}" for _, kind, code in found]
    if more:
        lines.append("• " + talk.text("trouble-more", count=str(more)))
    waits = {(one.what, one.code): one for one in (closing.Waiting(*one) for one in found)}
    sorts = [what for what in ("called", "seen") if what in {one.what for one in waits.values()}]
    if "called" in sorts:
        lines.append(talk.text("trouble-to-do-called"))
    words = [talk.text(f"trouble-words-{what}") for what in sorts]
    if more or len(waits) > _BUTTONS:
        return Told("\n".join([*lines, *words, talk.text("trouble-all")]))
    choices = tuple(_choice(talk, one) for one in waits.values())
    return Told("\n".join(lines), "trouble.told", {}, choices, " ".join(words))


def _choice(talk: Talk, one: closing.Waiting) -> Choice:
    return Choice(str(one.number), talk.text(f"trouble-do-{one.what}", code=one.code))


# -- done -----------------------------------------------------------------------------------------------------------


@trouble.step
def told(talk: Talk) -> Goto:
    """What the buttons of a message lead to."""
    return Goto("listed")


@told.takes
def _(talk: Talk, answer: Answer) -> Move:
    return Done(say=closed(talk, number=int(answer.value or 0)))


@trouble.step
def listed(talk: Talk) -> Ask | Goto:
    """What waits, in an officer's private chat."""
    by = desk(talk).member(talk.who)
    if by is None or not by.works:
        return Goto("menu.home")
    found = desk(talk).troubles(by, _LISTED)
    if not found:
        return Goto("desk.home", say=(Say(talk.text("trouble-nothing")),))
    lines = [talk.text("trouble-list"), *(f"• {talk.text(f'trouble-{one.kind}', code=one.code)}" for one in found)]
    if any(one.what == "called" for one in found):
        lines.append(talk.text("trouble-to-do-called"))
    waits = {(one.what, one.code): one for one in found}
    home = Choice("home", talk.text("desk-home"), ("bàn làm việc",))
    return Ask("\n".join(lines), (*(_choice(talk, one) for one in waits.values()), home))


@listed.takes
def _(talk: Talk, answer: Answer) -> Move:
    if not answer.value:
        return Again(talk.text("choose-one"))
    if answer.value == "home":
        return Goto("desk.home")
    return Goto("listed", say=closed(talk, number=int(answer.value)), replace=True)


def said(talk: Talk, typed: str) -> Move:
    """The words for it, in a private chat or a group; what a citizen says so of no code is a question."""
    begins, code = typed.split(None, 2)[:2], typed.split(None, 2)[2]
    what, private = _SAID.get(fold(" ".join(begins))), talk.sender == talk.who
    known = codes.recognise(code) is not None or counter.code_in(code) is not None
    if what is None or (private and not known and not _works(talk)):
        return ask.search(talk, typed) if private else Done()
    return Done(say=closed(talk, what, code))


def _works(talk: Talk) -> bool:
    by = desk(talk).member(talk.sender)
    return by is not None and by.works


def closed(talk: Talk, what: closing.What = "seen", code: str = "", number: int = 0) -> tuple[Say, ...]:
    """Close it, and what is said of that where it was pressed or typed; `number` goes before `what` and `code`."""
    by = desk(talk).member(talk.sender)
    if by is None or not by.works:
        answered = desk(talk).outsider(talk.sender, talk.who, what, code or f"trouble {number}")
        return (Say(talk.text("refused-trouble-not-staff")),) if answered or talk.sender == talk.who else ()
    done = desk(talk).close_number(by, number) if number else desk(talk).close(by, what, code)
    if isinstance(done, Refused):
        return (Say(_why(talk, done)),)
    lines = [talk.text(f"trouble-{done.what}", code=done.code)]
    if done.what == "called" and done.status is not None:
        lines.append(talk.text("trouble-now", status=news.status(talk, done.status)))
    return (Say("\n".join(lines)),)


def call(talk: Talk, known: closing.Telephone | None) -> list[str]:
    """Whether somebody must be telephoned about a dossier, or was, in a line; [] where all news arrived."""
    if known is None:
        return []
    if known.done_at is None:
        return [talk.text("trouble-call")]
    return [talk.text("trouble-called-at", moment=dates.moment(talk, known.done_at))]


def _why(talk: Talk, refusal: Refused) -> str:
    if refusal.key == "trouble-closed":
        moment = dates.moment(talk, refusal.args["at"])
        return talk.text("refused-trouble-closed", code=refusal.args["code"], moment=moment)
    return talk.text(f"refused-{refusal.key}", **refusal.args)


COMMANDS = (Command((), said, pattern=DONE, aside=True, keeps=True),)
GROUP_COMMANDS = (Command((), said, pattern=DONE),)
