"""All services of one transaction in one hand, for the conversations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy.orm import Session

from services import guidance, office, open_hours
from services.catalog import store
from services.catalog.library import Library
from services.catalog.search import Context, Found, SearchIndex
from services.catalog.store import Version
from services.checks.facade import Checks
from services.clock import Clock
from services.desk.facade import Desk
from services.dossiers.facade import Dossiers
from services.files.store import Store
from services.keys import Keys
from services.presubmissions.facade import Presubmissions


class Services:
    """What a conversation may ask of the office. Lives as long as one transaction."""

    def __init__(
        self, session: Session, clock: Clock, library: Library, keys: Keys, files: Store | None = None,
        public_url: str = "",
    ) -> None:  # fmt: skip
        self.session, self.clock, self.library, self.keys = session, clock, library, keys
        self._files, self.public_url = files, public_url.rstrip("/")

    @property
    def files(self) -> Store:
        """The file store. Raises RuntimeError where none was given."""
        if self._files is None:
            raise RuntimeError("this process has no file store")
        return self._files

    @cached_property
    def catalog(self) -> Catalog:
        """The procedures."""
        return Catalog(self.session, self.library.current)

    @cached_property
    def dossiers(self) -> Dossiers:
        """The dossiers, as one person may see them."""
        return Dossiers(self.session, self.clock, self.keys)

    @cached_property
    def desk(self) -> Desk:
        """Who works here, and the cards at the desk."""
        return Desk(self.session, self.clock, self.keys)

    @cached_property
    def checks(self) -> Checks:
        """The officer's checks of pre-submissions, and what they lead to."""
        return Checks(self.session, self.clock, self.keys)

    @cached_property
    def presubmissions(self) -> Presubmissions:
        """What a citizen prepares at home, as she works on it."""
        return Presubmissions(self.session, self.clock, self.keys)

    @cached_property
    def office(self) -> office.Office | None:
        """The office the bot speaks for."""
        return office.front(self.session)

    @property
    def office_open(self) -> bool:
        """Whether people work there now."""
        return open_hours.front_is_open(self.session, self.clock.now())

    def told(self, who: int, version: Version, aspect: str, case: dict[str, str]) -> None:
        """Keep what was answered, as the law on guidance asks."""
        guidance.record(
            self.session, conversation_id=who, code=version.record.code, version_id=version.id, aspect=aspect,
            case=case, at=self.clock.now(),
        )  # fmt: skip

    def not_answered(self, who: int, question: str) -> None:
        """Keep a question that found no answer."""
        guidance.not_answered(self.session, conversation_id=who, question=question, at=self.clock.now())


@dataclass(slots=True)
class Catalog:
    """The procedures, searched and read."""

    session: Session
    index: SearchIndex

    def search(self, question: str, context: Context | None = None) -> Found:
        """Which procedures a question means."""
        return self.index.search(question, context=context)

    def get(self, code: str) -> Version | None:
        """A procedure as it is shown now."""
        return store.load(self.session, code)

    def name(self, code: str) -> str:
        """The procedure's name, from the index; "" when it is not there."""
        return next((entry.name for entry in self.index.entries if entry.code == code), "")

    def field(self, code: str) -> str:
        """The field of a procedure, from the index; "" when it is not there."""
        return next((entry.field for entry in self.index.entries if entry.code == code), "")

    def fields(self) -> list[tuple[str, int]]:
        """The fields of the procedures at this office's level, with how many each has, the most used first."""
        use: dict[str, int] = {}
        count: dict[str, int] = {}
        for entry in self.index.entries:
            if self.index.office_level in entry.levels and entry.field and not entry.successor:
                use[entry.field] = use.get(entry.field, 0) + entry.popularity + (10_000 if entry.everyday else 0)
                count[entry.field] = count.get(entry.field, 0) + 1
        return [(field, count[field]) for field in sorted(use, key=lambda name: (-use[name], name))]

    def in_field(self, field: str) -> list[tuple[str, str]]:
        """The procedures (code, name) of a field at this office's level, the most used first."""
        return self._listed(lambda entry_field: entry_field == field)

    def most_asked(self, most: int = 12) -> list[tuple[str, str]]:
        """The procedures (code, name) that people use most at this office's level."""
        return self._listed(lambda _: True)[:most]

    def _listed(self, wanted: Callable[[str], bool]) -> list[tuple[str, str]]:
        found = [
            entry for entry in self.index.entries
            if self.index.office_level in entry.levels and not entry.successor and wanted(entry.field)
        ]  # fmt: skip
        found.sort(key=lambda entry: (not entry.everyday, -entry.popularity, entry.code))
        return [(entry.code, entry.name) for entry in found]
