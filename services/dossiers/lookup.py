"""Looking a dossier up, in two tiers: anybody with the code sees code and progress, the owner sees everything.

The owner proves herself by the last digits of the phone or identity number known for the dossier. A wrong answer never
tells which of them was wrong or whether one is known at all. Five wrong ones of one asker for one code lock her out of
it for a day; twenty in a day from all askers together close this way for the code, for all, until the next day: the
receipt's code and the counter still work, so that nobody can lock the owner out. Who goes from code to code is stopped
as well: after thirty wrong answers of one asker, or a hundred from all chat pages of one address.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import delete, insert, select, tuple_
from sqlalchemy.orm import Session

from services import validators
from services.clock import ms
from services.db.following import LookupDay, LookupRate, LookupTry, OwnerRead
from services.db.upsert import insert_into
from services.dossiers import personal
from services.dossiers.codes import LONGEST, find, normalise
from services.dossiers.hand import HOME
from services.keys import Keys, same
from services.refusal import Refused, refused

TRIES = 5
LOCKED = timedelta(hours=24)
WRONG_A_DAY = 20
WRONG_OVER_ALL, WRONG_OF_A_PLACE = 30, 100
ASKED_OF_A_PLACE = 200
"""Questions of the public tier in ten minutes from all chat pages of one address: an office's hall may share one."""
_ANY_CODE = "*"
FEWEST, MOST = 4, 12
"""How many of the last digits may be given."""


def unlock(
    session: Session, keys: Keys, *, asker: str, code: str, digits: str, now: datetime, place: str = "",
    zone: tzinfo = HOME,
) -> str | Refused:  # fmt: skip
    """Prove by the last digits that a dossier is one's own; returns its code as stored.

    `asker` is who tries: a conversation; `place` what it shares with others, "" for nothing: an address. Refusals:
    `digits-malformed` (not counted), `digits-closed` (this way is closed for today), `locked` (with `until`),
    `not-matched` (with `left`).
    """
    given = validators.digits(digits)
    if not (given.isascii() and given.isdigit() and FEWEST <= len(given) <= MOST):
        return refused("digits-malformed", fewest=FEWEST)
    known = find(session, code)
    name = known or normalise(code)[:LONGEST].replace("\x00", "").encode(errors="replace").decode()
    today = now.astimezone(zone).date()
    whatever = [(_tried(session, asker, _ANY_CODE, now), WRONG_OVER_ALL)]
    if place:
        whatever.append((_tried(session, place, _ANY_CODE, now), WRONG_OF_A_PLACE))
    if any(row.wrong >= most for row, most in whatever):
        return refused("digits-closed")
    over_all = _wrong_today(session, name, today)
    tried = _tried(session, asker, name, now)
    if tried.locked_until is not None:
        return refused("locked", until=tried.locked_until)
    if over_all.wrong >= WRONG_A_DAY:
        return refused("digits-closed")
    if known is not None and _matches(session, keys, known, given):
        session.delete(tried)
        session.flush()
        opened(session, known, asker, "digits", now)
        return known
    over_all.wrong += 1
    for row in (tried, *(row for row, _ in whatever)):
        row.wrong, row.last_at = row.wrong + 1, now
    if tried.wrong >= TRIES:
        tried.locked_until = now + LOCKED
    session.flush()
    if tried.locked_until is not None:
        return refused("locked", until=tried.locked_until)
    return refused("not-matched", left=TRIES - tried.wrong)


def _matches(session: Session, keys: Keys, code: str, given: str) -> bool:
    """Whether phone or identity number end so; both are always compared, in constant time."""
    ends: tuple[str | None, ...]
    if len(given) == FEWEST:
        ends = personal.last_digits(session, code)
    else:
        person = personal.read(session, keys, code)
        ends = tuple(
            None if value is None else validators.digits(value)[-len(given) :]
            for value in (person.phone, person.id_number)
        )
    found = [same(given, end or "?") for end in ends]
    return any(found)


def _tried(session: Session, asker: str, name: str, now: datetime) -> LookupTry:
    """The asker's row for this code, locked; begun anew when its lock or its day is over."""
    row = insert_into(session, LookupTry).values(asker=asker, dossier_code=name, wrong=0, last_at=now)
    session.execute(row.on_conflict_do_nothing())
    return begun_anew(session.get_one(LookupTry, (asker, name), with_for_update=True, populate_existing=True), now)


def begun_anew(tried: LookupTry, now: datetime) -> LookupTry:
    """The row, counted anew when its lock or its day is over. What a clock wrote that was ahead holds for a day."""
    if tried.last_at > now:
        tried.last_at = now
        tried.locked_until = min(tried.locked_until, now + LOCKED) if tried.locked_until is not None else None
    if tried.last_at + LOCKED <= now or (tried.locked_until is not None and tried.locked_until <= now):
        tried.wrong, tried.locked_until = 0, None
    return tried


def _wrong_today(session: Session, name: str, today: date) -> LookupDay:
    """The code's row of the day, locked, so that tries that come together are counted one after another."""
    row = insert_into(session, LookupDay).values(dossier_code=name, day=today, wrong=0)
    session.execute(row.on_conflict_do_nothing())
    return session.get_one(LookupDay, (name, today), with_for_update=True, populate_existing=True)


def opened(session: Session, code: str, asker: str, way: str, now: datetime) -> None:
    """Write down that the owner's view of a dossier was opened."""
    session.execute(insert(OwnerRead).values(dossier_code=code, asker=asker, way=way, at=now))


def may_ask(session: Session, asker: str, now: datetime, *, most: int = 30, seconds: int = 600) -> bool:
    """Count a question of the public tier; False when this asker (or address) had its share of this window of time."""
    window = ms(now) // (seconds * 1000)
    row = insert_into(session, LookupRate).values(asker=asker, window=window, asked=1)
    asked = session.scalar(
        row.on_conflict_do_update(index_elements=["asker", "window"], set_={"asked": LookupRate.asked + 1}).returning(
            LookupRate.asked
        )
    )
    return int(asked) <= most


def forget_old(session: Session, now: datetime, *, seconds: int = 600, most: int = 20_000) -> int:
    """Delete tries and counts that no longer matter, at most `most` of each kind; returns how many rows went."""
    old: tuple[tuple[Any, Any], ...] = (
        (LookupTry, LookupTry.last_at < now - 2 * LOCKED),
        (LookupDay, LookupDay.day < (now - 2 * LOCKED).date()),
        (LookupRate, LookupRate.window < ms(now) // (seconds * 1000) - 1),
    )
    went = 0
    for table, is_old in old:
        key = table.__table__.primary_key.columns
        some = select(*key).where(is_old).limit(most)
        went += int(getattr(session.execute(delete(table).where(tuple_(*key).in_(some))), "rowcount", 0))
    return went


def owner_reads(session: Session, code: str) -> list[tuple[datetime, str, str]]:
    """When, by whom and in which way the owner's view of a dossier was opened."""
    rows = select(OwnerRead.at, OwnerRead.asker, OwnerRead.way).where(OwnerRead.dossier_code == code)
    return [(at, asker, way) for at, asker, way in session.execute(rows.order_by(OwnerRead.id))]
