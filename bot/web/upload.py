"""The upload page: files for one paper, for chats that cannot carry them. `/upload/{token}` is the one-time link.

The link names one paper of one pre-submission of one conversation; nothing else can be seen or changed through it.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any, Protocol

from aiohttp import web
from sqlalchemy.orm import Session

from bot.dialog.values import FileRef
from bot.texts import Texts
from bot.threads import Threads
from bot.web.bodies import BadBody, read_parts
from bot.web.frame import note, page
from bot.web.once import Once
from services import telling
from services.checks.access import parted
from services.clock import Clock
from services.db.machine import Conversation
from services.dossiers.hand import Hand
from services.keys import Keys
from services.presubmissions import drafts, files, papers
from services.refusal import Refused

LARGEST = 20 << 20
"""Bytes of one file."""
MOST = 20
"""Files of one press."""
_WAIT = 100
_LONGEST_NAME = 80


class TakesIn(Protocol):
    """Checks, cleans and keeps a file: `bot.filing.Filing`."""

    async def take_in(self, content: bytes, name: str) -> FileRef: ...


@dataclass(frozen=True, slots=True)
class _Paper:
    """The paper that files are wanted for: its title, how many files it has, and the person's language."""

    code: str
    n: int
    title: str
    count: int
    who: int
    locale: str


class Upload:
    """The routes under /upload."""

    def __init__(
        self, threads: Threads, clock: Clock, keys: Keys, filing: TakesIn, texts: Texts, locale: str, *,
        public_url: str = "", trust_proxy: bool = False,
    ) -> None:  # fmt: skip
        self._threads, self._clock, self._keys, self._filing = threads, clock, keys, filing
        self._texts, self._locale = texts, locale
        self._once = Once("upload", threads, clock, keys, public_url=public_url, trust_proxy=trust_proxy)

    def routes(self) -> list[web.RouteDef]:
        """The routes to add."""
        at = "/upload/at/{code}/{n}"
        return [
            web.get("/upload/{token}", self.door),
            web.post("/upload/{token}", self.enter),
            web.get(at, self.show, allow_head=False),
            web.post(at, self.take),
        ]

    # -- routes --------------------------------------------------------------------------------------------------

    async def door(self, request: web.Request) -> web.Response:
        """One button; nothing is spent, and nothing is told."""
        text = self._text
        return self._once.button(
            text("check-upload-door"), text("check-upload-door-more"), text("check-upload-open"), self._locale
        )

    async def enter(self, request: web.Request) -> web.Response:
        """Spend the link and lead this browser to the page."""
        spent = await self._once.spend(request)
        if isinstance(spent, Refused):
            return self._gone()
        browser, opened = spent
        code, n = parted(opened.subject)
        return self._once.bind(request, browser, f"/upload/at/{code}/{n}")

    async def show(self, request: web.Request) -> web.Response:
        """The page."""
        found = await self._found(request)
        return found if isinstance(found, web.Response) else self._page(found, self._once.browser(request), [], "")

    async def take(self, request: web.Request) -> web.Response:
        """Take files in, tell the chat, and say of each what became of it."""
        found, browser = await self._found(request), self._once.browser(request)
        if isinstance(found, web.Response):
            found.force_close()
            return found
        refs: list[tuple[str, FileRef]] = []
        is_marked, are_many = False, False
        try:
            async for part in read_parts(request, LARGEST, _WAIT):
                if part.field == "mark":
                    is_marked = self._once.is_marked(browser, (part.content or b"").decode("utf-8", "replace"))
                elif not is_marked:
                    return self._hang_up(self._gone())
                elif part.field == "file" and part.name and len(refs) < MOST:
                    refs.append((part.name[-_LONGEST_NAME:], await self._one(part.name, part.content)))
                elif part.field == "file" and part.name:
                    are_many = True
        except BadBody:
            broken = self._text("check-upload-broken", locale=found.locale)
            return self._hang_up(self._page(found, browser, [], broken, status=400))
        return await self._kept(request, found, refs, are_many=are_many)

    # -- parts ---------------------------------------------------------------------------------------------------

    async def _one(self, name: str, content: bytes | None) -> FileRef:
        if content is None:
            return FileRef("", name, "", LARGEST, why_not="file-too-large")
        return await self._filing.take_in(content, name)

    async def _kept(
        self, request: web.Request, found: _Paper, refs: list[tuple[str, FileRef]], *, are_many: bool
    ) -> web.Response:
        """Write the files down and show what became of each."""
        browser, locale = self._once.browser(request), found.locale
        if not refs:
            return self._page(found, browser, [], self._text("check-upload-none", locale=locale), status=400)

        def write(session: Session) -> list[files.Came] | None:
            if self._once.opened(session, browser) is None:
                return None
            given, now = [ref for _, ref in refs], self._clock.now()
            came = files.arrived(session, self._keys, found.who, found.code, found.n, given, now)
            if pages := sum(one.pages for one in came or () if not one.why_not):
                telling.tell(
                    session, found.who, "upload-arrived", now, priority=telling.REPLY,
                    code=found.code, n=found.n, pages=pages,
                )  # fmt: skip
            return came

        came = await self._threads.write(write)
        if came is None:
            return self._closed(locale)
        said = []
        for (name, _), one in zip(refs, came, strict=True):
            if one.why_not:
                why = self._text(f"check-why-{one.why_not}", locale=locale)
                said.append((False, self._text("check-upload-name", locale=locale, name=name, why=why)))
            else:
                kept = self._text("check-upload-kept", locale=locale, name=name, pages=str(one.pages))
                said.append((True, kept))
        if are_many:
            said.append((False, self._text("check-upload-many", locale=locale, most=str(MOST))))
        after = await self._found(request)
        if isinstance(after, web.Response):
            return after
        done = self._text("check-upload-done", locale=locale) if any(good for good, _ in said) else ""
        return self._page(after, browser, said, done)

    async def _found(self, request: web.Request) -> _Paper | web.Response:
        """The paper this browser may send files for; or what it is told instead."""
        browser, now = self._once.browser(request), self._clock.now()
        asked = (request.match_info["code"], request.match_info["n"])

        def look(session: Session) -> _Paper | str | None:
            opened = self._once.opened(session, browser)
            if opened is None or opened.conversation_id is None:
                return None
            code, n = parted(opened.subject)
            if asked != (code, str(n)):
                return None
            who = opened.conversation_id
            person = session.get(Conversation, who)
            locale = (person.locale if person else "") or self._locale
            draft = drafts.opened(Hand(session, self._keys, f"conversation:{who}", now), who, code)
            one = papers.one(draft, n) if draft is not None and draft.is_editable else None
            return _Paper(code, n, one.title, len(one.files), who, locale) if one else locale

        found = await self._threads.read(look)
        if found is None:
            return self._gone()
        return self._closed(found) if isinstance(found, str) else found

    def _page(
        self, found: _Paper, browser: str, said: list[tuple[bool, str]], last: str, *, status: int = 200
    ) -> web.Response:
        def text(key: str, **args: Any) -> str:
            return escape(self._text(key, locale=found.locale, **args))

        lines = "".join(f'<li class="{"good" if good else "bad"}">{escape(line)}</li>' for good, line in said)
        kind = "good" if status < 400 else "bad"
        body = f"""<main class="plain upload"><h1>{text("check-upload-title", title=found.title)}</h1>
<p>{text("check-upload-about", code=found.code)} · {text("check-upload-have", count=found.count)}</p>
{f'<ul class="came" role="status">{lines}</ul>' if lines else ""}
{f'<p class="said {kind}" role="status">{escape(last)}</p>' if last else ""}
<form method="post" enctype="multipart/form-data">
<input type="hidden" name="mark" value="{self._once.mark(browser)}">
<label class="pick"><span>{text("check-upload-pick")}</span>
<input type="file" name="file" multiple accept="application/pdf,image/*,.heic,.heif"></label>
<p class="small">{text("check-upload-limit", most=str(MOST))}</p>
<button class="go" type="submit">{text("check-upload-send")}</button></form></main>"""
        title = self._text("check-upload-title", locale=found.locale, title=found.title)
        return page(title, body, found.locale, styles=("review.css",), status=status)

    def _text(self, key: str, *, locale: str = "", **args: Any) -> str:
        return self._texts.text(key, locale or self._locale, **args)

    def _gone(self) -> web.Response:
        return note(self._text("check-upload-gone"), self._text("check-upload-gone-more"), self._locale, status=410)

    def _closed(self, locale: str) -> web.Response:
        title, more = self._text("check-upload-closed", locale=locale), "check-upload-closed-more"
        return note(title, self._text(more, locale=locale), locale, status=409)

    def _hang_up(self, answer: web.Response) -> web.Response:
        """The body was not read to its end: nothing more can come over this line."""
        answer.force_close()
        return answer
