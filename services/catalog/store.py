"""The catalogue in the database: importing versions, approving them, and reading one.

A version is never changed once written; a changed record becomes a new version. The same file twice changes nothing.
What an office imported is never overwritten by the starter catalogue that we ship.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import msgspec
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from services.catalog import portal
from services.catalog.model import CaseQuestion, Fee, NamesRecord, Paper, ProcedureRecord, Time
from services.db.machine import Meta
from services.db.office import Procedure, ProcedureNames, ProcedureVersion

REVISION = "catalogue_revision"
Format = Literal["auto", "motcua", "portal"]


@dataclass(slots=True)
class Imported:
    """What an import did. `refused` holds (line number, reason)."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Version:
    """A procedure as it is shown: its record and who signed it off."""

    id: int
    record: ProcedureRecord
    approved_by: str | None
    approved_at: datetime | None
    approval_decision: str | None


def lines_of(path: Path) -> Iterator[tuple[int, bytes]]:
    """The lines of a JSON Lines file, plain or .gz, with their numbers; empty ones left out."""
    with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield number, line


def read_line(line: bytes, form: Format = "auto") -> ProcedureRecord | NamesRecord:
    """One line as a record. Raises ValueError with a reason a person can act on."""
    try:
        raw = msgspec.json.decode(line.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ValueError("is not JSON") from None
    if not isinstance(raw, dict):
        raise ValueError("is not a JSON object")
    if form == "portal" or (form == "auto" and portal.looks_like_portal(raw)):
        try:
            return portal.read(raw)
        except (AttributeError, TypeError, KeyError) as error:
            raise ValueError(f"does not have the portal's shape ({error})") from None
    kind: type[NamesRecord | ProcedureRecord] = (
        NamesRecord if set(raw) <= set(NamesRecord.__struct_fields__) and "name" not in raw else ProcedureRecord
    )
    try:
        record = msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from None
    if portal.national_code(record.code) != record.code:
        raise ValueError(f"code: {record.code[:40]!r} is not a procedure code")
    if isinstance(record, ProcedureRecord):
        check(record)
    return record


def check(record: ProcedureRecord) -> None:
    """Refuse what would make a wrong answer: unknown cases, negative numbers, a time without a unit."""
    known = {question.id: {choice.id for choice in question.choices} for question in record.questions}
    if len(known) != len(record.questions):
        raise ValueError("questions: an id stands twice")
    for question in record.questions:
        if len(question.choices) < 2 or len({choice.id for choice in question.choices}) != len(question.choices):
            raise ValueError(f"questions.{question.id}: needs two or more choices with ids of their own")
    times = [time for method in record.methods for time in method.times]
    fees = [fee for method in record.methods for fee in method.fees]
    parts: tuple[Paper | Time | Fee | CaseQuestion, ...] = (*record.papers, *times, *fees, *record.questions)
    for part in parts:
        for asked, accepted in part.when.items():
            if asked not in known or not set(accepted) <= known[asked]:
                raise ValueError(f"when: {asked}={list(accepted)} names no question or choice of this procedure")
    if any(time.value is not None and (time.value < 0 or time.unit is None) for time in times):
        raise ValueError("times: a value needs a unit and may not be negative")
    if any(fee.amount is not None and fee.amount < 0 for fee in fees):
        raise ValueError("fees: an amount may not be negative")
    if not record.name.strip():
        raise ValueError("name: is empty")


def digest(record: msgspec.Struct) -> str:
    """A fingerprint of a record's content."""
    return hashlib.sha256(msgspec.json.encode(record, order="sorted")).hexdigest()


def import_lines(
    session: Session, lines: Iterable[tuple[int, bytes]], now: datetime, *, origin: str, form: Format = "auto"
) -> Imported:
    """Bring records into the catalogue; bad lines are refused one by one and the rest is taken."""
    result = Imported()
    shown = {row.code: row for row in session.scalars(select(Procedure))}
    current = select(ProcedureVersion.id, ProcedureVersion.digest).join(
        Procedure, Procedure.version_id == ProcedureVersion.id
    )
    digests: dict[int, str] = {row.id: row.digest for row in session.execute(current)}
    names = {(row.code, row.origin): row for row in session.scalars(select(ProcedureNames))}
    for number, line in lines:
        try:
            record = read_line(line, form)
        except ValueError as error:
            result.refused.append((number, str(error)))
            continue
        if isinstance(record, NamesRecord):
            _take_names(session, names, record, origin, result)
        else:
            _take_version(session, shown, digests, record, now, origin, result)
    if result.added or result.changed:
        bump(session)
    return result


def _take_names(
    session: Session, names: dict[tuple[str, str], ProcedureNames], record: NamesRecord, origin: str, result: Imported
) -> None:
    mark = digest(record)
    row = names.get((record.code, origin))
    if row is None:
        row = ProcedureNames(code=record.code, origin=origin, digest=mark, record=msgspec.to_builtins(record))
        names[record.code, origin] = row
        session.add(row)
        result.added += 1
    elif row.digest != mark:
        row.digest, row.record = mark, msgspec.to_builtins(record)
        result.changed += 1
    else:
        result.unchanged += 1


def _take_version(
    session: Session, shown: dict[str, Procedure], digests: dict[int, str], record: ProcedureRecord, now: datetime,
    origin: str, result: Imported,
) -> None:  # fmt: skip
    mark, procedure = digest(record), shown.get(record.code)
    if procedure is not None and (
        digests.get(procedure.version_id) == mark or (origin == "starter" and procedure.origin != origin)
    ):
        result.unchanged += 1
        return
    version = session.scalar(
        select(ProcedureVersion).where(ProcedureVersion.code == record.code, ProcedureVersion.digest == mark)
    )
    if version is None:
        approval = record.approval
        version = ProcedureVersion(
            code=record.code, digest=mark, name=record.name, record=msgspec.to_builtins(record), imported_at=now,
            effective_from=record.effective_from, effective_to=record.effective_to, decision_no=record.decision_no,
            snapshot=record.source.snapshot, approved_by=approval.by if approval else None,
            approved_at=now if approval else None, approval_decision=approval.decision_no if approval else None,
        )  # fmt: skip
        session.add(version)
        session.flush()
    digests[version.id] = mark
    if procedure is None:
        shown[record.code] = Procedure(code=record.code, version_id=version.id, origin=origin)
        session.add(shown[record.code])
        result.added += 1
    else:
        procedure.version_id, procedure.origin = version.id, origin
        result.changed += 1


def bump(session: Session) -> None:
    """The catalogue changed: whoever keeps an index of it must build it anew."""
    row = session.get(Meta, REVISION)
    if row is None:
        session.add(Meta(key=REVISION, value="1"))
    else:
        row.value = str(int(row.value) + 1)


def revision(session: Session) -> int:
    """The catalogue's revision: 0 while it is empty."""
    return int(session.scalar(select(Meta.value).where(Meta.key == REVISION)) or 0)


def approve(session: Session, codes: Iterable[str], *, by: str, decision_no: str, now: datetime) -> list[str]:
    """Sign off the shown versions of `codes`; returns the codes that the catalogue does not have."""
    unknown = []
    for code in codes:
        procedure = session.get(Procedure, portal.national_code(code) or code)
        if procedure is None:
            unknown.append(code)
            continue
        session.execute(
            update(ProcedureVersion)
            .where(ProcedureVersion.id == procedure.version_id)
            .values(approved_by=by, approved_at=now, approval_decision=decision_no)
        )
    bump(session)
    return unknown


def load(session: Session, code: str) -> Version | None:
    """The shown version of a procedure; None if the catalogue does not have it."""
    row = session.execute(
        select(ProcedureVersion)
        .join(Procedure, Procedure.version_id == ProcedureVersion.id)
        .where(Procedure.code == code)
    ).scalar_one_or_none()
    return _version(row) if row else None


def load_all(session: Session) -> Iterator[Version]:
    """Every shown version, by code."""
    rows = (
        select(ProcedureVersion).join(Procedure, Procedure.version_id == ProcedureVersion.id).order_by(Procedure.code)
    )
    for row in session.scalars(rows.execution_options(yield_per=200)):
        yield _version(row)


def load_names(session: Session) -> dict[str, list[NamesRecord]]:
    """All everyday names by procedure code."""
    found: dict[str, list[NamesRecord]] = {}
    for row in session.scalars(select(ProcedureNames)):
        found.setdefault(row.code, []).append(msgspec.convert(row.record, NamesRecord))
    return found


def _version(row: Any) -> Version:
    record = msgspec.convert(row.record, ProcedureRecord)
    return Version(row.id, record, row.approved_by, row.approved_at, row.approval_decision)
