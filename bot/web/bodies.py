"""Reading what a request brings, within bounds: a whole body, or a form with an id and a file."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError

_CHUNK = 1 << 16
_LONGEST_ID = 400
_NO_FORM = (
    ValueError, LookupError, RuntimeError, HttpProcessingError, web.RequestPayloadError, ConnectionResetError,
)  # fmt: skip
"""All the ways the reader has to say that a form is none."""


class TooLarge(Exception):
    """There is more than is taken."""


class BadBody(Exception):
    """It is not what its headers say it is."""


@dataclass(frozen=True, slots=True)
class Form:
    """A form of the chat page. `name` is the file's own name, as the browser told it."""

    id: str
    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a form: its field, the file's own name as the browser told it, and its bytes; None when there were
    more of them than are taken."""

    field: str
    name: str
    content: bytes | None


async def read_whole(request: web.Request, largest: int) -> bytes:
    """The body, decompressed. Raises TooLarge beyond `largest` bytes, without reading on, and BadBody."""
    if request.content_length is not None and request.content_length > largest:
        raise TooLarge
    body = bytearray()
    try:
        async for chunk in request.content.iter_any():
            body += chunk
            if len(body) > largest:
                raise TooLarge
    except (web.RequestPayloadError, ConnectionResetError) as error:  # the latter: the client went away
        raise BadBody from error
    return bytes(body)


async def read_form(request: web.Request, largest: int) -> Form:
    """A multipart form with the fields `id` and `file`. Raises TooLarge for a file beyond `largest` bytes, and BadBody
    for what is no such form."""
    client_id, name = "", ""
    content: bytes | None = None
    try:
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader):
                raise BadBody
            if part.name == "id":
                client_id = (await _read_part(part, _LONGEST_ID)).decode()
            elif part.name == "file":
                name, content = part.filename or "", await _read_part(part, largest)
    except _NO_FORM as error:
        raise BadBody from error
    if not client_id or content is None:
        raise BadBody
    return Form(client_id, name, content)


async def read_parts(request: web.Request, largest: int, most: int) -> AsyncIterator[Part]:
    """The parts of a multipart form in order, at most `most`. What is too large is read past. Raises BadBody."""
    if request.content_type != "multipart/form-data":
        raise BadBody
    count = 0
    try:
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader):
                raise BadBody
            if count == most:
                return
            count += 1
            content: bytes | None = None
            try:
                content = await _read_part(part, largest)
            except TooLarge:
                await part.release()
            yield Part(part.name or "", part.filename or "", content)
    except _NO_FORM as error:
        raise BadBody from error


async def _read_part(part: BodyPartReader, largest: int) -> bytes:
    content = bytearray()
    while chunk := await part.read_chunk(_CHUNK):
        content += chunk
        if len(content) > largest:
            raise TooLarge
    return bytes(content)
