"""Waking the workers: in this process by an event, across processes by PostgreSQL's LISTEN/NOTIFY.

A wake-up is only a hint about where to look. Every worker also looks by itself once in a while, so a lost hint costs
a moment and never a message.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable


class Bell:
    """A hint for one kind of worker: a set of names to look at first."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self._names: dict[str, None] = {}

    def ring(self, names: Iterable[str] = ()) -> None:
        """Wake the worker. Call from the event loop."""
        self._names.update(dict.fromkeys(names))
        self._event.set()

    def ring_again(self, names: Iterable[str]) -> None:
        """Put names back that could not be looked at yet, without waking anybody."""
        self._names.update(dict.fromkeys(names))

    def take(self, most: int) -> list[str]:
        """The hinted names, oldest first."""
        taken = list(self._names)[:most]
        for name in taken:
            del self._names[name]
        return taken

    @property
    def pending(self) -> bool:
        """Whether hints are left."""
        return bool(self._names)

    async def wait(self, seconds: float) -> bool:
        """Sleep until rung, at most `seconds`; returns whether it was rung."""
        try:
            await asyncio.wait_for(self._event.wait(), seconds)
        except TimeoutError:
            return False
        self._event.clear()
        return True


class Wake:
    """The bells of one process: one for the turns, one for each account's sender, one for the chat page's streams."""

    def __init__(self) -> None:
        self.turns = Bell()
        self.streams = Bell()
        self.changes = Bell()
        self.tellings = Bell()
        self._delivery: dict[str, Bell] = {}
        self.tell: Callable[[str, Iterable[str]], None] | None = None
        """Where to pass a hint on for other processes: (kind, names)."""

    def delivery_of(self, channel: str, account: str) -> Bell:
        """The bell of one account's sender."""
        return self._delivery.setdefault(f"{channel}/{account}", Bell())

    def inbox(self, lanes: Iterable[str]) -> None:
        """Updates were journalled in these lanes (`channel/account/chat`)."""
        lanes = list(lanes)
        self.turns.ring(lanes)
        if self.tell:
            self.tell("inbox", lanes)

    def outbox(self, accounts: Iterable[str]) -> None:
        """Messages were queued for these accounts (`channel/account`)."""
        accounts = list(accounts)
        for account in accounts:
            self.delivery_of(*account.split("/", 1)).ring()
        if self.tell:
            self.tell("outbox", accounts)

    def told(self) -> None:
        """Something is to be told to somebody who did not ask."""
        self.tellings.ring()
        if self.tell:
            self.tell("tellings", [""])

    def web(self, chats: Iterable[str]) -> None:
        """Messages lie ready for these sessions of the chat page."""
        chats = list(chats)
        self.streams.ring(chats)
        if self.tell:
            self.tell("web", chats)

    def heard(self, kind: str, names: Iterable[str]) -> None:
        """Another process passed a hint on."""
        if kind == "inbox":
            self.turns.ring(names)
        elif kind == "outbox":
            for account in names:
                self.delivery_of(*account.split("/", 1)).ring()
        elif kind == "web":
            self.streams.ring(names)
        elif kind == "dossiers":
            self.changes.ring()
        elif kind == "tellings":
            self.tellings.ring()
