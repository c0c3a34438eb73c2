"""What a conversation remembers between two turns, as plain JSON values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

PATH_KEPT = 20
ASIDE_KEPT = 20
PAST_KEPT = 3


@dataclass(slots=True)
class Question:
    """A question as it was shown. `offers` are (value, label, words) of the page shown, in order."""

    n: int
    step: str
    data: dict[str, Any]
    offers: list[tuple[str, str, list[str]]]
    page: int = 0
    more: bool = False
    text_ok: bool = False
    files_ok: bool = False
    card_ok: bool = False
    any_time: bool = False
    heeds: str = "all"

    def dump(self) -> dict[str, Any]:
        """The question as JSON."""
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def load(cls, raw: dict[str, Any]) -> Question:
        """The question out of its JSON; names unknown to this version are left out."""
        known = {name: raw[name] for name in cls.__slots__ if name in raw}
        known["offers"] = [(str(v), str(label), list(words)) for v, label, words in known["offers"]]
        return cls(**known)


@dataclass(slots=True)
class State:
    """A conversation's state. `n` is the last question number given; `path` the way back, newest last.

    `past` holds the last answered questions as (number, index picked); `aside` the questions that notices brought
    with them, by number: they can be tapped at any time and never stand in the way of `open`.
    """

    n: int = 0
    open: Question | None = None
    past: list[tuple[int, int]] = field(default_factory=list)
    path: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    aside: dict[int, Question] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict)
    locale: str = ""
    met: bool = False

    def dump(self) -> dict[str, Any]:
        """The state as JSON values."""
        return {
            "n": self.n,
            "open": self.open.dump() if self.open else None,
            "past": self.past,
            "path": self.path,
            "aside": [q.dump() for q in self.aside.values()],
            "kept": self.kept,
            "locale": self.locale,
            "met": self.met,
        }

    @classmethod
    def load(cls, raw: dict[str, Any] | None) -> State:
        """The state out of its JSON; an empty one for a conversation that begins."""
        raw = raw or {}
        aside = [Question.load(q) for q in raw.get("aside", ())]
        return cls(
            n=raw.get("n", 0),
            open=Question.load(raw["open"]) if raw.get("open") else None,
            past=[(n, i) for n, i in raw.get("past", ())],
            path=[(step, data) for step, data in raw.get("path", ())],
            aside={q.n: q for q in aside},
            kept=raw.get("kept", {}),
            locale=raw.get("locale", ""),
            met=raw.get("met", False),
        )

    def closes(self, index: int) -> None:
        """The open question was answered by its offer `index` (-1: by text, a file or a command)."""
        if self.open:
            self.past = [*self.past, (self.open.n, index)][-PAST_KEPT:]
            self.open = None

    def puts_aside(self, question: Question, most: int = ASIDE_KEPT) -> None:
        """Keep a notice's question, at most `most` of them; the oldest make room."""
        self.aside[question.n] = question
        while len(self.aside) > most:
            del self.aside[min(self.aside)]
