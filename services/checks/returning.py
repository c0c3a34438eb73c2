"""Giving a pre-submission back: once, with one complete list, each defect with its own words.

What needs the head's tap: a paper outside the published list (with its legal basis), and in a later round a defect
that could have been named before (with the reason why it was not).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from services import telling
from services.checks.access import OPEN, Checker, held, parted
from services.checks.answers import private
from services.checks.marking import LONGEST, components, marks, tidy, unmarked
from services.checks.privacy import Private
from services.db.desk import Staff
from services.db.presubmissions import Paper, Presubmission, Return, StoredFile
from services.desk import cards, staff
from services.desk.log import note
from services.dossiers.hand import HOME, Hand
from services.keys import Keys
from services.presubmissions import drafts
from services.presubmissions.drafts import Draft
from services.refusal import Refused, refused

ASKED = "asked"
_MOST_ASKED = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """A paper beyond the published list: what, why, and which law asks for it."""

    title: str
    note: str
    basis: str


@dataclass(frozen=True, slots=True)
class Given:
    """What became of a return: it went to the citizen, or it waits for the head's tap."""

    waits: bool


def give_back(
    session: Session, keys: Keys, by: Checker, now: datetime, *, asked: Sequence[Asked] = (), reason: str = ""
) -> Given | Refused:
    """Give the round back with everything that was marked as not good, and with the papers `asked` beyond the list.

    Refusals: check-unmarked (titles), check-note-missing (titles), check-nothing-wrong, check-basis-missing (title),
    check-asked-incomplete, check-reason-missing (titles: what could have been named before), check-private (title),
    check-note-long (most, title), and those of `access.held`.
    """
    row = held(session, by)
    if isinstance(row, Refused):
        return row
    papers, found = components(session, by.code), marks(session, by.code, by.round)
    if left := unmarked(papers, found):
        return refused("check-unmarked", titles=[paper.title for paper in left])
    items: list[dict[str, Any]] = [
        {"n": paper.n, "title": paper.title, "verdict": mark.verdict, "note": mark.note, "basis": paper.basis or ""}
        for paper in papers
        if (mark := found[paper.n]).verdict != "good"
    ]
    if mute := [item["title"] for item in items if not item["note"]]:
        return refused("check-note-missing", titles=mute)
    secrets = private(session, keys, by.code, now.astimezone(HOME).date())
    beyond = _beyond(asked, papers, secrets)
    if isinstance(beyond, Refused):
        return beyond
    if not (items or beyond):
        return refused("check-nothing-wrong")
    old, why = _not_new(session, by, [item["n"] for item in items]), tidy(reason)
    if len(why) > LONGEST:
        return refused("check-note-long", most=LONGEST, title=reason[:30])
    if secrets.found_in(why):
        return refused("check-private", title=why[:30])
    if old and not why:
        return refused("check-reason-missing", titles=[item["title"] for item in items if item["n"] in old])
    needs_head = bool(beyond or old)
    waits = needs_head and not by.is_head  # a head who checks herself has agreed by pressing
    for item in items:
        item["new"] = item["n"] not in old
    items += beyond
    given = _written(session, by, items, why or "; ".join(item["note"] for item in items), now)
    given.needs_head, given.state = needs_head, "waiting" if waits else "sent"
    given.approved_by, given.approved_at = (by.staff_id, now) if needs_head and not waits else (None, None)
    session.flush()
    note(session, now, "return", by.subject, "waiting" if waits else "done", staff_id=by.staff_id)
    if not waits:
        _sent(Draft(row, Hand(session, keys, f"staff:{by.staff_id}", now), {}), by.round, items)
        return Given(False)
    card = cards.get(session, cards.open_card(session, now, "approve", by.subject, row.agency_code))
    if card is not None and card.state in (cards.DONE, cards.GONE):
        cards.reopen(session, card, now)  # the head did not agree to an earlier list of this round
    whom = [one.conversation_id for one in staff.heads(session, row.agency_code) if one.conversation_id is not None]
    telling.tell_all(session, whom, "check-approve", now, subject=by.subject)
    return Given(True)


def _beyond(asked: Sequence[Asked], papers: list[Paper], secrets: Private) -> list[dict[str, Any]] | Refused:
    """The papers asked for beyond the list, as items numbered on from the last component."""
    items: list[dict[str, Any]] = []
    last = max((paper.n for paper in papers), default=0)
    for one in asked[:_MOST_ASKED]:
        title, note, basis = (tidy(text) for text in (one.title, one.note, one.basis))
        if not (title or note or basis):
            continue
        if not (title and note):
            return refused("check-asked-incomplete")
        if not basis:
            return refused("check-basis-missing", title=title[:80])
        for text in (title, note, basis):
            if len(text) > LONGEST:
                return refused("check-note-long", most=LONGEST, title=title[:30])
            if secrets.found_in(text):
                return refused("check-private", title=title[:30])
        n = last + len(items) + 1
        items.append({"n": n, "title": title, "verdict": ASKED, "note": note, "basis": basis, "new": True})
    return items


def _not_new(session: Session, by: Checker, numbers: list[int]) -> set[int]:
    """Which of these components could have been named in an earlier return: good then, and nothing sent since."""
    earlier = select(Return).where(
        Return.presubmission_code == by.code, Return.round < by.round, Return.state == "sent"
    )
    before = list(session.scalars(earlier.order_by(Return.round)))
    if not before:
        return set()
    told = {item["n"] for given in before for item in given.items}
    last = before[-1].approved_at or before[-1].at
    changed = select(StoredFile.paper_n).where(
        StoredFile.subject == by.code, or_(StoredFile.stored_at > last, StoredFile.dropped_at > last)
    )
    return set(numbers) - told - set(session.scalars(changed))


def _written(session: Session, by: Checker, items: list[Any], reason: str, now: datetime) -> Return:
    given = session.get(Return, (by.code, by.round))
    if given is None:
        given = Return(presubmission_code=by.code, round=by.round)
        session.add(given)
    given.items, given.reason, given.staff_id, given.at = items, reason, by.staff_id, now
    return given


def _sent(draft: Draft, round_: int, items: list[Any]) -> None:
    """The list goes to the citizen; what was asked beyond the published list becomes a component of its own."""
    session, row, now = draft.session, draft.row, draft.hand.now
    named = f"{row.code}#{round_}"
    row.state = "returned"
    for item in items:
        if item["verdict"] == ASKED and session.get(Paper, (row.code, item["n"])) is None:
            session.add(
                Paper(
                    presubmission_code=row.code, n=item["n"], title=item["title"], side=ASKED, is_identity=False,
                    how="", basis=item["basis"],
                )
            )  # fmt: skip
    drafts.touch(draft)
    cards.finish(session, "check", named, now)
    telling.tell(
        session, row.conversation_id, "checked-return", now, key=f"checked-return/{named}", code=row.code, round=round_
    )


# -- the head's tap -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Waiting:
    """A return that waits for the head: its code and round, the list, and the officer's reason."""

    code: str
    round: int
    items: tuple[dict[str, Any], ...]
    reason: str
    procedure_code: str


def waiting(session: Session, named: str) -> Waiting | None:
    """The return of this round, while it waits; None when there is nothing to decide (any more)."""
    code, round_ = parted(named)
    given, row = session.get(Return, (code, round_)), session.get(Presubmission, code)
    if given is None or row is None or given.state != "waiting" or row.round != round_ or row.state not in OPEN:
        return None
    return Waiting(code, round_, tuple(given.items), given.reason, row.procedure_code)


def decide(session: Session, keys: Keys, staff_id: int, named: str, *, agrees: bool, now: datetime) -> Refused | None:
    """The head's tap. Her role is read now, not when the card was shown.

    Refusals: check-not-head, check-decided (already, or the citizen took it back meanwhile).
    """
    code, round_ = parted(named)
    found = select(Presubmission).where(Presubmission.code == code).with_for_update()
    row = session.scalars(found.execution_options(populate_existing=True)).one_or_none()
    if row is None or not any(head.id == staff_id for head in staff.heads(session, row.agency_code)):
        note(session, now, "approve", named, "check-not-head", staff_id=staff_id)
        return refused("check-not-head")
    given = session.get(Return, (code, round_), populate_existing=True)
    if given is None or given.state != "waiting" or row.round != round_ or row.state not in OPEN:
        return refused("check-decided", code=code)
    given.state, given.approved_by, given.approved_at = "sent" if agrees else "denied", staff_id, now
    note(session, now, "approve", named, "done" if agrees else "denied", staff_id=staff_id)
    cards.finish(session, "approve", named, now)
    if agrees:
        _sent(Draft(row, Hand(session, keys, f"staff:{staff_id}", now), {}), round_, given.items)
    officer = session.get(Staff, given.staff_id)
    if officer is not None and officer.conversation_id is not None and officer.id != staff_id:
        kind = "check-approved" if agrees else "check-denied"
        telling.tell(session, officer.conversation_id, kind, now, key=f"{kind}/{named}/{now.isoformat()}", code=code)
    return None
