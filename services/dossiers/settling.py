"""Taking in what was written: sealing new events, understanding them, noting what makes no sense.

Locks are always taken in the same order, first the ledger's row, then the shared row, and whoever reads changes never
waits for either, so that another program's transaction is never the victim of a deadlock with us.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta, tzinfo
from typing import Any, cast

from sqlalchemy import Table, bindparam, case, false, insert, select, update
from sqlalchemy.orm import Session

from services.db.dossiers import Anomaly, EventWork, Ledger, OperatorNote
from services.db.upsert import insert_into
from services.dossiers import stages
from services.dossiers.chain import seal
from services.dossiers.codes import normalise
from services.dossiers.events import EVENTS, NOTES, Event, event_of, note_digest, query
from services.dossiers.states import Folded, Snapshot, Understood, fold
from services.keys import Keys

_TOLD_AGAIN = timedelta(days=1)
_GOES_ON = ("work-put-by",)
"""Troubles that are noted again each hour while they last: who closed one is not told again at the next hour."""
STATE = tuple(one.name for one in fields(Understood))
_LEDGER = cast(Table, Ledger.__table__)
_WORK = cast(Table, EventWork.__table__)
_THESE = _LEDGER.c.code.in_(bindparam("codes", expanding=True))
_LOCK = select(_LEDGER).where(_THESE).order_by(_LEDGER.c.code).with_for_update()
_LOCK_FREE = select(_LEDGER).where(_THESE).order_by(_LEDGER.c.code).with_for_update(skip_locked=True)
_FRESH = query().join(_LEDGER, _LEDGER.c.code == EVENTS.c.dossier_code).where(_THESE, EVENTS.c.seq >= _LEDGER.c.seq)
_ANOMALY = insert(cast(Table, Anomaly.__table__))
_SEAL = (
    update(EVENTS)
    .where(EVENTS.c.dossier_code == bindparam("b_code"), EVENTS.c.seq == bindparam("b_seq"))
    .values(hash=bindparam("hash"), note=bindparam("note"))
)
_SALT = (
    update(NOTES)
    .where(NOTES.c.dossier_code == bindparam("b_code"), NOTES.c.seq == bindparam("b_seq"))
    .values(salt=bindparam("salt"))
)
_JUDGE = (
    update(_WORK)
    .where(_WORK.c.dossier_code == bindparam("b_code"), _WORK.c.seq == bindparam("b_seq"))
    .values(verdict=bindparam("verdict"))
)
_BOOK = (
    update(_LEDGER)
    .where(_LEDGER.c.code == bindparam("b_code"))
    .values({name: bindparam(name) for name in ("code_key", "seq", "hash", *STATE)})
)


@dataclass(slots=True)
class Settled:
    """What we know of a dossier once everything written so far was taken in. `row` is its newest event's."""

    code: str
    seq: int
    hash: str | None
    state: Understood
    row: Snapshot | None = None


def state_of(row: Any) -> Understood:
    """The understood state out of a row of the ledger's table."""
    return Understood(**{name: getattr(row, name) for name in STATE})


def settle(
    session: Session, keys: Keys, codes: Iterable[str], now: datetime, zone: tzinfo, *, wait: bool = True
) -> dict[str, Settled]:
    """Lock the ledger's rows of these dossiers and take in what was written since they were last settled.

    With `wait` False dossiers that another process works on are left out. Unknown codes are left out too.
    """
    codes = list(codes)
    locked = session.execute(_LOCK if wait else _LOCK_FREE, {"codes": codes}).all()
    settled = {row.code: Settled(row.code, row.seq, row.hash, state_of(row)) for row in locked}
    # a query of its own: what came in while we waited for the lock is seen by it
    rows = session.execute(_FRESH, {"codes": list(settled)})
    found: dict[str, list[Event]] = {}
    for row in rows:
        event = event_of(row)
        found.setdefault(event.dossier_code, []).append(event)
    writing = _Writing(now)
    for code, events in found.items():
        _take_in(keys, settled[code], events, writing, zone)
    writing.flush(session, settled)
    return settled


def _take_in(keys: Keys, one: Settled, events: list[Event], writing: _Writing, zone: tzinfo) -> None:
    """`events` begins with the newest one that was settled before, if there is one."""
    for number, event in enumerate(events):
        if event.seq > one.seq:
            previous = one.row
            _seal(keys, one, event, writing)
            at = event.at if isinstance(event.at, datetime) else writing.now
            folded = fold(one.state, previous, event.row, event.kind, at, writing.now, zone)
            if event.kind == "deleted" and number + 1 < len(events):
                # deleted and inserted anew in one go, as REPLACE may do: nobody took the dossier away
                folded = Folded(folded.state, "nothing", ())
            passage = stages.Passage(one.code, one.state, folded.state, at)
            one.seq, one.state = event.seq, folded.state
            writing.take(event, folded, passage)
        one.row = event.row


def _seal(keys: Keys, one: Settled, event: Event, writing: _Writing) -> None:
    if event.hash is not None:
        one.hash = event.hash
        return
    place = {"b_code": one.code, "b_seq": event.seq}
    digest = event.note
    if event.text is not None and digest is None:
        salt = secrets.token_hex(16)
        digest = note_digest(salt, event.text)
        writing.salts.append({**place, "salt": salt})
    one.hash = seal(keys, one.hash, event, digest)
    writing.seals.append({**place, "hash": one.hash, "note": digest})


@dataclass(slots=True)
class _Writing:
    """What settling writes, gathered so that many dossiers take few statements."""

    now: datetime
    salts: list[dict[str, Any]] = field(default_factory=list)
    seals: list[dict[str, Any]] = field(default_factory=list)
    verdicts: list[dict[str, Any]] = field(default_factory=list)
    findings: list[dict[str, Any]] = field(default_factory=list)
    changed: set[str] = field(default_factory=set)
    passages: list[stages.Passage] = field(default_factory=list)

    def take(self, event: Event, folded: Folded, passage: stages.Passage) -> None:
        code, seq = event.dossier_code, event.seq
        self.changed.add(code)
        self.verdicts.append({"b_code": code, "b_seq": seq, "verdict": folded.verdict})
        self.findings += [
            {"dossier_code": code, "seq": seq, "key": found.key, "args": found.args, "at": self.now}
            for found in folded.findings
        ]
        if passage.may_move:
            self.passages.append(passage)

    def flush(self, session: Session, settled: dict[str, Settled]) -> None:
        booked = [_booked(settled[code]) for code in sorted(self.changed)]
        connection = session.connection()
        for statement, rows in (
            (_SALT, self.salts), (_SEAL, self.seals), (_JUDGE, self.verdicts), (_BOOK, booked),
            (_ANOMALY, self.findings),
        ):  # fmt: skip
            if rows:
                connection.execute(statement, rows)
        stages.follow(session, self.passages)
        for found in self.findings:
            tell_operator(session, found["key"], found["dossier_code"], found["args"], self.now)


def _booked(one: Settled) -> dict[str, Any]:
    state = {name: getattr(one.state, name) for name in STATE}
    return {"b_code": one.code, "code_key": normalise(one.code), "seq": one.seq, "hash": one.hash, **state}


def tell_operator(session: Session, key: str, code: str, args: dict[str, Any], now: datetime) -> None:
    """One note for one kind of trouble with one dossier, however often it comes; if it was closed, it opens again."""
    note = insert_into(session, OperatorNote).values(
        key=key, dossier_code=code, args=args, first_at=now, last_at=now, times=1
    )
    # told again when it goes on after a day, and at once when it was closed: then it is a trouble of its own
    anew = OperatorNote.closed_at.is_not(None) if key not in _GOES_ON else false()
    told = case((anew | (OperatorNote.told_at < now - _TOLD_AGAIN), None), else_=OperatorNote.told_at)
    again = {
        "args": note.excluded.args, "last_at": now, "times": OperatorNote.times + 1, "closed_at": None, "told_at": told,
    }  # fmt: skip
    session.execute(note.on_conflict_do_update(index_elements=["key", "dossier_code"], set_=again))
