"""Flows and steps: how a conversation is written down.

asking = Flow("ask")

@asking.step
def which_case(talk: Talk) -> Ask: ...

@which_case.takes
def _(talk: Talk, answer: Answer) -> Move: ...
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from bot.dialog.values import Again, Answer, Ask, Data, Done, Goto, Move


class Texts(Protocol):
    """Where texts come from: `text(key, locale, **args)`."""

    def text(self, key: str, locale: str, /, **args: Any) -> str: ...


@dataclass(slots=True)
class Talk:
    """All that a step may touch: its data, the office's services, the texts, the time, and whom it talks to.

    `kept` is this conversation's small memory between flows (JSON values); changing it is saved with the turn.
    `who` is the conversation's number, never a platform's id.
    """

    services: Any
    texts: Texts
    locale: str
    now: datetime
    who: int
    data: Data
    kept: dict[str, Any]
    sender: int = 0
    """Who acts: in a private chat the same as `who`; in a group her private conversation, 0 when she has none."""
    is_first: bool = False
    """Whether this is the first contact, so that she was greeted just now."""

    def text(self, key: str, /, **args: Any) -> str:
        """The text of `key` in the person's language."""
        return self.texts.text(key, self.locale, **args)


Shows = Callable[[Talk], Ask | Goto | Done]
Takes = Callable[[Talk, Answer], Move]


@dataclass(slots=True)
class Step:
    """One step: what it shows, and what an answer does. Without `takes`, every answer asks again."""

    flow: str
    name: str
    show: Shows
    take: Takes | None = None

    def takes(self, function: Takes) -> Takes:
        """Register what an answer does."""
        self.take = function
        return function

    def answer(self, talk: Talk, answer: Answer) -> Move:
        """Where `answer` leads."""
        return self.take(talk, answer) if self.take else Again()


@dataclass(slots=True)
class Flow:
    """A named set of steps."""

    name: str
    steps: dict[str, Step] = field(default_factory=dict)

    def step(self, function: Shows) -> Step:
        """Register `function` as the step of its own name."""
        made = Step(self.name, function.__name__, function)
        if made.name in self.steps:
            raise ValueError(f"step {self.name}.{made.name} exists twice")
        self.steps[made.name] = made
        return made


@dataclass(frozen=True, slots=True)
class Command:
    """Something a person can type anywhere. `words` must equal the whole folded message.

    With `rest`, the words may be followed by more (`hỏi ...`), which `go` receives; otherwise it receives "".
    """

    words: tuple[str, ...]
    go: Callable[[Talk, str], Move]
    rest: bool = False
    keeps: bool = False
    """Whether the open question is where "back" leads; otherwise it is left for good."""
    aside: bool = False
    """Whether the open question is asked again when the command only said something (a rating given by a word)."""
    pattern: str = ""
    """A regular expression; where the whole message matches it, `go` receives the message (a bare dossier code)."""

    def rest_of(self, text: str, said: str, heeds: str = "all") -> str | None:
        """What follows the command's words in the message; None when the message is not this command.

        `said` is the folded message; `heeds` is what the open question lets through (see `Ask`).
        """
        if heeds != "words" and self.pattern and re.fullmatch(self.pattern, text.strip(), re.IGNORECASE):
            return text.strip()
        for word in self.words:
            if said == word:
                return ""
            if self.rest and heeds != "words" and said.startswith(word + " "):
                # The rest keeps its accents: cut as many words off the message as the command has.
                rest = text.split()[len(word.split()) :]
                if heeds == "all" or (len(rest) == 1 and any(letter.isdigit() for letter in rest[0])):
                    return " ".join(rest)
        return None
