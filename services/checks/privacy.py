"""Keeping personal data out of what officers write: notes and reasons are read in chats and kept in plain text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

_RUN = re.compile(r"(?<!\d)(?:\d[ .\-–]?){8,}\d(?!\d)")
"""Nine digits and more, as phones and identity numbers are written."""
_DATE = re.compile(r"\d{1,2}[/.\-]\d{1,2}[/.\-]\d{4}")
_LEGAL = re.compile(r"\d+/\d{4}/[^\s]+|\d\.\d{6}")
"""Numbers of legal documents and of procedures, which everybody may read."""
_SHORTEST = 6


@dataclass(frozen=True, slots=True)
class Private:
    """The answers of one form that must not be repeated, folded."""

    values: tuple[str, ...] = ()

    @classmethod
    def of(cls, answers: Iterable[str]) -> Private:
        """From the answers as they were given; short ones (yes, a year) tell nothing and are left out."""
        folded = (_folded(answer) for answer in answers)
        return cls(tuple(value for value in folded if len(value) >= _SHORTEST))

    def found_in(self, text: str) -> bool:
        """Whether `text` repeats an answer, or holds a number as long as a phone's."""
        plain = _LEGAL.sub(" ", _DATE.sub(" ", text))
        folded = f" {_folded(text)} "
        return bool(_RUN.search(plain)) or any(f" {value} " in folded for value in self.values)


def _folded(text: str) -> str:
    """Letters and digits without accents and case, words parted by one space."""
    apart = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return " ".join(re.findall(r"[^\W_]+", "".join(char for char in apart if not unicodedata.combining(char))))
