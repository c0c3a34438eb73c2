"""Who calls the API: the key in the header, and what it may do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from aiohttp import web

from bot.threads import Threads
from bot.web.errors import refuse
from services import api_keys
from services.api_keys import Program, Scope

PROGRAM = web.RequestKey("program", Program)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Doors:
    """Guards routes with a scope."""

    def __init__(self, threads: Threads) -> None:
        self._threads = threads

    def needs(self, scope: Scope, handler: Handler) -> Handler:
        """`handler` for programs whose key has `scope`; 401 without a key, 403 without the scope."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            kind, _, key = request.headers.get("Authorization", "").partition(" ")
            if kind.lower() != "bearer" or not key.strip():
                return refuse(401, "no-key")
            program = await self._threads.read(lambda session: api_keys.check(session, key.strip()))
            if program is None:
                return refuse(401, "no-key")
            if scope not in program.scopes:
                return refuse(403, "no-scope", f"this key does not have the scope {scope}")
            request[PROGRAM] = program
            return await handler(request)

        return guarded


async def body_as(request: web.Request, kind: type[Any]) -> Any:
    """The JSON body as `kind`; raises BadBody with a sentence for the caller."""
    try:
        return msgspec.json.decode(await request.read(), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadBody(str(error)) from None


class BadBody(Exception):
    """The body cannot be used; the message says where and why."""


def answer(value: Any, status: int = 200) -> web.Response:
    """A value as JSON; times as ISO 8601 with Z."""
    return web.Response(body=msgspec.json.encode(value), content_type="application/json", status=status)
