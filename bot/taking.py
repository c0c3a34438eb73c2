"""Turns of several conversations in one transaction: what was heard and their states in, replies and new states out."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, cast

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.orm import Session

from bot import heard
from bot.dialog.engine import Dialog
from bot.dialog.flow import Talk, Texts
from bot.dialog.state import State
from bot.heard import Ready
from bot.metrics import Metrics
from bot.outgoing import put, rows_of
from bot.port import WITHDRAWN
from services import telling
from services.clock import Clock, ms
from services.db.machine import Conversation, Inbox

# Built once, on the tables and not on the classes: that is a third of the cost, and these run for every batch.
_TALKS, _INBOX = (cast(Table, kind.__table__) for kind in (Conversation, Inbox))
_TALKING = (
    select(_TALKS.c.id, _TALKS.c.state, _TALKS.c.locale, _TALKS.c.chat, _TALKS.c.reach, _TALKS.c.last_heard_ms)
    .where(_TALKS.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(_TALKS.c.id)
    .with_for_update()
)
_SAVE = update(_TALKS).where(_TALKS.c.id == bindparam("b_id"))
_MINE = _INBOX.c.id.in_(bindparam("ids", expanding=True))
_STATES = select(_INBOX.c.id, _INBOX.c.state).where(_MINE)
"""All of them and not the open ones only: PostgreSQL would read the index of all that is open for that."""
_DEAL = (
    update(_INBOX)
    .where(_MINE)
    .values(state=bindparam("b_state"), reason=bindparam("b_reason"), done_ms=bindparam("b_now"))
)


class Taking:
    """Takes turns inside a transaction of its caller. `group` holds the conversations of a desk's group chat."""

    def __init__(
        self, clock: Clock, dialog: Dialog, group: Dialog | None, texts: Texts, services: Callable[[Session], Any],
        metrics: Metrics, default_locale: str,
    ) -> None:  # fmt: skip
        self._clock, self.dialog, self._group, self._texts = clock, dialog, group, texts
        self._services, self._metrics, self._default_locale = services, metrics, default_locale

    def take(self, session: Session, batch: Sequence[Ready]) -> bool:
        """Run the turns of `batch` and write all that follows from them; returns whether anybody is to be told."""
        now = self._clock.now()
        now_ms = ms(now)
        by_id = {one.claimed.conversation_id: one for one in batch}
        connection = session.connection()
        rows = connection.execute(_TALKING, {"ids": list(by_id)}).all()
        found = connection.execute(_STATES, {"ids": [one.claimed.id for one in batch]})
        still_open = {row.id for row in found if row.state == "open"}
        states = {row.id: State.load(row.state) for row in rows}
        asked = heard.reached(session, states, by_id)
        services = self._services(session)
        outgoing: list[dict[str, Any]] = []
        saved: list[dict[str, Any]] = []
        finished: dict[tuple[str, str | None], list[int]] = {}
        for row in rows:
            one = by_id[row.id]
            if one.claimed.id not in still_open:
                continue  # another process took it while our claim had run out
            state, inbound, reach = states[row.id], one.inbound, row.reach
            outcome: tuple[str, str | None] = ("done", None)
            if one.channel is None or inbound is None or not (inbound.private or self._group):
                outcome = (
                    "aside",
                    "no-account" if one.channel is None else "no-meaning" if inbound is None else "group",
                )
            elif inbound.kind in ("left", "joined"):
                reach = "gone" if inbound.kind == "left" else "ok"
                if inbound.kind == "left" and inbound.text == WITHDRAWN:
                    state = heard.withdrawn(session, services.keys, row.id, state, now)
            elif inbound.kind == "receipt":
                heard.arrived(session, one.claimed, inbound, now_ms)
            elif inbound.kind != "moved":
                reach = "ok"
                dialog, sender = self.dialog, row.id
                if inbound.private or self._group is None:
                    locale = state.locale or ("en" if inbound.language.startswith("en") else self._default_locale)
                else:
                    # what a group says is the office's: its language, and whoever acts is known by her own chat
                    dialog, locale = self._group, state.locale or self._default_locale
                    sender = heard.private_of(session, one.claimed, inbound.sender)
                talk = Talk(services, self._texts, locale, now, row.id, {}, {}, sender)
                began = time.perf_counter()
                messages = dialog.turn(state, heard.heard(inbound, asked.get(row.id), one.files), talk)
                self._metrics.one_turn(time.perf_counter() - began)
                outgoing += rows_of(one.channel, row.chat, row.id, messages, now_ms)
            finished.setdefault(outcome, []).append(one.claimed.id)
            saved.append(
                {
                    "b_id": row.id, "state": state.dump(), "locale": state.locale, "reach": reach,
                    "last_heard_ms": heard.spoke(one, row.last_heard_ms), "claimed_until_ms": 0,
                }
            )  # fmt: skip
        session.flush()
        put(session, outgoing)
        if saved:
            connection.execute(_SAVE, saved)
        rang = telling.rang(session)
        for (state_name, reason), ids in finished.items():
            connection.execute(_DEAL, {"ids": ids, "b_state": state_name, "b_reason": reason, "b_now": now_ms})
        return rang
