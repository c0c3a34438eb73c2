"""The ten national statuses, which may follow which, and what a row written by anybody comes to mean.

`fold` takes in one event: what makes sense becomes part of the understood state, what does not is an anomaly and leaves
that part as it was. It never raises, and it is the only place that decides what makes sense.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import Any, Literal

REGISTERED, ACCEPTED, NOT_ACCEPTED, PROCESSING, SUPPLEMENT, PAYMENT, WITHDRAWN, STOPPED, DONE, RETURNED = range(1, 11)

TRANSITIONS: dict[int, frozenset[int]] = {
    REGISTERED: frozenset({ACCEPTED, NOT_ACCEPTED, WITHDRAWN}),
    ACCEPTED: frozenset({PROCESSING, SUPPLEMENT, PAYMENT, WITHDRAWN, STOPPED, DONE}),
    NOT_ACCEPTED: frozenset(),
    PROCESSING: frozenset({SUPPLEMENT, PAYMENT, WITHDRAWN, STOPPED, DONE}),
    SUPPLEMENT: frozenset({ACCEPTED, PROCESSING, WITHDRAWN, STOPPED}),
    PAYMENT: frozenset({PROCESSING, WITHDRAWN, STOPPED, DONE}),
    WITHDRAWN: frozenset(),
    STOPPED: frozenset(),
    DONE: frozenset({RETURNED}),
    RETURNED: frozenset(),
}
"""Which status may follow which (the contracts of the house)."""

ENDED = frozenset({NOT_ACCEPTED, WITHDRAWN, STOPPED, DONE, RETURNED})
"""The office has nothing more to decide; `DONE` still has to be handed out."""
WAITING = frozenset({SUPPLEMENT, PAYMENT})
"""The citizen's turn; the office's clock stands."""
NOT_RECEIVED = frozenset({REGISTERED, NOT_ACCEPTED})
"""The legal clock has not started: Decree 309/2026 Art. 17(3)."""

SLACK = timedelta(minutes=10)
"""How far another program's clock may be ahead of ours before a time counts as lying in the future."""

Verdict = Literal["news", "correction", "nothing"]
"""What an event is to those who follow: news; only a correction of what they were told; nothing they should hear."""
Timeliness = Literal["early", "on-time", "late"]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A dossier's row after an event, exactly as it lies there: a text where a time or number cannot be read."""

    status: int | str | None
    holder_code: str | None
    procedure_code: str | None
    agency_code: str | None
    due_at: datetime | str | None = None
    received_at: datetime | str | None = None
    finished_at: datetime | str | None = None
    returned_at: datetime | str | None = None


@dataclass(frozen=True, slots=True)
class Understood:
    """What we understand of a dossier. Times are aware, in UTC."""

    status: int | None = None
    procedure_code: str | None = None
    agency_code: str | None = None
    holder_code: str | None = None
    received_at: datetime | None = None
    due_at: datetime | None = None
    first_due_at: datetime | None = None
    ended_at: datetime | None = None
    returned_at: datetime | None = None
    timeliness: Timeliness | None = None
    extensions: int = 0
    supplements: int = 0
    deleted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that makes no sense. `key` names a text, `args` its variables; nothing personal in them."""

    key: str
    args: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Folded:
    """What taking in one event came to."""

    state: Understood
    verdict: Verdict
    findings: tuple[Finding, ...]


def is_status(value: object) -> bool:
    """Whether a value is one of the ten."""
    return isinstance(value, int) and not isinstance(value, bool) and REGISTERED <= value <= RETURNED


def goes_on(old: int | None, new: int | None) -> bool:
    """Whether the office's clock runs again after papers or a payment were awaited: a later date that is named then is
    no re-appointment, for the time begins anew (Decree 61/2018 Art. 19(4))."""
    return old in WAITING and new not in WAITING and new not in ENDED


def fold(
    before: Understood, previous: Snapshot | None, row: Snapshot, kind: str, at: datetime, now: datetime, zone: tzinfo
) -> Folded:
    """Take in an event: `previous` is the row before it (None for the first), `at` when it happened by its own word."""
    if kind == "deleted":
        return Folded(replace(before, deleted_at=at), "nothing", (Finding("deleted", {}),))
    reading = _Reading(before, previous, row, now)
    status, verdict = reading.status()
    received = reading.received(status, at)
    due, extended = reading.due(received, status)
    finished = reading.finished(received)
    ended = _ended_at(before, status, finished, at)
    returned = reading.returned(received) if status == RETURNED else None
    after = Understood(
        status=status, procedure_code=row.procedure_code, agency_code=row.agency_code,
        holder_code=row.holder_code or row.agency_code, received_at=received, due_at=due,
        first_due_at=before.first_due_at or due, ended_at=ended,
        returned_at=(returned or before.returned_at or at) if status == RETURNED else None,
        timeliness=_timeliness(ended, due, zone), extensions=before.extensions + extended,
        supplements=before.supplements + (status == SUPPLEMENT and before.status != SUPPLEMENT),
    )  # fmt: skip
    if (
        verdict == "nothing"
        and status is not None
        and (after.holder_code != before.holder_code or after.due_at != before.due_at)
    ):
        verdict = "news"
    return Folded(after, verdict, tuple(reading.findings))


class _Reading:
    """Reads the changed parts of one event, each for itself."""

    def __init__(self, before: Understood, previous: Snapshot | None, row: Snapshot, now: datetime) -> None:
        self.before, self.previous, self.row, self.now = before, previous, row, now
        self.findings: list[Finding] = []

    def changed(self, name: str) -> bool:
        return self.previous is None or getattr(self.previous, name) != getattr(self.row, name)

    def find(self, key: str, **args: Any) -> None:
        self.findings.append(Finding(key, args))

    def status(self) -> tuple[int | None, Verdict]:
        old, new = self.before.status, self.row.status
        if not self.changed("status") or new == old:
            return old, "nothing"
        if not isinstance(new, int) or not is_status(new):
            self.find("status-unknown", value=str(new)[:40])
            return old, "nothing"
        if old is None or new in TRANSITIONS[old]:
            return new, "news"
        self.find("finished-twice" if old == RETURNED and new == DONE else "transition-impossible", old=old, new=new)
        return new, "correction"

    def time(self, name: str, *, may_lie_ahead: bool = False, since: datetime | None = None) -> datetime | None:
        """A changed time that makes sense; None for an unchanged, empty or senseless one."""
        value = getattr(self.row, name)
        if value is None or not self.changed(name):
            return None
        if not isinstance(value, datetime):
            self.find("time-unreadable", column=name, value=value[:40])
        elif not may_lie_ahead and value > self.now + SLACK:
            self.find("time-future", column=name)
        elif since is not None and value < since:
            self.find("time-backwards", column=name)
        else:
            return value
        return None

    def received(self, status: int | None, at: datetime) -> datetime | None:
        given = self.time("received_at")
        if given is not None and self.before.ended_at is not None and given > self.before.ended_at:
            self.find("time-backwards", column="received_at")
            given = None
        known = given or self.before.received_at
        return known if known or status is None or status in NOT_RECEIVED else at

    def due(self, received: datetime | None, status: int | None) -> tuple[datetime | None, bool]:
        known = self.before.due_at
        if self.row.due_at is None and known is not None and self.changed("due_at") and status not in ENDED:
            self.find("due-removed")
        given = self.time("due_at", may_lie_ahead=True, since=received)
        moved = given is not None and known is not None and given > known
        return given or known, moved and not goes_on(self.before.status, status)

    def finished(self, received: datetime | None) -> datetime | None:
        given = self.time("finished_at", since=received)
        earlier = self.previous.finished_at if self.previous else None
        if given is not None and isinstance(earlier, datetime) and self.before.ended_at is not None:
            self.find("finished-twice")
            return None
        return given

    def returned(self, received: datetime | None) -> datetime | None:
        return self.time("returned_at", since=received)


def _ended_at(before: Understood, status: int | None, finished: datetime | None, at: datetime) -> datetime | None:
    if status not in ENDED:
        return None
    return finished or before.ended_at or at


def _timeliness(ended: datetime | None, due: datetime | None, zone: tzinfo) -> Timeliness | None:
    """By local days: a dossier that was promised no date cannot be late."""
    if ended is None:
        return None
    if due is None:
        return "on-time"
    ended_on, due_on = ended.astimezone(zone).date(), due.astimezone(zone).date()
    return "early" if ended_on < due_on else "on-time" if ended_on == due_on else "late"
