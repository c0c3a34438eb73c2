"""By whose hand something is written: what every writing function of this package needs to know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from services.keys import Keys

HOME = ZoneInfo("Asia/Ho_Chi_Minh")
"""Where the offices are: days begin and end there."""


@dataclass(frozen=True, slots=True)
class Hand:
    """One writer in one transaction. `actor` is an id such as `staff:7` or `api:desk`, never a name."""

    session: Session
    keys: Keys
    actor: str
    now: datetime
    zone: tzinfo = HOME

    @property
    def today(self) -> date:
        """The local day."""
        return self.now.astimezone(self.zone).date()


def whole(moment: datetime) -> datetime:
    """A moment in UTC without fractions of a second: what both databases keep in the shared table."""
    return moment.astimezone(UTC).replace(microsecond=0)
