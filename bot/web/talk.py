"""The officer's side of a talk: `/talk/{token}` is her one-time link, `/talk/at/{id}` the conversation, live both ways.

Who she is comes from the browser's session; that she took this talk and still works here is read from the database at
every request. Pictures are named by the number of their message, never by their key in the store.
"""

from __future__ import annotations

import secrets
from html import escape

from aiohttp import web
from sqlalchemy.orm import Session

from bot.filing import Filing
from bot.texts import Texts
from bot.threads import Threads
from bot.wake import Wake
from bot.web.bodies import BadBody, TooLarge, read_form
from bot.web.frame import HEADERS, note, page
from bot.web.once import Once, Words, fields
from services import talks
from services.clock import Clock
from services.db.desk import OfficerTalk
from services.db.presubmissions import StoredFile
from services.desk import log
from services.desk.staff import at_work
from services.dossiers.hand import HOME
from services.files.store import Missing, Store, Unreadable
from services.keys import Keys
from services.refusal import Refused
from services.talks import Line

_LARGEST = 20 << 20
_ONCE = 60
"""Characters of a message's `once`."""


class TalkPage:
    """The routes under /talk."""

    def __init__(
        self, threads: Threads, clock: Clock, wake: Wake, keys: Keys, store: Store, filing: Filing, texts: Texts,
        locale: str, *, public_url: str = "", trust_proxy: bool = False,
    ) -> None:  # fmt: skip
        self._threads, self._clock, self._wake, self._keys = threads, clock, wake, keys
        self._store, self._filing, self._texts, self._locale = store, filing, texts, locale
        self._once = Once("talk", threads, clock, keys, public_url=public_url, trust_proxy=trust_proxy)

    def routes(self) -> list[web.RouteDef]:
        """The routes to add."""
        at = "/talk/at/{id:[0-9]{1,15}}"
        return [
            web.get("/talk/{token}", self.door),
            web.post("/talk/{token}", self.enter),
            web.get(at, self.show, allow_head=False),
            web.post(at, self.say),
            web.post(at + "/photo", self.photo),
            web.get(at + "/lines", self.lines, allow_head=False),
            web.get(at + "/file/{n:[0-9]{1,9}}", self.file, allow_head=False),
        ]

    # -- routes --------------------------------------------------------------------------------------------------

    async def door(self, request: web.Request) -> web.Response:
        """One button; nothing is spent."""
        text = await self._words(request)
        return self._once.button(
            text("talk-page-door"), text("talk-page-door-more"), text("talk-page-open"), text.locale
        )

    async def enter(self, request: web.Request) -> web.Response:
        """Spend the link and lead this browser to the talk."""
        spent = await self._once.spend(request)
        if isinstance(spent, Refused):
            return _gone(await self._words(request))
        browser, opened = spent
        now = self._clock.now()
        await self._threads.write(
            lambda session: log.note(session, now, "open-talk", opened.subject, staff_id=opened.staff_id)
        )
        return self._once.bind(request, browser, f"/talk/at/{opened.subject.removeprefix('talk:')}")

    async def show(self, request: web.Request) -> web.Response:
        """The page."""
        found = await self._threads.read(lambda session: self._all(session, request))
        if found is None:
            return _gone(await self._words(request))
        talk, said, canned = found
        return self._page(request, await self._words(request), talk, said, canned)

    async def lines(self, request: web.Request) -> web.Response:
        """What was said behind number `after`, for the page's script: {"html", "last", "closed"}."""
        after = request.query.get("after", "0")
        number = int(after) if after.isdecimal() and after.isascii() and len(after) < 10 else 0

        def read(session: Session) -> tuple[OfficerTalk, list[Line]] | None:
            talk = self._mine(session, request)
            return (talk, talks.lines(session, self._keys, talk.id, number)) if talk else None

        found = await self._threads.read(read)
        if found is None:
            return web.json_response({"closed": True, "html": "", "last": number}, status=403, headers=HEADERS)
        talk, said = found
        last = said[-1].n if said else number
        text = await self._words(request)
        html = "".join(_line(text, talk.id, one) for one in said)
        return web.json_response({"closed": talk.state == "closed", "html": html, "last": last}, headers=HEADERS)

    async def say(self, request: web.Request) -> web.Response:
        """The officer writes, or ends the talk."""
        form = await fields(request)
        if form is None or not self._once.is_marked(self._once.browser(request), form.get("mark", "")):
            return _gone(await self._words(request))
        now = self._clock.now()

        def write(session: Session) -> bool:
            talk = self._mine(session, request)
            if talk is None:
                return False
            if form.get("do") == "close":
                talks.close(session, talk.id, "officer", now)
            else:
                words, once = form.get("text", ""), form.get("once", "")[:_ONCE]
                talks.said(session, self._keys, talk, "officer", now, text=words, once=once)
            return True

        return await self._written(request, await self._threads.write(write))

    async def photo(self, request: web.Request) -> web.Response:
        """The officer sends a picture; `id` of the form is the page's mark, and behind a point the picture's `once`."""
        try:
            form = await read_form(request, _LARGEST)
        except (TooLarge, BadBody):
            return _why(await self._words(request), "file-too-large")
        mark, _, once = form.id.partition(".")
        if not self._once.is_marked(self._once.browser(request), mark):
            return _gone(await self._words(request))
        if await self._threads.read(lambda session: self._mine(session, request)) is None:
            return _gone(await self._words(request))
        ref = await self._filing.take_in(form.content, form.name)
        if not ref.key or ref.media != "image/jpeg":
            return _why(await self._words(request), "file-kind")
        now = self._clock.now()

        def write(session: Session) -> bool:
            talk = self._mine(session, request)
            if talk is None:
                return False
            if talks.was_said(session, talk.id, once[:_ONCE]) is not None:
                return True  # its file is swept from the store: no row names it
            row = StoredFile(
                key=ref.key, subject=talks.subject(talk.id), paper_n=None, page=0, media=ref.media, size=ref.size,
                digest=ref.digest, pages=1, flags=[], prints=[], stored_at=now,
                erase_on=(now + talks.KEPT_FOR).date(),
            )  # fmt: skip
            if talks.attach(session, talk, row) is None:
                talks.said(session, self._keys, talk, "officer", now, file_key=ref.key, once=once[:_ONCE])
            return True

        return await self._written(request, await self._threads.write(write))

    async def file(self, request: web.Request) -> web.Response:
        """A picture of the talk."""
        n = int(request.match_info["n"])

        def find(session: Session) -> str | None:
            talk = self._mine(session, request)
            said = talks.lines(session, self._keys, talk.id, n - 1) if talk else []
            return next((one.file_key for one in said if one.n == n), None)

        key = await self._threads.read(find)
        if key is None:
            return _gone(await self._words(request))
        try:
            data = await self._threads.aside(lambda: self._store.get(key))
        except (Missing, Unreadable):
            return _gone(await self._words(request))
        kind = "image/jpeg" if data.startswith(b"\xff\xd8\xff") else "application/pdf"
        return web.Response(body=data, content_type=kind, headers=HEADERS)

    # -- parts ---------------------------------------------------------------------------------------------------

    def _mine(self, session: Session, request: web.Request) -> OfficerTalk | None:
        """The talk of this address, if this browser's officer took it and works here."""
        opened = self._once.opened(session, self._once.browser(request))
        if opened is None or opened.staff_id is None or opened.subject != f"talk:{request.match_info['id']}":
            return None
        talk, member = session.get(OfficerTalk, int(request.match_info["id"])), at_work(session, opened.staff_id)
        if talk is None or member is None or talk.staff_id != member.id:
            return None
        return talk

    def _all(self, session: Session, request: web.Request) -> tuple[OfficerTalk, list[Line], list[str]] | None:
        talk = self._mine(session, request)
        if talk is None:
            return None
        return talk, talks.lines(session, self._keys, talk.id), list(talks.replies(session, talk.agency_code))

    async def _written(self, request: web.Request, done: bool) -> web.Response:
        if not done:
            return _gone(await self._words(request))
        self._wake.told()
        if request.headers.get("X-Quiet") == "1":
            return web.json_response({}, headers=HEADERS)
        where = request.path.removesuffix("/photo")
        return web.Response(status=303, headers={"Location": where, "Cache-Control": "no-store"})

    def _page(
        self, request: web.Request, text: Words, talk: OfficerTalk, said: list[Line], canned: list[str]
    ) -> web.Response:
        mark, once = escape(self._once.mark(self._once.browser(request))), secrets.token_urlsafe(12)
        shown = "".join(_line(text, talk.id, one) for one in said)
        empty = "" if said else f'<p class="none">{escape(text("talk-page-empty"))}</p>'
        body = f"""<main class="talk" data-last="{said[-1].n if said else 0}" data-at="/talk/at/{talk.id}">
<header><h1>{escape(text("talk-page-title"))}</h1></header>
<div class="lines" role="log" aria-live="polite">{empty}{shown}</div>
<p class="ended" role="status" {"" if talk.state == "closed" else "hidden"}>{escape(text("talk-page-closed"))}</p>"""
        if talk.state != "closed":
            ready = "".join(f'<button type="button" data-say="{escape(one)}">{escape(one)}</button>' for one in canned)
            picks = f"<details><summary>{escape(text('talk-page-canned'))}</summary>{ready}</details>" if ready else ""
            body += f"""{picks}<form method="post" action="/talk/at/{talk.id}" class="write">
<input type="hidden" name="mark" value="{mark}"><input type="hidden" name="once" value="{once}">
<label for="words">{escape(text("talk-page-write"))}</label>
<textarea id="words" name="text" rows="3" maxlength="{talks.LONGEST}"></textarea>
<div class="row"><button class="go" name="do" value="say">{escape(text("talk-page-send"))}</button>
<button name="do" value="close" formnovalidate>{escape(text("talk-page-close"))}</button></div></form>
<form method="post" action="/talk/at/{talk.id}/photo" enctype="multipart/form-data" class="photo">
<input type="hidden" name="id" value="{mark}.{once}-photo"><input type="file" name="file" accept="image/*" required
aria-label="{escape(text("talk-page-photo"))}"><button>{escape(text("talk-page-photo"))}</button></form>"""
        return page(text("talk-page-title"), body + "</main>", text.locale, styles=("talk.css",), script="talk.js")

    async def _words(self, request: web.Request) -> Words:
        """The officer's language: her chat's."""
        return await self._once.words(request, self._texts, self._locale)


def _line(text: Words, talk_id: int, line: Line) -> str:
    who = escape(text(f"talk-page-{line.side}"))
    at = line.at.astimezone(HOME).strftime("%H:%M")
    words = "".join(f"<p>{escape(part)}</p>" for part in line.text.splitlines() if part)
    alt = escape(text("talk-page-picture"))
    source = f"/talk/at/{talk_id}/file/{line.n}"
    image = f'<a href="{source}" target="_blank"><img src="{source}" alt="{alt}"></a>' if line.file_key else ""
    head = f"<h2>{who} <time>{at}</time></h2>"
    return f'<article class="{line.side}" data-n="{line.n}">{head}{words}{image}</article>'


def _why(text: Words, key: str) -> web.Response:
    return note(text("talk-page-title"), text(key), text.locale, status=400)


def _gone(text: Words) -> web.Response:
    return note(text("talk-page-gone"), text("talk-page-gone-more"), text.locale, status=403)
