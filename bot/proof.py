"""After a sending: read the files back, draw the contact sheet, write the receipt, tell the citizen.

Slow work lies outside every transaction. A crash between two steps leaves no receipt, and the sending is taken again.
"""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from PIL import Image
from sqlalchemy.orm import Session

from bot.texts import Texts
from bot.threads import Threads
from bot.wake import Wake
from services import telling
from services.clock import Clock
from services.db.presubmissions import StoredFile
from services.files import contact_sheet
from services.files.store import Store
from services.keys import Keys
from services.presubmissions import arrival
from services.presubmissions.arrival import Sending, SentPaper

log = logging.getLogger("motcua.proof")

_WIDE = timedelta(minutes=1)
"""How often it is looked for sendings that an officer took up before their proof was there."""
_MOST = 20
"""The most of them at one look."""
_THUMBNAIL = 220
"""The longest side of a thumbnail, pixels: enough to know a paper again, too little to read a number on it."""
_JPEG = b"\xff\xd8\xff"
"""How every picture begins that was taken in; a PDF may have something before its own mark."""


class Proofs:
    """Gives proof of what arrived. Any number of processes may run it."""

    def __init__(
        self, threads: Threads, clock: Clock, wake: Wake, store: Store, keys: Keys, texts: Texts, *, locale: str = "vi",
        every: float = 1.0,
    ) -> None:  # fmt: skip
        self._threads, self._clock, self._wake, self._store, self._keys = threads, clock, wake, store, keys
        self._texts, self._locale, self._every = texts, locale, every
        self._lost: set[tuple[str, int]] = set()
        self._next_wide = datetime.min.replace(tzinfo=UTC)

    async def run(self, stop: asyncio.Event) -> None:
        """Look for sendings without proof until `stop`."""
        while not stop.is_set():
            try:
                worked = await self.step()
            except Exception:
                log.exception("proofs stopped for a moment")
                worked = 0
            if not worked:
                try:
                    await asyncio.wait_for(stop.wait(), self._every)
                except TimeoutError:
                    continue

    async def step(self) -> int:
        """Prove what was sent; returns how many sendings were dealt with."""
        waiting, dealt = await self._threads.read(arrival.pending), 0
        for code, _ in [*waiting, *await self._overtaken()]:
            sending = await self._threads.read(lambda session, code=code: arrival.gather(session, code))  # type: ignore[misc]
            if sending is None:
                continue
            try:
                await self._one(sending)
                dealt += 1
            except Exception:
                # the others do not wait behind one that cannot be drawn; it is taken again with the next look
                log.exception("a sending could not be proved", extra={"reason": code})
        return dealt

    async def _overtaken(self) -> list[tuple[str, int]]:
        """Once in a while also what an officer took up before its proof was there."""
        now = self._clock.now()
        if now < self._next_wide:
            return []
        self._next_wide = now + _WIDE
        most = _MOST + len(self._lost)
        found = await self._threads.read(lambda session: arrival.overtaken(session, now, most))
        return [one for one in found if one not in self._lost]

    async def _one(self, sending: Sending) -> None:
        broken, sheet = await self._threads.aside(lambda: self._read_back(sending))
        key = await self._threads.aside(lambda: self._store.put(sheet)) if sheet and not broken else ""
        now = self._clock.now()

        def write(session: Session) -> None:
            if broken:
                if arrival.undo(session, sending, broken, now):
                    telling.tell(session, sending.conversation_id, "arrived-not", now, code=sending.code)
                return
            if not arrival.issue(session, self._keys, sending, now):
                return
            if key:
                session.add(
                    StoredFile(
                        key=key, subject=sending.code, paper_n=None, page=sending.round, media="image/png",
                        size=len(sheet), digest=sha256(sheet).hexdigest(), pages=1, flags=[], prints=[], stored_at=now,
                    )
                )  # fmt: skip
            telling.tell(
                session, sending.conversation_id, "arrived", now, key=f"arrived/{sending.code}/{sending.round}",
                priority=telling.REPLY, code=sending.code, round=sending.round, sheet=key,
            )  # fmt: skip

        await self._threads.write(write)
        self._wake.told()
        if broken:
            # What the office has accepted stays accepted, without a proof; this process looks for it no more.
            self._lost.add((sending.code, sending.round))
            log.error("files of a sending are not in the store", extra={"reason": f"{len(broken)} papers"})

    def _read_back(self, sending: Sending) -> tuple[list[int], bytes]:
        entries: list[tuple[str, int, bytes | None]] = []

        def see(paper: SentPaper, contents: Sequence[bytes]) -> None:
            if contents:
                entries.append((paper.title, paper.pages, _thumbnail(contents[0])))

        broken = arrival.read_back(self._store, sending, see)
        if broken or not entries:
            return broken, b""
        heading = self._texts.text("arrived-sheet", self._locale, code=sending.code)
        return [], contact_sheet.draw(entries, heading)


def _thumbnail(content: bytes) -> bytes | None:
    """A small JPEG of a picture; None for a PDF."""
    if not content.startswith(_JPEG):
        return None
    with Image.open(io.BytesIO(content)) as picture:
        picture.thumbnail((_THUMBNAIL, _THUMBNAIL))
        out = io.BytesIO()
        picture.convert("RGB").save(out, "JPEG", quality=80)
        return out.getvalue()
