"""Invitations: a code that binds a person's private chat, or a group as an agency's desk. Once, and for 24 hours.

A code used in the wrong place is burnt: too many have read it, or the wrong one. Only its keyed hash is kept.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from services.db.desk import Desk, Staff, StaffInvite
from services.db.office import Agency
from services.db.upsert import insert_into
from services.desk import log
from services.desk.staff import ROLES, Member, Role, by_id, member
from services.dossiers.lookup import may_ask
from services.keys import Keys
from services.refusal import Refused, refused

VALID = timedelta(hours=24)
DESK = "desk"
GUESSES = 5
"""How many codes one chat may try in ten minutes."""
PATTERN = r"[2-9A-HJ-NP-Z]{4}(?:\s?[-–—]\s?[2-9A-HJ-NP-Z]{4}){2}"
"""A code standing alone. Three fours: a receipt's code has two fives, a dossier's begins with its agency."""
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_LENGTH = 12


def make(
    session: Session, keys: Keys, agency_code: str, role: str, now: datetime, *, made_by: str, name: str = ""
) -> str | Refused:
    """A new code, to be shown once. Refusals: `agency-unknown`, `role-unknown`."""
    if session.get(Agency, agency_code) is None:
        return refused("agency-unknown", code=agency_code)
    if role not in (*ROLES, DESK):
        return refused("role-unknown", role=role)
    plain = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
    session.add(
        StaffInvite(
            code_hash=_hash(keys, plain), agency_code=agency_code, role=role, name=name.strip(), made_by=made_by,
            made_at=now, until=now + VALID,
        )
    )  # fmt: skip
    log.note(session, now, "invite", f"{agency_code} {role}")
    return "-".join(plain[at : at + 4] for at in range(0, _LENGTH, 4))


def looks_like_code(typed: str) -> bool:
    """Whether a text has the form of an invitation, with or without its dashes."""
    code = normalise(typed)
    return len(code) == _LENGTH and set(code) <= set(_ALPHABET)


def normalise(typed: str) -> str:
    """A code as it was made, whatever dashes, spaces and cases were typed."""
    return "".join(letter for letter in typed[:100].upper() if letter.isascii() and letter.isalnum())


def accept(session: Session, keys: Keys, who: int, typed: str, now: datetime) -> Member | Refused:
    """Bind a private chat. Refusals: `invite-unknown`, `invite-spent`, `invite-late`, `invite-wrong-place` (burnt),
    `too-many-guesses`."""
    found = _spend(session, keys, who, typed, now, in_group=False)
    if isinstance(found, Refused):
        return _logged(session, now, who, found)
    staff_id = _bind(session, found, who, now)
    log.note(session, now, "bind", found.agency_code, staff_id=staff_id, conversation_id=who)
    return cast(Member, by_id(session, staff_id))


def accept_desk(session: Session, keys: Keys, group: int, sender: int, typed: str, now: datetime) -> str | Refused:
    """Bind a group as a desk; returns the agency. `sender` is the private conversation of who said the code.

    Refusals: those of `accept`, and `invite-not-head` (burnt): only a head or admin of that agency may.
    """
    found = _spend(session, keys, group, typed, now, in_group=True, sender=member(session, sender))
    if isinstance(found, Refused):
        return _logged(session, now, group, found)
    head = cast(Member, member(session, sender))
    values = {"agency_code": found.agency_code, "bound_by": head.id, "bound_at": now, "ended_at": None}
    row = insert_into(session, Desk).values(conversation_id=group, **values)
    session.execute(row.on_conflict_do_update(index_elements=["conversation_id"], set_=values))
    log.note(session, now, "bind-desk", found.agency_code, staff_id=head.id, conversation_id=group)
    return found.agency_code


def _spend(
    session: Session, keys: Keys, who: int, typed: str, now: datetime, *, in_group: bool, sender: Member | None = None
) -> StaffInvite | Refused:
    if not may_ask(session, f"invite:{who}", now, most=GUESSES):
        return refused("too-many-guesses")
    row = session.get(StaffInvite, _hash(keys, normalise(typed)), with_for_update=True, populate_existing=True)
    if row is None:
        return refused("invite-unknown")
    if row.used_at is not None:
        return refused("invite-spent")
    if row.until < now:
        return refused("invite-late")
    row.used_at, row.outcome = now, "bound"
    if in_group != (row.role == DESK):
        row.outcome = "invite-wrong-place"
    elif in_group and not (sender is not None and sender.leads and sender.agency_code == row.agency_code):
        row.outcome = "invite-not-head"
    session.flush()
    return row if row.outcome == "bound" else refused(row.outcome)


def _bind(session: Session, invite: StaffInvite, who: int, now: datetime) -> int:
    """One chat is one member: who was bound here before, elsewhere or in another role, is so no more."""
    mine = session.scalars(select(Staff).where(Staff.conversation_id == who, Staff.ended_at.is_(None))).first()
    if mine is not None and mine.agency_code == invite.agency_code:
        mine.role, mine.name = invite.role, invite.name or mine.name
        session.flush()
        return mine.id
    session.execute(update(Staff).where(Staff.conversation_id == who, Staff.ended_at.is_(None)).values(ended_at=now))
    awaited = select(Staff).where(
        Staff.agency_code == invite.agency_code, Staff.role == cast(Role, invite.role), Staff.name == invite.name,
        Staff.conversation_id.is_(None), Staff.ended_at.is_(None),
    )  # fmt: skip
    row = session.scalars(awaited.order_by(Staff.id).with_for_update()).first()
    if row is None:
        row = Staff(agency_code=invite.agency_code, role=invite.role, name=invite.name, made_at=now)
        session.add(row)
    row.conversation_id = who
    session.flush()
    return row.id


def _logged(session: Session, now: datetime, who: int, refusal: Refused) -> Refused:
    log.note(session, now, "bind", "", refusal.key, conversation_id=who)
    return refusal


def _hash(keys: Keys, plain: str) -> str:
    return keys.code(f"invite/{plain}")
