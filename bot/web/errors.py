"""Refusals over HTTP: a key for programs, a sentence for people."""

from __future__ import annotations

from aiohttp import web

DETAILS = {
    "unknown-hook": "no such channel account is connected",
    "too-large": "the body is larger than what is taken here",
    "bad-secret": "the secret or signature is missing or wrong",
    "not-json": "the body is not JSON",
    "no-session": "open a session first; this one is unknown or has ended",
    "too-many-sessions": "too many sessions were opened from this address; try again in an hour",
    "bad-message": 'send {"id", "text"} or {"id", "tap"}, or a form with id and file',
    "bad-number": "after must be a number",
    "file-too-large": "the file is larger than 20 MB",
    "try-again": "the database is away for the moment; send the same again a little later",
    "not-found": "there is nothing here",
    "unknown-procedure": "the catalogue has no procedure with this code",
    "unknown-picture": "no picture has this address",
    "too-many-pictures": "too many new pictures for this address; try again in a minute",
    "busy": "too much is being done just now; try again in a few seconds",
    "no-key": "send a key: Authorization: Bearer <api key>",
    "no-scope": "this key may not do that",
    "bad-body": "the body is not what is expected here",
    "dossier-unknown": "there is no dossier with this code",
    "receipt-gone": "this receipt is unknown, or its code was used or revoked",
    "demo-is-local": "the demo's desk is for a browser on this machine, by the name localhost or 127.0.0.1",
    "demo-only": "this database is no demo",
    "office-unknown": "no office was imported yet",
    "bad-query": "a parameter has a value that is not allowed",
    "internal": "a fault of ours; it was recorded",
}


def refuse(status: int, key: str, detail: str = "", *, hang_up: bool = False) -> web.Response:
    """A refusal as JSON. `hang_up` where the body was not read to its end: nothing more can come over this line."""
    refused = web.json_response({"error": key, "detail": detail or DETAILS[key]}, status=status)
    if hang_up:
        refused.force_close()
    return refused
