"""How people found the handling of their dossiers: asked once with the result, one tap, and nobody sees who."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo

from sqlalchemy import String, bindparam, cast, exists, literal, select
from sqlalchemy.orm import Session

from services import telling
from services.db.dossiers import Ledger
from services.db.following import Follow, Preference
from services.db.office import Procedure, ProcedureVersion
from services.db.telling import Telling
from services.db.upsert import insert_into
from services.db.visits import Rating
from services.desk import cards
from services.dossiers import followers, ways
from services.dossiers.hand import HOME
from services.dossiers.states import DONE, RETURNED
from services.keys import Keys
from services.refusal import Refused, refused

SCORES = (1, 2, 3, 4, 5)
LOW = 2
"""This score and less reaches the heads."""
ASKED_FOR = timedelta(days=7)
"""How long after the result was handed out somebody is still asked."""
_AT_ONCE = 50
"""The most people asked in one transaction, so that it never keeps a turn waiting."""
# Built once: it is asked every few seconds, and building costs more than asking an empty table.
_UNASKED = (
    select(Ledger.code, Follow.conversation_id)
    .join(Follow, Follow.dossier_code == Ledger.code)
    .outerjoin(Preference, Preference.conversation_id == Follow.conversation_id)
    .where(
        Ledger.returned_at > bindparam("since"), Ledger.status == RETURNED, Ledger.deleted_at.is_(None),
        Follow.is_muted.is_(False), Preference.stopped_at.is_(None),
        ~exists().where(Telling.key == literal("rate/") + Ledger.code + "/" + cast(Follow.conversation_id, String)),
    )
    .order_by(Ledger.returned_at)
)  # fmt: skip
_ANY_UNASKED = _UNASKED.limit(1)


@dataclass(slots=True)
class Summary:
    """The ratings of an agency in a month (`2026-11`): how many of each score. Nothing leads to a person."""

    agency_code: str
    month: str
    scores: Counter[int] = field(default_factory=Counter)

    @property
    def count(self) -> int:
        """How many there are."""
        return sum(self.scores.values())

    @property
    def average(self) -> float:
        """Their mean, to one decimal, as the indicators of Circular 01/2018 Art. 15 were; 03/2025 replaced it."""
        return round(sum(score * times for score, times in self.scores.items()) / self.count, 1) if self.count else 0.0


def waiting(session: Session, now: datetime) -> bool:
    """Whether somebody is to be asked: one look, for a reader."""
    return session.execute(_ANY_UNASKED, {"since": now - ASKED_FOR}).first() is not None


def tick(session: Session, now: datetime, zone: tzinfo = HOME) -> int:
    """Ask every follower of a dossier whose result was handed out, once; returns how many. Never at night."""
    asked = 0
    for code, who in session.execute(_UNASKED.limit(_AT_ONCE), {"since": now - ASKED_FOR}).all():
        key = _key(code, who)
        if who != _asked_in(session, code, who):
            telling.skip(session, who, "rate", now, key)
            continue
        goes = followers.earliest(followers.wishes(session, who), now, urgent=False, zone=zone)
        asked += telling.tell(session, who, "rate", now, key=key, at=goes, priority=telling.BULK, code=code)
    return asked


def _asked_in(session: Session, code: str, who: int) -> int:
    """The one chat of a person in which she is asked: of those that follow the dossier, the one she used last."""
    hers = ways.numbers(session, who)
    return next((chat for chat in hers if len(hers) > 1 and followers.follows(session, code, chat)), who)


def _key(code: str, who: int) -> str:
    return f"rate/{code}/{who}"


def latest(session: Session, who: int) -> str | None:
    """The dossier that this person would rate now: the latest one handed out to her, else the latest finished one."""
    mine = (
        select(Ledger.code)
        .join(Follow, Follow.dossier_code == Ledger.code)
        .where(Follow.conversation_id == who, Ledger.status.in_((RETURNED, DONE)), Ledger.deleted_at.is_(None))
        .order_by((Ledger.status == RETURNED).desc(), Ledger.returned_at.desc(), Ledger.ended_at.desc(), Ledger.code)
    )
    return session.scalar(mine.limit(1))


def of(session: Session, who: int, code: str) -> int | None:
    """What this person gave before."""
    return session.scalar(select(Rating.score).where(Rating.dossier_code == code, Rating.conversation_id == who))


def rate(session: Session, keys: Keys, who: int, code: str, score: int, now: datetime) -> bool | Refused:
    """Give a score, or change it: True when it changed an earlier one. One row a person and dossier.

    Refusals: rating-not-yours (not followed by her, or not finished yet), rating-score (none of 1 to 5).
    """
    if score not in SCORES:
        return refused("rating-score")
    ledger = session.get(Ledger, code)
    if ledger is None or ledger.status not in (DONE, RETURNED) or not followers.follows(session, code, who):
        return refused("rating-not-yours")
    before = of(session, who, code)
    agency = ledger.agency_code or ""
    row = insert_into(session, Rating).values(
        dossier_code=code, conversation_id=who, agency_code=agency, score=score, at=now
    )
    session.execute(
        row.on_conflict_do_update(
            index_elements=["dossier_code", "conversation_id"], set_={"score": score, "changed_at": now}
        )
    )
    if score <= LOW:
        _open_card(session, keys, who, ledger, now)
    return before is not None


def _open_card(session: Session, keys: Keys, who: int, ledger: Ledger, now: datetime) -> None:
    """A low score becomes a card for the heads, once: field and month, and nothing by which to find who or which.

    Its subject is `rating:2026-11/<field>#<mark>`; the mark is a keyed hash, so that the same rating is the same card.
    """
    month = (ledger.returned_at or now).astimezone(HOME).strftime("%Y-%m")
    field_ = field_of(session, ledger.procedure_code)
    mark = keys.code(f"low/{_key(ledger.code, who)}")[:12]
    cards.open_card(session, now, "rating", f"rating:{month}/{field_}#{mark}", ledger.agency_code or "")


def card_facts(subject: str) -> tuple[str, str]:
    """What the subject of a rating's card says: the month (`2026-11`) and the field ("" unknown)."""
    month, _, field_ = subject.partition("#")[0].removeprefix("rating:").partition("/")
    return month, field_


def field_of(session: Session, procedure_code: str | None) -> str:
    """The field a procedure belongs to; "" where it is not known."""
    named = select(ProcedureVersion.record).join(Procedure, Procedure.version_id == ProcedureVersion.id)
    record = session.scalar(named.where(Procedure.code == (procedure_code or "")))
    return str(record.get("field", "")) if isinstance(record, dict) else ""


def summary(session: Session, begin: datetime, end: datetime, zone: tzinfo = HOME) -> list[Summary]:
    """The ratings given from `begin` up to `end` (aware), by agency and local month."""
    found: dict[tuple[str, str], Summary] = {}
    given = select(Rating.agency_code, Rating.at, Rating.score).where(Rating.at >= begin, Rating.at < end)
    for agency, at, score in session.execute(given):
        month = at.astimezone(zone).strftime("%Y-%m")
        found.setdefault((agency, month), Summary(agency, month)).scores[score] += 1
    return [found[place] for place in sorted(found)]
