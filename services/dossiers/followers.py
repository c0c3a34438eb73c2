"""Who follows a dossier, what she was told last, and how she wants to hear of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from typing import Literal

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from services.db.following import Follow, Preference, Told
from services.db.upsert import insert_into
from services.dossiers import views
from services.dossiers.changes import Change
from services.dossiers.hand import HOME
from services.dossiers.states import Understood

How = Literal["digits", "receipt", "link", "counter"]
Mode = Literal["at-once", "digest"]
News = Literal["status", "correction", "due", "holder", "words"]

NIGHT = (21 * 60, 7 * 60)
"""When reminders, ratings and digests wait, for everybody: minutes after local midnight, from and to."""

DIGEST_AT = time(17)
"""When, local time, those who want one message a day get it."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """How somebody wants to hear of her dossiers. `quiet` are local minutes (from, to), over midnight if from > to."""

    quiet: tuple[int, int] | None = None
    mode: Mode = "at-once"
    stopped_at: datetime | None = None


def follow(session: Session, code: str, conversation_id: int, how: How, now: datetime) -> bool:
    """Follow a dossier; what it is now counts as told. False when she followed it already."""
    row = insert_into(session, Follow).values(dossier_code=code, conversation_id=conversation_id, since=now, how=how)
    fresh = session.scalar(row.on_conflict_do_nothing().returning(Follow.conversation_id)) is not None
    known = views.current(session, code, now)
    if known is not None:
        remember(session, code, conversation_id, known.seq, known.state, now, only_if_new=True)
    return fresh


def unfollow(session: Session, code: str, conversation_id: int) -> bool:
    """Stop following a dossier; False when she did not."""
    session.execute(delete(Told).where(Told.dossier_code == code, Told.conversation_id == conversation_id))
    gone = session.execute(delete(Follow).where(Follow.dossier_code == code, Follow.conversation_id == conversation_id))
    return bool(getattr(gone, "rowcount", 0))


def mute(session: Session, code: str, conversation_id: int, *, muted: bool) -> None:
    """Keep following a dossier without being told of it, or be told again."""
    session.execute(
        update(Follow)
        .where(Follow.dossier_code == code, Follow.conversation_id == conversation_id)
        .values(is_muted=muted)
    )


def follows(session: Session, code: str, conversation_id: int) -> bool:
    """Whether this conversation follows this dossier."""
    return session.get(Follow, (code, conversation_id)) is not None


def followed_by(session: Session, conversation_id: int) -> list[str]:
    """The codes that a conversation follows, the newest first."""
    mine = select(Follow.dossier_code).where(Follow.conversation_id == conversation_id)
    return list(session.scalars(mine.order_by(Follow.since.desc(), Follow.dossier_code)))


def followers_of(session: Session, code: str) -> list[int]:
    """The conversations to be told of a dossier: those that follow it, are not muted and did not stop all notices."""
    who = (
        select(Follow.conversation_id)
        .outerjoin(Preference, Preference.conversation_id == Follow.conversation_id)
        .where(Follow.dossier_code == code, Follow.is_muted.is_(False), Preference.stopped_at.is_(None))
        .order_by(Follow.conversation_id)
    )
    return list(session.scalars(who))


def news_for(session: Session, conversation_id: int, change: Change) -> News | None:
    """What a change is to this follower, seen from what she was told last; None when there is nothing to say.

    A status that was undone is a correction, once, to those who had been told of it, and nothing to all others. New
    words alone (what is still lacking, say) are news to those who know the status that they belong to.
    """
    told = session.get(Told, (change.code, conversation_id), populate_existing=True)
    if told is not None and change.seq <= told.seq:
        return None
    if change.verdict == "nothing":
        is_new = change.kind == "note" and bool(change.note) and told is not None and told.status == change.status
        return "words" if is_new else None
    if told is None:
        return "status" if change.verdict == "news" else None
    if told.status != change.status:
        return "correction" if change.verdict == "correction" else "status"
    if change.verdict == "correction":
        return None
    if told.due_at != change.due_at:
        return "due"
    return "holder" if told.holder_code != change.holder_code else None


def tell(session: Session, conversation_id: int, change: Change, now: datetime) -> None:
    """Remember that this change was put into her outbox."""
    state = Understood(status=change.status, holder_code=change.holder_code, due_at=change.due_at)
    remember(session, change.code, conversation_id, change.seq, state, now)


def remember(
    session: Session, code: str, conversation_id: int, seq: int, state: Understood, now: datetime, *,
    only_if_new: bool = False,
) -> None:  # fmt: skip
    """Write down what somebody knows of a dossier, from a notice or because she looked."""
    values = {"seq": seq, "status": state.status, "holder_code": state.holder_code, "due_at": state.due_at, "at": now}
    row = insert_into(session, Told).values(dossier_code=code, conversation_id=conversation_id, **values)
    if only_if_new:
        session.execute(row.on_conflict_do_nothing())
    else:
        session.execute(row.on_conflict_do_update(index_elements=["dossier_code", "conversation_id"], set_=values))


def wishes(session: Session, conversation_id: int) -> Wishes:
    """How a conversation wants to hear of its dossiers."""
    row = session.get(Preference, conversation_id)
    if row is None:
        return Wishes()
    quiet = None if row.quiet_from is None or row.quiet_to is None else (row.quiet_from, row.quiet_to)
    return Wishes(quiet, "digest" if row.mode == "digest" else "at-once", row.stopped_at)


def wish(session: Session, conversation_id: int, wanted: Wishes) -> None:
    """Change how a conversation wants to hear of its dossiers."""
    begin, end = wanted.quiet or (None, None)
    values = {"quiet_from": begin, "quiet_to": end, "mode": wanted.mode, "stopped_at": wanted.stopped_at}
    row = insert_into(session, Preference).values(conversation_id=conversation_id, **values)
    session.execute(row.on_conflict_do_update(index_elements=["conversation_id"], set_=values))


def next_digest(now: datetime, zone: tzinfo = HOME) -> datetime:
    """The next time a digest goes."""
    local = now.astimezone(zone)
    day = local.date() + timedelta(days=0 if local.time() < DIGEST_AT else 1)
    return datetime.combine(day, DIGEST_AT, zone).astimezone(now.tzinfo)


def earliest(wanted: Wishes, now: datetime, *, urgent: bool, zone: tzinfo = HOME) -> datetime:
    """When a notice may go: a change of status (`urgent`) at once, unless she set quiet hours; others not at night."""
    quiet = wanted.quiet or (None if urgent else NIGHT)
    if quiet is None or quiet[0] == quiet[1]:
        return now
    local = now.astimezone(zone)
    minute = local.hour * 60 + local.minute
    begin, end = quiet
    inside = begin <= minute < end if begin < end else minute >= begin or minute < end
    if not inside:
        return now
    day = local.date() + timedelta(days=1 if minute >= end else 0)
    return datetime.combine(day, time(end // 60, end % 60), zone).astimezone(now.tzinfo)
