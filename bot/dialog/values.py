"""The words of a conversation: what a step shows, what a person did, where an answer leads.

A step returns an `Ask`; taking an answer returns a `Goto`, an `Again` or `Done`. Nothing here sends anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Data = Mapping[str, Any]
"""A step's own values, kept as JSON between turns: strings, numbers, booleans, lists and dicts of these."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing a person can pick. `value` is what the step receives; `words` are other ways to type it."""

    value: str
    label: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Say:
    """A message that asks nothing."""

    text: str


@dataclass(frozen=True, slots=True)
class SendFile:
    """A file out of the file store, sent with a caption. `media` is its MIME type, `name` what the person sees.

    `instead` is said in its place where a channel carries no such file ("": nothing; None: the caption).
    """

    key: str
    name: str
    media: str
    caption: str = ""
    instead: str | None = None


Heeds = Literal["all", "codes", "words"]


@dataclass(frozen=True, slots=True)
class Ask:
    """A question. `text_ok` and `files_ok` open it to free text and to files; otherwise only `choices` answer it.

    `card_ok`: the files may show an identity card whose owner agreed, so its QR is read.
    `any_time` takes free text even when it was typed before the question had arrived (a search box, not a form).
    `heeds` says which of the words that work anywhere are still heard: `all`; where somebody writes sentences, which
    may begin like a command, only whole words and codes (`codes`); where an officer reads, only whole words (`words`).
    `before` is said first, in order. More choices than `per_page` are paged by the engine.
    """

    text: str
    choices: tuple[Choice, ...] = ()
    text_ok: bool = False
    files_ok: bool = False
    card_ok: bool = False
    any_time: bool = False
    heeds: Heeds = "all"
    before: tuple[Say | SendFile, ...] = ()
    per_page: int = 10


@dataclass(frozen=True, slots=True)
class Goto:
    """Go to a step: `"step"` in the same flow or `"flow.step"`. `say` goes first.

    `replace` leaves the present step out of the way back.
    """

    step: str
    data: Data = field(default_factory=dict)
    say: tuple[Say | SendFile, ...] = ()
    replace: bool = False


@dataclass(frozen=True, slots=True)
class Again:
    """Ask the same question again, with `hint` said first.

    `offers` are added to its choices this once; the value of each is the path of a step (`"person.ways"`) to which it
    leads, and from there "back" leads to the question.
    """

    hint: str = ""
    offers: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Stay:
    """The question stays open as it is and is not shown again (a talk with a person, one page of many received)."""

    say: tuple[Say | SendFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Done:
    """The flow is over: say this, and ask nothing more."""

    say: tuple[Say | SendFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Back:
    """To the question before this one, as "quay lại" leads there."""

    say: tuple[Say | SendFile, ...] = ()


Move = Goto | Again | Stay | Back | Done


@dataclass(frozen=True, slots=True)
class FileRef:
    """A file a person sent, checked and kept in the file store under `key` (empty when it was not taken: `why_not`).

    `flags` are what the photo coach saw, `prints` perceptual hashes of the pages, `card` the text of an identity
    card's QR (personal: for the step that takes it, never for a state), `digest` the SHA-256 of what is kept.
    """

    key: str
    name: str
    media: str
    size: int
    why_not: str = ""
    pages: int = 1
    flags: tuple[str, ...] = ()
    prints: tuple[int, ...] = ()
    digest: str = ""
    card: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a step takes: a choice's `value`, or free `text`, or `files`. Exactly one of them is set."""

    value: str | None = None
    text: str | None = None
    files: tuple[FileRef, ...] = ()


HeardKind = Literal[
    "text", "tap", "file", "start", "sticker", "voice", "location", "contact", "video", "protected", "other"
]


@dataclass(frozen=True, slots=True)
class Heard:
    """What a person did, free of any platform.

    `text` is the message, or the payload of a deep link for `start`. `tap` is a button's token (`"12:3"`).
    `asked` is the number of the newest question that had reached the person when she wrote (None: unknown or none).
    """

    kind: HeardKind
    text: str = ""
    tap: str = ""
    files: tuple[FileRef, ...] = ()
    asked: int | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One message to a person: text, the choices as (token, label), and the number of the question they answer."""

    text: str
    choices: tuple[tuple[str, str], ...] = ()
    question: int | None = None
    file: SendFile | None = None
