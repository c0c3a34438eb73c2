"""The page on which an officer reads a complaint and answers it: `/complaint/{token}`, then `/complaint/at/{code}`.

No word of a complaint ever enters a staff chat, and the page never says who wrote it. Who reads comes from the
browser's session; whether she may is read from the database at every request, and every reading is written down.
"""

from __future__ import annotations

from html import escape

from aiohttp import web
from sqlalchemy.orm import Session

from bot.texts import Texts
from bot.threads import Threads
from bot.wake import Wake
from bot.web.frame import HEADERS, note, page
from bot.web.once import Once, Words, fields
from services.clock import Clock
from services.complaints import answering
from services.complaints.records import LONGEST, PURPOSE, Seen
from services.dossiers.hand import HOME
from services.files.store import Missing, Store, Unreadable
from services.keys import Keys
from services.refusal import Refused


class Complaints:
    """The routes under /complaint."""

    def __init__(
        self, threads: Threads, clock: Clock, keys: Keys, store: Store, texts: Texts, wake: Wake, locale: str, *,
        public_url: str = "", trust_proxy: bool = False,
    ) -> None:  # fmt: skip
        self._threads, self._clock, self._keys, self._store = threads, clock, keys, store
        self._texts, self._wake, self._locale = texts, wake, locale
        self._once = Once(PURPOSE, threads, clock, keys, public_url=public_url, trust_proxy=trust_proxy)

    def routes(self) -> list[web.RouteDef]:
        """The routes to add."""
        at = "/complaint/at/{code}"
        return [
            web.get("/complaint/{token}", self.door),
            web.post("/complaint/{token}", self.enter),
            web.get(at, self.show, allow_head=False),
            web.post(at, self.answer),
            web.get(at + "/photo/{n}", self.photo, allow_head=False),
        ]

    async def door(self, request: web.Request) -> web.Response:
        """One button; nothing is spent, and nothing is told."""
        text = await self._words(request)
        return self._once.button(
            text("complain-page-door"), text("complain-page-door-more"), text("complain-page-open"), text.locale
        )

    async def enter(self, request: web.Request) -> web.Response:
        """Spend the link and lead this browser to the page."""
        spent = await self._once.spend(request)
        if isinstance(spent, Refused):
            return _gone(await self._words(request))
        browser, opened = spent
        return self._once.bind(request, browser, f"/complaint/at/{opened.subject}")

    async def show(self, request: web.Request) -> web.Response:
        """The complaint, its photos, and a form for the answer."""
        browser, code = self._once.browser(request), request.match_info["code"]
        seen = await self._threads.write(lambda session: self._read(session, browser, code))
        text = await self._words(request)
        return _gone(text) if seen is None else self._sheet(text, seen, browser)

    async def answer(self, request: web.Request) -> web.Response:
        """Take the answer; a refusal shows the page again with what was typed."""
        browser, code, text = self._once.browser(request), request.match_info["code"], await self._words(request)
        form = await fields(request)
        if form is None or not self._once.is_marked(browser, form.get("mark", "")):
            return _gone(text)
        typed = form.get("answer", "")

        def work(session: Session) -> Seen | Refused | None:
            opened = self._once.opened(session, browser)
            if opened is None or opened.subject != code or opened.staff_id is None:
                return None
            done = answering.answer(session, self._keys, opened.staff_id, code, typed, self._clock.now())
            return done if done is not None else self._seen(session, opened.staff_id, code)

        done = await self._threads.write(work)
        if done is None:
            return _gone(text)
        if isinstance(done, Refused):
            seen = await self._threads.write(lambda session: self._read(session, browser, code))
            args = {name: str(value) for name, value in done.args.items()}
            why = text(f"refused-{done.key}", **args)
            return _gone(text) if seen is None else self._sheet(text, seen, browser, typed=typed, why=why, status=409)
        self._wake.told()
        return note(text("complain-page-done"), text("complain-page-done-more"), text.locale)

    async def photo(self, request: web.Request) -> web.Response:
        """One photo, named by its place in this complaint alone."""
        browser, code, n = self._once.browser(request), request.match_info["code"], request.match_info["n"]
        seen = await self._threads.write(lambda session: self._read(session, browser, code))
        if seen is None or not (n.isascii() and n.isdecimal() and 1 <= int(n[:4]) <= len(seen.files)):
            return _gone(await self._words(request))
        file = seen.files[int(n[:4]) - 1]
        try:
            content = await self._threads.aside(lambda: self._store.get(file.key))
        except (Missing, Unreadable):
            return _gone(await self._words(request))
        is_image = file.media.startswith("image/")
        headers = {**HEADERS, "Content-Disposition": "inline" if is_image else "attachment"}
        return web.Response(body=content, content_type=file.media, headers=headers)

    # -- parts ---------------------------------------------------------------------------------------------------

    def _read(self, session: Session, browser: str, code: str) -> Seen | None:
        """What this browser may read; None when it may read nothing (any more)."""
        opened = self._once.opened(session, browser)
        if opened is None or opened.subject != code or opened.staff_id is None:
            return None
        return self._seen(session, opened.staff_id, code)

    def _seen(self, session: Session, staff_id: int, code: str) -> Seen | None:
        found = answering.read(session, self._keys, staff_id, code, self._clock.now())
        return None if isinstance(found, Refused) else found

    def _sheet(
        self, text: Words, seen: Seen, browser: str, *, typed: str = "", why: str = "", status: int = 200
    ) -> web.Response:
        title = text("complain-page-title", code=seen.code)
        moment = seen.made_at.astimezone(HOME).strftime("%H:%M %d/%m/%Y")
        about = text("complain-page-about", topic=text(f"complain-topic-{seen.topic or 'other'}"), moment=moment)
        words = "".join(f"<p>{escape(line)}</p>" for line in seen.text.split("\n"))
        photos = "".join(_photo(text, seen, n) for n, _ in enumerate(seen.files, 1))
        refused = f'<p role="alert"><strong>{escape(why)}</strong></p>' if why else ""
        answered = f"<p>{escape(text('complain-answer', answer=seen.answer))}</p>"
        below = answered if seen.state != "open" else self._form(text, browser, typed)
        body = (
            f'<main class="note"><h1>{escape(title)}</h1><p>{escape(about)}</p><section>{words}</section>'
            f"{photos}{refused}{below}</main>"
        )
        return page(title, body, text.locale, styles=("review.css",), status=status)

    def _form(self, text: Words, browser: str, typed: str) -> str:
        label, hint = escape(text("complain-page-label")), escape(text("complain-page-hint"))
        return (
            f'<form method="post"><input type="hidden" name="mark" value="{self._once.mark(browser)}">'
            f'<p><label for="answer">{label}</label></p><p id="hint">{hint}</p>'
            f'<p><textarea id="answer" name="answer" rows="8" cols="40" maxlength="{LONGEST}" required'
            f' aria-describedby="hint">{escape(typed)}</textarea></p>'
            f'<button class="go" type="submit">{escape(text("complain-page-submit"))}</button></form>'
        )

    async def _words(self, request: web.Request) -> Words:
        """The officer's language: her chat's."""
        return await self._once.words(request, self._texts, self._locale)


def _photo(text: Words, seen: Seen, n: int) -> str:
    address = f"/complaint/at/{escape(seen.code)}/photo/{n}"
    label = escape(text("complain-page-photo", n=str(n)))
    if not seen.files[n - 1].media.startswith("image/"):
        return f'<p><a href="{address}">{label}</a></p>'
    return f'<p><img src="{address}" alt="{label}" width="320"></p>'


def _gone(text: Words) -> web.Response:
    return note(text("complain-page-gone"), text("complain-page-gone-more"), text.locale, status=404)
