"""Reading what a person typed against what was offered: numbers, labels, everyday words, with or without accents."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_NUMBER = re.compile(r"(?:so|chon|muc|cau|so thu tu|number|no)?\s*[#(]?\s*(\d{1,3})\s*[.):]?")
_SPACES = re.compile(r"\s+")
STOPS = ("huy", "cancel", "thoat")
LETS_BE = (
    "thoi", "thoi a", "thoi nhe", "thoi khoi", "thoi khong can", "thoi khong can nua", "thoi khong lam nua",
    "thoi de sau", "thoi bo di", "thoi bo qua", "thoi duoc roi", "khong lam nua", "khong can nua", "de sau",
    "de luc khac",
    "dung lai", "da thoi", "thoi em khong lam nua", "thoi toi khong lam nua", "never mind", "stop it",
)  # fmt: skip
"""Words that end what is going on: the first anywhere, the others where nobody is spoken with."""
_EDGES = " \t\n.,!?;:…\"'“”‘’()[]"


def fold(text: str) -> str:
    """The letters alone: lower case, no accents, đ as d, invisible marks dropped, one space between words."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text[:4000]).casefold()).replace("đ", "d")
    kept = "".join(c for c in plain if not unicodedata.combining(c) and unicodedata.category(c) != "Cf")
    return _SPACES.sub(" ", kept).strip(_EDGES)


def as_number(text: str) -> int | None:
    """The number a person typed to choose, alone or as "số 2", "2.", "(2)", "#2"; None if it is not one."""
    found = _NUMBER.fullmatch(fold(text) or text.strip())
    return int(found[1]) if found else None


def pick(text: str, offers: Sequence[tuple[str, str, Sequence[str]]]) -> int | None:
    """Which offer (value, label, words) a typed text means: its label, one of its words, or a unique beginning.

    A beginning counts from three letters on and only at the end of a word, so that "có" never picks "Cóc".
    """
    said = fold(text)
    if not said:
        return None
    for index, (_, label, words) in enumerate(offers):
        if said == fold(label) or any(said == fold(word) for word in words):
            return index
    if len(said) < 2 or said in LETS_BE:  # "thôi" is no beginning of "Thời gian"
        return None
    begins = [i for i, (_, label, _) in enumerate(offers) if fold(label).replace(",", " ").startswith(said + " ")]
    return begins[0] if len(begins) == 1 else None
