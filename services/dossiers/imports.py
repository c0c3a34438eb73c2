"""Dossiers out of a table: idempotent by code, refused row by row with the reason.

The header holds the column names of the shared table. An empty cell says nothing: what is known already stays. Times
are UTC, as in the table itself. Whatever a row changes goes the same way as any other change of ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from itertools import islice
from pathlib import Path
from typing import Any

from services.clock import Clock
from services.db.lenient import read_time
from services.db.session import Database, unit
from services.dossiers import codes, lifecycle, opening, personal
from services.dossiers.hand import HOME, Hand, whole
from services.dossiers.opening import Filing
from services.dossiers.personal import Person
from services.dossiers.states import DONE, ENDED, RETURNED, TRANSITIONS, Snapshot
from services.dossiers.writing import Held, Recorded, hold, write
from services.keys import Keys
from services.refusal import Refused, refused
from services.sheets import BadRow, Row, read

REQUIRED = ("code", "procedure_code", "agency_code", "status")
_TIMES = ("received_at", "due_at", "finished_at", "returned_at")
_APPLICANT = {"applicant_name": "name", "applicant_phone": "phone", "applicant_id_number": "id_number"}
_OURS = ("intake_agency_code", "channel", "parent_code")
COLUMNS = (*REQUIRED, "holder_code", "status_note", *_APPLICANT, *_TIMES, *_OURS)
CHANNELS = ("counter", "online", "post")
_TOGETHER = 50
"""Rows in one transaction: a chat waits no longer than these take."""

REASONS = {
    "code-malformed": "code: is too long or holds control characters",
    "parent-unknown": "parent_code: there is no such dossier",
    "parent-is-child": "parent_code: is a child itself",
    "transition-impossible": "status: {old} cannot become {new}",
    "children-open": "status: dossiers that belong to it are not finished",
    "time-future": "a time lies in the future",
    "before-receipt": "finished_at or returned_at lies before received_at",
    "due-before-receipt": "due_at lies before received_at",
    "status-unknown": "status: must be 1 to 10",
}


@dataclass(slots=True)
class Imported:
    """What an import did. `refused` holds (line number, reason); reasons hold nothing personal."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)


def import_file(
    db: Database, keys: Keys, clock: Clock, path: Path, *, actor: str = "import", zone: tzinfo = HOME
) -> Imported:
    """Bring a .csv or .xlsx file in, a few rows in each transaction. Raises `services.sheets.BadFile`.

    What was brought in before an error stays; the same file again goes on from there.
    """
    result, seen = Imported(), dict[str, int]()
    rows = read(path, known=COLUMNS, required=REQUIRED)
    while together := list(islice(rows, _TOGETHER)):
        with unit(db) as session:
            bring_in(Hand(session, keys, actor, clock.now(), zone), together, result, seen)
    return result


def bring_in(hand: Hand, rows: Iterable[Row | BadRow], result: Imported, seen: dict[str, int]) -> None:
    """Bring rows in; `seen` holds the codes of the file so far and their lines."""
    for row in rows:
        if isinstance(row, BadRow):
            result.refused.append((row.line, row.reason))
            continue
        outcome = _take(hand, row, seen)
        if isinstance(outcome, str):
            result.refused.append((row.line, outcome))
        elif outcome is None:
            result.unchanged += 1
        elif outcome:
            result.added += 1
        else:
            result.changed += 1


def _take(hand: Hand, row: Row, seen: dict[str, int]) -> bool | str | None:
    """True: added; False: changed; None: nothing new; a text: refused."""
    lacking = next((name for name in REQUIRED if name not in row.cells), None)
    if lacking is not None:
        return f"{lacking}: is empty"
    key = codes.normalise(row.cells["code"])
    if key in seen:
        return f"code: stands in line {seen[key]} already"
    seen[key] = row.line
    try:
        filing = _filing(row.cells)
    except ValueError as error:
        return str(error)
    held = hold(hand, filing.code)
    outcome = opening.create(hand, filing) if held is None else _revise(hand, held, filing)
    if isinstance(outcome, Refused):
        return REASONS.get(outcome.key, outcome.key).format(**outcome.args)
    return None if outcome is None else held is None


def _filing(cells: dict[str, str]) -> Filing:
    """A row as a filing. Raises ValueError with the reason."""
    status = cells["status"]
    if not (status.isascii() and status.isdigit() and 1 <= int(status[:4]) <= 10):
        raise ValueError(f"status: {status[:20]!r} is not 1 to 10")
    values: dict[str, Any] = {"status": int(status)}
    for name in _TIMES:
        if name in cells:
            values[name] = read_time(cells[name])
            if values[name] is None:
                raise ValueError(f"{name}: {cells[name][:40]!r} is no time (YYYY-MM-DD HH:MM:SS, UTC)")
    if cells.get("channel", "counter") not in CHANNELS:
        raise ValueError(f"channel: {cells['channel'][:20]!r} is none of {', '.join(CHANNELS)}")
    if "applicant_id_number" in cells and 10 <= len(number := cells["applicant_id_number"]) < 12 and number.isdigit():
        cells = {**cells, "applicant_id_number": number.zfill(12)}  # a table program took the zeros away
    values["applicant"] = Person(**{field: cells.get(name) for name, field in _APPLICANT.items()})
    for name in ("code", "procedure_code", "agency_code", "holder_code", "status_note", *_OURS):
        if name in cells:
            values[name] = cells[name]
    return Filing(**values)


def _revise(hand: Hand, held: Held, filing: Filing) -> Recorded | Refused | bool | None:
    """Bring a known dossier to what a row says; None when it says nothing new, False when only the applicant is new."""
    row = _row_after(hand, held, filing)
    if isinstance(row, Refused):
        return row
    person = _new_of(filing.applicant, personal.read(hand.session, hand.keys, held.code))
    if person:
        known = personal.read(hand.session, hand.keys, held.code)
        personal.put(hand.session, hand.keys, held.code, person, hand.now)
        together = Person(*(new or old for new, old in zip(_fields(person), _fields(known), strict=True)))
        personal.show_masks(hand.session, held.code, together)
    note = filing.status_note if filing.status_note not in (None, held.note) else None
    if row == held.row and note is None:
        return False if person else None
    at = row.finished_at if row.finished_at != held.row.finished_at else None
    return write(hand, held, row, at=at if isinstance(at, datetime) else whole(hand.now), note=note or held.note)


def _row_after(hand: Hand, held: Held, filing: Filing) -> Snapshot | Refused:
    old = held.state.status
    if filing.status != old and old is not None and filing.status not in TRANSITIONS[old]:
        return refused("transition-impossible", old=old, new=filing.status)
    if filing.status == DONE and old != filing.status and (still := lifecycle.open_children(hand, held.code)):
        return refused("children-open", codes=still)
    given: dict[str, Any] = {name: whole(moment) for name in _TIMES if (moment := getattr(filing, name)) is not None}
    for name in ("holder_code", "procedure_code", "agency_code"):
        if getattr(filing, name) is not None:
            given[name] = getattr(filing, name)
    row = replace(held.row, status=filing.status, **given)
    if filing.status != old and filing.status in ENDED - {RETURNED} and "finished_at" not in given:
        row = replace(row, finished_at=whole(hand.now))
    if filing.status != old and filing.status == RETURNED and "returned_at" not in given:
        row = replace(row, returned_at=whole(hand.now))
    return opening.senseless_times(hand, row) or row


def _fields(person: Person) -> Iterator[str | None]:
    return iter((person.name, person.phone, person.id_number))


def _new_of(given: Person, known: Person) -> Person:
    """What of a row's applicant differs from what is known; masks and empty cells do not."""
    cleaned = Person(
        given.name,
        personal.clean_phone(given.phone) if given.phone else None,
        personal.clean_id_number(given.id_number) if given.id_number else None,
    )
    return Person(
        *(
            None if new is None or new == old or personal.is_written_back(new, shown) else new
            for new, old, shown in zip(_fields(cleaned), _fields(known), personal.masks(known).values(), strict=True)
        )
    )
