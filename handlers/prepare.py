"""Preparing the papers at home: which procedure, which case, the notice and its consent; and coming back days later.

A pre-check with a code of its own (`CB-...`), never a filing. The form, the papers and the review lie in the modules
beside this one.
"""

from __future__ import annotations

from bot.dialog.flow import Flow, Talk
from bot.dialog.values import Again, Answer, Ask, Choice, Goto, Move, Say
from handlers import ask, cases, details, meanwhile, offered, prepare_way, wording
from services.catalog.search import Context
from services.catalog.store import Version
from services.presubmissions import codes, consents, papers
from services.presubmissions.drafts import Draft
from services.refusal import Refused

prepare = Flow("prepare")

_NEW, _YES, _NO = "new", "yes", "no"
_LABEL = 60


def begin(talk: Talk, rest: str = "") -> Move:
    """ "chuẩn bị hồ sơ": what was begun, else the procedure that was just spoken of, else ask which."""
    if talk.services.presubmissions.mine(talk.who):
        return Goto("prepare.mine")
    return _anew(talk)


def opened(talk: Talk, typed: str) -> Move:
    """A pre-submission's code, typed alone."""
    return Goto("prepare.resumed", {"code": codes.normalise(typed) or ""})


def _anew(talk: Talk) -> Goto:
    about = talk.kept.get("about")
    if about and talk.services.catalog.get(about["code"]):
        return Goto("prepare.chosen", {"procedure": about["code"], "case": dict(about["case"])})
    return Goto("prepare.which")


@prepare.step
def mine(talk: Talk) -> Ask | Goto:
    """What she has begun or sent."""
    found = talk.services.presubmissions.mine(talk.who)
    if not found:
        return _anew(talk)
    choices = [
        Choice(
            row.code,
            talk.text(
                "prepare-mine-draft" if row.state in ("draft", "returned") else "prepare-mine-sent",
                name=details.short(talk.services.catalog.name(row.procedure_code), _LABEL), code=row.code,
            ),
        )
        for row in found
    ]  # fmt: skip
    drafts = sum(row.state == "draft" for row in found)
    return Ask(
        talk.text("prepare-unfinished" if drafts == 1 else "prepare-mine"),
        (*choices, Choice(_NEW, talk.text("prepare-new"))),
    )


@mine.takes
def _(talk: Talk, answer: Answer) -> Move:
    if answer.value is None:
        return Again(talk.text("choose-one"))
    return _anew(talk) if answer.value == _NEW else Goto("resumed", {"code": answer.value})


# -- which procedure, which case ------------------------------------------------------------------------------------


@prepare.step
def which(talk: Talk) -> Ask:
    """For which procedure? Typed, or chosen among what people ask for most."""
    listed = talk.data.get("codes")
    offered = [(code, talk.services.catalog.name(code)) for code in listed] if listed else []
    offered = offered or talk.services.catalog.most_asked(8)
    choices = tuple(Choice(code, details.short(label)) for code, label in offered)
    return Ask(talk.text("prepare-which-of" if listed else "prepare-which"), choices, text_ok=True, any_time=True)


@which.takes
def _(talk: Talk, answer: Answer) -> Move:
    if answer.value:
        return Goto("chosen", {"procedure": answer.value, "case": {}})
    found = talk.services.catalog.search(answer.text or "")
    if found.smalltalk or found.kind == "none":
        return Again(talk.text("prepare-which-unknown"))
    if found.kind == "answer":
        return Goto("chosen", {"procedure": found.hits[0].code, "case": {}})
    return Goto("which", {"codes": offered.codes(talk, found.hits)}, replace=True)


@prepare.step
def chosen(talk: Talk) -> Ask | Goto:
    """The procedure is known: the questions that decide its papers, one after the other, then the exact list.

    With `draft`, the case of a pre-submission that exists is answered anew.
    """
    version = _version(talk)
    if version is None:
        return Goto("which")
    question = cases.next_question(version.record, talk.data["case"])
    if question is None:
        return _settled(talk, version)
    text = talk.text("ask-case", name=version.record.name, code=version.record.code, question=question.text)
    return Ask(text, cases.choices(question), text_ok=True, any_time=True)


@chosen.takes
def _(talk: Talk, answer: Answer) -> Move:
    version = _version(talk)
    question = cases.next_question(version.record, talk.data["case"]) if version else None
    if version is None or question is None:
        return Again(talk.text("choose-one"))
    if answer.value is None:
        return _typed(talk, version, answer.text or "")
    return Goto("chosen", {**talk.data, "case": {**talk.data["case"], question.id: answer.value}})


def _typed(talk: Talk, version: Version, typed: str) -> Move:
    """Words in place of a choice: a case they name, a part of the answer they ask for, or another procedure."""
    if told := meanwhile.told(talk, version, talk.data["case"], typed):
        return told
    case = cases.named(version.record, typed, talk.data["case"])
    if case is not None:
        return Goto("chosen", {**talk.data, "case": case})
    context = Context(version.record.code, talk.data["case"])
    found = talk.services.catalog.search(typed, context)
    elsewhere = found.kind == "answer" and not found.follow_up and found.hits[0].code != version.record.code
    return ask.search(talk, typed) if elsewhere else Again(talk.text("choose-one"))


def _version(talk: Talk) -> Version | None:
    version: Version | None = talk.services.catalog.get(talk.data["procedure"])
    return version


def _settled(talk: Talk, version: Version) -> Goto:
    case = talk.data["case"]
    if "draft" in talk.data:
        return _another_case(talk, version, case)
    talk.services.told(talk.who, version, "documents", case)
    listed = () if talk.data.get("listed") else (Say(wording.part(talk, version, "documents", case)),)
    return Goto("consent", {"procedure": version.record.code, "case": case}, say=listed)


def _another_case(talk: Talk, version: Version, case: dict[str, str]) -> Goto:
    draft: Draft | None = talk.services.presubmissions.open(talk.who, talk.data["draft"])
    if draft is None or draft.row.state != "draft":
        return Goto("resumed", {"code": talk.data["draft"]})
    changes = talk.services.presubmissions.migrate(draft, version, case)
    return prepare_way.onward(talk, draft, prepare_way.changed(talk, changes))


# -- the notice -----------------------------------------------------------------------------------------------------


@prepare.step
def consent(talk: Talk) -> Ask | Goto:
    """What this is and is not, what is kept and how long; nothing is kept before a yes."""
    if talk.services.presubmissions.agrees(talk.who, "prepare"):
        return _begun(talk)
    office = talk.services.office
    text = talk.text(
        "prepare-notice", office=office.name if office else talk.text("office-unnamed"),
        version=consents.VERSIONS["prepare"],
    )  # fmt: skip
    return Ask(text, (Choice(_YES, talk.text("agree")), Choice(_NO, talk.text("agree-not"))))


@consent.takes
def _(talk: Talk, answer: Answer) -> Move:
    if answer.value not in (_YES, _NO):
        return Again(talk.text("choose-one"))
    talk.services.presubmissions.consent(talk.who, "prepare", answer.value == _YES)
    if answer.value == _NO and "code" in talk.data:
        return Goto("prepare_review.delete", {"code": talk.data["code"]}, replace=True)
    if answer.value == _NO:
        return Goto("menu.home", say=(Say(talk.text("prepare-without-consent")),), replace=True)
    return _begun(talk)


def _begun(talk: Talk) -> Goto:
    """The draft: a new one, or the one she came back to."""
    if "code" in talk.data:
        return Goto("prepare.resumed", {"code": talk.data["code"]})
    version = _version(talk)
    if version is None:
        return Goto("which")
    draft = talk.services.presubmissions.start(talk.who, version, talk.data["case"])
    if isinstance(draft, Refused):
        return Goto("prepare.mine", say=(Say(prepare_way.refusal(talk, draft)),), replace=True)
    return prepare_way.onward(talk, draft, (Say(talk.text("prepare-started", code=draft.code)),))


# -- coming back ----------------------------------------------------------------------------------------------------


@prepare.step
@prepare_way.hers
def resumed(talk: Talk, draft: Draft) -> Ask | Goto:
    """A pre-submission is opened again: brought to the newest version of its procedure, then to what is missing."""
    if not talk.services.presubmissions.agrees(talk.who, "prepare") and draft.is_editable:
        return Goto("consent", {"code": draft.code})
    said = []
    newest = talk.services.presubmissions.newest(draft) if draft.row.state == "draft" else None
    if newest is not None:
        case = papers.answered(newest.record, draft.row.case or {})
        if cases.next_question(newest.record, case) is not None:
            data = {"procedure": newest.record.code, "case": case, "draft": draft.code}
            return Goto("chosen", data, say=(Say(talk.text("prepare-new-version-case")),))
        changes = talk.services.presubmissions.migrate(draft, newest, case)
        said = [Say(talk.text("prepare-new-version")), *prepare_way.changed(talk, changes)]
        if len(said) == 1:
            said.append(Say(talk.text("prepare-changed-nothing")))
    return prepare_way.onward(talk, draft, tuple(said))


@resumed.takes
def _(talk: Talk, answer: Answer) -> Move:
    """Also the choice below a notice: "continue"."""
    return Goto("prepare.resumed", {"code": talk.data["code"]})
