"""What is due at an agency: two lists every working day, and a reminder to the citizen when it is her turn.

A list is a telling with a key of its own for agency, day and chat, so it is said once whatever dies or runs twice. What
stands in it is looked up when it goes. Only agencies whose own calendar counts the day are told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Literal

from sqlalchemy import ColumnElement, Select, bindparam, func, select
from sqlalchemy.orm import Session

from services import telling, working_days
from services.db.dossiers import Ledger
from services.db.following import Follow, Preference, Told
from services.db.machine import Conversation, Meta
from services.db.office import Agency
from services.db.upsert import insert_into
from services.desk import staff
from services.dossiers import followers
from services.dossiers.hand import HOME
from services.dossiers.states import ACCEPTED, DONE, PAYMENT, PROCESSING, SUPPLEMENT
from services.working_days import Calendar

Which = Literal["morning", "evening"]

MORNING, EVENING, ENDS = time(7, 30), time(16, 30), time(20)
"""When the lists go, local time; one that was missed still goes until the next one, or until ENDS."""
TURN_AT = time(8)
"""When citizens are reminded of their turn."""
TURN_AFTER = {SUPPLEMENT: (3, 10), PAYMENT: (3, 10), DONE: (5, 15)}
"""Days after which somebody is reminded that her dossier waits for her, by status."""
SHOWN = 20
"""The most dossiers of one part of a list; the others are counted."""
_RUNNING = (ACCEPTED, PROCESSING)
"""The office's clock runs; while papers or a payment are awaited from the citizen it stands."""
_FORGOTTEN = timedelta(days=60)
_MARKS = select(Meta.key, Meta.value).where(Meta.key.in_(bindparam("names", expanding=True)))


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a list. `days_late` counts local days; 0 for what is not late."""

    code: str
    procedure_code: str | None
    days_late: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a list: the SHOWN most urgent ones, and how many there are in all."""

    items: tuple[Item, ...]
    count: int

    @property
    def more(self) -> int:
        """How many are counted and not shown."""
        return self.count - len(self.items)


@dataclass(frozen=True, slots=True)
class Lists:
    """What an agency holds: due today, due until its next working day, and late."""

    day: date
    next_day: date
    today: Part
    tomorrow: Part
    late: Part

    def has(self, which: Which) -> bool:
        """Whether a list of this time of day says anything."""
        return bool(self.today.count or self.late.count or (self.tomorrow.count and which == "morning"))


def lists(session: Session, agency_code: str, day: date, zone: tzinfo = HOME) -> Lists:
    """What is due at the agency that holds it; a part of any length is read as far as it is shown."""
    next_day = working_days.load(session, agency_code).next_working(day)
    begins, ends, after = (_midnight(one, zone) for one in (day, _after(day), _after(next_day)))

    def part(before: datetime, *since: ColumnElement[bool]) -> Part:
        mine = _open(before).where(Ledger.holder_code == agency_code, *since)
        items = tuple(
            Item(code, procedure, max(0, (day - due.astimezone(zone).date()).days) if due else 0)
            for code, procedure, due in session.execute(mine.order_by(Ledger.due_at, Ledger.code).limit(SHOWN))
        )
        if len(items) < SHOWN:
            return Part(items, len(items))
        return Part(items, session.scalar(mine.with_only_columns(func.count())) or 0)

    return Lists(day, next_day, part(ends, Ledger.due_at >= begins), part(after, Ledger.due_at >= ends), part(begins))


def _open(before: datetime) -> Select[str, str | None, datetime | None]:
    return select(Ledger.code, Ledger.procedure_code, Ledger.due_at).where(
        Ledger.due_at < before, Ledger.ended_at.is_(None), Ledger.deleted_at.is_(None), Ledger.status.in_(_RUNNING)
    )


def _after(day: date) -> date:
    return day + timedelta(days=1)


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


# -- the desks ------------------------------------------------------------------------------------------------------


def tick(session: Session, now: datetime, zone: tzinfo = HOME) -> int:
    """Tell the lists whose time has come, and remind citizens; returns how many messages were written.

    Any number of processes may call it, at any time and as often as they like.
    """
    local = now.astimezone(zone)
    which = _which(local.time())
    told = 0
    if which is not None and _first(session, f"due-{which}", local.date()):
        told += _tell_desks(session, which, now, local.date(), zone)
    if TURN_AT <= local.time() < ENDS and _first(session, "due-turn", local.date()):
        told += _tell_citizens(session, now, local.date(), zone)
    return told


def waiting(session: Session, now: datetime, zone: tzinfo = HOME) -> bool:
    """Whether `tick` has anything to do: a look at three small rows, for a reader."""
    local = now.astimezone(zone)
    which = _which(local.time())
    names = ([f"due-{which}"] if which else []) + (["due-turn"] if TURN_AT <= local.time() < ENDS else [])
    if not names:
        return False
    done = dict(session.execute(_MARKS, {"names": names}).all())
    return any(done.get(name, "") < local.date().isoformat() for name in names)


def _which(clock: time) -> Which | None:
    if MORNING <= clock < EVENING:
        return "morning"
    return "evening" if EVENING <= clock < ENDS else None


def _first(session: Session, name: str, day: date) -> bool:
    """Whether nobody has done this on this day yet; from now on somebody has, if the transaction ends well."""
    mark = insert_into(session, Meta).values(key=name, value=day.isoformat())
    done = mark.on_conflict_do_update(
        index_elements=["key"], set_={"value": day.isoformat()}, where=Meta.value < day.isoformat()
    )
    return session.scalar(done.returning(Meta.key)) is not None


def _tell_desks(session: Session, which: Which, now: datetime, day: date, zone: tzinfo) -> int:
    told = 0
    for agency, earliest in _held(session, day, zone).items():
        calendar = working_days.load(session, agency)
        # in the morning also what is due on the next working day, however many days off lie between
        until = calendar.next_working(day) if which == "morning" else day
        if not calendar.is_working(day) or earliest > until:
            continue
        key = f"due/{agency}/{day}/{which}"
        told += _to_all(session, desk_chats(session, agency, day), now, key, agency, day, which, for_head=False)
        if which == "evening":
            heads = [one.conversation_id for one in staff.heads(session, agency) if one.conversation_id]
            told += _to_all(session, heads, now, f"{key}/head", agency, day, which, for_head=True)
    return told


def _to_all(
    session: Session, chats: list[int], now: datetime, key: str, agency: str, day: date, which: Which, *, for_head: bool
) -> int:
    return telling.tell_all(
        session, chats, "due-list", now, key=key, agency=agency, day=day.isoformat(), which=which, for_head=for_head
    )


def _held(session: Session, day: date, zone: tzinfo) -> dict[str, date]:
    """The agencies that hold anything which may be due, each with the day of the earliest: one pass over an index."""
    # no run of days off is longer than a fortnight
    open_ones = _open(_midnight(day + timedelta(days=15), zone)).where(Ledger.holder_code.is_not(None))
    first = open_ones.with_only_columns(Ledger.holder_code, func.min(Ledger.due_at))
    found = session.execute(first.group_by(Ledger.holder_code).order_by(Ledger.holder_code))
    return {agency: due.astimezone(zone).date() for agency, due in found if agency and due}


def desk_chats(session: Session, agency_code: str, day: date) -> list[int]:
    """Where an agency is told: its desk groups, else its officers' private chats; where it has none, the front's."""
    front = session.scalar(select(Agency.code).where(Agency.is_front).order_by(Agency.code).limit(1))
    for code in dict.fromkeys([agency_code, front]):
        if code is None:
            continue
        found = staff.desks(session, code) or [
            one.conversation_id for one in staff.officers(session, code, day) if one.conversation_id is not None
        ]
        if found:
            return found
    return []


# -- the citizen's turn ---------------------------------------------------------------------------------------------


def _tell_citizens(session: Session, now: datetime, day: date, zone: tzinfo) -> int:
    """Remind those whose dossier has waited for them, on the agency's working days, once for each number of days."""
    waits = (
        select(
            Ledger.code, Ledger.status, Ledger.agency_code, Told.conversation_id, Told.seq, Told.at,
            Conversation.person_id,
        )
        .join(Told, Told.dossier_code == Ledger.code)
        .outerjoin(Conversation, Conversation.id == Told.conversation_id)
        .join(Follow, (Follow.dossier_code == Told.dossier_code) & (Follow.conversation_id == Told.conversation_id))
        .outerjoin(Preference, Preference.conversation_id == Told.conversation_id)
        .where(
            Ledger.status.in_(list(TURN_AFTER)), Ledger.deleted_at.is_(None), Told.status == Ledger.status,
            Told.at > now - _FORGOTTEN, Follow.is_muted.is_(False), Preference.stopped_at.is_(None),
        )
        .order_by(Ledger.code, Told.conversation_id)
    )  # fmt: skip
    calendars: dict[str, Calendar] = {}
    told = 0
    for code, status, agency, who, seq, since, person in session.execute(waits).all():
        waited = (day - since.astimezone(zone).date()).days
        passed = [after for after in TURN_AFTER[status or 0] if after <= waited]
        if (agency := agency or "") not in calendars:
            calendars[agency] = working_days.load(session, agency)
        if not passed or not calendars[agency].is_working(day):
            continue
        whom = f"person {person}" if person is not None else str(who)  # once, however many chats of hers follow it
        told += telling.tell(
            session, who, "my-turn", now, key=f"turn/{code}/{whom}/{seq}/{passed[-1]}", priority=telling.BULK,
            at=followers.earliest(followers.wishes(session, who), now, urgent=False, zone=zone), code=code,
            status=status,
        )  # fmt: skip
    return told
