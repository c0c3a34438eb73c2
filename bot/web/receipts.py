"""Receipts for the counter to print, and the page behind their QR.

Making one needs a write key; the GETs only fetch the file or show the page, and spend nothing: a code is spent when it
is given in a chat.
"""

from __future__ import annotations

from html import escape
from typing import Any

from aiohttp import web
from sqlalchemy.orm import Session

from bot.texts import Texts
from bot.threads import Threads
from bot.web.errors import refuse
from bot.web.programs import PROGRAM, Doors, answer
from services import office
from services.clock import Clock
from services.dossiers import receipts, slip
from services.dossiers.hand import HOME, Hand
from services.dossiers.receipts import Issued
from services.keys import Keys
from services.refusal import Refused

_KINDS = {"png": "image/png", "pdf": "application/pdf"}


class Receipts:
    """`/api/v1/dossiers/{code}/receipts` and `/r/{token}`."""

    def __init__(
        self,
        threads: Threads,
        clock: Clock,
        keys: Keys,
        texts: Texts,
        public_url: str,
        links: dict[str, str],
        locale: str,
    ) -> None:
        self._threads, self._clock, self._keys, self._texts = threads, clock, keys, texts
        self._public_url, self._links, self._locale = public_url.rstrip("/"), links, locale
        self._doors = Doors(threads)

    def routes(self) -> list[web.RouteDef]:
        """The routes to add."""
        return [
            web.post("/api/v1/dossiers/{code}/receipts", self._doors.needs("write", self.issue)),
            web.get("/api/v1/receipts/{name}", self._doors.needs("read", self.file), allow_head=False),
            web.get("/r/{token}", self.page),
        ]

    async def issue(self, request: web.Request) -> web.Response:
        """Make the owner's one-time code: 201 with the addresses of the slip."""
        actor, now, typed = f"api:{request[PROGRAM].name}", self._clock.now(), request.match_info["code"]
        done = await self._threads.write(lambda session: receipts.issue(Hand(session, self._keys, actor, now), typed))
        if isinstance(done, Refused):
            return refuse(404, done.key)
        base = f"{self._base(request)}/api/v1/receipts/{done.id}"
        return answer({"url_png": f"{base}.png", "url_pdf": f"{base}.pdf", "code": done.code}, 201)

    async def file(self, request: web.Request) -> web.Response:
        """The slip, until its code is spent or revoked."""
        number, _, kind = request.match_info["name"].rpartition(".")
        if kind not in _KINDS or not (number.isdecimal() and number.isascii() and len(number) < 15):
            return refuse(404, "not-found")

        def read(session: Session) -> tuple[Issued, str] | None:
            issued = receipts.printable(session, self._keys, int(number))
            front = office.front(session)
            return (issued, front.name if front else "") if issued else None

        found = await self._threads.read(read)
        if found is None:
            return refuse(404, "receipt-gone")
        drawn = self._slip(*found, base=self._base(request))
        body = await self._threads.aside(lambda: slip.png(drawn) if kind == "png" else slip.pdf(drawn))
        return web.Response(body=body, content_type=_KINDS[kind], headers={"Cache-Control": "no-store"})

    async def page(self, request: web.Request) -> web.Response:
        """What the QR opens: a link into each connected chat, and the code to type where there is none."""
        token = receipts.normalise(request.match_info["token"])
        if not receipts.looks_like_code(token):
            return refuse(404, "not-found")
        shown = f"{token[:5]}-{token[5:]}"
        links = "".join(
            f'<p><a class="chip" href="{escape(link.format(token=token))}">{escape(name)}</a></p>'
            for name, link in self._links.items()
        )
        text = self._text
        body = f"""<!doctype html><html lang="{self._locale}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{escape(text("receipt-title"))}</title>
<link rel="stylesheet" href="/static/base.css"><link rel="stylesheet" href="/static/chat.css"></head>
<body><main class="receipt"><h1>{escape(text("receipt-title"))}</h1><p>{escape(text("receipt-page"))}</p>{links}
<p>{escape(text("receipt-type"))}</p><p><strong>{escape(shown)}</strong></p>
<p>{escape(text("never-asks"))}</p></main></body></html>"""
        headers = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
        return web.Response(text=body, content_type="text/html", headers=headers)

    def _slip(self, issued: Issued, name: str, *, base: str) -> slip.Slip:
        at = issued.issued_at.astimezone(HOME).strftime("%d/%m/%Y %H:%M")
        return slip.Slip(
            title=self._text("receipt-title"),
            office=name,
            dossier=issued.dossier_code,
            link=f"{base}/r/{issued.token}",
            code=issued.code,
            how=(self._text("receipt-how"), self._text("receipt-once")),
            issued=self._text("receipt-issued", at=at),
        )

    def _text(self, key: str, **args: Any) -> str:
        return self._texts.text(key, self._locale, **args)

    def _base(self, request: web.Request) -> str:
        """The address under which citizens reach this server."""
        return self._public_url or f"{request.scheme}://{request.host}"
