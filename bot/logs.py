"""Logs: one line an event, as JSON or text, with nothing personal in it.

Only the message's fixed text and a short list of known fields are written. Of an exception its type and the places
in our code are written, never its message, which may quote what a person wrote.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from typing import Any

_FIELDS = (
    "channel",
    "account",
    "incident",
    "attempt",
    "inbox",
    "outbox",
    "reason",
    "count",
    "seconds",
    "route",
    "status",
    "codes",
)
_SECRETS = re.compile(r"/bot[^/\s]+|\b\d{6,}:[\w-]{20,}|(?i:bearer)\s+\S+|(?i:token|secret|key)=\S+")


def _where(record: logging.LogRecord) -> str | None:
    if not record.exc_info or record.exc_info[0] is None:
        return None
    kind, _, trace = record.exc_info
    places = [
        f"{frame.filename.rsplit('/', 2)[-2]}/{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}"
        for frame in traceback.extract_tb(trace)
    ]
    return f"{kind.__name__} at {' > '.join(places[-6:])}"


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    fields = {name: getattr(record, name) for name in _FIELDS if hasattr(record, name)}
    if where := _where(record):
        fields["error"] = where
    return fields


class JsonLines(logging.Formatter):
    """A line of JSON for each event."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON."""
        line = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S"), "level": record.levelname, "from": record.name,
            "event": _SECRETS.sub("•••", record.getMessage()), **_fields(record),
        }  # fmt: skip
        return json.dumps(line, ensure_ascii=False)


class Plain(logging.Formatter):
    """A line of text for each event."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as text."""
        more = " ".join(f"{key}={value}" for key, value in _fields(record).items())
        event = _SECRETS.sub("•••", record.getMessage())
        return f"{self.formatTime(record, '%H:%M:%S')} {record.levelname:<7} {event} {more}".rstrip()


def set_up(form: str) -> None:
    """Write our own events to stderr; of libraries only warnings, and nothing of those that quote URLs or bodies."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else Plain())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("motcua").setLevel(logging.INFO)
    for name in (
        "httpx",
        "httpcore",
        "aiogram",
        "aiohttp.access",
        "alembic",
        "zaloBot",
        "zaloBaseRequest",
        "zaloHTTPXRequest",
        "apscheduler",
    ):
        logging.getLogger(name).setLevel(logging.CRITICAL)
