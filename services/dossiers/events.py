"""A dossier's events as they are stored: reading them, and adding one of ours."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Select, Table, and_, insert, select, update
from sqlalchemy.orm import Session

from services.db.dossiers import DossierEvent, DossierNote
from services.dossiers.hand import Hand
from services.dossiers.states import Snapshot

FOREIGN = "foreign"
"""The actor of an event that a trigger wrote: some other program."""

EVENTS = cast(Table, DossierEvent.__table__)
NOTES = cast(Table, DossierNote.__table__)
SNAPSHOT = tuple(field.name for field in fields(Snapshot))
_OWN = tuple(column.name for column in EVENTS.columns if column.name not in SNAPSHOT)


@dataclass(frozen=True, slots=True)
class Event:
    """One event as it is stored. `text` is the note's words, None when there are none or they were erased."""

    dossier_code: str
    seq: int
    kind: str
    actor: str
    at: datetime | str
    recorded_at: datetime | str
    row: Snapshot
    note: str | None = None
    form_no: str | None = None
    external_id: str | None = None
    hash: str | None = None
    text: str | None = None
    salt: str | None = None
    has_note: bool = False
    """Whether this event said anything about the note, be it that there is none any more."""


_QUERY = (
    select(*(EVENTS.c[name] for name in (*_OWN, *SNAPSHOT)), NOTES.c.text, NOTES.c.salt, NOTES.c.seq)
    .outerjoin(NOTES, and_(NOTES.c.dossier_code == EVENTS.c.dossier_code, NOTES.c.seq == EVENTS.c.seq))
    .order_by(EVENTS.c.dossier_code, EVENTS.c.seq)
)
_ADD_EVENT, _ADD_NOTE = insert(EVENTS), insert(NOTES)


def query() -> Select[Any]:
    """All events with their notes, by dossier and order; rows for `event_of`."""
    return _QUERY


def event_of(row: Any) -> Event:
    """An event out of a row of `query`."""
    own, rest = len(_OWN), len(_OWN) + len(SNAPSHOT)
    text, salt, noted = row[rest:]
    return Event(
        **dict(zip(_OWN, row[:own], strict=True)), row=Snapshot(**dict(zip(SNAPSHOT, row[own:rest], strict=True))),
        text=text, salt=salt, has_note=noted is not None,
    )  # fmt: skip


def of_dossier(session: Session, code: str) -> list[Event]:
    """All events of one dossier, oldest first."""
    return [event_of(row) for row in session.execute(query().where(EVENTS.c.dossier_code == code))]


def by_external_id(session: Session, code: str, external_id: str) -> Event | None:
    """The event that another program gave this id, if it was taken already."""
    where = (EVENTS.c.dossier_code == code, EVENTS.c.external_id == external_id)
    row = session.execute(query().where(*where)).first()
    return event_of(row) if row else None


def note_in_force(session: Session, code: str) -> str | None:
    """The words that the newest event left as the dossier's note."""
    newest = select(NOTES.c.text).where(NOTES.c.dossier_code == code).order_by(NOTES.c.seq.desc()).limit(1)
    return cast("str | None", session.scalar(newest))


def note_digest(salt: str, text: str) -> str:
    """The salted hash by which an event covers its note."""
    return hashlib.sha256(f"{salt}\x00{text}".encode()).hexdigest()


def append(
    hand: Hand, code: str, seq: int, kind: str, row: Snapshot, *, at: datetime, note: tuple[str | None] | None = None,
    form_no: str | None = None, external_id: str | None = None,
) -> None:  # fmt: skip
    """Add an event of ours. `note` is None when it says nothing about the note, else the new words in a tuple.

    To be called with the ledger's row locked and everything before it settled.
    """
    digest = None
    if note is not None:
        salt = secrets.token_hex(16)
        digest = None if note[0] is None else note_digest(salt, note[0])
        words = {"dossier_code": code, "seq": seq, "text": note[0], "salt": salt if digest else None}
        hand.session.execute(_ADD_NOTE, words)
    said = {
        "dossier_code": code, "seq": seq, "kind": kind, "note": digest, "actor": hand.actor, "form_no": form_no,
        "at": at, "external_id": external_id, "recorded_at": hand.now,
    }  # fmt: skip
    hand.session.execute(_ADD_EVENT, said | {name: getattr(row, name) for name in SNAPSHOT})


def erase_notes(session: Session, code: str) -> None:
    """Forget every word said about a dossier. The events keep hashes, which tell nothing without their salt."""
    session.execute(update(NOTES).where(NOTES.c.dossier_code == code).values(text=None, salt=None))
