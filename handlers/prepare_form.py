"""The form of a pre-submission: one question at a time, each answer checked at once, saved at every step.

Nothing that a person types is kept in the conversation's state: answers, and what is still asked about them, lie
encrypted in the form.
"""

from __future__ import annotations

from bot.dialog.flow import Flow, Talk
from bot.dialog.values import Again, Answer, Ask, Choice, Goto, Move
from handlers import details, elsewhere, help, meanwhile, prepare_way
from services import places
from services.catalog.model import FormField
from services.presubmissions import forms
from services.presubmissions.drafts import Draft
from services.refusal import Refused

form = Flow("prepare_form")

_KEEP, _CARD, _YES, _NO, _NONE, _LEAVE = "keep", "card", "yes", "no", "none", "leave"
ON_CARD = ("name", "id_number", "address")
"""What the code on an identity card can fill in."""


@form.step
@prepare_way.editing
def who(talk: Talk, draft: Draft) -> Ask | Goto:
    """For herself, or for somebody else?"""
    return Ask(
        talk.text("prepare-who"),
        (Choice("self", talk.text("prepare-who-self")), Choice("other", talk.text("prepare-who-other"))),
    )


@who.takes
@prepare_way.editing
def _(talk: Talk, draft: Draft, answer: Answer) -> Move:
    if answer.value not in ("self", "other"):
        return Again(talk.text("choose-one"))
    draft.row.for_other = answer.value == "other"
    forms.note(draft, forms.WHO, answer.value)
    return prepare_way.onward(talk, draft)


# -- one answer -----------------------------------------------------------------------------------------------------


@form.step
@prepare_way.editing
def field(talk: Talk, draft: Draft) -> Ask | Goto:
    """One question of the form; what stands there already can stay."""
    name = str(talk.data["field"])
    mine = forms.field_of(draft, name)
    lines, choices = [_question(talk, draft, name, mine)], []
    if mine is not None:
        offered = mine.options or ((talk.text("yes"), talk.text("no")) if mine.kind == "yes_no" else ())
        choices += [Choice(f"={option}", option) for option in offered]
    if draft.form.get(name):
        kind = mine.kind if mine else ""
        lines.append(talk.text("prepare-now", answer=forms.masked(name, str(draft.form[name]), draft.hand.today, kind)))
        choices.append(Choice(_KEEP, talk.text("prepare-keep")))
    elif name in ON_CARD:
        choices.append(Choice(_CARD, talk.text("prepare-from-card")))
    return Ask("\n".join(lines), tuple(choices), text_ok=True)


def _question(talk: Talk, draft: Draft, name: str, mine: FormField | None) -> str:
    if mine is not None and mine.example:
        return talk.text("prepare-ask-own-example", field=details.small(name), example=mine.example)
    if name not in forms.ASKED:
        return talk.text("prepare-ask-own", field=details.small(name))
    return talk.text(f"prepare-ask-{_key(name)}{'-other' if draft.row.for_other else ''}")


@field.takes
@prepare_way.editing
def _(talk: Talk, draft: Draft, answer: Answer) -> Move:
    if answer.value == _KEEP:
        return prepare_way.onward(talk, draft)
    if answer.value == _CARD:
        return Goto("card", {"code": draft.code})
    name, picked = str(talk.data["field"]), answer.value.removeprefix("=") if answer.value else None
    if picked is None and name not in forms.ASKED and help.is_doubt(answer.text or ""):
        return Goto("unknown", {"code": draft.code, "field": name})
    move = taken(talk, draft, name, picked or answer.text or "")
    return _asked(talk, draft, answer.text or "") or move if isinstance(move, Again) else move


def _asked(talk: Talk, draft: Draft, typed: str) -> Move | None:
    """A question in place of an answer ("mất bao nhiêu tiền"): of this procedure, or one that stands by itself."""
    version = talk.services.catalog.get(draft.row.procedure_code)
    told = meanwhile.told(talk, version, draft.row.case or {}, typed) if version else None
    return told or elsewhere.led(talk, typed)


@form.step
@prepare_way.editing
def unknown(talk: Talk, draft: Draft) -> Ask | Goto:
    """She does not know it: it may stay open for the officer, who reads that it is not known."""
    choices = (
        Choice(_LEAVE, talk.text("prepare-leave"), ("để trống", "bỏ qua")),
        Choice(_NO, talk.text("prepare-fill-in"), ("điền",)),
        Choice("person.ways", talk.text("menu-person"), ("gặp cán bộ", "officer")),
    )
    return Ask(talk.text("prepare-unknown", field=details.small(str(talk.data["field"]))), choices)


@unknown.takes
@prepare_way.editing
def _(talk: Talk, draft: Draft, answer: Answer) -> Move:
    name = str(talk.data["field"])
    if answer.value == _LEAVE:
        forms.keep(draft, name, talk.text("prepare-not-known"))
        return prepare_way.onward(talk, draft)
    if answer.value == _NO:
        return Goto("field", {"code": draft.code, "field": name}, replace=True)
    return Goto(answer.value) if answer.value else Again(talk.text("choose-one"))


def _key(name: str) -> str:
    return name.replace("_", "-")


def taken(talk: Talk, draft: Draft, name: str, typed: str) -> Move:
    """What becomes of an answer: kept, to be confirmed, to be chosen, or asked again with what is wrong."""
    found = forms.check(draft, name, typed)
    code = {"code": draft.code, "field": name}
    if isinstance(found, Refused):
        if found.key == "address-several":
            several = {"codes": str(found.args["codes"]).split()[:8], "detail": found.args.get("detail", "")}
            forms.note(draft, forms.FOUND, several)
            return Goto("place", {"code": draft.code})
        return Again(wrong(talk, found))
    if not found.warning:
        forms.keep(draft, name, found.value)
        return prepare_way.onward(talk, draft)
    if found.warning == "name-sentence" and (asked := _asked(talk, draft, typed)):
        return asked
    forms.note(draft, forms.PENDING, {"field": name, "value": found.value, "warning": found.warning})
    if found.warning == "address-without-street":
        return Goto("street", code)
    return Goto("sure", code)


def wrong(talk: Talk, why: Refused) -> str:
    """What is wrong with an answer, with an example of a right one."""
    return talk.text(f"field-{why.key}", **{name: str(value) for name, value in why.args.items()})


@form.step
@prepare_way.editing
def sure(talk: Talk, draft: Draft) -> Ask | Goto:
    """An answer that may stand, but looks unusual: is it right?"""
    pending = draft.form.get(forms.PENDING)
    if not pending:
        return prepare_way.onward(talk, draft)
    mine = forms.field_of(draft, pending["field"])
    shown = forms.shown(pending["field"], pending["value"], draft.hand.today, mine.kind if mine else "")
    text = talk.text(f"field-{pending['warning']}", answer=shown)
    return Ask(text, (Choice(_YES, talk.text("prepare-right")), Choice(_NO, talk.text("prepare-not-right"))))


@sure.takes
@prepare_way.editing
def _(talk: Talk, draft: Draft, answer: Answer) -> Move:
    pending = draft.form.get(forms.PENDING)
    if not pending:
        return prepare_way.onward(talk, draft)
    if answer.value == _NO:
        forms.note(draft, forms.PENDING, None)
        return Goto("field", {"code": draft.code, "field": pending["field"]}, replace=True)
    if answer.value != _YES:
        return Again(talk.text("choose-one"))
    if pending["field"] == "address" and "|" not in pending["value"]:
        return Goto("street", {"code": draft.code, "field": "address"})
    forms.keep(draft, pending["field"], pending["value"])
    return prepare_way.onward(talk, draft)


# -- the address ----------------------------------------------------------------------------------------------------


@form.step
@prepare_way.editing
def place(talk: Talk, draft: Draft) -> Ask | Goto:
    """Several communes may be meant."""
    found = [known for code in draft.form.get(forms.FOUND, {}).get("codes", ()) if (known := places.get(code))]
    if not found:
        return Goto("field", {"code": draft.code, "field": "address"})
    choices = (*(Choice(one.code, one.line) for one in found), Choice(_NONE, talk.text("ask-not-listed")))
    return Ask(talk.text("prepare-place"), choices, text_ok=True)


@place.takes
@prepare_way.editing
def _(talk: Talk, draft: Draft, answer: Answer) -> Move:
    detail = draft.form.get(forms.FOUND, {}).get("detail", "")
    if answer.value is None:
        return taken(talk, draft, "address", answer.text or "")
    if answer.value == _NONE:
        forms.note(draft, forms.FOUND, None)
        return Goto("field", {"code": draft.code, "field": "address"}, replace=True)
    return taken(talk, draft, "address", f"{answer.value}|{detail}" if detail else answer.value)


@form.step
@prepare_way.editing
def street(talk: Talk, draft: Draft) -> Ask | Goto:
    """The commune is known: house number and street, or the hamlet."""
    pending = draft.form.get(forms.PENDING)
    if not pending:
        return prepare_way.onward(talk, draft)
    known = places.get(str(pending["value"])[:5])
    return Ask(talk.text("prepare-street", place=known.line if known else ""), text_ok=True)


@street.takes
@prepare_way.editing
def _(talk: Talk, draft: Draft, answer: Answer) -> Move:
    pending = draft.form.get(forms.PENDING)
    if not pending:
        return prepare_way.onward(talk, draft)
    commune = str(pending["value"])[:5]
    found = forms.check(draft, "address", f"{commune}|{' '.join((answer.text or '').replace('|', ' ').split())}")
    if isinstance(found, Refused):
        return Again(wrong(talk, found))
    if found.warning:  # nothing but signs was typed
        return Again(talk.text("field-address-empty"))
    forms.keep(draft, "address", found.value)
    return prepare_way.onward(talk, draft)
