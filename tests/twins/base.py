"""What every platform twin offers a test: faults in line, what was delivered, and updates that can be held back.

A twin is a small aiohttp server that speaks a platform's wire, so that the real client libraries talk to it over a
real socket.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Literal

from aiohttp import web

from tests.twins.faults import Fault
from tests.twins.reading import Json, encode, structured
from tests.twins.records import Call, Sent
from tests.twins.server import Sleep, TwinServer

__all__ = ["Json", "Sleep", "Twin", "encode", "structured"]


class Twin(TwinServer):
    """The common half of a platform twin. Use as `async with XTwin() as twin`, or `start` and `stop`.

    `now`: unix seconds; `sleep`: for every wait that belongs to the platform (long poll, slow answers, retries);
    `record`: a file that gets each call as a JSON line; `seed`: for faults that meet a share of the calls.
    """

    platform: ClassVar[str] = ""

    def __init__(self, **common: Any) -> None:
        super().__init__(**common)
        self._sent: list[Sent] = []
        self._sent_to: dict[str, list[Sent]] = {}
        self.duplicates = 1
        """How often the platform delivers each update from now on (1: once)."""
        self._held: list[tuple[str, Json]] | None = None

    # --- faults -----------------------------------------------------------------------------------------------------

    def next(
        self,
        method: str,
        fault: Fault,
        times: int | None = 1,
        *,
        when: Callable[[Call], bool] | None = None,
        share: float = 1.0,
    ) -> None:
        """The next `times` calls of `method` (`*`: any; None: for ever) that satisfy `when` meet the fault.

        `share` below 1 lets a seeded die choose among them. Rules are tried in the order they were put in.
        """
        self._script.add(method, fault, times, when, share)

    def clear_faults(self) -> None:
        """No fault waits any more."""
        self._script.rules.clear()

    # --- what was delivered -----------------------------------------------------------------------------------------

    def sent(self, chat_id: int | str | None = None) -> list[Sent]:
        """The messages delivered, oldest first, to one chat or to all; also those whose answer was lost."""
        return list(self._sent if chat_id is None else self._sent_to.get(str(chat_id), ()))

    def texts(self, chat_id: int | str | None = None) -> list[str]:
        """The texts of `sent`."""
        return [sent.text for sent in self.sent(chat_id)]

    def last(self, chat_id: int | str) -> Sent:
        """The newest message to a chat; LookupError when there is none."""
        sent = self._sent_to.get(str(chat_id))
        if not sent:
            raise LookupError(f"nothing was sent to {chat_id}")
        return sent[-1]

    def calls_of(self, method: str) -> list[Call]:
        """The calls of one method, oldest first."""
        return [call for call in self.calls if call.method == method]

    def unanswered(self) -> list[Call]:
        """The calls that were performed although the caller never got the answer."""
        return [call for call in self.calls if call.accepted and not call.answered]

    async def until(self, predicate: Callable[[], object], within: float = 60.0) -> None:
        """Returns once `predicate()` is true; asked after every call. TimeoutError after `within` real seconds."""
        async with asyncio.timeout(within):
            while not predicate():
                future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                self._watchers.append(watcher := (predicate, future))
                try:
                    # Most things that make a predicate true go through the twin; the rest is found by looking again.
                    await asyncio.wait({future}, timeout=0.02)
                finally:
                    if watcher in self._watchers:
                        self._watchers.remove(watcher)

    async def until_sent(self, count: int, chat_id: int | str | None = None, within: float = 60.0) -> list[Sent]:
        """Waits for at least `count` delivered messages and returns them. TimeoutError after `within` real seconds."""
        await self.until(lambda: len(self.sent(chat_id)) >= count, within)
        return self.sent(chat_id)

    # --- what comes in ------------------------------------------------------------------------------------------------

    def hold(self) -> None:
        """From now on updates wait until `release`."""
        self._held = self._held if self._held is not None else []

    def release(self, order: Literal["as written", "reversed"] | Sequence[int] = "as written") -> None:
        """Delivers what `hold` kept, in this order (positions, or a word), and holds no longer."""
        held, self._held = self._held or [], None
        if order == "reversed":
            held.reverse()
        elif order != "as written":
            held = [held[int(position)] for position in order]
        for lane, update in held:
            self._incoming(lane, update)

    def _incoming(self, lane: str, update: Json) -> Json:
        """An update of the platform; updates of one lane (a chat) keep their order on the way to a webhook."""
        if self._held is not None:
            self._held.append((lane, update))
        else:
            for _ in range(self.duplicates):
                self._admit(lane, update)
        return update

    def _admit(self, lane: str, update: Json) -> None:
        """Queues one copy of an update for whoever polls, or posts it."""
        raise NotImplementedError

    def _delivered(self, sent: Sent) -> None:
        self._sent.append(sent)
        self._sent_to.setdefault(sent.chat_id, []).append(sent)

    async def _control(self, request: web.BaseRequest) -> web.StreamResponse:
        from tests.twins.control import control  # it knows this class; and few tests need it

        return await control(self, request)
