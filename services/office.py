"""The office the bot speaks for: its name, hours, hotline, and importing all of it from one TOML file."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from services import office_parts
from services.clock import SystemClock
from services.db.machine import ChannelAccount
from services.db.office import Agency
from services.office_parts import CalendarEntry, CounterEntry, RepliesEntry, StaffEntry

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class BadOffice(Exception):
    """The office file cannot be used. The message says where and why, in one line."""


class AgencyEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One agency of the office file."""

    code: str
    name: str
    level: Literal["commune", "province", "ministry", "district", "other"]
    parent: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    hotline: str = ""
    email: str = ""
    address: str = ""
    hours: dict[Day, list[tuple[str, str]]] = {}
    front: bool = False


class AccountEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which agency a channel account belongs to."""

    channel: str
    account: str
    agency: str


class OfficeFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The office file as a whole."""

    agencies: list[AgencyEntry]
    channel_accounts: list[AccountEntry] = []
    staff: list[StaffEntry] = []
    counters: list[CounterEntry] = []
    calendar: list[CalendarEntry] = []
    replies: list[RepliesEntry] = []


@dataclass(frozen=True, slots=True)
class Office:
    """What a citizen is told of the office."""

    name: str
    hotline: str
    address: str
    hours: dict[str, list[list[str]]]


def read(path: Path) -> OfficeFile:
    """Read and check an office file. Raises BadOffice."""
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
        return check(msgspec.convert(raw, OfficeFile))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise BadOffice(f"{path.name}: {str(error).splitlines()[0]}") from None


def check(office: OfficeFile) -> OfficeFile:
    """Refuse what contradicts itself. Raises BadOffice."""
    codes = [agency.code for agency in office.agencies]
    if len(set(codes)) != len(codes):
        raise BadOffice("agencies: a code stands twice")
    if sum(agency.front for agency in office.agencies) > 1:
        raise BadOffice("agencies: front = true stands twice; the bot speaks for one")
    parents = {agency.code: agency.parent for agency in office.agencies}
    for agency in office.agencies:
        if not (agency.code.strip() and agency.name.strip()):
            raise BadOffice("agencies: each needs a code and a name")
        _check_parents(agency.code, parents)
        if agency.valid_from and agency.valid_to and agency.valid_from > agency.valid_to:
            raise BadOffice(f"agencies: {agency.code} ends before it begins")
        for day, spans in agency.hours.items():
            closed = ""
            for begin, end in spans:
                if not (_is_time(begin) and _is_time(end) and begin < end):
                    raise BadOffice(f"agencies: {agency.code} hours.{day}: {begin}-{end} is no span of time")
                if begin < closed:
                    raise BadOffice(f"agencies: {agency.code} hours.{day}: {begin}-{end} begins before {closed}")
                closed = end
    named = set()
    for account in office.channel_accounts:
        name = f"{account.channel}/{account.account}"
        if name in named:
            raise BadOffice(f"channel_accounts: {name} stands twice")
        if account.agency not in codes:
            raise BadOffice(f"channel_accounts: {name} names an unknown agency")
        named.add(name)
    if problem := office_parts.problems(codes, office.staff, office.counters, office.calendar, office.replies):
        raise BadOffice(problem)
    return office


def _check_parents(code: str, parents: dict[str, str | None]) -> None:
    passed, at = {code}, parents[code]
    while at is not None:
        if at not in parents:
            raise BadOffice(f"agencies: {code} has an unknown parent {at}")
        if at in passed:
            raise BadOffice(f"agencies: {code} is its own parent")
        passed.add(at)
        at = parents[at]


def _is_time(text: str) -> bool:
    try:
        return datetime.strptime(text, "%H:%M").strftime("%H:%M") == text
    except ValueError:
        return False


def bring_in(session: Session, office: OfficeFile, now: datetime | None = None) -> tuple[int, int]:
    """Write an office file into the database; returns how many agencies are new and how many were changed."""
    now = now or SystemClock().now()
    added = changed = 0
    codes = [entry.code for entry in office.agencies]
    if any(entry.front for entry in office.agencies):  # the bot speaks for one agency: this one from now on
        before = select(Agency).where(Agency.is_front, Agency.code.not_in(codes))
        for former in session.scalars(before):
            former.is_front = False
            changed += 1
    for entry in office.agencies:
        values: dict[str, Any] = {
            "name": entry.name, "level": entry.level, "parent_code": entry.parent, "valid_from": entry.valid_from,
            "valid_to": entry.valid_to, "hotline": entry.hotline, "email": entry.email, "address": entry.address,
            "hours": {day: [list(span) for span in spans] for day, spans in entry.hours.items()},
            "is_front": entry.front,
        }  # fmt: skip
        row = session.get(Agency, entry.code)
        if row is None:
            session.add(Agency(code=entry.code, **values))
            added += 1
        elif any(getattr(row, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(row, name, value)
            changed += 1
    for account in office.channel_accounts:
        found = session.get(ChannelAccount, (account.channel, account.account))
        if found is None:
            session.add(ChannelAccount(channel=account.channel, account=account.account, agency_code=account.agency))
        else:
            found.agency_code = account.agency
    office_parts.bring_in(session, office.staff, office.counters, office.calendar, office.replies, now)
    return added, changed


def front(session: Session) -> Office | None:
    """The office that the bot speaks for; None before one was imported."""
    row = session.scalars(select(Agency).where(Agency.is_front).order_by(Agency.code)).first()
    return Office(row.name, row.hotline, row.address, row.hours or {}) if row else None
