"""The outbox's statements: who may send, and what became of messages. Which are next: `bot.ahead`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from sqlalchemy import Table, bindparam, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from bot.addresses import drop_queued, move_chat
from bot.threads import Threads
from services.db.machine import ChannelAccount, Conversation, Lease, Outbox

LEASE_MS = 10_000
CRASHES = 8
_CRASHED = "crashed "
GIVE_UP_MS = 72 * 3_600_000

# Built once, on the tables and not on the classes: that is a third of the cost, and these run for every few messages.
_TABLE, _LEASES = cast(Table, Outbox.__table__), cast(Table, Lease.__table__)
_DYING = select(_TABLE.c.id, _TABLE.c.priority, _TABLE.c.reason).where(
    _TABLE.c.channel == bindparam("b_channel"), _TABLE.c.account == bindparam("b_account"), _TABLE.c.state == "sending"
)
_UNHEARD = (
    update(_TABLE)
    .where(
        _TABLE.c.channel == bindparam("b_channel"), _TABLE.c.account == bindparam("b_account"),
        _TABLE.c.state == "sending", _TABLE.c.id.not_in(bindparam("b_under_way", expanding=True)),
    )
    .values(state="queued", attempts=_TABLE.c.attempts - 1)
)  # fmt: skip
_EARLIER = (
    update(_TABLE)
    .where(
        _TABLE.c.channel == bindparam("b_channel"), _TABLE.c.account == bindparam("b_account"),
        _TABLE.c.state == "queued", _TABLE.c.attempts > 0, _TABLE.c.next_ms > bindparam("b_now"),
    )
    .values(next_ms=_TABLE.c.next_ms - bindparam("b_by"))
)  # fmt: skip
_WRITE = update(_TABLE).where(_TABLE.c.id == bindparam("b_id"))
_LEASE = select(_LEASES.c.owner, _LEASES.c.until_ms).where(_LEASES.c.name == bindparam("b_name")).with_for_update()
_RENEW = (
    update(_LEASES)
    .where(_LEASES.c.name == bindparam("b_name"))
    .values(owner=bindparam("b_owner"), until_ms=bindparam("b_until"))
)


@dataclass(frozen=True, slots=True)
class Work:
    """A message to send. `unsure` tells that it may already have arrived once."""

    id: int
    chat: str
    page: Any
    priority: int
    attempts: int
    created_ms: int
    unsure: bool
    conversation_id: int


State = Literal["sent", "queued", "dead", "dropped", "unsure"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message. `gone` and `moved_to` say what it taught about the chat."""

    work: Work
    state: State
    reason: str | None = None
    message_id: str | None = None
    sent_ms: int | None = None
    next_ms: int = 0
    gone: bool = False
    moved_to: str = ""


def database_ms(session: Session, fallback: int) -> int:
    """The database server's own clock, by which leases run; on SQLite this machine's."""
    if session.get_bind().dialect.name != "postgresql":
        return fallback
    return int(session.scalar(text("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint")) or 0)


def hold_lease(session: Session, name: str, owner: str, now_ms: int, lasts_ms: int = LEASE_MS) -> bool | None:
    """Take or renew the lease `name`. True: held before, None: just taken, False: somebody else has it."""
    connection, renewed = session.connection(), {"b_name": name, "b_owner": owner, "b_until": now_ms + lasts_ms}
    lease = connection.execute(_LEASE, {"b_name": name}).one_or_none()
    if lease is None:
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        made = connection.execute(
            dialect.insert(_LEASES)
            .values(name=name, owner=owner, until_ms=now_ms + lasts_ms)
            .on_conflict_do_nothing()
            .returning(_LEASES.c.name)
        ).first()
        return None if made else False
    if lease.owner == owner and lease.until_ms > now_ms:
        if lease.until_ms < now_ms + lasts_ms // 2:
            connection.execute(_RENEW, renewed)
        return True
    # one that ends much later than any could was taken before the clock went back: nobody would renew it in time
    if now_ms < lease.until_ms <= now_ms + 2 * lasts_ms:
        return False
    connection.execute(_RENEW, renewed)
    return None


def drop_lease(session: Session, name: str, owner: str) -> None:
    """Give the lease back, so that another process need not wait for its end."""
    session.execute(update(Lease).where(Lease.name == name, Lease.owner == owner).values(until_ms=0))


def recover(session: Session, channel: str, account: str) -> None:
    """Messages that were being sent when their sender died: replies and status notices go again, the rest never.

    Nobody knows whether the platform had taken them. One that was being sent at CRASHES ends may be what kills us.
    """
    connection = session.connection()
    for row in connection.execute(_DYING, {"b_channel": channel, "b_account": account}).all():
        crashes = _crashes(row.reason) + 1
        again = row.priority < 2 and crashes <= CRASHES
        became = (
            {"state": "queued", "reason": f"{_CRASHED}{crashes}"}
            if again
            else dict.fromkeys(("state", "reason"), "unsure")
        )
        connection.execute(_WRITE, {"b_id": row.id, **became})


def put_back(session: Session, channel: str, account: str, under_way: Collection[int]) -> None:
    """Messages marked as being sent that their living sender does not know of: the line broke before it heard that
    they were marked, so they never left. `under_way` are the ids of those that it does send; it must hold the lease."""
    session.connection().execute(
        _UNHEARD, {"b_channel": channel, "b_account": account, "b_under_way": [*under_way] or [0]}
    )


def bring_forward(session: Session, channel: str, account: str, now_ms: int, by_ms: int) -> None:
    """The clock went back by so much: the next tries of messages that were tried before come as soon as was meant."""
    session.connection().execute(_EARLIER, {"b_channel": channel, "b_account": account, "b_now": now_ms, "b_by": by_ms})


def _crashes(reason: str | None) -> int:
    """How many crashes in a row a message has been through."""
    return int(reason.removeprefix(_CRASHED)) if reason and reason.startswith(_CRASHED) else 0


def closed_until(session: Session, channel: str, account: str) -> int:
    """Until when the platform asked the account to wait (ms)."""
    account_row = session.get(ChannelAccount, (channel, account))
    return account_row.closed_until_ms if account_row else 0


def close_account(session: Session, channel: str, account: str, until_ms: int) -> None:
    """Remember that the platform asked the whole account to wait."""
    session.execute(
        update(ChannelAccount)
        .where(ChannelAccount.channel == channel, ChannelAccount.account == account)
        .values(closed_until_ms=until_ms)
    )


def write(session: Session, channel: str, account: str, outcomes: Sequence[Outcome]) -> None:
    """Write down what became of messages, and what that taught about their chats."""
    if not outcomes:
        return
    session.connection().execute(
        _WRITE,
        [
            {
                "b_id": o.work.id, "state": o.state, "reason": o.reason, "message_id": o.message_id,
                "sent_ms": o.sent_ms, "next_ms": o.next_ms,
            }
            for o in outcomes
        ],
    )  # fmt: skip
    for outcome in outcomes:
        if outcome.gone:
            session.execute(
                update(Conversation).where(Conversation.id == outcome.work.conversation_id).values(reach="gone")
            )
            drop_queued(session, channel, account, outcome.work.chat, "gone")
        if outcome.moved_to:
            move_chat(session, channel, account, outcome.work.chat, outcome.moved_to)


_EXCHANGE = """
    WITH written AS (
        UPDATE outbox o
        SET state = w.state, reason = w.reason, message_id = w.message_id, sent_ms = w.sent_ms, next_ms = w.next_ms
        FROM unnest(%(ids)s::bigint[], %(states)s::text[], %(reasons)s::text[], %(messages)s::text[],
                    %(sent)s::bigint[], %(nexts)s::bigint[])
             AS w(id, state, reason, message_id, sent_ms, next_ms)
        WHERE o.id = w.id
    ), begun AS (
        UPDATE outbox o SET state = 'sending', claimed_ms = %(now)s::bigint, attempts = attempts + 1
        FROM unnest(%(chosen)s::bigint[], %(chats)s::text[]) AS c(id, chat)
        WHERE o.id = c.id AND o.chat = c.chat AND o.state || '' = 'queued' AND o.next_ms <= %(now)s::bigint
        AND EXISTS (SELECT 1 FROM leases WHERE name = %(lease)s::text AND owner = %(owner)s::text
                    AND until_ms > extract(epoch FROM clock_timestamp()) * 1000)
        RETURNING o.id
    )
    SELECT id, 0 FROM begun
    UNION ALL
    SELECT -1, (SELECT min(priority) FROM outbox
                WHERE state = 'queued' AND channel = %(channel)s::text AND account = %(account)s::text)
"""
"""`state || ''`: no reading of all that is queued by the index of the queued, where a few rows by their keys are meant.
PostgreSQL takes what is queued for little as long as it has not counted it anew."""


def is_plain(outcomes: Sequence[Outcome]) -> bool:
    """Whether the outcomes say nothing of a chat, only of the messages themselves."""
    return not any(outcome.gone or outcome.moved_to for outcome in outcomes)


async def exchange(
    threads: Threads, channel: str, account: str, outcomes: Sequence[Outcome], chosen: Sequence[Work],
    now_ms: int, lease: str, owner: str,
) -> tuple[list[Work], int]:  # fmt: skip
    """Write down plain `outcomes` and mark `chosen` as being sent, as one statement; returns what was begun, and the
    most urgent priority that waited before (3: nothing did).

    Nothing is begun unless `owner` holds `lease` by the server's own clock. PostgreSQL only; raises psycopg.Error.
    """
    rows = await threads.at_once(
        _EXCHANGE,
        {
            "ids": [o.work.id for o in outcomes], "states": [o.state for o in outcomes],
            "reasons": [o.reason for o in outcomes], "messages": [o.message_id for o in outcomes],
            "sent": [o.sent_ms for o in outcomes], "nexts": [o.next_ms for o in outcomes],
            "chosen": [work.id for work in chosen], "chats": [work.chat for work in chosen], "now": now_ms,
            "lease": lease, "owner": owner, "channel": channel, "account": account,
        },
    )  # fmt: skip
    begun: dict[int, int | None] = dict(rows)
    lowest = begun.pop(-1)
    return [work for work in chosen if work.id in begun], 3 if lowest is None else lowest
