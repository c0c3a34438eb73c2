"""Following a dossier: anybody with the code sees the progress, the owner sees all and is told of every change."""

from __future__ import annotations

import re

from bot.dialog.flow import Flow, Talk
from bot.dialog.values import Again, Answer, Ask, Choice, Goto, Move, Say
from handlers import ask, dates, due_lists, news, stages
from services.dossiers.states import ENDED
from services.dossiers.views import Owner
from services.refusal import Refused

track = Flow("track")

_DASHES = re.compile(r"\s*[-‐‑–—−]\s*")


def lookup(talk: Talk, typed: str) -> Move:
    """A code, typed after "hồ sơ" or alone; without one, ask for it."""
    if not typed.strip():
        return Goto("track.which")
    return Goto("track.shown", {"code": typed.strip()[:200]})


def opened(talk: Talk, token: str) -> Move | None:
    """A receipt's one-time code out of a deep link; None when it is no such code."""
    done = talk.services.dossiers.redeem(talk.who, token)
    if isinstance(done, Refused):
        return None if done.key == "receipt-unknown" else Goto("menu.home", say=(Say(refusal(talk, done)),))
    return Goto("track.owner", {"code": done}, say=(Say(_following(talk, done)),))


def receipt(talk: Talk, typed: str) -> Move:
    """A receipt's one-time code, typed alone."""
    return opened(talk, typed) or Goto("menu.home", say=(Say(talk.text("refused-receipt-unknown")),))


@track.step
def which(talk: Talk) -> Ask:
    """Which dossier?"""
    mine = tuple(
        Choice(code, talk.text("track-mine-one", code=code, status=news.status(talk, status)))
        for code, status in talk.services.dossiers.mine(talk.who)
    )
    return Ask(talk.text("track-which"), mine, text_ok=True)


@which.takes
def _(talk: Talk, answer: Answer) -> Move:
    return named(talk, answer.value or answer.text or "")


def named(talk: Talk, typed: str) -> Move:
    """A code, typed where one is asked for. A sentence is a question, or a cry for help, as elsewhere."""
    if is_code(typed):
        return Goto("track.shown", {"code": typed.strip()[:200]})
    return ask.search(talk, typed)


def is_code(typed: str) -> bool:
    """Whether something was typed that may be a dossier's code: every word has a digit ("H99.15 - 261120 - 0001").

    Programs of the office give codes of any shape; a sentence with a number in it is none ("thứ 7 có làm không").
    """
    words = _DASHES.sub("-", typed.strip()).split()
    return bool(words) and all(any(char.isdigit() for char in word) for word in words)


@track.step
def shown(talk: Talk) -> Ask | Goto:
    """What anybody with the code sees; the owner who proved herself before sees all."""
    found = talk.services.dossiers.public(talk.who, talk.data["code"])
    if isinstance(found, Refused):
        return Goto("menu.home", say=(Say(refusal(talk, found)),))
    if found is None:
        hint = talk.text("track-unknown", code=talk.data["code"][:60])
        another = Choice("track.which", talk.text("track-another"))
        return Ask(hint, (another, Choice("person.ways", talk.text("menu-person"))), text_ok=True)
    if talk.services.dossiers.owner(talk.who, found.code) is not None:
        return Goto("owner", {"code": found.code})
    progress = talk.text("track-progress", percent=str(found.percent)) if found.percent is not None else ""
    head = talk.text("track-public", code=found.code, status=news.status(talk, found.status))
    text = "\n".join(line for line in (head, progress, talk.text("track-public-more")) if line)
    choices = (Choice("prove", talk.text("track-prove")), Choice("which", talk.text("track-another")))
    return Ask(text, choices, text_ok=True)


@shown.takes
def _(talk: Talk, answer: Answer) -> Move:
    typed = answer.text or ""
    if typed and _is_proof(typed):  # the digits, given before they were asked for
        return _proved(talk, typed)
    if answer.value is None:
        return named(talk, typed) if typed else Again(talk.text("choose-one"))
    return Goto(answer.value, {"code": talk.data["code"]} if answer.value == "prove" else {})


def _is_proof(typed: str) -> bool:
    """Whether somebody typed what only the owner knows: last digits, spaced as people space them."""
    return "".join(typed.split()).isdecimal()


@track.step
def prove(talk: Talk) -> Ask:
    """Ask for what only the owner knows."""
    return Ask(talk.text("track-ask-digits", code=talk.data["code"]), text_ok=True)


@prove.takes
def _(talk: Talk, answer: Answer) -> Move:
    return _proved(talk, answer.text or "")


def _proved(talk: Talk, typed: str) -> Move:
    """The owner's second factor, and the owner's view; or why not."""
    done = talk.services.dossiers.prove(talk.who, talk.data["code"], typed)
    if isinstance(done, Refused):
        if done.key in ("locked", "digits-closed"):
            return Goto("menu.home", say=(Say(refusal(talk, done)),), replace=True)
        return Again(refusal(talk, done))
    return Goto("owner", {"code": done}, say=(Say(_following(talk, done)),), replace=True)


@track.step
def owner(talk: Talk) -> Ask | Goto:
    """Everything the owner may know."""
    seen = talk.services.dossiers.owner(talk.who, talk.data["code"])
    if seen is None:
        return Goto("shown", talk.data)
    elsewhere = len(talk.services.dossiers.chats(talk.who)) > 1
    choices = (
        Choice("track.steps", talk.text("track-timeline"), ("quá trình",)),
        Choice("track.mine", talk.text("track-mine")),
        *((Choice("notices.where", talk.text("track-where")),) if elsewhere else ()),
        Choice("stop", talk.text("track-stop-one")),
        Choice("menu.home", talk.text("to-menu"), ("menu",)),
    )
    return Ask(_owner_text(talk, seen), choices)


@owner.takes
def _(talk: Talk, answer: Answer) -> Move:
    if answer.value == "stop":
        talk.services.dossiers.unfollow(talk.who, talk.data["code"])
        return Goto("menu.home", say=(Say(talk.text("track-stopped-one", code=talk.data["code"])),))
    return Goto(answer.value, talk.data) if answer.value else Again(talk.text("choose-one"))


@track.step
def noticed(talk: Talk) -> Goto:
    """What a notice's button opens."""
    return Goto("shown", talk.data)


@noticed.takes
def _(talk: Talk, answer: Answer) -> Move:
    return Goto("shown", talk.data)


@track.step
def steps(talk: Talk) -> Ask | Goto:
    """The way of the dossier through the agencies, oldest first."""
    seen = talk.services.dossiers.owner(talk.who, talk.data["code"])
    if seen is None:
        return Goto("shown", talk.data)
    lines = [talk.text("track-timeline-head", code=seen.code)]
    for one in seen.timeline:
        where = talk.services.dossiers.agency(one.holder_code)
        what = talk.text("track-moment", moment=dates.moment(talk, one.at), status=news.status(talk, one.status))
        parts = [what + (f" – {where}" if where else "")]
        if one.kind == "due" and one.due_at is not None:
            parts.append(talk.text("news-new-date", day=dates.day(talk, one.due_at)).rstrip("."))
        lines.append("• " + ". ".join([*parts, *([one.note] if one.note else [])]))
    lines += due_lists.explained(talk, seen.code, seen.state.due_at)
    lines += stages.lines(talk, seen.stages, over=seen.state.status in ENDED)
    return Ask("\n".join(lines), (Choice("menu.home", talk.text("to-menu"), ("menu",)),))


def _owner_text(talk: Talk, seen: Owner) -> str:
    dossiers = talk.services.dossiers
    lines = [talk.text("track-owner", code=seen.code, status=news.status(talk, seen.state.status))]
    if name := dossiers.procedure(seen.state.procedure_code):
        lines.append(name)
    lines += news.legal(talk, dossiers, seen.state, seen.state.holder_code)
    if seen.lateness != "no-date":
        lines.append(talk.text(f"track-{seen.lateness}", days=str(seen.days_late)))
    lines += stages.current(talk, next((one for one in seen.stages if one.is_running), None))
    if seen.note:
        lines.append(talk.text("news-note", note=seen.note))
    if seen.turn == "citizen":
        lines += news.to_do(talk, dossiers, seen.state)
    else:
        lines.append(talk.text(f"track-turn-{seen.turn}"))
    for child in seen.children:
        lines.append("• " + talk.text("track-child", code=child.code, status=news.status(talk, child.status)))
    return "\n".join(lines)


@steps.takes
def _(talk: Talk, answer: Answer) -> Move:
    return Goto("menu.home") if answer.value else Again(talk.text("choose-one"))


def _following(talk: Talk, code: str) -> str:
    """What following means for somebody who is told of changes, and for somebody who stopped all notices."""
    stopped = talk.services.dossiers.wishes(talk.who).stopped_at is not None
    return talk.text("track-following-stopped" if stopped else "track-following", code=code)


def refusal(talk: Talk, refused: Refused) -> str:
    """A refusal as a sentence with a way on."""
    args = {name: str(value) for name, value in refused.args.items() if name in ("left", "fewest")}
    if "until" in refused.args:
        args["until"] = dates.moment(talk, refused.args["until"])
    return talk.text(f"refused-{refused.key}", **args)
