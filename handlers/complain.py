"""A complaint or a proposal: what about, in her own words and photos, a number, and the answer when it comes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bot.dialog.flow import Flow, Talk
from bot.dialog.values import Again, Answer, Ask, Choice, Done, Goto, Move, Say
from handlers import ask, dates, grievance, help
from handlers.tellings import Told, tells
from services import agencies
from services.complaints import answering, records, writing
from services.complaints.records import TOPICS, Seen
from services.desk import staff
from services.refusal import Refused

complain = Flow("complain")

_FEW = 3
"""Fewer words tell nothing of what happened."""
_KEPT = Goto("complain.review", replace=True)

PATTERN = records.PATTERN
ANSWER = rf"(?:tr[ảa]\u0309?\s+l[ờơo]\u031b?\u0300?i|answer)\s+({records.PATTERN})\b.*"
"""What an officer types to answer; anything after the number is not taken from a chat."""


@complain.step
def about(talk: Talk) -> Ask | Goto:
    """What it is about, and what this is not. One that was begun goes on."""
    if writing.draft(talk.services.session, talk.services.keys, talk.who) is not None:
        return Goto("review", say=(Say(talk.text("complain-unfinished")),))
    choices = tuple(Choice(topic, talk.text(f"complain-topic-{topic}")) for topic in TOPICS)
    before = (Say(talk.text("complain-is-not")),)
    return Ask(
        talk.text("complain-about"), (*choices, *grievance.formal(talk)), text_ok=True, heeds="codes", before=before
    )


@about.takes
def _(talk: Talk, answer: Answer) -> Move:
    """A topic; or at once what happened, which says its topic itself."""
    typed = answer.text or ""
    match answer.value:
        case "formal":
            return grievance.formally(talk)
        case None if help.is_doubt(typed) or len(typed.split()) < _FEW:
            return Again(talk.text("choose-one"))
        case None if talk.services.catalog.search(typed).kind == "answer":
            return ask.search(talk, typed)
        case None:
            kept = keep(talk, answer, grievance.topic(typed))
            return Goto("complain_told.begun") if kept == _KEPT else kept
        case topic:
            return Goto("words", {"topic": topic})


@complain.step
def words(talk: Talk) -> Ask:
    """Her own words, or photos first."""
    return Ask(talk.text("complain-words"), text_ok=True, files_ok=True, heeds="codes")


@words.takes
def _(talk: Talk, answer: Answer) -> Move:
    return keep(talk, answer, talk.data["topic"])


def keep(talk: Talk, answer: Answer, topic: str) -> Move:
    """Keep what came at once, encrypted; nothing of it lies in the conversation's memory."""
    services = talk.services
    done = writing.write(
        services.session, services.keys, talk.who, agencies.front(services.session), topic, answer.text or "",
        answer.files, talk.now,
    )  # fmt: skip
    if isinstance(done, Refused):
        return Again(_refusal(talk, done))
    if answer.text and writing.speaks_of_petition(answer.text):
        return Goto("complain.petition", replace=True)
    return _KEPT


@complain.step
def petition(talk: Talk) -> Ask:
    """A petition or denunciation has a way of its own; what she wrote is kept until she decides."""
    office = agencies.read(talk.services.session, agencies.front(talk.services.session))
    lines = [talk.text("complain-petition")]
    if office.address:
        lines.append(talk.text("complain-petition-where", address=office.address))
    lines.append(talk.text("complain-petition-kept"))
    choices = (Choice("review", talk.text("complain-as-complaint")), Choice("drop", talk.text("complain-drop")))
    return Ask("\n".join(lines), choices)


@petition.takes
def _(talk: Talk, answer: Answer) -> Move:
    if answer.value is None:
        return Again(talk.text("choose-one"))
    return Goto("review", replace=True) if answer.value == "review" else drop(talk)


@complain.step
def review(talk: Talk) -> Ask | Goto:
    """What is kept so far; more may be added until it is sent."""
    seen = writing.draft(talk.services.session, talk.services.keys, talk.who)
    if seen is None:
        return Goto("about")
    if not seen.text:
        asked = talk.text("complain-photos-only", files=str(len(seen.files)))
        return Ask(asked, text_ok=True, files_ok=True, heeds="codes")
    counts = talk.text("complain-so-far", letters=str(len(seen.text)), files=str(len(seen.files)))
    choices = (
        Choice("send", talk.text("complain-send"), ("gửi",)),
        Choice("drop", talk.text("complain-drop"), ("bỏ",)),
    )
    return Ask(f"{counts}\n{talk.text('complain-more')}", choices, text_ok=True, files_ok=True, heeds="codes")


@review.takes
def _(talk: Talk, answer: Answer) -> Move:
    if answer.value == "drop":
        return drop(talk)
    if answer.value != "send":
        return keep(talk, answer, "other")
    return send(talk)


def send(talk: Talk) -> Move:
    """Send what is kept: its number, where it went and by when it is answered; or why it cannot be sent yet."""
    done = writing.send(talk.services.session, talk.services.keys, talk.who, talk.now)
    if isinstance(done, Refused):
        return Again(_refusal(talk, done))
    agency = talk.services.dossiers.agency(done.agency_code)
    lines = [talk.text("complain-sent", code=done.code, agency=agency)]
    if done.due_at is not None:
        lines.append(talk.text("complain-by", day=dates.day(talk, done.due_at)))
    lines.append(talk.text("complain-hidden"))
    return Done((Say("\n".join(lines)),))


def drop(talk: Talk) -> Move:
    """Throw away what is kept."""
    writing.forget(talk.services.session, talk.who, talk.now)
    return Done((Say(talk.text("complain-dropped")),))


# -- how it stands, and the answer ----------------------------------------------------------------------------------


def numbered(talk: Talk, typed: str) -> Move:
    """A complaint's number standing alone: its writer sees how it stands, an officer gets the page to read it."""
    code = records.normalise(typed)
    if writing.own(talk.services.session, talk.services.keys, talk.who, code) is not None:
        return Goto("complain.shown", {"code": code})
    member = staff.member(talk.services.session, talk.sender)
    return Done((Say(page_link(talk, member, code) if member else talk.text("complain-unknown", code=code)),))


@complain.step
def shown(talk: Talk) -> Ask | Done:
    """How a complaint of hers stands, and the answer to it."""
    seen = writing.own(talk.services.session, talk.services.keys, talk.who, talk.data["code"])
    if seen is None:
        return Done((Say(talk.text("complain-unknown", code=talk.data["code"])),))
    text = _status(talk, seen)
    return Ask(text, _satisfied(talk)) if seen.state == "answered" and seen.answer else Done((Say(text),))


@shown.takes
def _(talk: Talk, answer: Answer) -> Move:
    if answer.value is None:
        return Again(talk.text("choose-one"))
    good = answer.value == "yes"
    writing.satisfied(talk.services.session, talk.who, talk.data["code"], good)
    if good:
        return Done((Say(talk.text("complain-glad")),))
    office = talk.services.office
    hotline = office.hotline if office and office.hotline else talk.text("hotline-none")
    return Done((Say(talk.text("complain-not-glad", hotline=hotline)),))


def _status(talk: Talk, seen: Seen) -> str:
    lines = [talk.text(f"complain-state-{seen.state}", code=seen.code)]
    lines.append(talk.text("complain-made", moment=dates.moment(talk, seen.made_at)))
    if seen.state == "open" and seen.due_at is not None:
        lines.append(talk.text("complain-by", day=dates.day(talk, seen.due_at)))
    if seen.answer:
        lines.append(talk.text("complain-answer", answer=seen.answer))
    return "\n".join(lines)


def _satisfied(talk: Talk) -> tuple[Choice, ...]:
    return (
        Choice("yes", talk.text("complain-satisfied")),
        Choice("no", talk.text("complain-not-satisfied")),
    )


@tells("complaint-answered")
def _(talk: Talk, args: Mapping[str, Any]) -> Told | None:
    """The answer has come; its words are opened only now."""
    seen = writing.own(talk.services.session, talk.services.keys, talk.who, args["code"])
    if seen is None or not seen.answer:
        return None
    text = talk.text("complain-answered", code=seen.code) + "\n" + talk.text("complain-answer", answer=seen.answer)
    words = talk.text("complain-answered-words", code=seen.code)
    return Told(text, "complain.shown", {"code": seen.code}, _satisfied(talk), words)


# -- the officer ----------------------------------------------------------------------------------------------------


def answered(talk: Talk, typed: str) -> Move:
    """An officer's "trả lời PA-...": a link to the page on which it is read and answered; for others its status."""
    found = re.search(records.PATTERN, typed, re.IGNORECASE)
    code = records.normalise(found[0] if found else typed)
    member = staff.member(talk.services.session, talk.sender)
    return Done((Say(page_link(talk, member, code)),)) if member else numbered(talk, code)


def page_link(talk: Talk, member: staff.Member, code: str) -> str:
    """The one-time link of a complaint in words, or why there is none. Only for an officer's private chat."""
    services = talk.services
    token = answering.open_link(services.session, services.keys, member, code, talk.now)
    if isinstance(token, Refused):
        return _refusal(talk, token)
    return talk.text(
        "complain-page-link", code=records.normalise(code), link=f"{services.public_url}/complaint/{token}"
    )


def _refusal(talk: Talk, refusal: Refused) -> str:
    key = refusal.key if refusal.key.startswith("complaint-") else "complaint-file"
    return talk.text(f"refused-{key}", **{name: str(value) for name, value in refusal.args.items()})
