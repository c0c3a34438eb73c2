"""Between the bytes of a request and the values of a call."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from aiohttp import web

from tests.twins.faults import RefusalError
from tests.twins.records import Call, Upload

Json = dict[str, Any]


def encode(value: Any) -> bytes:
    """Compact UTF-8 JSON, the way the platforms write it."""
    return msgspec.json.encode(value)


def structured(value: Any) -> Any:
    """A parameter that may arrive as JSON text (forms) or as itself (JSON bodies). ValueError when it is not JSON."""
    return json.loads(value) if isinstance(value, str) else value


def whole(params: Json, key: str, default: int = 0) -> int:
    """A whole number among the parameters; empty or missing gives the default. RefusalError 400 for anything else."""
    value = params.get(key)
    if value is None or value == "":
        return default
    try:
        return int(str(value))
    except ValueError:
        raise RefusalError("error", code=400, text=f"Bad Request: invalid {key} specified") from None


async def read_parameters(request: web.BaseRequest, call: Call) -> None:
    """Query, form, multipart or JSON -> `call.params` and `call.files`. RefusalError 400 for broken JSON."""
    if request.query_string:
        call.params.update(request.query)
    if not request.body_exists:
        return
    kind = request.content_type
    if kind == "application/json":
        body = await request.read()
        try:
            value = json.loads(body) if body else {}
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise RefusalError("error", code=400, text="Bad Request: can't parse JSON object")
        call.params.update(value)
    elif kind == "multipart/form-data":
        for key, part in (await request.post()).items():
            if isinstance(part, web.FileField):
                with part.file as file:
                    call.files[key] = Upload(part.filename, part.content_type, file.read())
            else:
                call.params[key] = part if isinstance(part, str) else bytes(part).decode()
    else:
        call.params.update(parse_qsl((await request.read()).decode(), keep_blank_values=True))
