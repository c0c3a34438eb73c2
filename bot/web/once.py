"""Links that open once, over HTTP: a GET shows one button, the POST spends the link and binds this browser.

The browser's session is a cookie that scripts cannot read, that is sent to one page's own path only, and never from
another site. Two links opened in one browser therefore never meet.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from aiohttp import web
from sqlalchemy.orm import Session

from bot.texts import Texts
from bot.threads import Threads
from bot.web.bodies import BadBody, TooLarge, read_whole
from bot.web.frame import note
from services import links
from services.clock import Clock
from services.keys import Keys, same
from services.links import Opened
from services.refusal import Refused

T = TypeVar("T")

_LONGEST_TOKEN = 100
_LARGEST_FORM = 512 << 10
_FIELDS = 500


@dataclass(frozen=True, slots=True)
class Words:
    """Texts in one language, called like `Texts.text`."""

    texts: Texts
    locale: str

    def __call__(self, key: str, **args: Any) -> str:
        return self.texts.text(key, self.locale, **args)


class Once:
    """The door of one purpose (`review`, `talk`, `upload`)."""

    def __init__(
        self, purpose: str, threads: Threads, clock: Clock, keys: Keys, *, public_url: str = "",
        trust_proxy: bool = False,
    ) -> None:  # fmt: skip
        self.purpose, self._threads, self._clock, self._keys = purpose, threads, clock, keys
        self._public_url, self._trust_proxy = public_url, trust_proxy

    def button(self, title: str, text: str, label: str, locale: str) -> web.Response:
        """What a GET shows, whatever the token: one button, nothing else, nothing spent."""
        inside = f'<form method="post"><button class="go" type="submit">{escape(label)}</button></form>'
        return note(title, text, locale, inside=inside)

    async def spend(self, request: web.Request) -> tuple[str, Opened] | Refused:
        """Spend the link in the address: the browser's session and what it leads to. Refusal: link-gone."""
        token, now = request.match_info["token"], self._clock.now()

        def work(session: Session) -> tuple[str, Opened] | Refused:
            browser = links.spend(session, self._keys, self.purpose, token, now)
            if isinstance(browser, Refused):
                return browser
            session.flush()
            found = links.opened(session, self._keys, self.purpose, browser, now)
            return (browser, found) if found else Refused("link-gone")

        return await self._threads.write(work) if len(token) <= _LONGEST_TOKEN else Refused("link-gone")

    def bind(self, request: web.Request, browser: str, path: str) -> web.Response:
        """Send the browser on to `path`, with its session for that path alone."""
        answer = web.Response(status=303, headers={"Location": path, "Cache-Control": "no-store"})
        answer.set_cookie(
            self.purpose, browser, path=path, httponly=True, samesite="Strict", secure=self._is_https(request),
            max_age=int(links.STAYS_OPEN[self.purpose].total_seconds()),
        )  # fmt: skip
        return answer

    def browser(self, request: web.Request) -> str:
        """The browser's session; "" when it has none."""
        return request.cookies.get(self.purpose, "")[:_LONGEST_TOKEN]

    def opened(self, session: Session, browser: str) -> Opened | None:
        """What the browser may see, in this transaction."""
        return links.opened(session, self._keys, self.purpose, browser, self._clock.now()) if browser else None

    async def words(self, request: web.Request, texts: Texts, default: str) -> Words:
        """Texts in the language of whoever this link or session is for; in `default` where that is not known."""
        token, browser = request.match_info.get("token", "")[:_LONGEST_TOKEN], self.browser(request)
        found = await self._threads.read(
            lambda session: links.locale(session, self._keys, self.purpose, token, browser)
        )
        return Words(texts, found or default)

    def mark(self, browser: str) -> str:
        """What every form of this browser's session carries, and no other site can know."""
        return self._keys.code(f"{self.purpose}-form/{browser}")[:40]

    def is_marked(self, browser: str, mark: str) -> bool:
        """Whether a form came from a page that was shown to this session."""
        return bool(browser) and same(self.mark(browser), mark)

    def _is_https(self, request: web.Request) -> bool:
        forwarded = request.headers.get("X-Forwarded-Proto", "") if self._trust_proxy else ""
        return request.secure or forwarded == "https" or self._public_url.startswith("https:")


async def fields(request: web.Request) -> dict[str, str] | None:
    """The fields of a plain form; None when it is none, or larger than any of ours."""
    try:
        body = await read_whole(request, _LARGEST_FORM)
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_FIELDS)
    except (TooLarge, BadBody, UnicodeDecodeError, ValueError):
        return None
    return dict(pairs)
