"""Records into the catalogue, and out of it.

A version is never changed once written; a changed record becomes a new version. The same file twice changes nothing.
What an office imported is never overwritten by the starter catalogue that we ship.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.catalog.lines import Format, Known, read_lines, unsigned
from services.catalog.model import Approval, NamesRecord, ProcedureRecord
from services.catalog.store import bump, load_all, load_names
from services.db.office import Procedure, ProcedureNames, ProcedureVersion


@dataclass(slots=True)
class Imported:
    """What an import did. `refused` holds (line number, reason)."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)


def import_lines(
    session: Session, lines: Iterable[tuple[int, bytes]], now: datetime, *, origin: str, form: Format = "auto"
) -> Imported:
    """Bring records into the catalogue; bad lines are refused one by one and the rest is taken."""
    return _Import(session, now, origin).run(lines, form)


def export(session: Session) -> Iterator[Known]:
    """Everything that is shown, by code: the procedures with who signed them off, then their everyday names."""
    for version in load_all(session):
        record, by, at = version.record, version.approved_by, version.approved_at
        if by and at:
            signed = Approval(by=by, at=at.date(), decision_no=version.approval_decision or "")
            record = msgspec.structs.replace(record, approval=signed)
        yield record
    for first, *others in load_names(session).values():
        for other in others:
            first = other.joined(first)
        yield first


class _Import:
    """One import: what the catalogue shows now, and what the lines change of it."""

    def __init__(self, session: Session, now: datetime, origin: str) -> None:
        self._session, self._now, self._origin = session, now, origin
        self._result = Imported()
        self._shown = {row.code: row for row in session.scalars(select(Procedure))}
        current = select(ProcedureVersion.id, ProcedureVersion.digest).join(
            Procedure, Procedure.version_id == ProcedureVersion.id
        )
        self._digests: dict[int, str] = {row.id: row.digest for row in session.execute(current)}
        self._names = {row.code: row for row in session.scalars(select(ProcedureNames).filter_by(origin=origin))}

    def run(self, lines: Iterable[tuple[int, bytes]], form: Format) -> Imported:
        """Take the lines one by one."""
        for read in read_lines(lines, form):
            if read.record is None:
                self._result.refused.append((read.number, read.reason))
            elif isinstance(read.record, NamesRecord):
                self._take_names(read.record, read.mark)
            else:
                self._take_version(read.record, read.mark)
        if self._result.added or self._result.changed:
            bump(self._session)
        return self._result

    def _take_names(self, record: NamesRecord, mark: str) -> None:
        row = self._names.get(record.code)
        if row is None:
            row = ProcedureNames(code=record.code, origin=self._origin, digest=mark, record=msgspec.to_builtins(record))
            self._names[record.code] = row
            self._session.add(row)
            self._result.added += 1
        elif row.digest != mark:
            row.digest, row.record = mark, msgspec.to_builtins(record)
            self._result.changed += 1
        else:
            self._result.unchanged += 1

    def _take_version(self, record: ProcedureRecord, mark: str) -> None:
        procedure = self._shown.get(record.code)
        if procedure is None:
            version = self._version(record, mark)
            self._shown[record.code] = Procedure(code=record.code, version_id=version.id, origin=self._origin)
            self._session.add(self._shown[record.code])
            self._result.added += 1
        elif self._origin == "starter" and procedure.origin != "starter":
            self._result.unchanged += 1
        elif self._digests.get(procedure.version_id) == mark:
            procedure.origin = self._origin  # the office says the same as we: from now on it is the office that says it
            self._count(changed=self._sign(self._session.get_one(ProcedureVersion, procedure.version_id), record))
        elif _restated(self._session, procedure, record):
            self._result.unchanged += 1
        elif self._origin == "starter" and self._approved(procedure):
            self._result.unchanged += 1  # what the office signed off is shown until the office says otherwise
        else:
            version = self._version(record, mark)
            procedure.version_id, procedure.origin = version.id, self._origin
            self._result.changed += 1

    def _approved(self, procedure: Procedure) -> bool:
        return self._session.get_one(ProcedureVersion, procedure.version_id).approved_by is not None

    def _version(self, record: ProcedureRecord, mark: str) -> ProcedureVersion:
        """The version with this content, written now if there is none."""
        version = self._session.scalar(
            select(ProcedureVersion).where(ProcedureVersion.code == record.code, ProcedureVersion.digest == mark)
        )
        if version is None:
            version = ProcedureVersion(
                code=record.code, digest=mark, name=record.name, record=msgspec.to_builtins(unsigned(record)),
                imported_at=self._now, effective_from=record.effective_from, effective_to=record.effective_to,
                decision_no=record.decision_no, snapshot=record.source.snapshot,
            )  # fmt: skip
            self._session.add(version)
            self._session.flush()
        self._sign(version, record)
        self._digests[version.id] = mark
        return version

    def _sign(self, version: ProcedureVersion, record: ProcedureRecord) -> bool:
        """Note who signed the version off, if the record tells it and nobody has yet; returns whether that was so."""
        approval = record.approval
        if approval is None or version.approved_by:
            return False
        version.approved_by, version.approval_decision = approval.by, approval.decision_no
        version.approved_at = datetime.combine(approval.at, time(), UTC)
        return True

    def _count(self, *, changed: bool) -> None:
        if changed:
            self._result.changed += 1
        else:
            self._result.unchanged += 1


def _restated(session: Session, procedure: Procedure, record: ProcedureRecord) -> bool:
    """Whether what is shown already restates this very portal record, with its cases as questions."""
    if procedure.origin != "starter" or not record.source.fingerprint:
        return False
    shown = session.get_one(ProcedureVersion, procedure.version_id)
    return bool(shown.record.get("source", {}).get("fingerprint") == record.source.fingerprint)
