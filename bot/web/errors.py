"""Refusals over HTTP: a key for programs, a sentence for people."""

from __future__ import annotations

from aiohttp import web

DETAILS = {
    "no-session": "open a session first; this one is unknown or has ended",
    "too-many-sessions": "too many sessions were opened from this address; try again in an hour",
    "bad-message": 'send {"id", "text"} or {"id", "tap"}, or a form with id and file',
    "bad-number": "after must be a number",
    "file-too-large": "the file is larger than 20 MB",
    "try-again": "nothing could be kept just now; send it again with the same id",
    "not-found": "there is nothing here",
    "unknown-procedure": "the catalogue has no procedure with this code",
    "bad-query": "a parameter has a value that is not allowed",
    "internal": "a fault of ours; it was recorded",
}


def refuse(status: int, key: str, detail: str = "") -> web.Response:
    """A refusal as JSON."""
    return web.json_response({"error": key, "detail": detail or DETAILS[key]}, status=status)
