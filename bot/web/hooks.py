"""Platform hooks: verify, journal, answer 200. Nothing else happens here."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from typing import Any, Protocol

import msgspec
from aiohttp import web

from bot.journal import Journal, Unreachable
from bot.metrics import Metrics
from bot.port import Channel, Envelope

log = logging.getLogger("motcua.hooks")

LARGEST = 1 << 20
"""The largest body that is taken, in bytes."""


class Hooked(Channel, Protocol):
    """A channel whose platform calls us."""

    def verify_hook(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether the call comes from the platform: a constant-time comparison."""


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
        if request.content_length is not None and request.content_length > LARGEST:
            return self._answer(name, 413, "too-large")
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return self._answer(name, 413, "too-large")
        if not channel.verify_hook(request.headers, body):
            return self._answer(name, 401, "bad-secret")
        try:
            raw = msgspec.json.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return self._answer(name, 400, "not-json")
        envelope = channel.envelope(raw) if isinstance(raw, dict) else Envelope("", "")
        if not envelope.event_id:
            envelope = Envelope("body-" + hashlib.sha256(body).hexdigest()[:32], envelope.chat)
        try:
            await self._journal.add(name, channel.account, envelope, body, may_spool=not channel.retries_hooks)
        except Unreachable:
            return self._answer(name, 503, "try-again")
        return self._answer(name, 200, None)

    def _answer(self, channel: str, status: int, error: str | None) -> web.Response:
        self._metrics.hooks.labels(channel, str(status)).inc()
        if error is None:
            return web.Response(text="")
        return web.json_response({"error": error, "detail": _DETAILS[error]}, status=status)


_DETAILS = {
    "unknown-hook": "no such channel account is connected",
    "too-large": "the body is larger than 1 MiB",
    "bad-secret": "the secret or signature is missing or wrong",
    "not-json": "the body is not JSON",
    "try-again": "the update could not be kept; send it again",
}
