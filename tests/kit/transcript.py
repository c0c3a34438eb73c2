"""Transcripts: conversations as text files that a clerk can read, played against the real app on every channel.

    # a title
    > what the person types            > [a button's label]
    ! sticker                          (a kind of message without words)
    < what is answered
      more lines of the same message
      [choice] [choice]
    @ wait 24h                         (time goes by)
    @ approve 1.001193                 (the office signs a procedure off)
    @ sql UPDATE dossiers SET ...      (another program of the office writes, with a plain client)
    @ receipt H45.15-261121-0001       (the counter prints a receipt; then `> [receipt]` types its code)

Blank lines and lines of `#` are for readers. `pytest --rewrite` writes what was answered into the file.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import psycopg

from bot.dialog.values import Message
from services.catalog import store
from services.dossiers import receipts
from services.dossiers.hand import HOME, Hand
from tests.kit.house import House
from tests.kit.phone import Phone

_SPAN = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@dataclass
class Line:
    """One line that does something: `sign` is `>`, `!` or `@`; `expected` what must be answered to it."""

    sign: str
    text: str
    expected: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)


def read(path: Path) -> tuple[list[Line], list[str]]:
    """The transcript's lines, and the comments at its end."""
    lines: list[Line] = []
    comments: list[str] = []
    for raw in path.read_text("utf-8").splitlines():
        if raw[:2] in ("> ", "! ", "@ ") or raw in (">",):
            lines.append(Line(raw[0], raw[2:], comments=comments))
            comments = []
        elif raw.startswith("< "):
            lines[-1].expected.append(raw[2:])
        elif raw.startswith("  ") and lines and lines[-1].expected:
            lines[-1].expected[-1] += "\n" + raw[2:]
        elif raw.strip() == "" and lines and lines[-1].expected and not comments:
            lines[-1].expected[-1] += "\n"
        else:
            comments.append(raw)
    for line in lines:
        line.expected = [text.rstrip("\n") for text in line.expected]
    return lines, comments


def write(path: Path, lines: list[Line], tail: list[str]) -> None:
    """The transcript as a file."""
    out: list[str] = []
    for line in lines:
        out += line.comments
        out.append(f"{line.sign} {line.text}".rstrip())
        for text in line.expected:
            first, *rest = text.split("\n")
            out.append(f"< {first}")
            out += [f"  {more}" if more else "" for more in rest]
    path.write_text("\n".join([*out, *tail]).rstrip() + "\n", "utf-8")


ONLY_BUTTONS = ("Xem hồ sơ",)
"""A notice's own button, which platforms without buttons do not get: pressed in `buttons/`, shown nowhere."""


def as_text(message: Message) -> str:
    """A message as a transcript shows it."""
    choices = " ".join(f"[{label}]" for _, label in message.choices if label not in ONLY_BUTTONS)
    file = f"({message.file.name})" if message.file else ""
    return "\n".join(part for part in (message.text.rstrip(), file, choices) if part)


_MOMENT = re.compile(r"(\d{1,2}) giờ (\d\d), [^,\n]+, (\d\d/\d\d/\d{4})")


def _without_database_time(text: str) -> str:
    """The database stamps what other programs write with its own clock, which no test can set: shown as ⟨lúc đó⟩."""
    real = datetime.now(HOME)

    def mask(found: re.Match[str]) -> str:
        moment = datetime.strptime(f"{found[1]}:{found[2]} {found[3]}", "%H:%M %d/%m/%Y").replace(tzinfo=HOME)
        return "⟨lúc đó⟩" if abs((real - moment).total_seconds()) < 180 else found[0]

    return _MOMENT.sub(mask, text)


@dataclass
class Player:
    """Plays transcripts as one person with one phone."""

    house: House
    phone: Phone
    chat: str = "1001"
    receipt: str = ""

    async def play(self, line: Line) -> list[str]:
        """Do one line; returns what was answered."""
        before = len(self.phone.shown)
        match line.sign:
            case ">":
                self.house.clock.tick(seconds=5)
                await self._says(line.text)
            case "!":
                self.house.clock.tick(seconds=5)
                kind, _, rest = line.text.partition(" ")
                await self.house.hears(self.phone, self.chat, kind=kind, text=rest)
            case _:
                await self._does(line.text)
        await self.house.settles()
        pages = [page for chat, page in self.phone.pages if chat == self.chat]
        assert pages == self.phone.laid, "what was delivered is not what was said, in order"
        return [_without_database_time(as_text(message)) for message in self.phone.shown[before:]]

    async def _says(self, text: str) -> None:
        pressed = re.fullmatch(r"\[(.+)\]", text)
        if pressed and self.phone.limits.buttons and text != "[receipt]":
            tokens = [t for message in self.phone.shown for t, label in message.choices if label == pressed[1]]
            assert tokens, f"no button {pressed[1]!r} was ever shown"
            await self.house.hears(self.phone, self.chat, kind="tap", tap=tokens[-1])
            return
        said = self.receipt if text == "[receipt]" else pressed[1] if pressed else text
        await self.house.hears(
            self.phone, self.chat, kind="text", text=said, at=int(self.house.clock.now().timestamp() * 1000)
        )

    async def _does(self, text: str) -> None:
        word, _, rest = text.partition(" ")
        doings: dict[str, Callable[[str], Awaitable[None]]] = {
            "wait": self._wait,
            "approve": self._approve,
            "sql": self._sql,
            "receipt": self._receipt,
        }
        await doings[word](rest)

    async def _sql(self, rest: str) -> None:
        """A write of another program: no ORM, none of our settings."""
        url = self.house.url
        if url.startswith("sqlite"):
            with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
                connection.execute(rest)
                connection.commit()
            return
        with psycopg.connect(url.replace("+psycopg", "")) as connection:
            connection.execute(rest.encode())

    async def _receipt(self, rest: str) -> None:
        now, keys = self.house.clock.now(), self.house.app.keys
        issued = await self.house.app.threads.write(
            lambda session: receipts.issue(Hand(session, keys, "staff:1", now), rest)
        )
        assert isinstance(issued, receipts.Issued)
        self.receipt = issued.code

    async def _wait(self, rest: str) -> None:
        found = re.fullmatch(r"(\d+)([smhd])", rest)
        assert found, f"@ wait {rest}: a number with s, m, h or d"
        self.house.clock.tick(**{_SPAN[found[2]]: int(found[1])})

    async def _approve(self, rest: str) -> None:
        now = self.house.clock.now()
        unknown = await self.house.app.threads.write(
            lambda session: store.approve(
                session, rest.split(), by="Giám đốc Trung tâm", decision_no="01/QĐ-TTPVHCC", now=now
            )
        )
        assert not unknown
