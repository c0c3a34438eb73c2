"""Speaking with a person of the office: the bot is silent meanwhile, and what was open before is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.dialog.flow import Flow, Talk
from bot.dialog.values import Again, Answer, Ask, Back, Choice, FileRef, Goto, Move, Say, SendFile, Stay
from bot.dialog.words import fold
from handlers import file_words
from handlers.tellings import Told, tells
from services import talks
from services.db.desk import OfficerTalk
from services.db.presubmissions import StoredFile
from services.refusal import Refused

person = Flow("person")

_ENDS = ("ket thuc", "ket thuc tro chuyen", "end", "stop talking")


@person.step
def ways(talk: Talk) -> Ask | Goto:
    """How to reach a person: here in the chat, by telephone, at the desk."""
    office = talk.services.office
    if talks.current(talk.services.session, talk.who) is not None:
        return Goto("talking")
    if office is None:
        return Ask(talk.text("person-unknown"), text_ok=True)
    lines = [talk.text("person-head", office=office.name)]
    if office.hotline:
        lines.append(talk.text("person-hotline", hotline=office.hotline))
    if office.address:
        lines.append(talk.text("person-address", address=office.address))
    if not talk.services.office_open:
        lines.append(talk.text("person-closed-now"))
    choices = (
        Choice("talking", talk.text("person-here"), ("nhắn với cán bộ", "nhắn cán bộ")),
        Choice("menu.hours", talk.text("menu-hours"), ("lịch làm việc",)),
        Choice("menu.home", talk.text("to-menu"), ("menu",)),
    )
    return Ask("\n".join(lines), choices)


@ways.takes
def _(talk: Talk, answer: Answer) -> Move:
    return Goto(answer.value, replace=True) if answer.value else Again(talk.text("choose-one"))


@person.step
def talking(talk: Talk) -> Ask:
    """Everything that is written from now on goes to an officer. No choices: a number is a word like any other."""
    known = talks.current(talk.services.session, talk.who)
    key = "talking-open" if known is not None and known.state == "open" else "talking-begin"
    return Ask(talk.text(key), text_ok=True, files_ok=True, heeds="words")


@talking.takes
def _(talk: Talk, answer: Answer) -> Move:
    services = talk.services
    known = talks.current(services.session, talk.who)
    if fold(answer.text or "") in _ENDS:
        if known is not None:
            talks.close(services.session, known.id, "citizen", talk.now)
        return Back(say=(Say(talk.text("talking-ended")),))
    taken = [file for file in answer.files if file.key]
    if answer.files and not taken:
        return Again(file_words.why_not(talk, answer.files[0].why_not))
    mine = known or talks.begin(services.session, talk.who, talk.now)
    if isinstance(mine, Refused):
        return Goto("ways", say=(Say(talk.text("person-unknown")),))
    done = _files(talk, mine, taken) if taken else _words(talk, mine, answer.text or "")
    if isinstance(done, Refused):
        return Again(talk.text(f"refused-{done.key}", **{name: str(value) for name, value in done.args.items()}))
    said = [Say(file_words.why_not(talk, file.why_not)) for file in answer.files if not file.key]
    first = done == 1 or (taken and done == len(taken))
    if first and mine.state != "open":
        said.append(Say(talk.text("talking-passed-on" if services.office_open else "talking-passed-on-closed")))
    return Stay(say=tuple(said))


def _words(talk: Talk, known: OfficerTalk, text: str) -> int | Refused:
    return talks.said(talk.services.session, talk.services.keys, known, "citizen", talk.now, text=text)


def _files(talk: Talk, known: OfficerTalk, taken: Sequence[FileRef]) -> int | Refused:
    session, done = talk.services.session, 0
    for file in taken:
        row = StoredFile(
            key=file.key, subject=talks.subject(known.id), paper_n=0, page=0, media=file.media, size=file.size,
            digest=file.digest, pages=file.pages, flags=list(file.flags), prints=[], stored_at=talk.now,
            erase_on=(talk.now + talks.KEPT_FOR).date(),
        )  # fmt: skip
        if refusal := talks.attach(session, known, row):
            return refusal
        added = talks.said(session, talk.services.keys, known, "citizen", talk.now, file_key=file.key)
        if isinstance(added, Refused):
            return added
        done = added
    return done


# -- what the officer's side tells ----------------------------------------------------------------------------------


@tells("talk-said")
def _(talk: Talk, args: Mapping[str, Any]) -> Told | None:
    services = talk.services
    number, n = int(args["talk"]), int(args["n"])
    line = next((one for one in talks.lines(services.session, services.keys, number, n - 1) if one.n == n), None)
    if line is None:
        return None
    file = None
    if line.file_key:
        file = SendFile(f"sheet/{line.file_key}", "anh.jpg", "image/jpeg", talk.text("talking-photo"), instead=None)
    text = talk.text("talking-said", text=line.text) if line.text else talk.text("talking-photo-sent")
    back = (Choice("answer", talk.text("talking-answer")),)
    return Told(text, "person.answering", {}, back, words=talk.text("talking-answer-words"), file=file)


@tells("talk-taken")
def _(talk: Talk, args: Mapping[str, Any]) -> Told | None:
    return Told(talk.text("talking-taken"))


@tells("talk-closed")
def _(talk: Talk, args: Mapping[str, Any]) -> Told | None:
    key = "talking-closed-time" if args.get("by") == "time" else "talking-closed"
    return Told(talk.text(key), closes="person.talking")


@person.step
def answering(talk: Talk) -> Goto:
    """What the button under an officer's message opens."""
    return Goto("talking")


@answering.takes
def _(talk: Talk, answer: Answer) -> Move:
    return Goto("person.talking")
