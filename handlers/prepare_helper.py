"""Preparing for somebody else: the owner of the papers agrees in her own chat, or confirms at the counter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.dialog.flow import Flow, Talk
from bot.dialog.values import Again, Answer, Ask, Choice, Goto, Move, Say
from handlers import prepare_way
from handlers.tellings import Told, tells
from services.catalog import store
from services.presubmissions import consents, delegation, forms
from services.presubmissions.drafts import Draft
from services.refusal import Refused

helper = Flow("prepare_helper")

_YES, _NO = "yes", "no"


# -- the helper -----------------------------------------------------------------------------------------------------


@helper.step
@prepare_way.editing
def owner(talk: Talk, draft: Draft) -> Ask | Goto:
    """How does the owner agree?"""
    if delegation.standing(draft) == "given":
        return prepare_way.onward(talk, draft)
    choices = (
        Choice("code", talk.text("prepare-owner-code")),
        Choice("counter", talk.text("prepare-owner-counter")),
        Choice("check", talk.text("prepare-owner-check")),
    )
    return Ask(talk.text("prepare-owner"), choices)


@owner.takes
@prepare_way.editing
def _(talk: Talk, draft: Draft, answer: Answer) -> Move:
    match answer.value:
        case "code":
            return Again(talk.text("prepare-owner-give", code=delegation.ask(draft)))
        case "counter":
            forms.note(draft, forms.OWNER, "counter")
            return prepare_way.onward(talk, draft, (Say(talk.text("prepare-owner-at-counter")),))
        case "check":
            if delegation.standing(draft) == "given":
                return prepare_way.onward(talk, draft)
            return Again(talk.text("prepare-owner-not-yet"))
    return Again(talk.text("choose-one"))


@tells("prepare-agreed")
def _(talk: Talk, args: Mapping[str, Any]) -> Told:
    return _news(talk, "prepare-owner-agreed", args)


@tells("prepare-declined")
def _(talk: Talk, args: Mapping[str, Any]) -> Told:
    return _news(talk, "prepare-owner-declined", args)


@tells("prepare-revoked")
def _(talk: Talk, args: Mapping[str, Any]) -> Told:
    return Told(talk.text("prepare-owner-revoked", code=str(args["code"])))


@tells("prepare-moved")
def _(talk: Talk, args: Mapping[str, Any]) -> Told:
    return Told(talk.text("prepare-moved-away", code=str(args["code"])))


def _news(talk: Talk, key: str, args: Mapping[str, Any]) -> Told:
    go = (Choice("go", talk.text("prepare-onward")),)
    code = str(args["code"])
    words = talk.text("prepare-onward-words", code=code)
    return Told(talk.text(key, code=code), "prepare.resumed", {"code": code}, go, words)


# -- the owner ------------------------------------------------------------------------------------------------------


def asked(talk: Talk, typed: str) -> Move:
    """The owner types her code."""
    found = delegation.requested(talk.services.presubmissions.hand(talk.who), talk.who, typed)
    if isinstance(found, Refused):
        return Goto("menu.home", say=(Say(prepare_way.refusal(talk, found)),))
    return Goto("prepare_helper.agree", {"key": found.key})


@helper.step
def agree(talk: Talk) -> Ask | Goto:
    """What she agrees to: for which pre-submission, and what her helper will see."""
    services = talk.services
    found = delegation.request(services.presubmissions.hand(talk.who), str(talk.data["key"]))
    if found is None:
        return Goto("menu.home", say=(Say(talk.text("refused-owner-code-unknown")),))
    version = store.load_version(services.session, found.procedure_code, found.version_id)
    text = talk.text(
        "prepare-owner-asked", code=found.code, name=version.record.name if version else found.procedure_code,
        version=consents.VERSIONS["prepare"],
    )  # fmt: skip
    return Ask(text, (Choice(_YES, talk.text("agree")), Choice(_NO, talk.text("agree-not"))))


@agree.takes
def _(talk: Talk, answer: Answer) -> Move:
    if answer.value not in (_YES, _NO):
        return Again(talk.text("choose-one"))
    hand = talk.services.presubmissions.hand(talk.who)
    agrees = answer.value == _YES
    done = delegation.answer(hand, talk.who, str(talk.data["key"]), agrees)
    if done is None:
        return Goto("menu.home", say=(Say(talk.text("refused-owner-code-unknown")),), replace=True)
    said = talk.text("prepare-owner-thanks" if agrees else "prepare-owner-no", code=done.code)
    return Goto("menu.home", say=(Say(said),), replace=True)


@helper.step
def given(talk: Talk) -> Ask | Goto:
    """What she agreed to, each to be taken back."""
    codes = delegation.given_by(talk.services.presubmissions.hand(talk.who), talk.who)
    if not codes:
        return Goto("menu.home", say=(Say(talk.text("prepare-owner-none")),))
    choices = tuple(Choice(code, talk.text("prepare-owner-revoke", code=code)) for code in codes)
    return Ask(talk.text("prepare-owner-given"), choices)


@given.takes
def _(talk: Talk, answer: Answer) -> Move:
    if answer.value is None:
        return Again(talk.text("choose-one"))
    delegation.revoke(talk.services.presubmissions.hand(talk.who), talk.who, answer.value)
    return Goto("menu.home", say=(Say(talk.text("prepare-owner-revoke-done", code=answer.value)),), replace=True)
