"""The count book: what came in, what went out, what is left, per agency, field, procedure, channel or span of time.

Every figure is counted by itself, so that the identities between them (`services.dossiers.identities`) prove something.
A period has what was received in it and what was left from before; a dossier counts as what it was at the period's end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, Literal

from sqlalchemy import ColumnElement, Integer, and_, case, cast, func, or_, select
from sqlalchemy.orm import Session

from services.catalog.portal import national_code
from services.db.dossiers import DossierEvent, Ledger
from services.db.office import Procedure, ProcedureVersion
from services.dossiers.hand import HOME
from services.dossiers.identities import Counts, Identity, identities
from services.dossiers.states import DONE, NOT_ACCEPTED, RETURNED, STOPPED, WAITING, WITHDRAWN

By = Literal["agency", "field", "procedure", "channel", "month", "quarter", "year"]
_GROUPS: dict[str, Any] = {
    "agency": Ledger.agency_code, "procedure": Ledger.procedure_code, "field": Ledger.procedure_code,
    "channel": func.coalesce(Ledger.channel, "counter"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a report: what it is about, and its figures."""

    label: str
    counts: Counts


@dataclass(frozen=True, slots=True)
class Report:
    """A report of the local days `since` to `until`, both included."""

    since: date
    until: date
    by: By | None
    lines: tuple[Line, ...]
    total: Counts

    @property
    def checks(self) -> list[Identity]:
        """The identities of the whole; each line of them should differ by 0."""
        found = identities(self.total)
        if self.by in _GROUPS:
            parts = sum(line.counts.total for line in self.lines)
            found.append(Identity("total = sum of the lines", self.total.total, parts))
        return found

    @property
    def difference(self) -> int:
        """The reconciliation line: 0, or the book does not add up."""
        return sum(abs(check.difference) for check in self.checks)


def counts(
    session: Session, since: date, until: date, now: datetime, *, by: By | None = None, zone: tzinfo = HOME
) -> Report:
    """Count the local days `since` to `until`, both included. Raises ValueError when they stand in the wrong order."""
    if until < since:
        raise ValueError(f"{since} to {until} is no period")
    total = _total(session, since, until, now, zone)
    if by is None:
        return Report(since, until, by, (), total)
    if by in _GROUPS:
        group = _GROUPS[by]
        rows = session.execute(_figures(since, until, now, zone, group).group_by(group).order_by(group))
        lines = [Line(str(label if label is not None else ""), Counts(*figures)) for label, *figures in rows]
        if by == "field":
            lines = _by_field(session, lines)
        return Report(since, until, by, tuple(line for line in lines if line.counts.total), total)
    spans = (Line(label, _total(session, begin, end, now, zone)) for label, begin, end in _spans(since, until, by))
    return Report(since, until, by, tuple(spans), total)


def _total(session: Session, since: date, until: date, now: datetime, zone: tzinfo) -> Counts:
    _, *figures = session.execute(_figures(since, until, now, zone, func.max("all"))).one()
    return Counts(*figures)


def _figures(since: date, until: date, now: datetime, zone: tzinfo, group: Any) -> Any:
    begin, end = span(since, until, zone)
    measures = _measures(begin, end, now)
    columns = [func.coalesce(func.sum(cast(case((measures[name], 1), else_=0), Integer)), 0) for name in Counts.names()]
    scope = or_(Ledger.received_at < end, Ledger.ended_at < end)
    running = or_(Ledger.ended_at.is_(None), Ledger.ended_at >= begin)
    return select(group, *columns).where(Ledger.deleted_at.is_(None), scope, running)


def _measures(begin: datetime, end: datetime, now: datetime) -> dict[str, ColumnElement[bool]]:
    """Each figure as a condition on a dossier; `begin` belongs to the period, `end` does not."""
    at = min(end, now)
    online = func.coalesce(Ledger.channel, "counter") == "online"
    is_ended = and_(Ledger.ended_at.is_not(None), Ledger.ended_at >= begin, Ledger.ended_at < end)
    is_open = or_(Ledger.ended_at.is_(None), Ledger.ended_at >= end)
    denied = and_(Ledger.status == NOT_ACCEPTED, is_ended)
    process = and_(Ledger.received_at.is_not(None), Ledger.received_at < end, or_(is_open, is_ended), ~denied)
    received = and_(process, Ledger.received_at >= begin)
    waiting = and_(process, is_open, _status_at(end, now).in_(WAITING))
    processing = and_(process, is_open, _status_at(end, now).not_in(WAITING))
    late = and_(Ledger.due_at.is_not(None), Ledger.due_at < at)
    released = and_(process, is_ended, Ledger.status.in_((STOPPED, DONE, RETURNED)))
    handed_out = and_(Ledger.status == RETURNED, Ledger.returned_at < end)
    return {
        "total": or_(process, denied), "denied": denied, "process": process, "received": received,
        "remaining": and_(process, Ledger.received_at < begin), "online": and_(received, online),
        "counter": and_(received, ~online, func.coalesce(Ledger.channel, "counter") != "post"),
        "post": and_(received, Ledger.channel == "post"), "waiting": waiting, "processing": processing,
        "undue": and_(processing, ~late), "overdue": and_(processing, late),
        "cancelled": and_(process, is_ended, Ledger.status == WITHDRAWN), "released": released,
        "done": and_(released, handed_out),
        "releasing": and_(released, Ledger.status != STOPPED, ~func.coalesce(handed_out, False)),
        "unresolved": and_(released, Ledger.status == STOPPED),
        "early": and_(released, Ledger.timeliness == "early"),
        "on_time": and_(released, Ledger.timeliness == "on-time"),
        "late": and_(released, Ledger.timeliness == "late"),
        "late_by_first": and_(released, Ledger.first_due_at.is_not(None), Ledger.ended_at > Ledger.first_due_at),
        "extended": and_(process, Ledger.extensions > 0),
        "supplemented": and_(process, Ledger.supplements > 0),
        "instant": and_(process, is_ended, Ledger.is_instant.is_(True)),
    }  # fmt: skip


def _status_at(end: datetime, now: datetime) -> Any:
    """A dossier's status at the period's end: today's, or, for a period gone by, what its last event before said."""
    if end > now:
        return func.coalesce(Ledger.status, 1)
    newest = (
        select(DossierEvent.status)
        .where(DossierEvent.dossier_code == Ledger.code, DossierEvent.at < end)
        .order_by(DossierEvent.seq.desc())
        .limit(1)
        .scalar_subquery()
    )
    return func.coalesce(newest, Ledger.status, 1)


def span(since: date, until: date, zone: tzinfo = HOME) -> tuple[datetime, datetime]:
    """The moments at which the local days `since` to `until` begin and are over; the second belongs to the next day."""
    return _midnight(since, zone), _midnight(until + timedelta(days=1), zone)


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _by_field(session: Session, lines: Iterable[Line]) -> list[Line]:
    """Lines of procedures put together by the field that the catalogue has for them; "" when it has none."""
    lines = list(lines)
    national = {line.label: national_code(line.label) or line.label for line in lines}
    shown = select(Procedure.code, ProcedureVersion.record).join(
        ProcedureVersion, ProcedureVersion.id == Procedure.version_id
    )
    rows = session.execute(shown.where(Procedure.code.in_(set(national.values()))))
    fields = {code: str(record.get("field", "")) for code, record in rows}
    together: dict[str, Counts] = {}
    for line in lines:
        field = fields.get(national[line.label], "")
        together[field] = together[field] + line.counts if field in together else line.counts
    return [Line(field, together[field]) for field in sorted(together)]


def _spans(since: date, until: date, by: By) -> Iterator[tuple[str, date, date]]:
    """The months, quarters or years of a period, cut off at its ends."""
    months = {"month": 1, "quarter": 3, "year": 12}[by]
    begin = since
    while begin <= until:
        index = begin.year * 12 + (begin.month - 1) // months * months
        following = date((index + months) // 12, (index + months) % 12 + 1, 1)
        quarter = (begin.month - 1) // 3 + 1
        labels = {"month": f"{begin:%Y-%m}", "quarter": f"{begin.year}-Q{quarter}", "year": str(begin.year)}
        yield labels[by], begin, min(until, following - timedelta(days=1))
        begin = following
