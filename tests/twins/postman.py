"""Posts updates to the bot's webhook the way a platform does: in order within a lane, again when it was not taken."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import aiohttp

from tests.twins.base import Sleep, Twin
from tests.twins.records import Posted


@dataclass(slots=True)
class Letter:
    """One update on its way. `ident` names it for the sender; `tries` counts the attempts so far."""

    ident: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    tries: int = 0


class Postman:
    """One queue a lane (a chat), lanes in parallel.

    `address()`: the webhook's URL now, None when there is none (letters then stay with the sender and the lane ends);
    `delay(tries)`: seconds until the next attempt after so many failures, None to give up;
    `taken(letter, reply)` and `given_up(letter)`: told at the end; `deadline`: real seconds that an attempt may take;
    `decorate(letter)`: headers of this attempt; `holds_the_lane`: whether a letter that was not taken keeps those
    behind it waiting (else it is tried again on its own, and they overtake it).
    """

    def __init__(
        self,
        twin: Twin,
        *,
        address: Callable[[], str | None],
        delay: Callable[[int], float | None],
        deadline: float,
        taken: Callable[[Letter, bytes], None] = lambda letter, reply: None,
        given_up: Callable[[Letter], None] = lambda letter: None,
        decorate: Callable[[Letter], dict[str, str]] = lambda letter: {},
        holds_the_lane: bool = True,
    ) -> None:
        self._twin = twin
        self._address = address
        self._delay = delay
        self._taken = taken
        self._given_up = given_up
        self._decorate = decorate
        self._holds_the_lane = holds_the_lane
        self._lanes: dict[str, deque[Letter]] = {}
        self._at_work = asyncio.Semaphore(40)
        self.deadline = deadline
        self.posted: list[Posted] = []

    @property
    def busy(self) -> bool:
        """Whether a letter is still on its way."""
        return bool(self._lanes)

    def post(self, lane: str, letter: Letter) -> None:
        """Puts a letter at the end of a lane. Needs a running event loop."""
        queue = self._lanes.get(lane)
        if queue is None:
            queue = self._lanes[lane] = deque()
            self._twin._spawn(self._walk(lane, queue))
        queue.append(letter)

    def recall(self) -> None:
        """Takes back every letter that is not being posted at this instant."""
        for queue in self._lanes.values():
            queue.clear()

    async def _walk(self, lane: str, queue: deque[Letter]) -> None:
        sleep: Sleep = self._twin.sleep
        try:
            while queue:
                letter = queue[0]
                url = self._address()
                if url is None:
                    return
                async with self._at_work:
                    reply = await self._knock(url, letter)
                if not queue or queue[0] is not letter:
                    continue  # recalled meanwhile
                if reply is not None:
                    queue.popleft()
                    self._taken(letter, reply)
                else:
                    pause = self._delay(letter.tries)
                    if pause is None:
                        queue.popleft()
                        self._given_up(letter)
                    elif self._holds_the_lane or lane.startswith("again "):
                        await sleep(pause)
                    else:
                        queue.popleft()
                        again = f"again {id(letter)}"
                        self._lanes[again] = deque([letter])
                        self._twin._spawn(self._again(again, pause))
                self._twin._changed()
        finally:
            self._lanes.pop(lane, None)
            self._twin._changed()

    async def _again(self, lane: str, pause: float) -> None:
        await self._twin.sleep(pause)
        await self._walk(lane, self._lanes[lane])

    async def _knock(self, url: str, letter: Letter) -> bytes | None:
        """One attempt: the body of a 2xx answer, else None."""
        letter.tries += 1
        headers = {"Content-Type": "application/json", **letter.headers, **self._decorate(letter)}
        at = self._twin.now()
        try:
            async with self._twin._session().post(
                url, data=letter.body, headers=headers, timeout=aiohttp.ClientTimeout(total=self.deadline)
            ) as response:
                reply = await response.read()
                self.posted.append(Posted(at, letter.body, headers, response.status, letter.tries))
                self._twin._changed()
                return reply if 200 <= response.status < 300 else None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            self.posted.append(Posted(at, letter.body, headers, 0, letter.tries, type(error).__name__))
            self._twin._changed()
            return None
