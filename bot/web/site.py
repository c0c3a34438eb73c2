"""The web server put together: pages, health, metrics, the open part of the API, and the safety headers of all."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
from aiohttp import web
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bot.metrics import Metrics
from bot.web.errors import refuse

log = logging.getLogger("motcua.web")

STATIC = Path(__file__).parent / "static"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' blob: data:; frame-ancestors 'self'; "
    "base-uri 'none'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
    "Permissions-Policy": "geolocation=(), microphone=()",
}
Ready = Callable[[], Awaitable[tuple[bool, dict[str, object]]]]


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every answer is a clear one: unknown paths and faults of ours included."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        refused = refuse(error.status, "not-found" if error.status == 404 else "bad-query", error.reason)
        if "Allow" in error.headers:
            refused.headers["Allow"] = error.headers["Allow"]
        return refused
    except ConnectionResetError:
        raise
    except (OperationalError, InterfaceError, PoolTimeout):
        log.warning("a request found the database away")
        return refuse(503, "try-again")
    except Exception:
        log.exception("a request broke", extra={"route": str(request.match_info.route.resource or "")[:80]})
        return refuse(500, "internal")


async def _safe(request: web.Request, response: web.StreamResponse) -> None:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)


def build(
    routes: list[web.RouteDef], *, ready: Ready, metrics: Metrics, demo: bool, gauges: Callable[[], Awaitable[None]]
) -> web.Application:
    """The application with `routes` added to the pages every installation has."""
    app = web.Application(middlewares=[guard], client_max_size=21 << 20)
    app.on_response_prepare.append(_safe)

    async def live(request: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    async def is_ready(request: web.Request) -> web.Response:
        ok, facts = await ready()
        return web.Response(body=msgspec.json.encode(facts), content_type="application/json", status=200 if ok else 503)

    async def numbers(request: web.Request) -> web.Response:
        try:
            await gauges()
        except SQLAlchemyError:
            log.warning("the backlog could not be counted")  # the other numbers are wanted all the more then
        return web.Response(body=metrics.text(), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})

    async def front(request: web.Request) -> web.FileResponse:
        return web.FileResponse(STATIC / ("demo.html" if demo else "chat.html"))

    async def chat(request: web.Request) -> web.FileResponse:
        return web.FileResponse(STATIC / "chat.html")

    app.add_routes(
        [
            web.get("/", front),
            web.get("/chat", chat),
            web.static("/static", STATIC),
            web.get("/health/live", live),
            web.get("/health/ready", is_ready),
            web.get("/metrics", numbers),
            *routes,
        ]
    )
    return app
