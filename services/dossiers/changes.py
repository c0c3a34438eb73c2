"""What changed, by whomever: for the notifier, which decides who must know.

`event_work` holds a row for each event and each filled letterbox. Rows are claimed like any other work and deleted in
the same transaction, never read as "everything after the last id": on PostgreSQL ids are given out before they are
committed. A dossier's rows are taken by one process at a time and in order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, cast

from sqlalchemy import and_, bindparam, delete, exists, func, select, update
from sqlalchemy.orm import Session, aliased

from services.clock import ms
from services.db.dossiers import Anomaly, EventWork
from services.dossiers import personal
from services.dossiers.events import EVENTS, Event, event_of, query
from services.dossiers.hand import HOME
from services.dossiers.settling import Settled, settle, tell_operator
from services.dossiers.states import Understood, Verdict, is_status
from services.keys import Keys

_BACKOFF_MS = (1_000, 5_000, 30_000, 300_000, 3_600_000)
"""How long the work of one dossier waits after each failure; from the last step on it is put by."""
_MOST_OF_ONE = 500
_earlier = aliased(EventWork)
_IS_DUE = and_(
    EventWork.next_ms <= bindparam("now"),
    ~exists().where(_earlier.dossier_code == EventWork.dossier_code, _earlier.id < EventWork.id),
)
"""A row of work that is due and the oldest of its dossier: what came later waits for it."""
# Built once: it is asked five times a second, and building costs more than asking an empty table.
_ANY_DUE = select(exists().where(_IS_DUE))


@dataclass(frozen=True, slots=True)
class Change:
    """One event that followers may have to hear of. What made no sense in it is replaced by what was understood before.

    `note` is None when the event said nothing new in words. `state` is what is understood of the dossier by now, later
    events included.
    """

    code: str
    seq: int
    kind: str
    verdict: Verdict
    status: int | None
    holder_code: str | None
    due_at: datetime | None
    note: str | None
    actor: str
    at: datetime
    anomalies: tuple[str, ...]
    state: Understood


@dataclass(frozen=True, slots=True)
class Taken:
    """What one look brought. After `moved` letterboxes, call `personal.scrub` once it is committed, until True."""

    changes: tuple[Change, ...]
    moved: int

    def __bool__(self) -> bool:
        return bool(self.changes or self.moved)


def take(
    session: Session, keys: Keys, now: datetime, *, zone: tzinfo = HOME, most: int = 100, only: str | None = None
) -> Taken:
    """Claim the work of up to `most` dossiers, or of `only` one: seal and understand their events, empty their
    letterboxes.

    The claim ends with the transaction: undone, the same changes come again. Waits for nobody. If this, or what is
    made of the changes, fails, undo, take each of `due` alone, and `postpone` the one that fails.
    """
    heads = due(session, now, most, only=only, claim=True)
    if not heads:
        return Taken((), 0)
    settled = settle(session, keys, heads, now, zone, wait=False)
    _drop_lost(session, [code for code in heads if code not in settled], now)
    rows = session.execute(
        select(EventWork.id, EventWork.dossier_code, EventWork.seq, EventWork.verdict)
        .where(EventWork.dossier_code.in_(list(settled)))
        .order_by(EventWork.id)
        .limit(_MOST_OF_ONE)
    ).all()
    # what came in after settling is left for the next time
    work = [row for row in rows if row.seq is None or row.seq <= settled[row.dossier_code].seq]
    looked_at, moved = personal.move(session, keys, {code for _, code, seq, _ in work if seq is None}, now)
    # a deleted dossier has no letterbox any more; a row that another program is just writing comes again
    gone = {code for code, one in settled.items() if one.state.deleted_at is not None}
    done = [row for row in work if row.seq is not None or row.dossier_code in looked_at | gone]
    changes = _changes(session, [row for row in done if row.seq is not None], settled, now)
    if done:
        session.execute(delete(EventWork).where(EventWork.id.in_([row.id for row in done])))
    return Taken(tuple(changes), moved)


def due(session: Session, now: datetime, most: int = 100, *, only: str | None = None, claim: bool = False) -> list[str]:
    """The dossiers whose oldest open row is due; with `claim` held, and without those that another process holds."""
    found = select(EventWork.dossier_code).where(_IS_DUE).order_by(EventWork.id).limit(most)
    if only is not None:
        found = found.where(EventWork.dossier_code == only)
    return list(session.scalars(found.with_for_update(skip_locked=True) if claim else found, {"now": ms(now)}))


def _changes(session: Session, work: list[Any], settled: dict[str, Settled], now: datetime) -> list[Change]:
    if not work:
        return []
    joined = query().join(
        EventWork, and_(EventWork.dossier_code == EVENTS.c.dossier_code, EventWork.seq == EVENTS.c.seq)
    ).where(EventWork.id.in_([row.id for row in work]))  # fmt: skip
    events = {(event.dossier_code, event.seq): event for event in map(event_of, session.execute(joined))}
    anomalies: dict[tuple[str, int], list[str]] = {}
    found = select(Anomaly.dossier_code, Anomaly.seq, Anomaly.key).order_by(Anomaly.id)
    for code, seq, key in session.execute(found.where(Anomaly.dossier_code.in_(list(settled)))):
        anomalies.setdefault((code, seq), []).append(key)
    changes = []
    for row in work:
        place = (row.dossier_code, row.seq)
        if place in events:
            one = settled[row.dossier_code]
            changes.append(_change(events[place], row.verdict, tuple(anomalies.get(place, ())), one, now))
    return changes


def _change(event: Event, verdict: str | None, anomalies: tuple[str, ...], one: Settled, now: datetime) -> Change:
    status = event.row.status if isinstance(event.row.status, int) and is_status(event.row.status) else None
    senseless_due = {"time-unreadable", "time-backwards", "due-removed"} & set(anomalies)
    due = event.row.due_at if isinstance(event.row.due_at, datetime) and not senseless_due else one.state.due_at
    return Change(
        code=event.dossier_code, seq=event.seq, kind=event.kind, verdict=cast(Verdict, verdict or "nothing"),
        status=status or one.state.status, holder_code=event.row.holder_code or event.row.agency_code, due_at=due,
        note=event.text if event.has_note else None, actor=event.actor,
        at=event.at if isinstance(event.at, datetime) else now, anomalies=anomalies, state=one.state,
    )  # fmt: skip


def _drop_lost(session: Session, codes: list[str], now: datetime) -> None:
    """Drop the work of codes that are no readable text (only SQLite keeps such): nobody can find or be told of them.

    On PostgreSQL a code is left out of settling only because another process works on it.
    """
    if not codes or session.get_bind().dialect.name != "sqlite":
        return
    for code in codes:
        tell_operator(session, "code-unreadable", code, {}, now)
    found = session.execute(select(EventWork.id, EventWork.dossier_code))
    broken = [work for work, code in found if code in codes]
    session.execute(delete(EventWork).where(EventWork.id.in_(broken)))


def postpone(session: Session, codes: Sequence[str], now: datetime, why: str = "") -> list[str]:
    """Put off the work of these dossiers after a failure, longer each time; nothing of it is lost.

    After a few failures it is put by: the operator gets a note with `why`, and it is tried once an hour. Returns the
    codes that were.
    """
    put_by = []
    for code in codes:
        mine = EventWork.dossier_code == code
        tried = session.scalar(select(func.max(EventWork.attempts)).where(mine)) or 0
        last = len(_BACKOFF_MS) - 1
        wait = _BACKOFF_MS[min(tried, last)]
        session.execute(update(EventWork).where(mine).values(attempts=tried + 1, next_ms=ms(now) + wait))
        if tried >= last:
            tell_operator(session, "work-put-by", code, {"why": why, "times": tried + 1}, now)
            put_by.append(code)
    return put_by


def waiting(session: Session, now: datetime) -> bool:
    """Whether there is anything to take: one look at an index, for the poll that is the safety net."""
    return bool(session.scalar(_ANY_DUE, {"now": ms(now)}))
