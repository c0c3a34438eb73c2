"""The open part of the API: procedures, read only."""

from __future__ import annotations

from typing import Any

import msgspec
from aiohttp import web
from sqlalchemy.orm import Session

from bot.threads import Threads
from bot.web.errors import refuse
from services.catalog import store
from services.catalog.library import Library
from services.catalog.portal import national_code

_MOST = 100


class Procedures:
    """`GET /api/v1/procedures` and `GET /api/v1/procedures/{code}`."""

    def __init__(self, threads: Threads, library: Library) -> None:
        self._threads, self._library = threads, library

    def routes(self) -> list[web.RouteDef]:
        """The routes to add."""
        return [web.get("/api/v1/procedures", self.find), web.get("/api/v1/procedures/{code}", self.one)]

    async def find(self, request: web.Request) -> web.Response:
        """Procedures by words (`q`), by `field`, at most `limit` (1 to 100)."""
        limit = request.query.get("limit", "20")
        if not (limit.isdecimal() and limit.isascii() and 1 <= int(limit[:6]) <= _MOST):
            return refuse(400, "bad-query", "limit: a number from 1 to 100")
        words, field = request.query.get("q", ""), request.query.get("field", "")

        def search() -> list[dict[str, Any]]:
            self._library.refresh()  # a process that only serves the web has nobody else who looks for changes
            index = self._library.current
            entries = {entry.code: entry for entry in index.entries}
            if words:
                hits = index.search(words, limit=_MOST if field else int(limit)).hits
                found = [(entries[hit.code], hit.score) for hit in hits if hit.code in entries]
            else:
                ranked = sorted(index.entries, key=lambda entry: (-entry.popularity, entry.code))
                found = [(entry, 0.0) for entry in ranked]
            return [
                {
                    "code": entry.code, "name": entry.name, "field": entry.field, "levels": list(entry.levels),
                    "approved": entry.approved, **({"score": round(float(score), 4)} if words else {}),
                }
                for entry, score in found if not field or entry.field == field
            ][: int(limit)]  # fmt: skip

        return _json({"procedures": await self._threads.aside(search)})

    async def one(self, request: web.Request) -> web.Response:
        """One procedure as it is shown now."""
        code = national_code(request.match_info["code"])

        def read(session: Session) -> dict[str, Any] | None:
            version = store.load(session, code) if code else None
            if version is None:
                return None
            approval = {"by": version.approved_by, "at": version.approved_at, "decision_no": version.approval_decision}
            return {
                **msgspec.to_builtins(version.record),
                "approval": approval if version.approved_by else None,
                "version": version.id,
            }

        found = await self._threads.read(read)
        return _json(found) if found else refuse(404, "unknown-procedure")


def _json(value: Any) -> web.Response:
    return web.Response(body=msgspec.json.encode(value), content_type="application/json")
