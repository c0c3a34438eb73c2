"""What a turn must know of an update before the conversation hears it: what it answers, who acts, which files came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import Table, bindparam, select, tuple_, update
from sqlalchemy.orm import Session

from bot.dialog.state import State
from bot.dialog.values import FileRef, Heard
from bot.lanes import Claimed
from bot.port import Channel, Inbound
from services.db.machine import Conversation, Outbox
from services.keys import Keys
from services.rights import requests

_NO_RECEIPT_MS = 2_000
_TALKS, _OUTBOX = (cast(Table, kind.__table__) for kind in (Conversation, Outbox))
_ASKED = select(_OUTBOX.c.conversation_id, _OUTBOX.c.question, _OUTBOX.c.sent_ms, _OUTBOX.c.claimed_ms).where(
    tuple_(_OUTBOX.c.conversation_id, _OUTBOX.c.question).in_(bindparam("pairs", expanding=True))
)


@dataclass(frozen=True, slots=True)
class Ready:
    """A claimed update with what it means; `inbound` None: nothing to a conversation."""

    claimed: Claimed
    channel: Channel | None
    inbound: Inbound | None
    files: tuple[FileRef, ...] = ()


def reached(session: Session, states: Mapping[int, State], by_id: Mapping[int, Ready]) -> dict[int, int]:
    """For typed answers: the number of the newest question that had reached the chat when the person wrote."""
    wanted = {
        (number, state.open.n): number
        for number, state in states.items()
        if state.open is not None and (inbound := by_id[number].inbound) is not None and inbound.kind == "text"
    }
    if not wanted:
        return {}
    rows = session.connection().execute(_ASKED, {"pairs": list(wanted)}).all()
    reached = {number: n - 1 for number, n in wanted}
    for row in rows:
        one = by_id[row.conversation_id]
        told = one.inbound.at_ms if one.inbound else None
        said = told if told is not None else one.claimed.received_ms
        there = row.sent_ms if row.sent_ms is not None else row.claimed_ms and row.claimed_ms - _NO_RECEIPT_MS
        if there and said >= there:
            reached[row.conversation_id] = row.question
    return reached


def arrived(session: Session, claimed: Claimed, inbound: Inbound, now_ms: int) -> None:
    """The platform says that messages of ours reached the phone: keep when."""
    if inbound.message_id:
        ours = (
            update(_OUTBOX)
            .where(_OUTBOX.c.conversation_id == claimed.conversation_id)
            .where(_OUTBOX.c.message_id.in_(inbound.message_id.split()), _OUTBOX.c.delivered_ms.is_(None))
        )
        session.execute(ours.values(delivered_ms=inbound.at_ms if inbound.at_ms is not None else now_ms))


def withdrawn(session: Session, keys: Keys, who: int, state: State, now: datetime) -> State:
    """She took back her consent at the platform: what is kept of her is erased as if she had asked for it here.

    Nothing is said, for nothing may be sent to her any more. The state that is left knows how far questions are
    counted and which language she reads.
    """
    requests.erase(session, keys, who, now)
    return State(n=state.n, locale=state.locale)


def spoke(one: Ready, before: int) -> int:
    """When the person last spoke: a platform's receipt is not her word."""
    return before if one.inbound is None or one.inbound.kind == "receipt" else one.claimed.received_ms


def private_of(session: Session, claimed: Claimed, sender: str) -> int:
    """The private conversation of whoever acts in a group; 0 when she never spoke with us."""
    if not sender:
        return 0
    own = select(_TALKS.c.id).where(
        _TALKS.c.channel == claimed.channel, _TALKS.c.account == claimed.account, _TALKS.c.chat == sender
    )
    return int(session.scalar(own) or 0)


def heard(inbound: Inbound, asked: int | None, files: tuple[FileRef, ...]) -> Heard:
    """What the conversation hears of an inbound update: no ids, no names."""
    return Heard(inbound.kind, inbound.text, inbound.tap, files, asked)  # type: ignore[arg-type]
