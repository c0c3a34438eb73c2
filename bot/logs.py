"""Logs: one line an event, as JSON or text, with nothing personal in it.

Only the message's fixed text and a short list of known fields are written. Of an exception its type and the places
in our code are written, never its message, which may quote what a person wrote.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import time
import traceback
from pathlib import Path
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
_OURS = "motcua"
_ROOT = str(Path(__file__).parent.parent)
_SECRETS = re.compile(r"/bot[^/\s]+|\d{6,}:[\w-]{20,}|(?i:bearer)\s+\S+|(?i:token|secret|key)=\S+")


def _where(record: logging.LogRecord) -> str | None:
    if not record.exc_info or record.exc_info[0] is None:
        return None
    kind, _, trace = record.exc_info
    frames = traceback.extract_tb(trace)
    ours = [frame for frame in frames if frame.filename.startswith(_ROOT) and "site-packages" not in frame.filename]
    shown = [*ours[-5:], *(frame for frame in frames[-1:] if frame not in ours)]
    places = [f"{'/'.join(frame.filename.split('/')[-2:])}:{frame.lineno}" for frame in shown]
    return f"{kind.__name__} at {' > '.join(places)}"


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    fields = {name: _plain(getattr(record, name)) for name in _FIELDS if hasattr(record, name)}
    if where := _where(record):
        fields["error"] = where
    return fields


def _plain(value: Any) -> Any:
    """A field's value without secrets; of what is no plain value only the type."""
    if isinstance(value, str):
        return _SECRETS.sub("•••", value)
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value if value is None or isinstance(value, int | float) else type(value).__name__


def _event(record: logging.LogRecord) -> str:
    """What happened. Our own messages are fixed texts; of a library's only the first line, without what it filled in,
    for that may be an address, a parameter or an exception that quotes what a person wrote."""
    if record.name == _OURS or record.name.startswith(_OURS + "."):
        return _SECRETS.sub("•••", record.getMessage())
    return _SECRETS.sub("•••", str(record.msg).split("\n", 1)[0])


class JsonLines(logging.Formatter):
    """A line of JSON for each event, with its time in UTC."""

    converter = staticmethod(time.gmtime)

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON."""
        line = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%SZ"), "level": record.levelname, "from": record.name,
            "event": _event(record), **_fields(record),
        }  # fmt: skip
        return json.dumps(line, ensure_ascii=False)


class Plain(logging.Formatter):
    """A line of text for each event."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as text."""
        more = " ".join(f"{key}={value}" for key, value in _fields(record).items())
        return f"{self.formatTime(record, '%H:%M:%S')} {record.levelname:<7} {_event(record)} {more}".rstrip()


def set_up(form: str) -> None:
    """Write our own events to stderr; of libraries only warnings, and nothing of those that quote URLs or bodies."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else Plain())
    logging.raiseExceptions = False  # a line that cannot be written is lost; its arguments are not to be printed
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger(_OURS).setLevel(logging.INFO)
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
