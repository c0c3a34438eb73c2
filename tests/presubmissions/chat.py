"""A conversation by hand: one person's chat over the real dialog, texts and database, with files that were taken in."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.app import App
from bot.dialog.engine import Dialog
from bot.dialog.flow import Talk
from bot.dialog.state import State
from bot.dialog.values import FileRef, Heard, Message
from handlers import book
from services.db.session import unit
from services.db.telling import Telling
from services.facade import Services
from tests.kit.house import House

CARD = "{number}||{name}|01011990|Nữ|{address}|01012022"
_KEYS = count(1)


def page(number: int, *flags: str, media: str = "image/jpeg", pages: int = 1, card: str = "", why: str = "") -> FileRef:
    """A file as filing gives it to a step: picture `number`; two with neighbouring numbers look different."""
    key = "" if why else f"{next(_KEYS):040x}"
    prints = (number * 0x9E3779B97F4A7C15 & (1 << 64) - 1,) if media == "image/jpeg" else ()
    return FileRef(
        key, "trang.jpg", media, 1000 + number, why, pages, flags, prints, f"{next(_KEYS):064x}", card
    )  # fmt: skip


@dataclass
class Chat:
    """One person. Her state goes through JSON after every turn, as in the machine."""

    house: House
    who: int
    dialog: Dialog = field(default_factory=book.dialog)
    state: bytes = b"{}"
    heard: list[Message] = field(default_factory=list)

    @property
    def app(self) -> App:
        """The app whose database this is."""
        return self.house.app

    def hears(self, heard: Heard) -> str:
        """Take one turn; returns everything that was answered, as text."""
        self.house.clock.tick(seconds=7)
        state = State.load(msgspec.json.decode(self.state))
        with unit(self.app.db) as session:
            services = self.app.services(session)
            talk = Talk(
                services, self.app.texts, state.locale or "vi", self.house.clock.now(), self.who, {}, {}, self.who
            )
            self.heard = self.dialog.turn(state, heard, talk)
        self.state = msgspec.json.encode(state.dump())
        return self.text

    @property
    def text(self) -> str:
        """The last answer: texts and labels."""
        lines = []
        for message in self.heard:
            lines.append(message.text)
            lines.append(" ".join(f"[{label}]" for _, label in message.choices))
        return "\n".join(line for line in lines if line)

    def say(self, text: str) -> str:
        """Type something."""
        return self.hears(Heard("text", text=text))

    def tap(self, label: str) -> str:
        """Press the button that begins with `label`."""
        for message in reversed(self.heard):
            for token, shown in message.choices:
                if shown.startswith(label):
                    return self.hears(Heard("tap", tap=token))
        raise AssertionError(f"no button {label!r} in:\n{self.text}")

    def send(self, *files: FileRef) -> str:
        """Send files in one message."""
        return self.hears(Heard("file", files=files))

    def run(self, work: Any) -> Any:
        """Do `work(session, services)` as another part of the office."""
        with unit(self.app.db) as session:
            return work(session, self.app.services(session))

    def tells(self) -> list[tuple[int, str, dict[str, Any]]]:
        """What citizens are to be told: (conversation, kind, args), oldest first."""
        return list(self.run(_tellings))


def _tellings(session: Session, services: Services) -> list[tuple[int, str, dict[str, Any]]]:
    rows = session.scalars(select(Telling).order_by(Telling.id))
    return [(row.conversation_id, row.kind, row.args) for row in rows if not row.kind.startswith("card")]
