"""The catalogue in the database: reading a procedure, approving it, and noticing that something changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from services.catalog import portal
from services.catalog.model import NamesRecord, ProcedureRecord
from services.db.machine import Meta
from services.db.office import Procedure, ProcedureNames, ProcedureVersion

REVISION = "catalogue_revision"


@dataclass(frozen=True, slots=True)
class Version:
    """A procedure as it is shown: its record and who signed it off. `shown` is False once another replaced it."""

    id: int
    record: ProcedureRecord
    approved_by: str | None
    approved_at: datetime | None
    approval_decision: str | None
    shown: bool = True


def bump(session: Session) -> None:
    """The catalogue changed: whoever keeps an index of it must build it anew."""
    row = session.get(Meta, REVISION, with_for_update=True)
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


def load_version(session: Session, code: str, version_id: int) -> Version | None:
    """One version of a procedure, shown or replaced; None if there is none with this id and code."""
    row = session.get(ProcedureVersion, version_id)
    procedure = session.get(Procedure, code)
    if row is None or row.code != code or procedure is None:
        return None
    return replace(_version(row), shown=procedure.version_id == version_id)


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
    for row in session.scalars(select(ProcedureNames).order_by(ProcedureNames.code, ProcedureNames.origin)):
        found.setdefault(row.code, []).append(msgspec.convert(row.record, NamesRecord))
    return found


def _version(row: Any) -> Version:
    record = msgspec.convert(row.record, ProcedureRecord)
    return Version(row.id, record, row.approved_by, row.approved_at, row.approval_decision)
