"""Who applied: kept encrypted, found by keyed hashes, shown as masks.

The three `applicant_` columns of the shared table are letterboxes. What another program puts there in plain text is
moved to our own table, by compare-and-swap, and a mask stays behind; a mask that is written back changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from services import validators
from services.db import dossiers as tables
from services.db.dossiers import Dossier
from services.db.lenient import as_text, is_raw, raw
from services.db.session import Database
from services.db.triggers_sqlite import MASK
from services.db.upsert import insert_into
from services.keys import Keys

_LETTERBOXES = {"applicant_name": "name", "applicant_phone": "phone", "applicant_id_number": "id_number"}
_SPOILED = re.compile(r"[?¿\x1a\ufffd]{3}(?:[?¿\x1a\ufffd]{6})?([0-9]*)")
"""A mask that went through a code page without its sign: a replacement for each sign, or for each byte of UTF-8."""
_SHOWS_DIGITS = 8
"""A shorter number is masked wholly: its last four digits would be half of it."""


@dataclass(frozen=True, slots=True)
class Person:
    """An applicant in plain words; None where nothing is known."""

    name: str | None = None
    phone: str | None = None
    id_number: str | None = None

    def __bool__(self) -> bool:
        return any((self.name, self.phone, self.id_number))


NOBODY = Person()


def is_mask(value: str) -> bool:
    """Whether a value is one of our masks."""
    return value.startswith(MASK)


def is_written_back(value: str, shown: str | None) -> bool:
    """Whether a value is one of our masks, or what a client without the sign makes of `shown`, the mask that lies there
    (`???5678`). With other digits than those of the mask it is a value like any other."""
    found = _SPOILED.fullmatch(value.strip())
    return is_mask(value) or (found is not None and shown == MASK + found[1])


def mask(value: str | None, *, digits: bool) -> str | None:
    """What stays in a letterbox: `•••5678` for numbers, `•••` for names and for what is too short."""
    if not value:
        return None
    shown = _last4(value) if digits else None
    return MASK + (shown or "")


def _last4(value: str) -> str | None:
    found = "".join(letter for letter in value if letter.isascii() and letter.isdigit())
    return found[-4:] if len(found) >= _SHOWS_DIGITS else None


def masks(person: Person) -> dict[str, str | None]:
    """The shared table's columns for this person."""
    return {
        "applicant_name": mask(person.name, digits=False),
        "applicant_phone": mask(person.phone, digits=True),
        "applicant_id_number": mask(person.id_number, digits=True),
    }


def clean_phone(value: str) -> str:
    """A phone in its national form where it is one, also when a table program took its zero away; else as it came."""
    for candidate in (value, f"0{validators.digits(value)}"):
        number = validators.phone(candidate)
        if isinstance(number, str):
            return number
    return value.strip()


def clean_id_number(value: str) -> str:
    """An identity number without separators where it is one, else as it came."""
    found = validators.identity_number(value)
    return found.number if isinstance(found, validators.Identity) else value.strip()


def _place(code: str, field: str) -> str:
    return f"dossier_people/{code}/{field}"


def put(session: Session, keys: Keys, code: str, person: Person, now: datetime) -> None:
    """Keep what is given; what is not given stays as it was. Masks are no values."""
    values: dict[str, Any] = {}
    if person.name and not is_mask(person.name):
        values["name"] = keys.encrypt(person.name.strip(), _place(code, "name"))
    if person.phone and not is_mask(person.phone):
        number = clean_phone(person.phone)
        values["phone"] = keys.encrypt(number, _place(code, "phone"))
        values["phone_index"], values["phone_last4"] = keys.index("phone", number), _last4(number)
    if person.id_number and not is_mask(person.id_number):
        number = clean_id_number(person.id_number)
        values["id_number"] = keys.encrypt(number, _place(code, "id_number"))
        values["id_index"], values["id_last4"] = keys.index("id_number", number), _last4(number)
    if values:
        values["changed_at"] = now
        row = insert_into(session, tables.Person).values(dossier_code=code, **values)
        session.execute(row.on_conflict_do_update(index_elements=["dossier_code"], set_=values))


def read(session: Session, keys: Keys, code: str) -> Person:
    """The applicant in plain words. Raises `services.keys.Unopened` when a value does not open."""
    table = tables.Person
    row = session.execute(
        select(table.name, table.phone, table.id_number).where(table.dossier_code == code)
    ).one_or_none()
    if row is None:
        return Person()
    return Person(
        *(None if value is None else keys.decrypt(value, _place(code, field)) for field, value in row._mapping.items())
    )


def last_digits(session: Session, code: str) -> tuple[str | None, str | None]:
    """The last four digits of phone and identity number."""
    table = tables.Person
    row = session.execute(select(table.phone_last4, table.id_last4).where(table.dossier_code == code)).one_or_none()
    return (row[0], row[1]) if row else (None, None)


def find(session: Session, keys: Keys, *, phone: str | None = None, id_number: str | None = None) -> list[str]:
    """The codes of all dossiers of this phone or this identity number, by code."""
    table = tables.Person
    if phone is not None:
        where = table.phone_index == keys.index("phone", clean_phone(phone))
    elif id_number is not None:
        where = table.id_index == keys.index("id_number", clean_id_number(id_number))
    else:
        return []
    return list(session.scalars(select(table.dossier_code).where(where).order_by(table.dossier_code)))


def move(session: Session, keys: Keys, codes: Iterable[str], now: datetime) -> tuple[set[str], int]:
    """Empty the letterboxes of these dossiers; returns the codes that were looked at, and how many values were moved.

    A row that another program is just writing is left for the next time, without waiting for it.
    """
    columns = [raw(getattr(Dossier, name)) for name in _LETTERBOXES]
    rows = session.execute(
        select(Dossier.code, *columns).where(Dossier.code.in_(list(codes))).with_for_update(skip_locked=True)
    ).all()
    moved = 0
    for code, *found in rows:
        held = {name: value for name, value in zip(_LETTERBOXES, found, strict=True) if value is not None}
        plain = {name: text for name, value in held.items() if (text := as_text(value)) and not is_mask(text)}
        if any(_SPOILED.fullmatch(text.strip()) for text in plain.values()):
            there = _shown(session, code)
            for name in [name for name, text in plain.items() if is_written_back(text, there[name])]:
                del plain[name]
                _leave(session, code, name, held[name], there[name])
        if not plain:
            continue
        put(session, keys, code, Person(**{_LETTERBOXES[name]: text for name, text in plain.items()}), now)
        for name, text in plain.items():
            _leave(session, code, name, held[name], mask(text, digits=name != "applicant_name"))
            moved += 1
    return {row[0] for row in rows}, moved


def _leave(session: Session, code: str, name: str, found: Any, shown: str | None) -> None:
    """Put a mask where `found` still lies; what was written meanwhile stays for the next look."""
    swap = update(Dossier).where(Dossier.code == code, is_raw(getattr(Dossier, name), found))
    session.execute(swap.values({name: shown}).execution_options(synchronize_session=False))


def _shown(session: Session, code: str) -> dict[str, str | None]:
    """The masks of what is known of a dossier's applicant, by letterbox; none where nothing is known."""
    table = tables.Person
    columns = (table.name, table.phone, table.id_number, table.phone_last4, table.id_last4)
    row = session.execute(select(*columns).where(table.dossier_code == code)).one_or_none()
    if row is None:
        return dict.fromkeys(_LETTERBOXES)
    name, phone, id_number, phone_last4, id_last4 = row
    found = ((name, None), (phone, phone_last4), (id_number, id_last4))
    return {
        box: None if value is None else MASK + (last4 or "")
        for box, (value, last4) in zip(_LETTERBOXES, found, strict=True)
    }


def show_masks(session: Session, code: str, person: Person) -> None:
    """Put this person's masks into the shared row."""
    session.execute(update(Dossier).where(Dossier.code == code).values(masks(person)))


def erase(session: Session, code: str) -> None:
    """Forget the applicant of a dossier; masks go too."""
    session.execute(delete(tables.Person).where(tables.Person.dossier_code == code))
    nothing = dict.fromkeys(_LETTERBOXES)
    session.execute(update(Dossier).where(Dossier.code == code).values(nothing))


def scrub(db: Database) -> bool:
    """Empty SQLite's write-ahead log into the file, so that no moved value stays in it. Outside any transaction.

    What was overwritten in the file is zeroed already (`secure_delete`). Waits for nobody: False while a reader or
    writer is in the way, and then it should be called again soon. On PostgreSQL there is nothing to do: it forgets at
    its VACUUM.
    """
    if not db.is_sqlite:
        return True
    connection = db.engine.raw_connection()
    try:
        cursor = connection.cursor()
        waits = cursor.execute("PRAGMA busy_timeout").fetchone()[0]
        cursor.execute("PRAGMA busy_timeout = 0")
        busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        cursor.execute(f"PRAGMA busy_timeout = {int(waits)}")
        return not busy
    finally:
        connection.close()
