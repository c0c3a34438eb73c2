"""Sending a pre-submission to the office for its check, and taking it back."""

from __future__ import annotations

from sqlalchemy import func, select

from services.db.presubmissions import Presubmission
from services.desk import cards
from services.presubmissions import drafts, forms, papers
from services.presubmissions.drafts import Draft
from services.refusal import Refused, refused

MOST_WAITING = 10
"""Pre-submissions of one conversation that the desk looks at: nobody keeps the officers from everybody else."""


def send(draft: Draft) -> Refused | None:
    """Hand it to the desk: one card for each round. Never a filing.

    Refusals: `prepare-not-open` (sent already, or over), `prepare-form` (field: the first answer that is missing),
    `prepare-papers` (titles: what is neither sent nor to be brought), `prepare-waiting` (most: so many wait already).
    """
    row = draft.row
    if not draft.is_editable:
        return refused("prepare-not-open")
    if (field := forms.missing(draft)) is not None:
        return refused("prepare-form", field=field)
    if left := papers.lacking(draft):
        return refused("prepare-papers", titles=[component.title for component in left])
    waits = (
        select(func.count())
        .select_from(Presubmission)
        .where(Presubmission.conversation_id == row.conversation_id, Presubmission.state.in_(("sent", "checking")))
    )
    if (draft.session.scalar(waits) or 0) >= MOST_WAITING:
        return refused("prepare-waiting", most=MOST_WAITING)
    row.state, row.sent_at, row.round = "sent", draft.hand.now, row.round + 1
    for name in (forms.PENDING, forms.FOUND, forms.CARD, forms.DONE):
        draft.form.pop(name, None)
    draft.save()
    cards.open_card(draft.session, draft.hand.now, "check", subject(row), row.agency_code)
    return None


def subject(row: Presubmission) -> str:
    """The round as cards name it: `CB-261122-0001#1`."""
    return f"{row.code}#{row.round}"


def take_back(draft: Draft) -> None:
    """Nobody at the desk has to look at it any more."""
    if draft.row.round:
        for kind in ("check", "approve"):
            cards.finish(draft.session, kind, subject(draft.row), draft.hand.now)


def withdraw(draft: Draft) -> Refused | None:
    """Withdraw what was sent. Refusal: `prepare-not-sent`."""
    if draft.row.state not in drafts.WITH_THE_OFFICE:
        return refused("prepare-not-sent")
    take_back(draft)
    drafts.end(draft, "withdrawn")
    return None


def cancel(draft: Draft) -> Refused | None:
    """Give a draft up; its answers stay some days, in case this was a mistake. Refusal: `prepare-not-open`."""
    if not draft.is_editable:
        return refused("prepare-not-open")
    take_back(draft)
    drafts.end(draft, "cancelled")
    return None
