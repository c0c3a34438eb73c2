"""Platform hooks: verify, journal, answer 200. Nothing else happens here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import msgspec
from aiohttp import web

from bot.journal import Journal, Unreachable, body_name
from bot.metrics import Metrics
from bot.port import Channel, Envelope
from bot.web.bodies import BadBody, TooLarge, read_whole
from bot.web.errors import refuse

LARGEST = 1 << 20
"""The largest body that is taken, in bytes."""


class Hooked(Channel, Protocol):
    """A channel whose platform calls us."""

    def verify_hook(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether the call comes from the platform: a constant-time comparison."""


def envelope_of(channel: Channel, raw: Any, body: bytes) -> Envelope:
    """The envelope of a decoded body; one without an id of its own is known by its contents."""
    envelope = channel.envelope(raw) if isinstance(raw, dict) else Envelope("", "")
    return envelope if envelope.event_id else Envelope(body_name(body), envelope.chat)


class Hooks:
    """The routes `/hooks/{channel}` (the account `default`) and `/hooks/{channel}/{account}`."""

    def __init__(self, channels: Mapping[tuple[str, str], Any], journal: Journal, metrics: Metrics) -> None:
        self._channels, self._journal, self._metrics = channels, journal, metrics

    def routes(self) -> list[web.RouteDef]:
        """The routes to add."""
        return [web.post("/hooks/{channel}", self.take), web.post("/hooks/{channel}/{account}", self.take)]

    async def take(self, request: web.Request) -> web.Response:
        """One call of a platform."""
        name = request.match_info["channel"]
        channel = self._channels.get((name, request.match_info.get("account", "default")))
        if channel is None or not hasattr(channel, "verify_hook"):
            return self._answer("none", 404, "unknown-hook")
        try:
            body = await read_whole(request, LARGEST)
        except TooLarge:
            return self._answer(name, 413, "too-large", hang_up=True)
        except BadBody:
            return self._answer(name, 400, "not-json", hang_up=True)
        if not channel.verify_hook(request.headers, body):
            return self._answer(name, 401, "bad-secret")
        try:
            raw = msgspec.json.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return self._answer(name, 400, "not-json")
        envelope = envelope_of(channel, raw, body)
        try:
            await self._journal.add(name, channel.account, envelope, body, may_spool=not channel.retries_hooks)
        except Unreachable:
            return self._answer(name, 503, "try-again")
        return self._answer(name, 200, None)

    def _answer(self, channel: str, status: int, error: str | None, *, hang_up: bool = False) -> web.Response:
        self._metrics.hooks.labels(channel, str(status)).inc()
        if error is None:
            return web.Response(text="")
        return refuse(status, error, hang_up=hang_up)
