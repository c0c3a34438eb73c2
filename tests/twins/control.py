"""Driving a twin from another process: `POST /_twin/do`, `GET /_twin/stats`.

`{"verb": "user_says", "args": [101, "xin chào"], "kwargs": {}}` -> `{"ok": true, "result": ...}`. An argument
`{"fault": {"kind": "rate_limited", "retry_after": 3}}` becomes a Fault, `{"base64": "..."}` bytes.
"""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import inspect
import json
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.twins.faults import Fault

if TYPE_CHECKING:
    from tests.twins.base import Twin


def stats(twin: Twin) -> dict[str, Any]:
    """Figures of a run: calls, messages delivered, performed-but-unanswered calls, trespasses of the limits."""
    limits = getattr(twin, "limits", None)
    return {
        "calls": len(twin.calls),
        "sent": len(twin.sent()),
        "unanswered": len(twin.unanswered()),
        "pending": len(getattr(twin, "pending", ())),
        "violations": len(limits.violations) if limits is not None else 0,
        "busiest_second": limits.busiest_second if limits is not None else 0,
    }


def _argument(value: Any) -> Any:
    if isinstance(value, dict) and set(value) == {"fault"}:
        return Fault.from_json(value["fault"])
    if isinstance(value, dict) and set(value) == {"base64"}:
        return base64.b64decode(value["base64"])
    return value


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode()}
    return value


async def control(twin: Twin, request: web.BaseRequest) -> web.StreamResponse:
    """Answers a request below /_twin/. 400 with the reason when the verb or its arguments are wrong."""
    if request.path == "/_twin/stats":
        return web.json_response(stats(twin))
    try:
        order = json.loads(await request.read())
        verb = str(order["verb"])
        if verb.startswith("_") or not hasattr(twin, verb):
            raise LookupError(f"a twin of {twin.platform} has no {verb!r}")
        target = getattr(twin, verb)
        if callable(target):
            args = [_argument(value) for value in order.get("args", ())]
            kwargs = {key: _argument(value) for key, value in order.get("kwargs", {}).items()}
            result = target(*args, **kwargs)
            if inspect.isawaitable(result):
                result = await asyncio.ensure_future(result)
        elif "set" in order:
            setattr(twin, verb, order["set"])
            result = None
        else:
            result = target
    except (LookupError, TypeError, ValueError, TimeoutError) as error:
        return web.json_response({"ok": False, "error": f"{type(error).__name__}: {error}"}, status=400)
    return web.json_response(
        {"ok": True, "result": result}, dumps=lambda value: json.dumps(value, ensure_ascii=False, default=_plain)
    )
