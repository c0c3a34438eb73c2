"""A web server that takes webhooks and serves pictures, in the place of the program under test."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from aiohttp import web


@dataclass(frozen=True, slots=True)
class Received:
    """One request."""

    verb: str
    path: str
    body: bytes
    headers: Mapping[str, str]

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Receiver:
    """Answers 200 to everything; `answers` are used up first (a status, or seconds to wait before a 200)."""

    def __init__(self) -> None:
        self.got: list[Received] = []
        self.answers: list[int | float] = []
        self.reply = b""
        self.files: dict[str, bytes] = {}
        self.url = ""
        self._runner: web.ServerRunner | None = None

    async def __aenter__(self) -> Self:
        self._runner = web.ServerRunner(web.Server(self._answer, access_log=None), shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        self.got.append(Received(request.method, request.path, await request.read(), request.headers))
        if self.answers:
            answer = self.answers.pop(0)
            if isinstance(answer, int):
                return web.Response(status=answer)
            await asyncio.sleep(answer)
        if request.method in ("GET", "HEAD"):
            file = self.files.get(request.path)
            return web.Response(status=404) if file is None else web.Response(body=file, content_type="image/png")
        return web.Response(body=self.reply)
