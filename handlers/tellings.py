"""What is told to somebody who did not ask just now: the words of each kind, made when the message goes.

    @tells("complaint-answered")
    def _(talk: Talk, args: Mapping[str, Any]) -> Told | None: ...

`talk.who` is the conversation it is told to. None: there is nothing to say any more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.dialog.flow import Talk
from bot.dialog.values import Choice, SendFile


@dataclass(frozen=True, slots=True)
class Told:
    """A message. With `choices`, `step` (`"flow.step"`) takes what is picked, with `data` as its own values.

    Choices become taps with a question number of their own, which never close an open question. On a platform without
    buttons nothing can be picked: `words` are said below the text there, and name what to type instead.
    """

    text: str
    step: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    choices: tuple[Choice, ...] = ()
    words: str = ""
    file: SendFile | None = None
    closes: str = ""
    """A step: if it is the open question, it is closed after this message, and the one before it is asked again."""


Tells = Callable[[Talk, Mapping[str, Any]], Told | None]
KINDS: dict[str, Tells] = {}


def tells(kind: str) -> Callable[[Tells], Tells]:
    """Register what makes the words of `kind`."""

    def register(function: Tells) -> Tells:
        if kind in KINDS:
            raise ValueError(f"{kind} is told in two ways")
        KINDS[kind] = function
        return function

    return register
