"""The checks as the conversations use them, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from services.checks import access, outcome, returning
from services.checks.access import Member
from services.checks.outcome import Good, Returned
from services.checks.returning import Waiting
from services.clock import Clock
from services.desk import staff
from services.keys import Keys
from services.refusal import Refused, refused


@dataclass(frozen=True, slots=True)
class Checks:
    """Links to the review page, the head's tap, and what citizens are told of a check."""

    session: Session
    clock: Clock
    keys: Keys

    def link(self, member: Member, code: str) -> str | Refused:
        """A one-time link's token: see `access.open_link`."""
        return access.open_link(self.session, self.keys, member, code, self.clock.now())

    def waiting(self, subject: str) -> Waiting | None:
        """A return that waits for the head."""
        return returning.waiting(self.session, subject)

    def decide(self, conversation_id: int, subject: str, *, agrees: bool) -> Refused | None:
        """The tap of whoever this private chat belongs to: see `returning.decide`. Refusal besides: check-not-head."""
        member = staff.member(self.session, conversation_id)
        if member is None:
            return refused("check-not-head")
        return returning.decide(self.session, self.keys, member.id, subject, agrees=agrees, now=self.clock.now())

    def see(self, conversation_id: int, subject: str) -> str | Refused:
        """The same for the link to the page of a round. Refusal besides: check-not-yours."""
        member, (code, _) = staff.member(self.session, conversation_id), access.parted(subject)
        return refused("check-not-yours", code=code) if member is None else self.link(member, code)

    def returned(self, code: str, round_: int) -> Returned | None:
        """The list of defects that the citizen is told."""
        return outcome.returned(self.session, code, round_)

    def good(self, code: str) -> Good | None:
        """What the citizen is told of an accepted pre-submission."""
        return outcome.good(self.session, code, self.clock.now())
