"""The catalogue as it is searched: one index for each revision, swapped while questions are being answered.

The index is cached on disk under the fingerprint of what it was built from, so that a restart is quick; a changed
catalogue is noticed by its revision and needs no restart.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Iterable
from pathlib import Path

import msgspec
from sqlalchemy import Text, select, type_coerce
from sqlalchemy.orm import Session

from services.catalog.index import FORMAT, Entry
from services.catalog.model import Level, Source
from services.catalog.search import SearchIndex
from services.catalog.store import load_names, revision
from services.db.office import Agency, Procedure, ProcedureNames, ProcedureVersion
from services.db.session import Database, reading

log = logging.getLogger("motcua.catalogue")

_AT_ONCE = 100
"""Records read at once: a whole catalogue of them would be a hundred megabytes of text."""


class _PaperName(msgspec.Struct):
    name: str
    kind: str = "submit"


class _Slim(msgspec.Struct):
    """The few fields of a record that searching needs; everything else is skipped while decoding."""

    code: str
    name: str
    field: str = ""
    levels: tuple[Level, ...] = ()
    papers: tuple[_PaperName, ...] = ()
    source: Source = Source()
    successor: str = ""
    popularity: int = 0
    everyday: bool = False


class Library:
    """The index of the day. `current` may be read from any thread; `refresh` is called by one at a time."""

    def __init__(self, db: Database, cache: Path | None = None, built: dict[str, SearchIndex] | None = None) -> None:
        self._db, self._cache = db, cache
        self._built = {} if built is None else built
        """Indexes of this process by their fingerprint: several libraries of the same catalogue may share them."""
        self._lock = threading.Lock()
        self._built_from: tuple[int, str] | None = None
        self._index: SearchIndex | None = None

    @property
    def current(self) -> SearchIndex:
        """The index; built at first use."""
        if self._index is None:
            self.refresh()
        assert self._index is not None  # noqa: S101  (refresh always leaves one)
        return self._index

    def refresh(self) -> bool:
        """Build the index anew if the catalogue changed; returns whether it did. Takes up to a few seconds."""
        with self._lock:
            with reading(self._db) as session:
                now = revision(session), office_level(session)
                if now == self._built_from:
                    return False
                self._index = self._load(session, now[1])
            self._built_from = now
            return True

    def _load(self, session: Session, level: str) -> SearchIndex:
        name = f"index-{level}-{fingerprint(session)}.bin"
        if name not in self._built:
            self._built.clear()
            self._built[name] = self._read_or_build(session, name, level)
        return self._built[name]

    def _read_or_build(self, session: Session, name: str, level: str) -> SearchIndex:
        if self._cache is None:
            return SearchIndex.build(read_entries(session), office_level=level)
        path = self._cache / name
        if path.exists():
            try:
                return SearchIndex.load(path)
            except (ValueError, OSError, EOFError, KeyError):
                log.warning("the cached index cannot be read and is built anew")
        built = SearchIndex.build(read_entries(session), office_level=level)
        try:
            self._cache.mkdir(parents=True, exist_ok=True)
            for old in self._cache.glob("index-*.bin"):
                old.unlink(missing_ok=True)
            built.save(path)
        except OSError:
            log.warning("the index could not be cached; the next start builds it again")
        return built


def office_level(session: Session) -> str:
    """The level of the office that the bot speaks for: "commune" unless the database says another."""
    return session.scalar(select(Agency.level).where(Agency.is_front).order_by(Agency.code)) or "commune"


def fingerprint(session: Session) -> str:
    """A key of all that is indexed, from the digests of the shown versions and of their names: 24 letters, the same in
    every database with the same catalogue. It reads no record."""
    digest = hashlib.blake2b(f"format {FORMAT}".encode(), digest_size=12)
    shown = (
        select(ProcedureVersion.code, ProcedureVersion.digest, ProcedureVersion.approved_by.is_not(None))
        .join(Procedure, Procedure.version_id == ProcedureVersion.id)
        .order_by(Procedure.code)
    )
    named = select(ProcedureNames.code, ProcedureNames.origin, ProcedureNames.digest).order_by(
        ProcedureNames.code, ProcedureNames.origin
    )
    for statement in (shown, named):
        for row in session.execute(statement):
            digest.update(repr(tuple(row)).encode())
        digest.update(b"/")
    return digest.hexdigest()


def read_entries(session: Session) -> list[Entry]:
    """What is indexed of every shown procedure."""
    names = load_names(session)
    rows = session.execute(
        select(type_coerce(ProcedureVersion.record, Text), ProcedureVersion.approved_by)
        .join(Procedure, Procedure.version_id == ProcedureVersion.id)
        .order_by(Procedure.code)
        .execution_options(yield_per=_AT_ONCE)
    )
    entries = []
    for raw, approved_by in rows:
        slim = msgspec.json.decode(raw, type=_Slim)
        known = names.get(slim.code, [])
        entries.append(
            Entry(
                code=slim.code,
                name=slim.name,
                field=slim.field,
                levels=slim.levels,
                names=_all(record.names for record in known),
                situations=_all(record.situations for record in known),
                questions=_all(record.questions for record in known),
                english=_all(record.english for record in known),
                papers=tuple(paper.name for paper in slim.papers if paper.kind != "note"),
                popularity=slim.popularity,
                successor=slim.successor,
                everyday=slim.everyday,
                approved=approved_by is not None,
                snapshot=slim.source.snapshot,
                not_for=_all(record.not_for for record in known),
            )
        )
    return entries


def _all(phrases: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """Every phrase once, though the office and we know it: said twice it would weigh twice."""
    return tuple(dict.fromkeys(phrase for several in phrases for phrase in several))
