"""Asking about a procedure in one's own words.

One clear procedure answers, several are offered, none says so plainly. The papers come after the questions that
decide the case, so that the list holds exactly what this person needs.
"""

from __future__ import annotations

from dataclasses import replace

from bot.dialog.flow import Flow, Talk
from bot.dialog.values import Again, Answer, Ask, Choice, Data, Goto, Move, Say
from handlers import cases, grievance, help, hours, meanwhile, offered, on_behalf, parts, sheet, wording
from handlers.parts import ASPECTS
from services.catalog.english_reading import is_english
from services.catalog.search import Context
from services.catalog.store import Version

asking = Flow("ask")

_NOT_LISTED = "none"


def search(talk: Talk, question: str) -> Move:
    """Where a question in someone's own words leads."""
    if complains := grievance.move(talk, question):
        return complains
    if hours.asked(question):
        return Goto("menu.hours")
    if help.is_nod(question):
        return Again(talk.text("smalltalk-thanks"))
    about = talk.kept.get("about")
    context = Context(about["code"], about["case"]) if about else None
    found = talk.services.catalog.search(question, context)
    if found.smalltalk == "greeting" and talk.is_first:
        return Goto("menu.home")
    if found.smalltalk:
        return Again(talk.text(f"smalltalk-{found.smalltalk.replace('_', '-')}", hotline=hotline(talk)))
    if found.kind == "none":
        talk.services.not_answered(talk.who, question)
        return Goto("ask.nothing")
    codes, aspect = [hit.code for hit in found.hits], on_behalf.aspect(question, found.aspect)
    if found.follow_up and about:
        version = talk.services.catalog.get(codes[0])
        case = cases.named(version.record, question, about["case"]) if version else None
        if case is not None and aspect in ("none", "how"):  # "thì sao" asks what changes
            return _about(codes[0], "documents", case)
        return _about(codes[0], aspect, case or about["case"])
    said = _in_english(talk, question) if about is None else ()
    if found.kind == "answer":
        return replace(_about(codes[0], aspect, {}), say=said)
    return Goto("ask.which", {"codes": offered.codes(talk, found.hits), "aspect": aspect}, say=said)


def _in_english(talk: Talk, question: str) -> tuple[Say, ...]:
    """How to go on in English, for who asks in it and is answered in Vietnamese."""
    return (Say(talk.text("ask-english")),) if talk.locale == "vi" and is_english(question) else ()


def opened(talk: Talk, code: str) -> Move:
    """A procedure by its code; anything else is searched for."""
    return _about(code, "none", {}) if talk.services.catalog.get(code) else search(talk, code)


def _about(code: str, aspect: str, case: dict[str, str]) -> Goto:
    """To the part asked for; without one, to the procedure's card."""
    step = "ask.part" if parts.told(aspect) else "ask.card"
    return Goto(step, {"code": code, "case": case, "aspect": aspect})


def hotline(talk: Talk) -> str:
    """Whom to telephone, or that no number is known."""
    office = talk.services.office
    return office.hotline if office and office.hotline else talk.text("hotline-none")


# -- finding it -----------------------------------------------------------------------------------------------------


@asking.step
def which(talk: Talk) -> Ask:
    """Several procedures may be meant."""
    choices = offered.choices((code, talk.services.catalog.name(code)) for code in talk.data["codes"])
    unlisted = Choice(_NOT_LISTED, talk.text("ask-not-listed"), ("không có",))
    return Ask(talk.text("ask-which"), (*choices, unlisted), text_ok=True, any_time=True)


@which.takes
def _(talk: Talk, answer: Answer) -> Move:
    return Goto("nothing") if answer.value == _NOT_LISTED else chosen(talk, answer, "which", talk.data["codes"])


def chosen(talk: Talk, answer: Answer, step: str, codes: list[str]) -> Move:
    """One of the list `codes` of a step, answered as was asked before; a question that fits them all waits for it."""
    if answer.value is not None:
        return _about(answer.value, talk.data.get("aspect", "none"), {})
    aspect = offered.aspect(talk, answer.text or "", codes)
    if aspect == "none":
        return search(talk, answer.text or "")
    said = Say(talk.text("ask-choose-first", part=talk.text(f"part-{aspect}").lower()))
    return Goto(step, {**talk.data, "aspect": aspect}, say=(said,), replace=True)


@asking.step
def nothing(talk: Talk) -> Ask:
    """Nothing fits: say so, and show the ways on."""
    choices = (
        Choice("ask.most_asked", talk.text("menu-most-asked")),
        Choice("ask.fields", talk.text("menu-fields")),
        Choice("person.ways", talk.text("menu-person")),
    )
    return Ask(talk.text("ask-nothing", hotline=hotline(talk)), choices, text_ok=True, any_time=True)


@nothing.takes
def _(talk: Talk, answer: Answer) -> Move:
    return Goto(answer.value) if answer.value else search(talk, answer.text or "")


# -- the answer -----------------------------------------------------------------------------------------------------


@asking.step
def card(talk: Talk) -> Ask | Goto:
    """The procedure at a glance."""
    version = _version(talk)
    if version is None:
        return Goto("nothing")
    _remember(talk)
    talk.services.told(talk.who, version, "card", talk.data["case"])
    others = parts.others(talk, version.record, "")
    return Ask(wording.card(talk, version), others, text_ok=True, any_time=True, per_page=parts.MOST)


@asking.step
def case(talk: Talk) -> Ask | Goto:
    """The next question that decides which papers this person needs."""
    version = _version(talk)
    if version is None:
        return Goto("nothing")
    _remember(talk)
    question = cases.next_question(version.record, talk.data["case"])
    if question is None:
        return Goto("part", {**talk.data, "aspect": "documents"})
    text = talk.text("ask-case", name=version.record.name, code=version.record.code, question=question.text)
    return Ask(text, cases.choices(question), text_ok=True, any_time=True)


@case.takes
def _(talk: Talk, answer: Answer) -> Move:
    version = _version(talk)
    question = cases.next_question(version.record, talk.data["case"]) if version else None
    if version is None or question is None:
        return search(talk, answer.text or "")
    if answer.value is None:
        typed = answer.text or ""
        return meanwhile.heard(talk, version, talk.data["case"], typed) or search(talk, typed)
    return Goto("part", {**talk.data, "aspect": "documents", "case": {**talk.data["case"], question.id: answer.value}})


@asking.step
def part(talk: Talk) -> Ask | Goto:
    """One part of the answer: papers, fee, time, place, way, conditions, forms, result or legal basis."""
    version = _version(talk)
    if version is None:
        return Goto("nothing")
    aspect = talk.data["aspect"]
    if aspect == "documents" and cases.next_question(version.record, talk.data["case"]) is not None:
        return Goto("case", talk.data)
    _remember(talk)
    talk.services.told(talk.who, version, aspect, talk.data["case"])
    text = wording.part(talk, version, aspect, talk.data["case"])
    return Ask(text, parts.others(talk, version.record, aspect), text_ok=True, any_time=True, per_page=parts.MOST)


@asking.step
def pictured(talk: Talk) -> Ask | Goto:
    """After the list went out as a picture, which is not to be sent again by an answer that does not fit."""
    version = _version(talk)
    if version is None:
        return Goto("nothing")
    others = parts.others(talk, version.record, "")
    return Ask(talk.text("ask-picture-next"), others, text_ok=True, any_time=True, per_page=parts.MOST)


@card.takes
@part.takes
@pictured.takes
def _(talk: Talk, answer: Answer) -> Move:
    if answer.value is None:
        move = search(talk, answer.text or "")
        if isinstance(move, Again):  # thanks, a sigh: the long answer is not said once more
            return Goto("pictured", talk.data, say=(Say(move.hint),))
        return move
    if answer.value == parts.AGAIN:
        return Goto("menu.home", replace=True)
    if answer.value == parts.OFFICER:
        return Goto("person.ways")
    if answer.value == parts.OTHER_CASE:
        return Goto("case", {**talk.data, "case": {}})
    if answer.value == parts.PICTURE:
        return _picture(talk)
    if answer.value == parts.PREPARE:
        listed = talk.data.get("aspect") == "documents"
        return Goto("prepare.chosen", {"procedure": talk.data["code"], "case": talk.data["case"], "listed": listed})
    return Goto("part", {**talk.data, "aspect": answer.value})


def _picture(talk: Talk) -> Goto:
    """The list as a picture; asked anew where the procedure changed since the list was shown."""
    version, case = _version(talk), talk.data["case"]
    if version is None:
        return Goto("nothing")
    if not sheet.is_case(version.record, case) or cases.next_question(version.record, case):
        return Goto("case", {**talk.data, "case": {}})
    return Goto("pictured", talk.data, say=sheet.pictures(talk, version, case))


def _version(talk: Talk) -> Version | None:
    version: Version | None = talk.services.catalog.get(talk.data["code"])
    return version


def _remember(talk: Talk) -> None:
    """What is being talked about, for the next question without a subject."""
    talk.kept["about"] = {"code": talk.data["code"], "case": dict(talk.data["case"])}


__all__ = ["ASPECTS", "Data", "asking", "opened", "search"]
