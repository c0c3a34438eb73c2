"""Transcripts: conversations as text files that a clerk can read, played against the real app on every channel.

    # a title
    > what the person types            > [a button's label]
    ! sticker                          (a kind of message without words)
    ! photo good                       (a photo of a page; also blurred, dark, small; `! photo good blurred`: an album)
    ! pdf 3                            (a PDF of three pages)   ! file virus.exe MZ junk   (a name, and what is in it)
    < what is answered
      more lines of the same message
      [choice] [choice]
    @ wait 24h                         (time goes by)
    @ approve 1.001193                 (the office signs a procedure off)
    @ sql UPDATE dossiers SET ...      (another program of the office writes, with a plain client)
    @ receipt H45.15-261121-0001       (the counter prints a receipt; then `> [receipt]` types its code)

Blank lines and lines of `#` are for readers. `pytest --rewrite` writes what was answered into the file.

**Several people.** Without a name the citizen speaks and is answered. Others have names of small letters and digits,
each with a phone of her own on the same platform; a name that begins with `group` is a group chat:

    citizen2> chào                     citizen2< what she is answered
    officer> việc                      officer< what the officer is answered, in her private chat
    officer@group> [Nhận]              (the officer presses, or types, in the group)
    group< a card                      (what the group reads)

    @ staff officer H99.15             (`officer` is bound as an officer of H99.15; also head, admin, keeper)
    @ staff lan officer H99.15         (the same with a name of its own)
    @ desk group H99.15                (the group is bound as the desk of H99.15)
    @ plan H99.15-261120-0001 Thẩm định, H99.15.CA, 2026-11-23; Trình ký, H99.15   (its steps, as a program plans them)
    @ card check CB-261120-0001#1 H99.15   (a card is opened at the desk of H99.15)
    @ prepared CB-261120-0001 1.001193 accepted   (what the citizen has prepared, in this state; `people.FORM`)
    @ blocked citizen2                 (she has blocked the bot; without a name the citizen; `@ unblocked` ends it)
    @ invite officer H99.15            (an invitation is made; `> [invite]` types its code; also for a `desk`)

After each line come all messages it led to, in the order in which they were made, whoever reads them.

**Platforms without buttons.** A card or a notice has buttons of its own where there are some, and words elsewhere.
What is said in place of the line of choices stands below it, behind `|`; what is typed in place of a press stands
behind ` | `:

    group< Hồ sơ CB-261120-0001 chờ kiểm tra.
      [Nhận] [Chuyển]
      | Gõ "nhận việc 1" để nhận.
    officer@group> [Nhận] | nhận việc 1

**What is different in every run** is shown as a mark: ⟨liên kết⟩ a one-time link (its path stays), ⟨mã một lần⟩ a
receipt's code, ⟨6 số⟩ a code of six digits, ⟨mã mời⟩ an invitation. `> [receipt]`, `> [six]` and `> [invite]` type the
last one that was shown or made, and so they do inside a text: `> nhận việc [six]`.

**The guard.** Every message to a staff chat is searched for phone and identity numbers, for what citizens wrote into
forms, and for their files (`tests.kit.guard`); a transcript in which one is found fails.
"""

from __future__ import annotations

import re
import sqlite3
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime

import psycopg
from sqlalchemy.orm import Session

from bot.port import Page, SendFailed
from services.catalog import store
from services.desk import cards, invites
from services.dossiers import receipts, steps
from services.dossiers.hand import HOME, Hand
from services.dossiers.stages import Stage
from tests.kit import guard, people, photos
from tests.kit.house import House
from tests.kit.phone import Phone
from tests.kit.script import Line, Shown, agree, as_text, joined, read, write

__all__ = ["Line", "Player", "Shown", "agree", "joined", "read", "write"]

_SPAN = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_MOMENT = re.compile(r"(\d{1,2}) giờ (\d\d), [^,\n]+, (\d\d/\d\d/\d{4})")
_MARKS = (
    (
        re.compile(r"(?<=/(?:review|upload)/)[\w-]{20,}|(?<=/talk/)[\w-]{20,}|(?<=/complaint/)[\w-]{20,}"),
        "⟨liên kết⟩",
        "link",
    ),
    (re.compile(r"\b[2-9A-HJ-NP-Z]{5}-[2-9A-HJ-NP-Z]{5}\b"), "⟨mã một lần⟩", "receipt"),
    (re.compile(r"(?<=\(dấu )[0-9a-f]{8}(?:, [0-9a-f]{8})*"), "⟨dấu⟩", "marks"),
    (re.compile(r"(?<=Mã biên nhận: )[0-9A-F]{12}"), "⟨biên nhận⟩", "arrival"),
    (re.compile(r"(?<![\w.,/‐‑–—−-])\d{6}(?![\w/‐‑–—−-]|[.,]\d)"), "⟨6 số⟩", "six"),
)


def _without_database_time(text: str) -> str:
    """The database stamps what other programs write with its own clock, which no test can set: shown as ⟨lúc đó⟩."""
    real = datetime.now(HOME)

    def mask(found: re.Match[str]) -> str:
        moment = datetime.strptime(f"{found[1]}:{found[2]} {found[3]}", "%H:%M %d/%m/%Y").replace(tzinfo=HOME)
        return "⟨lúc đó⟩" if abs((real - moment).total_seconds()) < 180 else found[0]

    return _MOMENT.sub(mask, text)


def _said(page: Page) -> object:
    """What a person sees of a page: some carry more on their way, for the channels."""
    return page.full_text(), page.choices, page.file


@dataclass
class Player:
    """Plays transcripts: all the people of one file, each with a chat on the same platform."""

    house: House
    phone: Phone
    chats: dict[str, str] = field(default_factory=lambda: {"": people.CITIZEN})
    seen: dict[str, str] = field(default_factory=dict)
    """The last receipt, six digits, link and invitation that were shown or made."""
    _photos: int = 0
    _read: int = 0
    _delivered: dict[str, deque[object]] = field(default_factory=dict)
    _taken: int = 0
    _lost: list[object] = field(default_factory=list)
    """What was sent to somebody who has blocked the bot."""

    @property
    def buttons(self) -> bool:
        """Whether the platform has any."""
        return self.phone.limits.buttons > 0

    async def play(self, line: Line) -> list[Shown]:
        """Do one line; returns what was shown, to whomever."""
        if line.sign == "@":
            await self._does(line.text)
        else:
            self.house.clock.tick(seconds=5)
            chat = self.chat(line.place or line.who)
            sender = {"sender": self.chat(line.who)} if line.place else {}
            if line.sign == ">":
                await self._says(chat, line.text, sender)
            else:
                await self._sends(chat, line.text, sender)
        await self.house.settles()
        return self._shown()

    def chat(self, name: str) -> str:
        """The platform's id of somebody's chat, or of a group."""
        return self.chats.setdefault(name, people.new_chat(name, len(self.chats)))

    async def guarded(self) -> None:
        """Fail if anything that was shown in a staff chat should not stand there."""
        shown = [(chat, page) for chat, page in self.phone.pages]
        await self.house.app.threads.read(lambda session: guard.check(session, self.house.app.keys, shown))

    # -- what was shown ------------------------------------------------------------------------------------------

    def _shown(self) -> list[Shown]:
        """The new messages with who reads them: each was delivered, in order, and nothing else was."""
        for chat, page in self.phone.pages[self._taken :]:
            self._delivered.setdefault(chat, deque()).append(_said(page))
        self._taken = len(self.phone.pages)
        names = {chat: name for name, chat in self.chats.items()}
        out = []
        for message, pages in list(zip(self.phone.shown, self.phone.laid_by_message, strict=True))[self._read :]:
            said = [_said(page) for page in pages]
            chat = next((one for one, waiting in self._delivered.items() if list(waiting)[: len(said)] == said), None)
            if chat is None and said[-1] in self._lost:
                self._lost.remove(said[-1])
                continue
            assert chat is not None, f"{message.text!r} was said and not delivered, or not in order"
            for _ in pages:
                self._delivered[chat].popleft()
            out.append(Shown(names[chat], self._marked(as_text(message))))
        self._read = len(self.phone.shown)
        assert not any(self._delivered.values()), "something was delivered that was not said now"
        return out

    def _marked(self, text: str) -> str:
        for pattern, mark, name in _MARKS:
            for found in pattern.finditer(text):
                self.seen[name] = found[0]
            text = pattern.sub(mark, text)
        if invited := self.seen.get("invite"):
            text = text.replace(invited, "⟨mã mời⟩")
        return _without_database_time(text)

    # -- what people do ------------------------------------------------------------------------------------------

    async def _says(self, chat: str, text: str, sender: dict[str, str]) -> None:
        press, _, words = text.partition(" | ")
        pressed = re.fullmatch(r"\[(.+)\]", press)
        at = int(self.house.clock.now().timestamp() * 1000)
        if pressed and pressed[1] in ("receipt", "six", "invite", "link"):
            said = self.seen[pressed[1]]
        elif pressed and self.buttons:
            tokens = [
                token for one, page in self.phone.pages if one == chat for token, label in page.choices
                if label == pressed[1]
            ]  # fmt: skip
            assert tokens, f"no button {pressed[1]!r} was ever shown"
            await self.house.hears(self.phone, chat, kind="tap", tap=tokens[-1], **sender)
            return
        else:
            said = text if not pressed else words or pressed[1]
            for name, value in self.seen.items():
                said = said.replace(f"[{name}]", value)
        await self.house.hears(self.phone, chat, kind="text", text=said, at=at, **sender)

    async def _sends(self, chat: str, text: str, sender: dict[str, str]) -> None:
        kind, *rest = text.split(" ")
        if kind not in ("photo", "pdf", "file"):
            await self.house.hears(self.phone, chat, kind=kind, text=" ".join(rest), **sender)
            return
        files = []
        for one in rest if kind == "photo" else rest[:1]:
            self._photos += 1
            ref = f"sent-{self._photos}"
            match kind:
                case "photo":
                    content, name, media = photos.photo(one, self._photos), "photo.jpg", "image/jpeg"
                case "pdf":
                    content, name, media = photos.pdf(int(one), self._photos), "giay-to.pdf", "application/pdf"
                case _:
                    content, name, media = " ".join(rest[1:]).encode(), one, "application/octet-stream"
            self.phone.files[ref] = content
            files.append({"ref": ref, "name": name, "media": media, "size": len(content)})
        await self.house.hears(self.phone, chat, kind="file", files=files, **sender)

    async def _does(self, text: str) -> None:
        word, _, rest = text.partition(" ")
        doings: dict[str, Callable[[str], Awaitable[None]]] = {
            "wait": self._wait, "approve": self._approve, "sql": self._sql, "receipt": self._receipt,
            "staff": self._staff, "desk": self._desk, "invite": self._invite, "card": self._card,
            "prepared": self._prepared, "plan": self._plan, "blocked": self._blocked, "unblocked": self._unblocked,
        }  # fmt: skip
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
        self.seen["receipt"] = issued.code

    async def _staff(self, rest: str) -> None:
        *name, role, agency = rest.split()
        chat, now = self.chat(name[0] if name else role), self.house.clock.now()
        await self.house.app.threads.write(lambda session: people.bind(session, chat, role, agency, now))

    async def _desk(self, rest: str) -> None:
        name, agency = rest.split()
        chat, now = self.chat(name), self.house.clock.now()
        await self.house.app.threads.write(lambda session: people.bind_desk(session, chat, agency, now))

    async def _invite(self, rest: str) -> None:
        role, agency = rest.split()
        now, keys = self.house.clock.now(), self.house.app.keys

        def make(session: Session) -> str:
            made = invites.make(session, keys, agency, role, now, made_by="test")
            assert isinstance(made, str)
            return made

        self.seen["invite"] = await self.house.app.threads.write(make)

    async def _card(self, rest: str) -> None:
        kind, subject, agency = rest.split()
        now = self.house.clock.now()
        await self.house.app.threads.write(lambda session: cards.open_card(session, now, kind, subject, agency))

    async def _prepared(self, rest: str) -> None:
        code, procedure, state = rest.split()
        now, keys, files = self.house.clock.now(), self.house.app.keys, self.house.app.store
        await self.house.app.threads.write(
            lambda session: people.prepared(session, keys, code, procedure, state, now, files)
        )

    async def _plan(self, rest: str) -> None:
        code, _, way = rest.partition(" ")
        now, keys, wanted = self.house.clock.now(), self.house.app.keys, []
        for one in way.split(";"):
            name, agency, *day = (part.strip() for part in one.split(","))
            wanted.append(Stage(name, agency, datetime.fromisoformat(f"{day[0]}T17:00:00+07:00") if day else None))
        done = await self.house.app.threads.write(
            lambda session: steps.plan(Hand(session, keys, "api:test", now), code, wanted)
        )
        assert done is True

    async def _blocked(self, rest: str) -> None:
        lost = self.chat(rest)

        def refuse(chat: str, page: Page) -> SendFailed | None:
            if chat != lost:
                return None
            self._lost.append(_said(page))
            return SendFailed("gone", "blocked")

        self.phone.refuse = refuse

    async def _unblocked(self, rest: str) -> None:
        self.phone.refuse = lambda chat, page: None

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
