"""What a twin remembers: every call it got, every message it delivered, every webhook it posted."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import msgspec


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a call or lies on the platform."""

    name: str
    mime: str
    data: bytes

    def __repr__(self) -> str:
        return f"Upload({self.name!r}, {self.mime!r}, {len(self.data)} bytes)"


@dataclass(slots=True)
class Call:
    """One request to the twin.

    `params` as sent (form fields are strings, JSON keeps its types); `at` unix seconds of the twin's clock;
    `status` the HTTP status sent, 0 when none was; `answer` the JSON sent, or made and never sent;
    `accepted` the twin did what was asked;
    `answered` the whole answer was written to an open connection (a caller that is killed at that instant may still
    not have read it); `fault` the name of the fault that the call met.
    """

    n: int
    at: float
    method: str = ""
    params: dict[str, Any] = field(default_factory=dict)
    files: dict[str, Upload] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 0
    answer: Any = None
    accepted: bool = False
    answered: bool = False
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that the platform delivered. `n` is the call that brought it; `at` unix seconds."""

    n: int
    at: float
    chat_id: str
    message_id: str
    method: str
    text: str
    params: dict[str, Any]
    file: Upload | None = None


@dataclass(frozen=True, slots=True)
class Posted:
    """One attempt to post an update to the webhook. `status` 0: no answer. `attempt` counts from 1."""

    at: float
    body: bytes
    headers: dict[str, str]
    status: int
    attempt: int
    error: str = ""


class RecordFile:
    """The calls on disk, a JSON object a line, flushed line by line.

    A call that waits (slow, hanging) is written when the twin has decided about it and once more when it ends;
    `read_record` keeps the last word on each.
    """

    def __init__(self, path: Path) -> None:
        self._file: IO[bytes] = path.open("ab", buffering=0)

    def write(self, call: Call) -> None:
        line = {
            "n": call.n,
            "at": call.at,
            "method": call.method,
            "params": call.params,
            "status": call.status,
            "answer": call.answer,
            "accepted": call.accepted,
            "answered": call.answered,
            "fault": call.fault,
        }
        if call.files:
            line["files"] = {key: [file.name, file.mime, len(file.data)] for key, file in call.files.items()}
        self._file.write(msgspec.json.encode(line, enc_hook=str) + b"\n")

    def close(self) -> None:
        self._file.close()


def read_record(path: Path) -> list[Call]:
    """The calls that a twin wrote to `path`, in the order of their numbers; an unfinished last line is left out."""
    calls: dict[int, Call] = {}
    for line in _whole_lines(path):
        row = json.loads(line)
        row.pop("files", None)
        calls[row["n"]] = Call(**row)
    return [calls[n] for n in sorted(calls)]


def _whole_lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        for line in file:
            if line.endswith(b"\n"):
                yield line
