"""What a person was told without asking: her history, and what is called off when she wants it otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from services import telling
from services.clock import ms
from services.db.machine import Conversation, Outbox
from services.db.notices import Notice
from services.db.presubmissions import Return
from services.db.telling import Telling
from services.dossiers import followers, ways
from services.dossiers.followers import Wishes
from services.dossiers.hand import HOME

NEWS = ("status", "correction", "due", "holder", "words")
"""The kinds of news that a change of a dossier may be."""
_STOPPABLE = (*NEWS, *telling.REMINDERS)
"""What somebody who wants no notices is not told: news and reminders. What answers her own asking still comes."""


@dataclass(frozen=True, slots=True)
class Said:
    """One notice of the history. `at_ms` is when it was told, else when it arose; `channel` "" where that is lost;
    `count` how many papers it gave back (0 where it is no such notice, or that is not known any more)."""

    id: int
    kind: str
    code: str
    status: int | None
    state: str
    at_ms: int
    channel: str
    count: int = 0


def history(session: Session, who: int, most: int, before: int | None = None) -> list[Said]:
    """What the person of this chat was told, or is to be told, the newest first; those before a number, `most` of them.

    What is linked shares the news: all of a person's chats show the same history.
    """
    mine = (
        select(Notice, Conversation.channel)
        .outerjoin(Conversation, Conversation.id == Notice.sent_to)
        .where(Notice.conversation_id.in_(ways.numbers(session, who)))
        .order_by(Notice.id.desc())
        .limit(most)
    )
    if before is not None:
        mine = mine.where(Notice.id < before)
    return [
        Said(
            one.id, one.kind, one.dossier_code, one.status, one.state, one.told_ms or one.created_ms, channel or "",
            _given_back(session, one),
        )
        for one, channel in session.execute(mine)
    ]  # fmt: skip


def _given_back(session: Session, one: Notice) -> int:
    """How many papers a notice of a return gave back."""
    row = session.get(Telling, one.seq) if one.kind == "checked-return" else None
    given = session.get(Return, (one.dossier_code, int(row.args.get("round", 0)))) if row is not None else None
    return len(given.items) if given is not None else 0


def pages_of(key: str, pages: int) -> list[str]:
    """The keys in the outbox of a notice that takes several pages: the last one carries the notice's own."""
    return [*(f"{key}/p{number}" for number in range(1, pages)), key]


def take_back(session: Session, row: Outbox, reason: str) -> bool:
    """Take a message back that nobody has yet, with all its pages; False when it is too late for that."""
    keys = pages_of(row.key or "", int(row.page.get("pages", 1)))
    done: Any = session.execute(
        update(Outbox)
        .where(Outbox.id == row.id, Outbox.state == "queued")
        .values(state="dropped", reason=reason)
        .execution_options(synchronize_session=False)
    )
    if done.rowcount and len(keys) > 1:
        session.execute(
            update(Outbox)
            .where(Outbox.key.in_(keys), Outbox.state == "queued")
            .values(state="dropped", reason=reason)
            .execution_options(synchronize_session=False)
        )
    return bool(done.rowcount)


def is_old_news(session: Session, kept: Notice) -> bool:
    """Whether a status that went at once has outrun what was kept for the digest; then the notice says so."""
    later = select(Notice.id).where(
        Notice.conversation_id == kept.conversation_id, Notice.dossier_code == kept.dossier_code, Notice.id > kept.id,
        Notice.state.in_(("open", "told", "telephoned")), Notice.kind.in_(("status", "correction")),
    )  # fmt: skip
    if session.scalar(later.limit(1)) is None:
        return False
    kept.state = "replaced"
    return True


def call_off(session: Session, who: Sequence[int], code: str | None = None) -> int:
    """News and reminders that did not go yet do not go: of one dossier, or all. Returns how many were called off."""
    gone = 0
    for one in _waiting(session, who, _STOPPABLE):
        if code is not None and one.dossier_code != code:
            continue
        row = _carrier(session, one)
        if one.state == "open" and row is not None and not take_back(session, row, "stopped"):
            continue  # it is on its way, or there
        if one.kind in telling.REMINDERS:
            _drop_telling(session, one.seq)
        one.state = "stopped"
        gone += 1
    return gone


def _drop_telling(session: Session, number: int) -> None:
    """A reminder that no message was made of yet. One that is just being made waits for us, and asks for the wishes."""
    mine = select(Telling.id).where(Telling.id == number, Telling.state == "open")
    if session.scalar(mine.with_for_update(skip_locked=True)) is not None:
        session.execute(update(Telling).where(Telling.id == number).values(state="dropped"))


def retime(session: Session, who: Sequence[int], wanted: Wishes, now: datetime, zone: tzinfo = HOME) -> None:
    """What waits goes when it is wanted now: quiet hours may have ended or begun, and the digest may be over."""
    goes = ms(followers.earliest(wanted, now, urgent=True, zone=zone))
    for one in _waiting(session, who, NEWS):
        if one.state == "kept":
            if wanted.mode == "at-once":
                one.must_by_ms = min(one.must_by_ms, ms(now))
            continue
        row = _carrier(session, one)
        if row is None or row.state != "queued" or row.attempts:
            continue
        pages = pages_of(row.key or "", int(row.page.get("pages", 1)))
        session.execute(
            update(Outbox)
            .where(Outbox.key.in_(pages), Outbox.state == "queued")
            .values(next_ms=goes)
            .execution_options(synchronize_session=False)
        )
        one.must_by_ms = goes + telling.KNOWN_WITHIN_MS


def _waiting(session: Session, who: Sequence[int], kinds: Sequence[str]) -> list[Notice]:
    """What is not told yet, locked, oldest first. What a digest is just being made of is left to it: it holds them
    while it waits for the conversation, which we hold, and asks for the wishes once it has it."""
    mine = select(Notice).where(Notice.conversation_id.in_(who), Notice.kind.in_(kinds)).order_by(Notice.id)
    on_their_way = session.scalars(mine.where(Notice.state == "open").with_for_update())
    kept = session.scalars(mine.where(Notice.state == "kept").with_for_update(skip_locked=True))
    return sorted([*on_their_way, *kept], key=lambda one: one.id)


def _carrier(session: Session, one: Notice) -> Outbox | None:
    """The message that carries a notice now."""
    if one.outbox_key is None:
        return None
    return session.scalars(
        select(Outbox).where(Outbox.key == one.outbox_key).execution_options(populate_existing=True)
    ).one_or_none()
