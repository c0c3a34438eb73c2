"""The review page: `/review/{token}` is the officer's one-time link, `/review/at/{code}/{round}` her work.

Who she is comes from the browser's session, what she may do is read from the database at every request. A file is
named by its place in its component, so no address ever leads to a file of another pre-submission.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping

from aiohttp import web
from sqlalchemy.orm import Session

from bot.texts import Texts
from bot.threads import Threads
from bot.web.frame import HEADERS, note
from bot.web.once import Once, Words, fields
from bot.web.review_page import ASKED_ROWS, Typed, sheet
from services.checks import viewing
from services.checks.accepting import accept
from services.checks.access import Checker, checker, parted
from services.checks.marking import mark_all
from services.checks.returning import Asked, give_back
from services.clock import Clock
from services.desk import log as desk_log
from services.files import pdf_watermark, watermark
from services.files.store import Missing, Store, Unreadable
from services.keys import Keys
from services.refusal import Refused, refused

log = logging.getLogger("motcua.review")

_FIELD = re.compile(r"v-(\d{1,4})")
_PDF = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"
"""What a browser's own PDF viewer needs, and nothing else."""


class Review:
    """The routes under /review."""

    def __init__(
        self, threads: Threads, clock: Clock, keys: Keys, store: Store, texts: Texts, locale: str, *,
        public_url: str = "", trust_proxy: bool = False,
    ) -> None:  # fmt: skip
        self._threads, self._clock, self._keys, self._store = threads, clock, keys, store
        self._texts, self._locale = texts, locale
        self._once = Once("review", threads, clock, keys, public_url=public_url, trust_proxy=trust_proxy)

    def routes(self) -> list[web.RouteDef]:
        """The routes to add."""
        at = "/review/at/{code}/{round}"
        return [
            web.get("/review/{token}", self.door),
            web.post("/review/{token}", self.enter),
            web.get(at, self.show, allow_head=False),
            web.post(at, self.work),
            web.get(at + "/file/{n}/{page}", self.file, allow_head=False),
        ]

    # -- routes --------------------------------------------------------------------------------------------------

    async def door(self, request: web.Request) -> web.Response:
        """One button; nothing is spent, and nothing is told."""
        text = await self._words(request)
        return self._once.button(
            text("check-page-door"), text("check-page-door-more"), text("check-page-open"), text.locale
        )

    async def enter(self, request: web.Request) -> web.Response:
        """Spend the link and lead this browser to the page."""
        spent = await self._once.spend(request)
        if isinstance(spent, Refused):
            return _gone(await self._words(request))
        browser, opened = spent
        code, round_ = parted(opened.subject)

        def enters(session: Session) -> None:
            desk_log.note(session, self._clock.now(), "open-page", opened.subject, staff_id=opened.staff_id)

        await self._threads.write(enters)
        return self._once.bind(request, browser, f"/review/at/{code}/{round_}")

    async def show(self, request: web.Request) -> web.Response:
        """The page."""
        text, saved = await self._words(request), request.query.get("said") == "saved"
        return await self._shown(request, text, said=text("check-page-saved") if saved else "")

    async def work(self, request: web.Request) -> web.Response:
        """Save the marks, and give back or accept if that was pressed."""
        browser, form, text = self._once.browser(request), await fields(request), await self._words(request)
        if form is None:
            return note(text("check-page-trouble"), text("check-page-too-much"), text.locale, status=400)
        if not self._once.is_marked(browser, form.get("mark", "")):
            return _gone(text)
        typed = _typed(form)
        by = await self._threads.read(lambda session: self._by(session, request, browser))
        if by is None:
            return _gone(text)
        if isinstance(by, Refused):
            return _refused(text, by)
        done = await self._threads.write(lambda session: self._do(session, by.staff_id, by.subject, form, typed))
        quiet = request.headers.get("X-Quiet") == "1"
        if isinstance(done, Refused):
            said = _why(text, done)
            if quiet:
                return web.json_response({"saved": False, "said": said}, status=409, headers=HEADERS)
            return await self._shown(request, text, said=said, typed=typed, status=409)
        if quiet:
            return web.json_response({"saved": True, "said": text("check-page-saved")}, headers=HEADERS)
        where = request.path + ("?said=saved" if form.get("do") == "save" else "")
        return web.Response(status=303, headers={"Location": where, "Cache-Control": "no-store"})

    async def file(self, request: web.Request) -> web.Response:
        """One file of the page, with the watermark of this look."""
        browser, now, text = self._once.browser(request), self._clock.now(), await self._words(request)
        n, page = _number(request.match_info["n"]), _number(request.match_info["page"])

        def find(session: Session) -> tuple[Checker, str, str] | Refused | None:
            by = self._by(session, request, browser)
            if by is None or isinstance(by, Refused):
                return by
            found = viewing.file(session, by, n, page, now)
            return found if isinstance(found, Refused) else (by, *found)

        found = await self._threads.write(find)
        if found is None:
            return _gone(text)
        if isinstance(found, Refused):
            return _refused(text, found)
        by, key, media = found
        try:
            content = await self._threads.aside(lambda: self._drawn(by, key, media))
        except (Missing, Unreadable):
            return _refused(text, refused("check-no-file"))
        headers = {**HEADERS, "Content-Disposition": f'inline; filename="{by.code}-{n}-{page}.{media.split("/")[1]}"'}
        if media == "application/pdf":
            headers["Content-Security-Policy"] = _PDF
        return web.Response(body=content, content_type=media, headers=headers)

    # -- work ----------------------------------------------------------------------------------------------------

    def _by(self, session: Session, request: web.Request, browser: str) -> Checker | Refused | None:
        """Who is at this page's round; None for a browser that has not opened it (or not any more)."""
        code, round_ = request.match_info["code"], _number(request.match_info["round"])
        opened = self._once.opened(session, browser)
        if opened is None or opened.staff_id is None or parted(opened.subject) != (code, round_):
            return None
        return checker(session, opened.staff_id, code, round_)

    def _do(
        self, session: Session, staff_id: int, subject: str, form: Mapping[str, str], typed: Typed
    ) -> Refused | None:
        """Everything of one press, in one transaction. What was marked stays marked when the rest is refused."""
        now, by = self._clock.now(), checker(session, staff_id, *parted(subject))
        if isinstance(by, Refused):
            return by
        marked = {n: (verdict, words) for n, (verdict, words) in typed.marks.items() if verdict or words.strip()}
        problem = mark_all(session, self._keys, by, marked, now)
        if problem is not None:
            return problem
        if form.get("do") == "accept":
            return accept(session, self._keys, by, now)
        if form.get("do") == "return":
            given = give_back(session, self._keys, by, now, asked=typed.asked, reason=typed.reason)
            return given if isinstance(given, Refused) else None
        return None

    async def _shown(
        self, request: web.Request, text: Words, *, said: str = "", typed: Typed | None = None, status: int = 200
    ) -> web.Response:
        browser, now = self._once.browser(request), self._clock.now()

        def look(session: Session) -> tuple[Checker, viewing.Sheet] | Refused | None:
            by = self._by(session, request, browser)
            if by is None or isinstance(by, Refused):
                return by
            return by, viewing.view(session, self._keys, by, now)

        found = await self._threads.write(look)
        if found is None:
            return _gone(text)
        if isinstance(found, Refused):
            return _refused(text, found)
        return sheet(text, text.locale, *found, said=said, typed=typed, mark=self._once.mark(browser), status=status)

    def _drawn(self, by: Checker, key: str, media: str) -> bytes:
        content, now = self._store.get(key), self._clock.now()
        if media != "application/pdf":
            return watermark.draw(content, by.code, by.name, now)
        drawn = pdf_watermark.draw(content, by.code, by.name, now)
        if drawn is None:
            # who looked is written down all the same, and a citizen's paper must be checked
            log.warning("a PDF is shown without its mark", extra={"reason": by.code})
        return drawn or content

    async def _words(self, request: web.Request) -> Words:
        """The officer's language: her chat's."""
        return await self._once.words(request, self._texts, self._locale)


def _why(text: Words, why: Refused) -> str:
    args = {name: "; ".join(value) if isinstance(value, list) else value for name, value in why.args.items()}
    return text(f"refused-{why.key}", **args)


def _gone(text: Words) -> web.Response:
    return note(text("check-page-gone"), text("check-page-gone-more"), text.locale, status=410)


def _refused(text: Words, why: Refused) -> web.Response:
    status = 404 if why.key in ("check-no-file", "check-unknown") else 403
    return note(text("check-page-trouble"), _why(text, why), text.locale, status=status)


def _typed(form: Mapping[str, str]) -> Typed:
    """What the page's form holds."""
    marks = {}
    for name in form:
        if found := re.fullmatch(r"note-(\d{1,4})", name) or _FIELD.fullmatch(name):
            n = int(found[1])
            marks[n] = (form.get(f"v-{n}", ""), form.get(f"note-{n}", ""))
    asked = tuple(
        Asked(*(form.get(f"asked-{part}-{row}", "") for part in ("title", "note", "basis"))) for row in ASKED_ROWS
    )
    return Typed(marks, asked, form.get("reason", ""))


def _number(text: str) -> int:
    """A number of an address; 0 for anything else."""
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 6 else 0
