"""All that a conversation may ask of pre-submissions, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.catalog import store
from services.catalog.store import Version
from services.clock import Clock
from services.db.office import Agency
from services.db.presubmissions import Presubmission
from services.dossiers.hand import Hand
from services.keys import Keys
from services.presubmissions import consents, drafts, papers, unasked
from services.presubmissions.consents import Kind
from services.presubmissions.drafts import Draft
from services.presubmissions.papers import Changes
from services.refusal import Refused


@dataclass(slots=True)
class Presubmissions:
    """The pre-submissions as one person works on them. `who` is always a conversation's number."""

    session: Session
    clock: Clock
    keys: Keys

    def hand(self, who: int) -> Hand:
        """This person as a writer."""
        return Hand(self.session, self.keys, f"conversation:{who}", self.clock.now())

    def mine(self, who: int) -> Sequence[Presubmission]:
        """Her pre-submissions that are not over, the one worked on last first."""
        return drafts.mine(self.session, who)

    def open(self, who: int, code: str) -> Draft | None:
        """One of hers, held until the transaction ends; None when it is not hers, or erased."""
        return drafts.opened(self.hand(who), who, code)

    def given_back(self, who: int) -> Draft | None:
        """Her set that has papers to send again, held until the transaction ends; None without one."""
        return unasked.given_back(self.hand(who), who)

    def wants_files(self, who: int) -> bool:
        """Whether a file that no question of hers waits for is worth fetching."""
        return unasked.wanted(self.hand(who), who)

    def is_hers(self, who: int, code: str) -> bool:
        """Whether a code names one of hers, also one that is over."""
        row = self.session.get(Presubmission, code)
        return row is not None and row.conversation_id == who

    def start(self, who: int, version: Version, case: dict[str, str]) -> Draft | Refused:
        """A new one with exactly the papers of this case. Refusal: `prepare-many`."""
        draft = drafts.start(self.hand(who), who, version, case, self._front())
        if isinstance(draft, Draft):
            papers.lay_out(draft, version)
        return draft

    def _front(self) -> str:
        found = select(Agency.code).where(Agency.is_front).order_by(Agency.code).limit(1)
        return self.session.scalar(found) or ""

    def version(self, draft: Draft) -> Version | None:
        """The version of the procedure that the draft was made with."""
        return store.load_version(self.session, draft.row.procedure_code, draft.row.version_id)

    def newest(self, draft: Draft) -> Version | None:
        """The version that is shown now, where it is another one than the draft's."""
        shown = store.load(self.session, draft.row.procedure_code)
        return shown if shown is not None and shown.id != draft.row.version_id else None

    def migrate(self, draft: Draft, version: Version, case: dict[str, str]) -> Changes:
        """Bring a draft to a version and a case, and say what changed for this person."""
        draft.row.case = dict(case)
        return papers.lay_out(draft, version)

    def agrees(self, who: int, kind: Kind) -> bool:
        """Whether this person's consent stands."""
        return consents.standing(self.session, who, kind)

    def consent(self, who: int, kind: Kind, is_given: bool) -> None:
        """Keep her answer to a notice."""
        consents.record(self.session, who, kind, is_given, self.clock.now())
