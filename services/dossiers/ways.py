"""Where a person is told: in the chat she chose for this dossier, or for all, else in the one where she spoke last.

A person has several chats only where she linked them herself (`services.people`).
"""

from __future__ import annotations

from collections.abc import Container

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from services.db.following import Preference
from services.db.machine import Conversation
from services.db.notices import NoticeWay
from services.db.upsert import insert_into

ALL = ""
"""In place of a dossier's code: all that nothing else was chosen for."""


def chats(session: Session, who: int) -> list[Conversation]:
    """The chats of a person, this one among them: the one where she spoke last first."""
    mine = session.get(Conversation, who)
    if mine is None or mine.person_id is None:
        return [mine] if mine is not None else []
    hers = select(Conversation).where(Conversation.person_id == mine.person_id)
    return list(session.scalars(hers.order_by(Conversation.last_heard_ms.desc(), Conversation.id)))


def numbers(session: Session, who: int) -> list[int]:
    """The numbers of a person's chats; this one's alone for somebody who linked none."""
    return [one.id for one in chats(session, who)] or [who]


def able(session: Session, who: int, connected: Container[tuple[str, str]]) -> list[Conversation]:
    """Those of a person's chats in which she can be told now: reached, connected, and not stopped. The last used first.

    `connected` holds the channel accounts (channel, account) that there are.
    """
    found = [
        one for one in chats(session, who) if one.reach == "ok" and (one.channel, one.account) in connected
    ]  # fmt: skip
    if not found:
        return []
    stopped = select(Preference.conversation_id).where(
        Preference.conversation_id.in_([one.id for one in found]), Preference.stopped_at.is_not(None)
    )
    silent = set(session.scalars(stopped))
    return [one for one in found if one.id not in silent]


def target(session: Session, mine: Conversation, code: str, connected: Container[tuple[str, str]]) -> Conversation:
    """Where the person of `mine` is told of a dossier; `mine` itself where no chat of hers can be reached."""
    if mine.person_id is None:
        return mine
    found = able(session, mine.id, connected)
    wanted = chosen(session, mine.id, code) or chosen(session, mine.id)
    return next((one for one in found if one.id == wanted), found[0] if found else mine)


def chosen(session: Session, who: int, code: str = ALL) -> int | None:
    """The chat that a person chose for a dossier (or for all); None where she chose none."""
    person = session.scalar(select(Conversation.person_id).where(Conversation.id == who))
    row = session.get(NoticeWay, (person, code), populate_existing=True) if person is not None else None
    return row.conversation_id if row else None


def choose(session: Session, who: int, told_in: int | None, code: str = ALL) -> bool:
    """Choose the chat for a dossier (or for all); None: no choice any more. False for a chat that is not hers."""
    mine = session.get(Conversation, who)
    if mine is None or mine.person_id is None or not (told_in is None or told_in in numbers(session, who)):
        return False
    if told_in is None:
        session.execute(delete(NoticeWay).where(NoticeWay.person_id == mine.person_id, NoticeWay.dossier_code == code))
        return True
    row = insert_into(session, NoticeWay).values(
        person_id=mine.person_id, dossier_code=code, conversation_id=told_in
    )  # fmt: skip
    session.execute(
        row.on_conflict_do_update(index_elements=["person_id", "dossier_code"], set_={"conversation_id": told_in})
    )
    return True


def forget(session: Session, who: int) -> None:
    """This chat is none of its person's any more: nothing is chosen for it."""
    session.execute(delete(NoticeWay).where(NoticeWay.conversation_id == who))
