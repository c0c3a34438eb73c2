"""What stands beside the count book: how people found it, and how often their papers were sent back, and why."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from services import ratings
from services.checks import counting
from services.dossiers.report_files import Table


def tables(session: Session, begin: datetime, end: datetime) -> tuple[Table, ...]:
    """`ratings`, by agency and month, and `returns`, by procedure, of the time from `begin` up to `end` (aware)."""
    given, returned = ratings.summary(session, begin, end), counting.counted(session, begin, end)
    return (
        Table(
            "ratings",
            ("agency", "month", "ratings", "average", *(f"score {score}" for score in ratings.SCORES)),
            tuple(
                (one.agency_code, one.month, one.count, one.average, *(one.scores[score] for score in ratings.SCORES))
                for one in given
            ),
        ),
        Table(
            "returns",
            (
                "procedure", "returns", "again", "not new", "beyond the list", "denied",
                *(f"papers {reason}" for reason in counting.REASONS),
            ),
            tuple(
                (
                    one.procedure_code, one.returns, one.again, one.not_new, one.beyond, one.denied,
                    *(one.reasons[reason] for reason in counting.REASONS),
                )
                for one in returned
            ),
        ),
    )  # fmt: skip
