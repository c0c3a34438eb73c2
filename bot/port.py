"""The port between the machine and a platform: four verbs, a table of limits, a closed set of errors.

A channel is one file in `bot/channels` that fulfils `Channel`. Everything else of the program knows only this file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from bot.dialog.values import HeardKind, Message


@dataclass(frozen=True, slots=True)
class Limits:
    """What a platform can carry. Lengths in characters (Telegram counts UTF-16 units: `utf16`), sizes in bytes.

    `buttons` is the most buttons under one message (0: none, choices become a numbered list), `label` the longest
    label that reads well on a button. `photo` is the largest picture (0: none, its words go instead).
    `files_in` are the kinds a person can send;
    `edit` tells whether messages can be changed.
    """

    text: int
    buttons: int
    label: int
    utf16: bool = False
    photo: int = 0
    file: int = 0
    caption: int = 0
    files_in: tuple[str, ...] = ()
    edit: bool = False


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast an account may send: messages a second over all chats, a second to one chat (after a short burst),
    and a minute to one group. 0 means no limit of ours."""

    account_per_s: float = 0
    chat_per_s: float = 0
    chat_burst: int = 3
    group_per_min: float = 0


@dataclass(frozen=True, slots=True)
class Envelope:
    """Where a raw update belongs: its id for de-duplication, and the chat whose lane it waits in."""

    event_id: str
    chat: str


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file a person sent, still at the platform. `ref` is what `fetch` needs; size 0 means not told."""

    ref: str
    name: str
    media: str
    size: int = 0


WITHDRAWN = "withdrawn"
"""The text of a `left` that tells that the person takes back the consent: what is kept of her must be erased."""


@dataclass(frozen=True, slots=True)
class Inbound:
    """An update, understood. `at_ms` is the platform's time (ms since 1970, UTC), None when it gave none.

    `left` and `joined` tell that the person blocked or opened the chat; `moved_to` that the chat got a new id.
    `name` is never stored by the machine; `private` is False in a group. `to_ack` is what acknowledges a button press.
    """

    kind: HeardKind | Literal["left", "joined", "moved", "receipt"]
    chat: str
    at_ms: int | None = None
    text: str = ""
    tap: str = ""
    files: tuple[RemoteFile, ...] = ()
    message_id: str = ""
    private: bool = True
    sender: str = ""
    moved_to: str = ""
    language: str = ""
    to_ack: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """One message of a platform, laid out: `text` without the list of choices; `choices` as (token, label).

    `numbered` choices stand as a list in the text (1., 2., ..., and 0. for back); `buttons` says whether they are
    also, or only, buttons. With both, the buttons carry just the numbers.
    """

    text: str
    choices: tuple[tuple[str, str], ...] = ()
    numbered: bool = False
    buttons: bool = False
    file: Mapping[str, str] | None = None
    template: Mapping[str, Any] | None = None
    """For platforms with approved wordings: {"event", "data"}, to be used where free words may not go (any more)."""

    def full_text(self) -> str:
        """The text with its numbered list, as a person without buttons reads it."""
        if not self.numbered:
            return self.text
        return "\n".join(
            line for line in (self.text, "", *(f"{n}. {label}" for n, label in self.numbers())) if line or self.text
        )

    def numbers(self) -> list[tuple[int, str]]:
        """The choices with the number that picks each; back is 0."""
        forward = [(i + 1, label) for i, (_, label) in enumerate(c for c in self.choices if not c[0].endswith(":b"))]
        return forward + [(0, label) for token, label in self.choices if token.endswith(":b")]

    def button_rows(self, wide: int = 18) -> list[list[tuple[str, str]]]:
        """The buttons as rows of (token, label): short labels two a row, bare numbers five a row."""
        if not self.buttons:
            return []
        if self.numbered:
            plain = list(
                zip(
                    (t for t, _ in sorted(self.choices, key=lambda c: c[0].endswith(":b"))), self.numbers(), strict=True
                )
            )
            cells = [(token, str(number) if number else label) for token, (number, label) in plain]
            return [cells[i : i + 5] for i in range(0, len(cells), 5)]
        rows: list[list[tuple[str, str]]] = []
        for token, label in self.choices:
            if rows and len(rows[-1]) == 1 and len(rows[-1][0][1]) <= wide and len(label) <= wide:
                rows[-1].append((token, label))
            else:
                rows.append([(token, label)])
        return rows

    def dump(self) -> dict[str, Any]:
        """The page as JSON."""
        page: dict[str, Any] = {
            "text": self.text,
            "choices": self.choices,
            "numbered": self.numbered,
            "buttons": self.buttons,
            "file": self.file,
        }
        return page if self.template is None else {**page, "template": self.template}

    @classmethod
    def load(cls, raw: Mapping[str, Any]) -> Page:
        """The page out of its JSON."""
        choices = tuple((str(t), str(label)) for t, label in raw.get("choices", ()))
        return cls(
            raw["text"], choices, raw.get("numbered", False), raw.get("buttons", False), raw.get("file"),
            raw.get("template"),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the platform said of a message it took. `at_ms` is its own time of sending, None when it told none."""

    message_id: str
    at_ms: int | None = None


FailureKind = Literal["retryable", "retry_after", "gone", "moved", "refused", "misconfigured", "unknown"]


class SendFailed(Exception):
    """A message was not sent, or nobody knows.

    kind:
      retryable      it surely did not arrive; try again with back-off
      retry_after    the platform asks to wait `after` seconds; `scope` says whether the chat or the whole account waits
      gone           this chat cannot be reached any more (blocked, deleted, not a follower)
      moved          the chat has a new id, `moved_to`
      refused        this message will never be taken (too long, bad content)
      misconfigured  the account itself is broken (bad token); stop sending and raise an alarm
      unknown        no answer came: it may have arrived
    `reason` is a short code of ours for logs and operators; it never holds text or ids.
    """

    def __init__(
        self,
        kind: FailureKind,
        reason: str,
        *,
        after: float = 0.0,
        scope: Literal["chat", "account"] = "account",
        moved_to: str = "",
    ) -> None:
        super().__init__(f"{kind}: {reason}")
        self.kind, self.reason, self.after, self.scope, self.moved_to = kind, reason, after, scope, moved_to


class Channel(Protocol):
    """One platform account. `name` is the channel ("telegram"), `account` its account ("default")."""

    name: str
    account: str
    limits: Limits
    pace: Pace
    retries_hooks: bool
    """Whether the platform sends an update again when we answer 503."""

    def is_group(self, chat: str) -> bool:
        """Whether `chat` is a group, which platforms allow fewer messages."""

    def envelope(self, raw: Mapping[str, Any]) -> Envelope:
        """The update's id and chat, read without validating anything else. Never raises; "" where there is none."""

    async def hear(self, raw: Mapping[str, Any]) -> Inbound | None:
        """What the update means; None when it means nothing to a conversation. Never raises."""

    def lay_out(self, message: Message) -> list[Page]:
        """`message` as pages within the limits; the choices stand with the last page."""

    async def send(self, chat: str, page: Page) -> Receipt:
        """Send one page. Raises SendFailed, and nothing else."""

    async def fetch(self, file: RemoteFile) -> bytes:
        """The bytes of a file a person sent. Raises SendFailed."""

    async def acknowledge(self, inbound: Inbound) -> None:
        """Tell the platform that a button press was seen. Best effort: never raises."""

    async def start(self) -> None:
        """Open connections, check credentials. Raises SendFailed when the account is misconfigured."""

    async def stop(self) -> None:
        """Close connections."""
