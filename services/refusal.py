"""A refusal is a value: the chat shows the text of its key, the API returns the key itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Refused:
    """Why something was not done. `key` names a text, `args` are the text's variables; both hold nothing secret."""

    key: str
    args: dict[str, Any] = field(default_factory=dict)


def refused(key: str, **args: Any) -> Refused:
    """A refusal with its variables as keywords."""
    return Refused(key, args)
