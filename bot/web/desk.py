"""The demo's desk, beside the citizen's phone: the chat page's JSON under /demo/desk, for an officer that is bound
without an invitation. It exists with `--demo` only, and only for a browser on this machine.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from urllib.parse import urlsplit

from aiohttp import web

from bot.channels.web import WebChannel
from bot.threads import Threads
from bot.web.chat import Chat
from bot.web.errors import refuse
from bot.web.sessions import Sessions
from services.clock import Clock
from services.desk import trial
from services.refusal import Refused

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_PASSED_ON = ("X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Forwarded")


class DemoDesk:
    """The routes under /demo/desk."""

    def __init__(self, chat: Chat, sessions: Sessions, channel: WebChannel, threads: Threads, clock: Clock) -> None:
        self._chat, self._sessions, self._channel = chat, sessions, channel
        self._threads, self._clock = threads, clock

    def routes(self) -> list[web.RouteDef]:
        """The routes to add, each for this machine alone."""
        return [
            web.post("/demo/desk/sessions", self._here(self.open)),
            web.post("/demo/desk/messages", self._here(self._chat.say)),
            web.get("/demo/desk/messages", self._here(self._chat.fetch)),
            web.get("/demo/desk/stream", self._here(self._chat.stream), allow_head=False),
            web.post("/demo/desk/end", self._here(self._chat.end)),
        ]

    async def open(self, request: web.Request) -> web.Response:
        """A new session, which is an officer's."""
        if not self._sessions.may_open(request.remote or ""):
            return refuse(429, "too-many-sessions")
        session, token = await self._sessions.open(request.remote or "")
        now, channel = self._clock.now(), self._channel
        bound = await self._threads.write(lambda db: trial.bind(db, channel.name, channel.account, session, now))
        if isinstance(bound, Refused):
            return refuse(403, bound.key)
        return web.json_response({"session": session, "token": token}, status=201)

    @staticmethod
    def _here(handler: Handler) -> Handler:
        async def guarded(request: web.Request) -> web.StreamResponse:
            if not is_here(request):
                return refuse(403, "demo-is-local")
            return await handler(request)

        return guarded


def is_here(request: web.Request) -> bool:
    """Whether a request comes from a browser on this machine and means this machine: by address, name and origin.

    The name matters, because a page from elsewhere can make its own name point here.
    """
    try:
        local = ip_address((request.remote or "").partition("%")[0]).is_loopback
    except ValueError:
        return False
    if not local or any(name in request.headers for name in _PASSED_ON):
        return False
    origin = request.headers.get("Origin")
    named = [f"//{request.headers.get('Host', '')}", *([origin] if origin is not None else [])]
    return all(_is_name_of_this_machine(one) for one in named)


def _is_name_of_this_machine(address: str) -> bool:
    try:
        return urlsplit(address).hostname in _NAMES
    except ValueError:
        return False
