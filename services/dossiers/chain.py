"""The chain of seals over a dossier's events, and finding the row that somebody changed.

The chain is per dossier: each seal covers the seal before it. Seals are made with a key that lies outside the database,
so whoever can write there still cannot rewrite what was. The words of a note are not covered themselves but by a salted
hash, so that they can be erased and the chain still holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

import msgspec
from sqlalchemy import and_, exists, select
from sqlalchemy.orm import Session, aliased

from services.db.dossiers import Dossier, DossierEvent, Ledger
from services.dossiers.events import EVENTS, SNAPSHOT, Event, event_of, note_digest, query
from services.dossiers.hand import whole
from services.keys import Keys, same


def seal(keys: Keys, before: str | None, event: Event, digest: str | None) -> str:
    """The seal of an event: over the seal before it and everything the event says; `digest` covers its note."""
    said = [
        before, event.dossier_code, event.seq, event.kind, event.actor, event.form_no, event.external_id, digest,
        _plain(event.at), _plain(event.recorded_at), *(_plain(getattr(event.row, name)) for name in SNAPSHOT),
    ]  # fmt: skip
    return keys.seal(msgspec.json.encode(said))


def _plain(value: object) -> object:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


@dataclass(frozen=True, slots=True)
class Broken:
    """Where a chain does not hold, and why.

    `changed`: this event is not what was sealed. `missing`: the event of this number is gone. `note`: its words are not
    the sealed ones. `unsealed`: it has no seal, and later ones have. `cut`: the events after it, up to `seq`, are gone.
    `row`: the shared row is not what its newest event says, or not there, so that a trigger was away meanwhile.
    """

    code: str
    seq: int
    why: str


def verify(session: Session, keys: Keys, code: str) -> list[Broken]:
    """Check one dossier's chain and its shared row; an empty list when everything holds."""
    return list(_verify(session, keys, code))


def verify_all(session: Session, keys: Keys) -> Iterator[Broken]:
    """Check every chain and every shared row, in constant memory."""
    yield from _verify(session, keys, None)


def _verify(session: Session, keys: Keys, code: str | None) -> Iterator[Broken]:
    events = query().outerjoin(Ledger, Ledger.code == EVENTS.c.dossier_code).add_columns(Ledger.seq, Ledger.hash)
    lost = select(Ledger.code, Ledger.seq).where(
        Ledger.seq > 0, ~exists().where(DossierEvent.dossier_code == Ledger.code)
    )
    if code is not None:
        events, lost = events.where(EVENTS.c.dossier_code == code), lost.where(Ledger.code == code)
    rows = session.execute(events.execution_options(yield_per=500))
    for of, group in groupby(rows, key=lambda row: row[0]):
        yield from _walk(keys, of, group)
    for gone, seq in session.execute(lost):
        yield Broken(gone, seq, "cut")
    yield from _rows(session, code)


def _walk(keys: Keys, code: str, rows: Iterable[Any]) -> Iterator[Broken]:
    """One dossier's events, oldest first, each row followed by how far its ledger says it was sealed, and by what."""
    before: str | None = None
    expected, unsealed, last = 1, 0, 0
    sealed_to, head = 0, None
    for row in rows:
        *_, sealed_to, head = row
        event = event_of(row[:-2])
        yield from (Broken(code, gone, "missing") for gone in range(expected, event.seq))
        expected = event.seq + 1
        if event.hash is None:
            unsealed = unsealed or event.seq
            continue
        if unsealed:
            yield Broken(code, unsealed, "unsealed")
            unsealed = 0
        if not same(event.hash, seal(keys, before, event, event.note)):
            yield Broken(code, event.seq, "changed")
        if event.text is not None and note_digest(event.salt or "", event.text) != event.note:
            yield Broken(code, event.seq, "note")
        before, last = event.hash, event.seq
    if last < (sealed_to or 0):
        yield Broken(code, sealed_to, "cut")
    elif last == sealed_to and before != head:
        yield Broken(code, last, "changed")


def _rows(session: Session, code: str | None) -> Iterator[Broken]:
    """Shared rows that differ from their newest event."""
    later = aliased(DossierEvent)
    newest = and_(
        DossierEvent.dossier_code == Dossier.code,
        ~exists().where(later.dossier_code == DossierEvent.dossier_code, later.seq > DossierEvent.seq),
    )
    columns = [getattr(table, name) for table in (Dossier, DossierEvent) for name in SNAPSHOT]
    pairs = select(Dossier.code, DossierEvent.seq, *columns).outerjoin(DossierEvent, newest).order_by(Dossier.code)
    if code is not None:
        pairs = pairs.where(Dossier.code == code)
    for row in session.execute(pairs.execution_options(yield_per=500)):
        half = 2 + len(SNAPSHOT)
        if [_second(value) for value in row[2:half]] != [_second(value) for value in row[half:]]:
            yield Broken(row[0], row[1] or 0, "row")
    gone = exists().where(DossierEvent.dossier_code == Ledger.code, DossierEvent.kind == "deleted").where(
        ~exists().where(later.dossier_code == DossierEvent.dossier_code, later.seq > DossierEvent.seq)
    )  # fmt: skip
    lost = select(Ledger.code, Ledger.seq).where(
        Ledger.seq > 0, ~exists().where(Dossier.code == Ledger.code), ~gone,
        exists().where(DossierEvent.dossier_code == Ledger.code),
    )  # fmt: skip
    if code is not None:
        lost = lost.where(Ledger.code == code)
    for away, seq in session.execute(lost.order_by(Ledger.code)):
        yield Broken(away, seq, "row")


def _second(value: object) -> object:
    return whole(value) if isinstance(value, datetime) else value
