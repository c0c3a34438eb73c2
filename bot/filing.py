"""Files that people send: fetched, checked and kept in the file store before the turn that takes them.

Nothing is fetched unless the open question takes files, or the office waits for some. What no turn wrote down is swept
from the store later.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.dialog.state import Question, State
from bot.dialog.values import FileRef
from bot.port import Channel, Inbound, RemoteFile, SendFailed
from bot.threads import Threads
from services.db.machine import Conversation
from services.files.intake import Taken
from services.files.store import Store
from services.refusal import Refused

log = logging.getLogger("motcua.filing")

_MOST = 10
"""The most files of one message."""


class Takes(Protocol):
    """Checks and cleans a file: `services.files.intake.take`."""

    def __call__(self, content: bytes, name: str = "", *, identity: bool = False) -> Taken | Refused: ...


class Filing:
    """Fetches files into the store. `take` runs on a reader's thread: it may be slow, and never raises.

    `wanted` says whether files are waited for that the open question of a conversation does not take.
    """

    def __init__(
        self, threads: Threads, store: Store, take: Takes,
        wanted: Callable[[Session, int], bool] = lambda session, conversation_id: False,
    ) -> None:  # fmt: skip
        self._threads, self._store, self._take, self._wanted = threads, store, take, wanted

    async def keep(self, channel: Channel, inbound: Inbound, conversation_id: int) -> tuple[FileRef, ...]:
        """The files of `inbound`, in order; `why_not` says why one was not taken."""
        takes, card = await self._threads.read(lambda session: self._taken(session, conversation_id))
        if not takes:
            return tuple(FileRef("", file.name, file.media, file.size) for file in inbound.files)
        taken = [await self._one(channel, file, identity=card) for file in inbound.files[:_MOST]]
        beyond = [FileRef("", one.name, one.media, one.size, why_not="file-many") for one in inbound.files[_MOST:]]
        return (*taken, *beyond)

    def _taken(self, session: Session, conversation_id: int) -> tuple[bool, bool]:
        """Whether files are taken now, and whether an identity card's code is looked for in them."""
        asked = _open_question(session, conversation_id)
        if asked is not None and asked.files_ok:
            return True, asked.card_ok
        return self._wanted(session, conversation_id), False

    async def _one(self, channel: Channel, file: RemoteFile, *, identity: bool) -> FileRef:
        try:
            content = await channel.fetch(file)
        except SendFailed as failure:
            log.info("a file was not had", extra={"reason": failure.reason})
            return FileRef("", file.name, file.media, file.size, why_not="file-not-had")
        return await self.take_in(content, file.name, identity=identity)

    async def take_in(self, content: bytes, name: str, *, identity: bool = False) -> FileRef:
        """Check, clean and keep the bytes of a file; with `identity` the QR of an identity card is read too."""
        return await self._threads.aside(lambda: self._kept(content, name, identity))

    def _kept(self, content: bytes, name: str, identity: bool) -> FileRef:
        taken = self._take(content, name, identity=identity)
        if isinstance(taken, Refused):
            return FileRef("", name, "", len(content), why_not=taken.key)
        try:
            key = self._store.put(taken.content)
        except OSError as why:
            log.error("a file could not be kept", extra={"reason": type(why).__name__})
            return FileRef("", name, "", len(content), why_not="file-not-had")
        return FileRef(
            key, name, taken.media, len(taken.content), pages=taken.pages, flags=taken.flags, prints=taken.prints,
            digest=hashlib.sha256(taken.content).hexdigest(), card=taken.card,
        )  # fmt: skip

    async def keep_raw(self, session_id: str, name: str, content: bytes) -> dict[str, str]:
        """Keep what the chat page sent until its turn; the update carries only the key."""
        key = await self._threads.aside(lambda: self._store.put(content))
        return {"ref": key, "media": ""}

    async def raw(self, key: str) -> bytes:
        """What the chat page sent; gone from the store after this."""

        def fetch() -> bytes:
            content = self._store.get(key)
            self._store.drop(key)
            return content

        return await self._threads.aside(fetch)


def _open_question(session: Session, conversation_id: int) -> Question | None:
    return State.load(session.scalar(select(Conversation.state).where(Conversation.id == conversation_id))).open
