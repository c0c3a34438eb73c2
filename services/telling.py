"""Telling somebody something she did not ask for just now: a row, which the machine turns into a message.

What a conversation or a service wants to say in another chat is written here, in its own transaction. The words are
made by `handlers.tellings` when the message goes, so that no personal word lies in this table.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from services.clock import ms
from services.db.notices import Notice
from services.db.telling import Telling
from services.db.upsert import insert_into

REPLY, NOTICE, BULK = 0, 1, 2
"""How urgent: an answer somebody waits for, news, and what can wait (ratings, reminders, lists)."""
REMINDERS = frozenset({"my-turn", "rate", "visit-tomorrow"})
"""What is said to a citizen for her convenience: not at night, not after she stopped notices, and never twice."""
OWED = REMINDERS | {
    "checked-good", "checked-return", "complaint-answered", "counter-filed", "desk-held", "rights-done",
    "visit-useless",
}  # fmt: skip
"""What the office owes a citizen who does not wait in front of her phone: each is an obligation of the watchdog too
(a row of `notices`), and stands in her history. What is said within a talk, or answers at once, is none."""
KNOWN_WITHIN_MS = 120_000
"""How long after it may go a notice may be under way before it counts as silence."""
KNOWN_SOME_TIME_MS = 3_600_000
"""The same for what goes with the bulk."""
_ABOUT = ("code", "presubmission")
"""The arguments that tell what a telling is about."""
_RING = "told"
# Built once: it is asked twice a second, and building costs more than asking an empty table.
_ANY_DUE = select(Telling.id).where(Telling.state == "open", Telling.next_ms <= bindparam("now")).limit(1)


def tell(
    session: Session, who: int, kind: str, now: datetime, *, key: str | None = None, at: datetime | None = None,
    priority: int = NOTICE, **args: str | int | bool | None,
) -> bool:  # fmt: skip
    """Tell conversation `who` a message of `kind` (a name in `handlers.tellings`), not before `at` (now).

    `args` are ids and codes, never a name, a number or a text of a person. With a `key` it is said once only, ever:
    False when it was said, or is to be said, already.
    """
    row: dict[str, Any] = {
        "key": key, "conversation_id": who, "kind": kind, "args": args, "priority": priority, "created_ms": ms(now),
        "next_ms": ms(at or now), "state": "open", "attempts": 0,
    }  # fmt: skip
    made = insert_into(session, Telling).values(row).on_conflict_do_nothing().returning(Telling.id)
    session.info[_RING] = True
    number = session.execute(made).scalar_one_or_none()
    if number is not None and kind in OWED:
        goes = ms(at or now)
        session.add(
            Notice(
                dossier_code=next((str(args[name]) for name in _ABOUT if args.get(name)), ""), seq=number,
                conversation_id=who, kind=kind, state="open", created_ms=ms(now),
                must_by_ms=goes + within_ms(priority), outbox_key=key_of(number), sent_to=who, ways=1,
            )
        )  # fmt: skip
        session.flush()
    return number is not None


def skip(session: Session, who: int, kind: str, now: datetime, key: str) -> None:
    """Remember that this is not said to `who`, because another chat of hers is told."""
    row = insert_into(session, Telling).values(
        key=key, conversation_id=who, kind=kind, args={}, priority=BULK, created_ms=ms(now), next_ms=ms(now),
        state="dropped", attempts=0,
    )  # fmt: skip
    session.execute(row.on_conflict_do_nothing())


def key_of(number: int) -> str:
    """The key in the outbox of the message that a telling becomes."""
    return f"telling/{number}"


def within_ms(priority: int) -> int:
    """How long after it may go a message of this urgency may be under way."""
    return KNOWN_SOME_TIME_MS if priority >= BULK else KNOWN_WITHIN_MS


def owed(session: Session, row: Telling) -> Notice | None:
    """The obligation that a telling is; None where it is none."""
    if row.kind not in OWED:
        return None
    mine = select(Notice).where(
        Notice.conversation_id == row.conversation_id, Notice.seq == row.id, Notice.kind == row.kind
    )
    return session.scalars(mine).one_or_none()


def tell_all(session: Session, whom: Iterable[int], kind: str, now: datetime, *, key: str = "", **more: Any) -> int:
    """The same to several conversations; with a `key` once to each. Returns to how many."""
    return sum(tell(session, who, kind, now, key=f"{key}/{who}" if key else None, **more) for who in whom)


def rang(session: Session) -> bool:
    """Whether something was written in this session, and not asked after yet."""
    return bool(session.info.pop(_RING, False))


def waiting(session: Session, now: datetime) -> bool:
    """Whether anything is due: one probe of a small index."""
    return session.scalar(_ANY_DUE, {"now": ms(now)}) is not None


def due(session: Session, now: datetime, most: int) -> list[Telling]:
    """The oldest that are due, held until the transaction ends; what another process holds is left to it."""
    wanted = select(Telling).where(Telling.state == "open", Telling.next_ms <= ms(now))
    return list(
        session.scalars(wanted.order_by(Telling.next_ms, Telling.id).limit(most).with_for_update(skip_locked=True))
    )
