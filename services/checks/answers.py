"""The form's answers: shown to the officer on the review page, and kept out of everything that is read elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from services.checks.privacy import Private
from services.db.presubmissions import Presubmission
from services.keys import Keys
from services.presubmissions import drafts, forms


@dataclass(frozen=True, slots=True)
class Line:
    """One answer: its field (`name`, `id_number`, ...) and the answer in full, as people read it."""

    field: str
    value: str


def answers(keys: Keys, row: Presubmission, today: date) -> tuple[Line, ...]:
    """Every answer in the order in which it was asked. Raises services.keys.Unopened."""
    form = drafts.read_form(keys, row)
    order = [*forms.ASKED, *(name for name in form if name not in forms.ASKED and not name.startswith("_"))]
    return tuple(
        Line(name, forms.shown(name, str(form[name]), today) if name in forms.ASKED else str(form[name]))
        for name in order
        if form.get(name)
    )


def private(session: Session, keys: Keys, code: str, today: date) -> Private:
    """What no note may repeat. Raises services.keys.Unopened."""
    form = drafts.read_form(keys, session.get_one(Presubmission, code))
    given = {name: str(form[name]) for name in forms.ASKED if form.get(name)}
    spoken = [forms.shown(name, value, today) for name, value in given.items()]
    return Private.of(
        [*spoken, *(value.rpartition("|")[2] for value in given.values())]
    )  # an address: code|house, street
