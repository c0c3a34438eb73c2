"""What a check of an answer gives back, and what every check does first with what was typed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from services.catalog.text import fold
from services.refusal import Refused

_COURTESY = re.compile(r"^(?:(?:da|vang|toi|em|con|chau|thua)[\s,.]+)+(?=\S)|[\s,.]+(?:a|nhe|nha|nghe|e)$")
_WHOLE = re.compile(r"-?\d{1,17}", re.ASCII)
READ = 4_000
"""Characters read of an answer. What is longer is too long for every field."""


@dataclass(frozen=True, slots=True)
class Good:
    """An answer that may stand in a form. `value` is kept, `shown` is read by people and gives the same value when it
    is typed again. `warning` names a text: the answer stands, but the person is asked to look again."""

    value: str
    shown: str
    warning: str = ""


Checked = Good | Refused
Check = Callable[[str, Mapping[str, str], date], Checked]
"""What was typed; what is known (earlier answers by kind, limits of this field); today's date in the office's zone."""


@dataclass(frozen=True, slots=True)
class Field:
    """A kind of answer. `uses` are the keys of `known` that its check looks at; each may be missing."""

    kind: str
    check: Check
    uses: tuple[str, ...] = ()


def tidy(typed: str, *, lines: bool = False) -> str:
    """`typed` in NFC, without invisible and control characters, blanks collapsed; line ends stay if `lines`."""
    text = unicodedata.normalize("NFC", typed[: READ + 1])
    kept = "".join(char if char.isprintable() else _unprinted(char) for char in text)
    rows = (" ".join(row.split()) for row in (kept.splitlines() if lines else [kept]))
    return unicodedata.normalize("NFC", "\n".join(row for row in rows if row))


def _unprinted(char: str) -> str:
    return "\n" if char in "\n\r\u2028\u2029" else " " if char.isspace() else ""


def plain(typed: str) -> str:
    """`typed` for comparing with words: folded, full-width signs made plain, at most 200 characters read."""
    return fold(unicodedata.normalize("NFKC", tidy(typed)[:200]))


def said(typed: str) -> str:
    """`plain` without the courtesies around an answer: "dạ không ạ" is "khong"."""
    text = plain(typed).strip(" .,!")
    return _COURTESY.sub("", text).strip(" .,!") or text


def whole(known: Mapping[str, str], key: str, otherwise: int) -> int:
    """A limit in `known` as an integer, `otherwise` where it is missing or no number."""
    text = known.get(key, "")
    return int(text) if _WHOLE.fullmatch(text) else otherwise
