"""Holding a dossier for the length of a transaction, and writing a checked change of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, text, update

from services.db.dossiers import Dossier, Ledger
from services.dossiers import events
from services.dossiers.codes import find
from services.dossiers.hand import Hand
from services.dossiers.settling import settle
from services.dossiers.states import Snapshot, Understood

WAIT_S = 2
"""How long a change waits for a row that another program holds. Then it is an OperationalError, and tried again later:
a program that forgot to commit must not hold every thread of ours."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event that stands in the record. `fresh` False: it stood there already, and nothing was done."""

    code: str
    seq: int
    fresh: bool
    state: Understood


@dataclass(frozen=True, slots=True)
class Held:
    """A dossier that nobody else writes until this transaction ends, with all that was written so far taken in."""

    code: str
    seq: int
    state: Understood
    row: Snapshot
    note: str | None


def hold(hand: Hand, typed: str) -> Held | None:
    """Lock a dossier, found by its code in any form; None if there is none.

    Raises OperationalError when another program holds its row for more than WAIT_S seconds.
    """
    code = find(hand.session, typed)
    if code is None:
        return None
    if hand.session.get_bind().dialect.name == "postgresql":  # SQLite's patience is set where it is opened
        hand.session.execute(text(f"SET LOCAL lock_timeout = '{WAIT_S}s'"))
    # the ledger first, then the shared row: see services.dossiers.settling
    hand.session.execute(select(Ledger.code).where(Ledger.code == code).with_for_update())
    hand.session.execute(select(Dossier.code).where(Dossier.code == code).with_for_update())
    settled = settle(hand.session, hand.keys, [code], hand.now, hand.zone).get(code)
    if settled is None or settled.row is None or settled.state.deleted_at is not None:
        return None
    return Held(code, settled.seq, settled.state, settled.row, events.note_in_force(hand.session, code))


def write(
    hand: Hand, held: Held, row: Snapshot, *, at: datetime, kind: str = "", note: str | None = None,
    event_id: str | None = None, form_no: str | None = None,
) -> Recorded:  # fmt: skip
    """Add the event, then bring the shared row to it. A new status without words of its own takes the old note away."""
    changed: dict[str, Any] = {
        name: getattr(row, name) for name in events.SNAPSHOT if getattr(row, name) != getattr(held.row, name)
    }
    # text that is no UTF-8 is mended on the way, or the row would differ from our event for ever
    mended = {name: text for name in events.SNAPSHOT if "\ufffd" in str(text := getattr(row, name))}
    said: tuple[str | None] | None = None
    if note is not None and note.strip() != (held.note or ""):
        said = (note.strip() or None,)
    elif note is None and "status" in changed and held.note is not None:
        said = (None,)
    events.append(
        hand, held.code, held.seq + 1, kind or _kind(changed), row, at=at, note=said, form_no=form_no,
        external_id=event_id,
    )  # fmt: skip
    if said is not None:
        changed["status_note"] = said[0]
    if changed or mended:
        hand.session.execute(update(Dossier).where(Dossier.code == held.code).values({**mended, **changed}))
    settled = settle(hand.session, hand.keys, [held.code], hand.now, hand.zone)[held.code]
    return Recorded(held.code, settled.seq, True, settled.state)


def _kind(changed: dict[str, Any]) -> str:
    for column, kind in (("status", "status"), ("due_at", "due"), ("holder_code", "handover")):
        if column in changed:
            return kind
    return "data" if changed else "note"
