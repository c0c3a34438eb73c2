"""Asking about a procedure: in one's own words, by field, or among the most asked.

One clear procedure answers, several are offered, none says so plainly. The papers come after the questions that
decide the case, so that the list holds exactly what this person needs.
"""

from __future__ import annotations

from bot.dialog.flow import Flow, Talk
from bot.dialog.values import Again, Answer, Ask, Choice, Data, Goto, Move
from handlers import cases, details, sheet, wording
from services.catalog.model import ProcedureRecord
from services.catalog.search import Context
from services.catalog.store import Version

asking = Flow("ask")

ASPECTS = ("documents", "notes", "fee", "time", "where", "how", "conditions", "form", "result", "basis")
_ASK_AGAIN, _OTHER_CASE, _NOT_LISTED, _PICTURE, _PREPARE = "again", "case", "none", "picture", "prepare"
_PARTS = 14
"""All parts of an answer stand in one list: no more than these."""


def search(talk: Talk, question: str) -> Move:
    """Where a question in someone's own words leads."""
    about = talk.kept.get("about")
    context = Context(about["code"], about["case"]) if about else None
    found = talk.services.catalog.search(question, context)
    if found.smalltalk:
        return Again(talk.text(f"smalltalk-{found.smalltalk.replace('_', '-')}", hotline=_hotline(talk)))
    if found.kind == "none":
        talk.services.not_answered(talk.who, question)
        return Goto("ask.nothing")
    codes = [hit.code for hit in found.hits]
    if found.follow_up and about:
        version = talk.services.catalog.get(codes[0])
        case = cases.named(version.record, question, about["case"]) if version else None
        if case is not None and found.aspect in ("none", "how"):  # "thì sao" asks what changes
            return _about(codes[0], "documents", case)
        return _about(codes[0], found.aspect, case or about["case"])
    if found.kind == "answer":
        return _about(codes[0], found.aspect, {})
    return Goto("ask.which", {"codes": codes, "aspect": found.aspect})


def opened(talk: Talk, code: str) -> Move:
    """A procedure by its code; anything else is searched for."""
    return _about(code, "none", {}) if talk.services.catalog.get(code) else search(talk, code)


def _about(code: str, aspect: str, case: dict[str, str]) -> Goto:
    """To the part asked for; without one, to the procedure's card."""
    return Goto("ask.part" if aspect in ASPECTS else "ask.card", {"code": code, "case": case, "aspect": aspect})


def _hotline(talk: Talk) -> str:
    office = talk.services.office
    return office.hotline if office and office.hotline else talk.text("hotline-none")


# -- finding it -----------------------------------------------------------------------------------------------------


@asking.step
def which(talk: Talk) -> Ask:
    """Several procedures may be meant."""
    choices = [Choice(code, details.short(talk.services.catalog.name(code))) for code in talk.data["codes"]]
    choices.append(Choice(_NOT_LISTED, talk.text("ask-not-listed"), ("không có",)))
    return Ask(talk.text("ask-which"), tuple(choices), text_ok=True, any_time=True)


@which.takes
def _(talk: Talk, answer: Answer) -> Move:
    if answer.value is None:
        return search(talk, answer.text or "")
    return Goto("nothing") if answer.value == _NOT_LISTED else _about(answer.value, talk.data["aspect"], {})


@asking.step
def nothing(talk: Talk) -> Ask:
    """Nothing fits: say so, and show the ways on."""
    choices = (
        Choice("ask.most_asked", talk.text("menu-most-asked")),
        Choice("ask.fields", talk.text("menu-fields")),
        Choice("person.ways", talk.text("menu-person")),
    )
    return Ask(talk.text("ask-nothing", hotline=_hotline(talk)), choices, text_ok=True, any_time=True)


@asking.step
def most_asked(talk: Talk) -> Ask:
    """What people ask for most, as on the touch screens in the halls."""
    return _list(talk, talk.text("ask-most-asked"), talk.services.catalog.most_asked(24))


@asking.step
def fields(talk: Talk) -> Ask:
    """The fields of the procedures."""
    choices = tuple(
        Choice(field, f"{details.short(field)} ({count})") for field, count in talk.services.catalog.fields()
    )
    if not choices:
        return Ask(talk.text("ask-empty", hotline=_hotline(talk)), text_ok=True, any_time=True)
    return Ask(talk.text("ask-fields"), choices, text_ok=True, any_time=True)


@asking.step
def field(talk: Talk) -> Ask:
    """The procedures of one field."""
    return _list(
        talk, talk.text("ask-field", field=talk.data["field"]), talk.services.catalog.in_field(talk.data["field"])
    )


def _list(talk: Talk, head: str, procedures: list[tuple[str, str]]) -> Ask:
    if not procedures:
        return Ask(talk.text("ask-empty", hotline=_hotline(talk)), text_ok=True, any_time=True)
    return Ask(head, tuple(Choice(code, details.short(name)) for code, name in procedures), text_ok=True, any_time=True)


@nothing.takes
def _(talk: Talk, answer: Answer) -> Move:
    return Goto(answer.value) if answer.value else search(talk, answer.text or "")


@fields.takes
def _(talk: Talk, answer: Answer) -> Move:
    return Goto("field", {"field": answer.value}) if answer.value else search(talk, answer.text or "")


@most_asked.takes
@field.takes
def _(talk: Talk, answer: Answer) -> Move:
    return _about(answer.value, "none", {}) if answer.value else search(talk, answer.text or "")


# -- the answer -----------------------------------------------------------------------------------------------------


@asking.step
def card(talk: Talk) -> Ask | Goto:
    """The procedure at a glance."""
    version = _version(talk)
    if version is None:
        return Goto("nothing")
    _remember(talk)
    talk.services.told(talk.who, version, "card", talk.data["case"])
    parts = _parts(talk, version.record, "")
    return Ask(wording.card(talk, version), parts, text_ok=True, any_time=True, per_page=_PARTS)


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
    choices = tuple(Choice(choice.id, choice.label) for choice in question.choices)
    text = talk.text("ask-case", name=version.record.name, code=version.record.code, question=question.text)
    return Ask(text, choices, text_ok=True, any_time=True)


@case.takes
def _(talk: Talk, answer: Answer) -> Move:
    version = _version(talk)
    question = cases.next_question(version.record, talk.data["case"]) if version else None
    if question is None or answer.value is None:
        return search(talk, answer.text or "")
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
    return Ask(text, _parts(talk, version.record, aspect), text_ok=True, any_time=True, per_page=_PARTS)


@asking.step
def pictured(talk: Talk) -> Ask | Goto:
    """After the list went out as a picture, which is not to be sent again by an answer that does not fit."""
    version = _version(talk)
    if version is None:
        return Goto("nothing")
    parts = _parts(talk, version.record, "")
    return Ask(talk.text("ask-picture-next"), parts, text_ok=True, any_time=True, per_page=_PARTS)


@card.takes
@part.takes
@pictured.takes
def _(talk: Talk, answer: Answer) -> Move:
    if answer.value is None:
        return search(talk, answer.text or "")
    if answer.value == _ASK_AGAIN:
        return Goto("menu.home", replace=True)
    if answer.value == _OTHER_CASE:
        return Goto("case", {**talk.data, "case": {}})
    if answer.value == _PICTURE:
        return _picture(talk)
    if answer.value == _PREPARE:
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


def _parts(talk: Talk, record: ProcedureRecord, shown: str) -> tuple[Choice, ...]:
    """The other parts, each one tap away, as far as the catalogue knows them."""
    known = [aspect for aspect in ASPECTS if aspect != shown and wording.knows(record, aspect)]
    choices = [Choice(aspect, talk.text(f"part-{aspect}")) for aspect in known]
    if shown == "documents" and wording.knows(record, shown):
        choices.append(Choice(_PICTURE, talk.text("ask-picture")))
    if shown == "documents" and record.questions:
        choices.append(Choice(_OTHER_CASE, talk.text("ask-other-case")))
    if wording.knows(record, "documents"):
        choices.append(Choice(_PREPARE, talk.text("menu-prepare")))
    return (*choices, Choice(_ASK_AGAIN, talk.text("ask-something-else"), ("menu",)))


__all__ = ["ASPECTS", "Data", "asking", "opened", "search"]
