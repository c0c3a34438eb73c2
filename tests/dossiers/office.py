"""An office for tests: our own hand, another program's, and a look at what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text

from services.db.session import Database, unit
from services.dossiers import changes, lifecycle, opening
from services.dossiers.changes import Taken
from services.dossiers.events import Event, of_dossier
from services.dossiers.hand import Hand
from services.dossiers.opening import Filing
from services.dossiers.writing import Recorded
from services.keys import Keys
from services.refusal import Refused
from tests.kit.clock import FakeClock
from tests.kit.databases import Foreign

KEYS = Keys.read("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")
BIRTH, AGENCY = "1.001193", "H45.15"
CODE = "H45.15-261120-0001"


def utc(moment: str) -> datetime:
    """`2026-11-26 10:00` in UTC."""
    return datetime.fromisoformat(moment).replace(tzinfo=UTC)


@dataclass
class Office:
    """An office over one database."""

    db: Database
    clock: FakeClock = field(default_factory=FakeClock)
    _foreign: Foreign | None = None

    @property
    def foreign(self) -> Foreign:
        """Another program, whose database tells it the office's time of the first use."""
        if self._foreign is None:
            self._foreign = Foreign(self.db, self.clock.now())
        return self._foreign

    @contextmanager
    def hand(self, actor: str = "staff:1") -> Iterator[Hand]:
        """Our own hand for one transaction."""
        with unit(self.db) as session:
            yield Hand(session, KEYS, actor, self.clock.now())

    def create(self, **facts: Any) -> Recorded:
        """Open a dossier that must not be refused."""
        facts = {"procedure_code": BIRTH, "agency_code": AGENCY, **facts}
        with self.hand() as hand:
            return ok(opening.create(hand, Filing(**facts)))

    def moves(self, code: str, status: int, **more: Any) -> Recorded:
        """A transition that must not be refused."""
        with self.hand() as hand:
            return ok(lifecycle.transition(hand, code, status, **more))

    def refuses(self, code: str, status: int, **more: Any) -> str:
        """The key by which a transition is refused."""
        with self.hand() as hand:
            return key(lifecycle.transition(hand, code, status, **more))

    def take(self, **more: Any) -> Taken:
        """One look of the notifier."""
        with unit(self.db) as session:
            return changes.take(session, KEYS, self.clock.now(), **more)

    def row(self, statement: str, **values: Any) -> Any:
        """The first row of a query."""
        with unit(self.db) as session:
            return session.execute(text(statement), values).first()

    def rows(self, statement: str, **values: Any) -> list[Any]:
        """The rows of a query."""
        with unit(self.db) as session:
            return list(session.execute(text(statement), values).all())

    def events(self, code: str) -> list[Event]:
        """A dossier's events."""
        with unit(self.db) as session:
            return of_dossier(session, code)

    def insert(self, code: str, status: int | str = 2, **columns: Any) -> None:
        """Another program inserts a dossier."""
        given = {"code": code, "procedure_code": BIRTH, "agency_code": AGENCY, "status": status, **columns}
        names, marks = ", ".join(given), ", ".join("?" * len(given))
        self.foreign.write(f"INSERT INTO dossiers ({names}) VALUES ({marks})", list(given.values()))

    def update(self, code: str, **columns: Any) -> None:
        """Another program updates a dossier."""
        sets = ", ".join(f"{name} = ?" for name in columns)
        self.foreign.write(f"UPDATE dossiers SET {sets} WHERE code = ?", [*columns.values(), code])

    def close(self) -> None:
        """The other program goes away."""
        if self._foreign is not None:
            self._foreign.close()


def ok(result: Recorded | Refused | None) -> Recorded:
    """What was recorded; anything else fails the test."""
    assert isinstance(result, Recorded), result
    return result


def key(result: object) -> str:
    """The key of a refusal; anything else fails the test."""
    assert isinstance(result, Refused), result
    return result.key


def kinds(events: Sequence[Event]) -> list[str]:
    """The kinds of events, in order."""
    return [event.kind for event in events]
