"""What a person may ask about her own data; done at once wherever a program can do it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bot.dialog.flow import Flow, Talk
from bot.dialog.values import Again, Answer, Ask, Choice, Done, Goto, Move, Say
from handlers import ask, dates
from handlers.tellings import Told, tells
from services import agencies
from services.db.visits import RightsRequest
from services.desk import staff
from services.rights import holdings, requests

rights = Flow("rights")

FINISHED = r"(?:xong\s+y[êe]u\s+c[ầa]u|request\s+done)\s+(\d{1,9})"
"""What a head types once she has met a request."""

LONGEST_IN_CHAT = 6_000
"""Characters of a copy that still are a few messages; a longer one is handed over by the office."""


@rights.step
def menu(talk: Talk) -> Ask:
    """What can be asked."""
    choices = tuple(
        Choice(name, talk.text(f"rights-{name}")) for name in ("view", "copy", "correct", "withdraw", "erase")
    )
    return Ask(talk.text("rights-menu"), (*choices, Choice("home", talk.text("to-menu"), ("menu",))))


@menu.takes
def _(talk: Talk, answer: Answer) -> Move:
    match answer.value:
        case None:
            return Again(talk.text("choose-one"))
        case "home":
            return Goto("menu.home")
        case "copy":
            return _copy(talk)
        case "correct":
            return _correct(talk)
        case step:
            return Goto(step)


@rights.step
def view(talk: Talk) -> Ask:
    """Kinds and counts of what is kept about this chat."""
    services = talk.services
    found = holdings.seen(services.session, talk.who)
    requests.done(services.session, talk.who, "view", talk.now)
    lines = [talk.text("rights-view-head" if found else "rights-view-nothing")]
    lines += ["• " + talk.text(f"rights-kind-{one.kind}", count=str(one.count)) for one in found]
    lines.append(talk.text("rights-view-platform"))
    return Ask("\n".join(lines), (Choice("menu", talk.text("rights-back")),))


@view.takes
def _(talk: Talk, answer: Answer) -> Move:
    return Goto("menu") if answer.value else Again(talk.text("choose-one"))


def _copy(talk: Talk) -> Move:
    """The copy as text; one that is too long for a chat is asked of the office."""
    services = talk.services
    text = holdings.copy(services.session, services.keys, talk.who, talk.now)
    if len(text) > LONGEST_IN_CHAT:
        return _by_the_office(talk, "copy")
    requests.done(services.session, talk.who, "copy", talk.now)
    return Done((Say(talk.text("rights-copy-head")), Say(text)))


def _correct(talk: Talk) -> Move:
    return _by_the_office(talk, "correct")


def _by_the_office(talk: Talk, kind: requests.Kind) -> Move:
    row = requests.ask(talk.services.session, talk.who, kind, talk.now)
    said = talk.text(
        f"rights-asked-{kind}", number=str(row.id), soon=dates.day(talk, row.acknowledge_by),
        day=dates.day(talk, row.due_at),
    )  # fmt: skip
    return Done((Say(said),))


@rights.step
def withdraw(talk: Talk) -> Ask:
    """What follows from withdrawing, before it is done."""
    choices = (Choice("yes", talk.text("rights-withdraw-yes")), Choice("no", talk.text("rights-keep")))
    return Ask(talk.text("rights-withdraw-sure"), choices)


@withdraw.takes
def _(talk: Talk, answer: Answer) -> Move:
    if (elsewhere := _unless_yes(talk, answer)) is not None:
        return elsewhere
    found = requests.withdraw(talk.services.session, talk.services.keys, talk.who, talk.now)
    return Done((Say("\n".join([talk.text("rights-withdrawn"), *_waits(talk, found)])),))


def _unless_yes(talk: Talk, answer: Answer) -> Move | None:
    """Where it leads when she has not agreed; None once she has."""
    if answer.value == "yes":
        return None
    return Again(talk.text("choose-one")) if answer.value is None else Goto("menu", replace=True)


def _waits(talk: Talk, found: requests.Erased) -> list[str]:
    """What the office still works on, and by when it is erased."""
    if found.until is None:
        return []
    return [talk.text("rights-erase-waits", count=str(found.waits), day=dates.day(talk, found.until))]


@rights.step
def erase(talk: Talk) -> Ask:
    """What would be erased, and what must stay: asked a first time."""
    choices = (Choice("yes", talk.text("rights-erase-go-on")), Choice("no", talk.text("rights-keep")))
    return Ask(talk.text("rights-erase-sure"), choices)


@erase.takes
def _(talk: Talk, answer: Answer) -> Move:
    return _unless_yes(talk, answer) or Goto("erase_again", replace=True)


@rights.step
def erase_again(talk: Talk) -> Ask:
    """A second time; the other order, so that two quick taps on one place do not erase."""
    choices = (Choice("no", talk.text("rights-keep")), Choice("yes", talk.text("rights-erase-now")))
    return Ask(talk.text("rights-erase-last"), choices)


@erase_again.takes
def _(talk: Talk, answer: Answer) -> Move:
    if (elsewhere := _unless_yes(talk, answer)) is not None:
        return elsewhere
    found = requests.erase(talk.services.session, talk.services.keys, talk.who, talk.now)
    talk.kept.clear()
    lines = [talk.text("rights-erased"), *_waits(talk, found), talk.text("rights-erase-stays")]
    return Done((Say("\n".join(lines)),))


# -- the head -------------------------------------------------------------------------------------------------------


def finished(talk: Talk, typed: str) -> Move:
    """A head has met a request: its writer is told. For everybody else a question like any other."""
    session = talk.services.session
    member, found = staff.member(session, talk.sender), re.fullmatch(FINISHED, typed.strip(), re.IGNORECASE)
    if member is None or not member.leads or found is None or member.agency_code != agencies.front(session):
        return ask.search(talk, typed)
    met = requests.finish(session, talk.services.keys, int(found[1]), f"done by {member.actor}", talk.now)
    return Done((Say(talk.text("rights-head-done" if met else "rights-head-none", number=found[1])),))


# -- told by itself -------------------------------------------------------------------------------------------------


@tells("rights-asked")
def _(talk: Talk, args: Mapping[str, Any]) -> Told | None:
    """To a head: which kind and by when; whose it is stands in the register, not in a chat."""
    row = talk.services.session.get(RightsRequest, args["id"])
    if row is None or row.done_at is not None:
        return None
    kind = talk.text(f"rights-{row.kind}")
    said = talk.text(
        "rights-head", number=str(row.id), kind=kind, soon=dates.day(talk, row.acknowledge_by),
        day=dates.day(talk, row.due_at),
    )  # fmt: skip
    return Told(said)


@tells("rights-done")
def _(talk: Talk, args: Mapping[str, Any]) -> Told | None:
    """To the person: her request was met."""
    row = talk.services.session.get(RightsRequest, args["id"])
    return Told(talk.text("rights-finished", number=str(row.id), kind=talk.text(f"rights-{row.kind}"))) if row else None
