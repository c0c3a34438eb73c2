"""The code on an identity card: read from a photo that is not kept, looked at, and only then put into the form."""

from __future__ import annotations

from bot.dialog.flow import Talk
from bot.dialog.values import Again, Answer, Ask, Choice, Goto, Move, Say
from handlers import prepare_way
from handlers.prepare_form import ON_CARD, form, taken
from services.presubmissions import files, forms
from services.presubmissions.drafts import Draft

_YES, _NO = "yes", "no"


@form.step
@prepare_way.editing
def card(talk: Talk, draft: Draft) -> Ask | Goto:
    """A photo of the identity card, for its code alone: the photo is not kept."""
    if not talk.services.presubmissions.agrees(talk.who, "identity"):
        return Goto("prepare_papers.identity", {"code": draft.code, "n": 0})
    return Ask(talk.text("prepare-card"), (Choice(_NO, talk.text("prepare-by-typing")),), files_ok=True, card_ok=True)


@card.takes
@prepare_way.editing
def _(talk: Talk, draft: Draft, answer: Answer) -> Move:
    if not answer.files:
        return Goto("field", {"code": draft.code, "field": forms.missing(draft) or "name"}, replace=True)
    files.pass_by(draft, answer.files)
    read = next((found for file in answer.files if (found := forms.from_card(file.card, draft.hand.today))), None)
    if read is None:
        return Again(talk.text("prepare-card-unread"))
    forms.note(draft, forms.CARD, read)
    return Goto("carded", {"code": draft.code}, replace=True)


@form.step
@prepare_way.editing
def carded(talk: Talk, draft: Draft) -> Ask | Goto:
    """What the card's code says, to be looked at before it fills anything."""
    read = draft.form.get(forms.CARD)
    if not read:
        return prepare_way.onward(talk, draft)
    lines = [talk.text("prepare-carded")]
    for name in ON_CARD:
        if read.get(name):
            label, value = prepare_way.label(talk, name), str(read[name])
            lines.append(f"• {label}: {forms.masked(name, value, draft.hand.today)}")
    lines.append(talk.text("prepare-card-not-kept"))
    choices = (Choice(_YES, talk.text("prepare-card-fill")), Choice(_NO, talk.text("prepare-by-typing")))
    return Ask("\n".join(lines), choices)


@carded.takes
@prepare_way.editing
def _(talk: Talk, draft: Draft, answer: Answer) -> Move:
    if answer.value not in (_YES, _NO):
        return Again(talk.text("choose-one"))
    read = draft.form.pop(forms.CARD, None) or {}
    draft.save()
    if answer.value == _NO:
        return Goto("field", {"code": draft.code, "field": forms.missing(draft) or "name"})
    for name in ("name", "id_number"):
        if read.get(name):
            forms.keep(draft, name, str(read[name]))
    if read.get("address"):
        move = taken(talk, draft, "address", str(read["address"]))
        if isinstance(move, Goto):
            return move
    return prepare_way.onward(talk, draft, (Say(talk.text("prepare-card-filled")),))


__all__ = ["form"]
