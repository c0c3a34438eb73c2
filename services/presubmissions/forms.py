"""The form: which answers a pre-submission needs, each checked as it is given, and how they are shown again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from services.catalog import store
from services.catalog.model import FormField, applies
from services.fields import FIELDS, Good
from services.files.card import parse
from services.presubmissions.drafts import Draft
from services.refusal import Refused, refused

ASKED = ("name", "id_number", "phone", "address")
"""What every form asks, in order; each is also the kind of its field."""
PENDING, FOUND, CARD, DONE = "_pending", "_found", "_card", "_done"
"""Notes of the conversation in a form: an answer to be confirmed, communes to choose among, what a card's code said,
and which returned papers were sent again. Gone when it is sent."""
WHO, OWNER = "_who", "_owner"
"""For whom this is: "self" or "other"; and "counter" where the owner confirms at the counter."""


@dataclass(frozen=True, slots=True)
class Line:
    """An answer to be shown: its field, and the answer as people read it."""

    field: str
    shown: str


def own(draft: Draft) -> tuple[FormField, ...]:
    """What the procedure asks besides, in this person's case."""
    version = store.load_version(draft.session, draft.row.procedure_code, draft.row.version_id)
    wanted = version.record.form_fields if version else ()
    return tuple(field for field in wanted if applies(field.when, draft.row.case or {}) and field.label not in ASKED)


def field_of(draft: Draft, name: str) -> FormField | None:
    """The procedure's own field of this name; None for those that every form has."""
    return next((field for field in own(draft) if field.label == name), None)


def missing(draft: Draft) -> str | None:
    """The first field without an answer; None when the form is full."""
    names = (*ASKED, *(field.label for field in own(draft)))
    return next((name for name in names if not draft.form.get(name)), None)


def check(draft: Draft, field: str, typed: str) -> Good | Refused:
    """What an answer to `field` is worth; nothing is kept. Refusals: see services.fields.keys."""
    mine = field_of(draft, field)
    if mine is not None:
        known = {"choices": "\n".join(mine.options)} if mine.options else {}
        return FIELDS[mine.kind].check(typed, known, draft.hand.today)
    if field not in ASKED:
        return refused("text-empty")
    known = {name: str(value) for name, value in draft.form.items() if name in ASKED and name != field}
    return FIELDS[field].check(typed, known, draft.hand.today)


def keep(draft: Draft, field: str, value: str) -> None:
    """Keep a checked answer; what was asked about it is settled."""
    draft.form[field] = value
    draft.form.pop(PENDING, None)
    draft.form.pop(FOUND, None)
    draft.save()


def note(draft: Draft, name: str, value: Any) -> None:
    """Keep or (None) drop a note of the conversation."""
    if value is None:
        draft.form.pop(name, None)
    else:
        draft.form[name] = value
    draft.save()


def shown(field: str, value: str, today: date, kind: str = "") -> str:
    """An answer as people read it. `kind` is that of a procedure's own field."""
    if not kind and field not in ASKED:
        return value
    found = FIELDS[kind or field].check(value, {}, today)
    return found.shown if isinstance(found, Good) else value


def masked(field: str, value: str, today: date, kind: str = "") -> str:
    """An answer for a review: of an identity number only the last four digits."""
    is_number = "id_number" in (field, kind) and value[-4:].isdecimal()  # one that is not known is none
    return f"•••• {value[-4:]}" if is_number else shown(field, value, today, kind)


def lines(draft: Draft) -> list[Line]:
    """All answers for a review, in the order in which they are asked."""
    kinds = {**dict.fromkeys(ASKED, ""), **{field.label: field.kind for field in own(draft)}}
    return [
        Line(name, masked(name, str(draft.form[name]), draft.hand.today, kind))
        for name, kind in kinds.items()
        if draft.form.get(name)
    ]


def from_card(text: str, today: date) -> dict[str, str]:
    """What the code on an identity card says, as far as the form needs it; {} for anything else."""
    card = parse(text)
    if card is None:
        return {}
    read = {"name": card.name, "id_number": card.number}
    found = {name: FIELDS[name].check(value, {}, today) for name, value in read.items()}
    good = {name: one.value for name, one in found.items() if isinstance(one, Good)}
    return {**good, "address": card.address} if "id_number" in good else {}
