"""Written Vietnamese as people type it, brought to a form that can be compared.

Nothing here knows procedures. Three steps, each usable alone: `clean` (one Unicode form, no invisible or look-alike
letters), `fold` (no case, no diacritics) and `words` (the syllables, folded, with the letters that were typed).
Every function is total: any string gives an answer, in time linear in its length.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

LONGEST = 4_000
"""Characters read of one message. A story of more than 600 words has said its point before, or at its end."""

_LOOK_ALIKE = str.maketrans(
    "аеёорсухіїјѕһкмнтвзԁԛԝ" + "αεοριυκντχη" + "ıʟɑɡℓ" + "ɓɗðƌø",
    "aeeopcyxiijshkmhtb3dqw" + "aeopiukvtxn" + "ilagl" + "bdddo",
)
_INVISIBLE = {"Cf", "Cc", "Cs", "Co", "Cn"}
_WORD = re.compile(r"[^\W_]+")
_ELONGATED = re.compile(r"\b[ivx]+\b|([^\W\d_])\1{2,}")
"""Three equal letters are emphasis, except in Roman numerals ("cấp III")."""
_OTHER_SCRIPT = re.compile("[\u0131\u0180-\u019f\u0250-\u02af\u0370-\u052f\u2113\u00f0\u00f8]")
_CODE = re.compile(r"(?<![\d.])([1-9])[.,\s]?(\d{6})(?:\.0{2,3})*(?:\.[A-Z]\d{2,3})?(?![\d])", re.IGNORECASE)


class Word(NamedTuple):
    """One syllable: `folded` for comparing, `typed` as it stood (lower case, NFC), `start` its offset in the text."""

    folded: str
    typed: str
    start: int


def shorten(text: str, longest: int = LONGEST) -> str:
    """The first three quarters and the last quarter of `longest` characters: a story's point stands at its ends."""
    if len(text) <= longest:
        return text
    head = longest * 3 // 4
    return text[:head] + " " + text[-(longest - head) :]


def clean(text: str) -> str:
    """`text` as `tidy` gives it, without emphasis by repeated letters ("đượccccc").

    Two equal letters stay, they may be telex; so do Roman numerals.
    """
    return _ELONGATED.sub(lambda found: found[1] or found[0], tidy(text))


def tidy(text: str) -> str:
    """`text` shortened, in NFC, lower case, without invisible characters; look-alike letters become Latin ones."""
    text = shorten(text)
    if not text.isascii():
        text = shorten(unicodedata.normalize("NFKC", text))
    if not text.isprintable():
        text = "".join(map(_visible, text))
    text = text.lower()
    if _OTHER_SCRIPT.search(text):
        text = text.translate(_LOOK_ALIKE)
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    return text


def _visible(char: str) -> str:
    if char in "\n\r\t\u2028\u2029\x0b\x0c":
        return "\n"
    return "" if unicodedata.category(char) in _INVISIBLE else char


@lru_cache(maxsize=65_536)
def fold_word(word: str) -> str:
    """One cleaned word without diacritics: "khẩu" -> "khau", "đ" -> "d"."""
    if word.isascii():
        return word.lower()
    return _strip(word)


def _strip(text: str) -> str:
    plain = text.lower().replace("đ", "d")
    plain = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    return plain.lower().replace("đ", "d")


def fold(text: str) -> str:
    """`text` without case and diacritics, white space collapsed; idempotent. For comparing whole phrases."""
    folded = " ".join((text.lower() if text.isascii() else _strip(text)).split())
    return folded if folded.isascii() else " ".join(_strip(folded).split())


def words(text: str) -> list[Word]:
    """The words of a cleaned text, in order. Punctuation, emoji and underscores separate; digits are words."""
    return [Word(fold_word(found[0]), found[0], found.start()) for found in _WORD.finditer(text)]


@lru_cache(maxsize=65_536)
def marks(word: str) -> str:
    """The diacritics of one cleaned word, in a fixed order: equal for "hoà" and "hòa", empty for "hoa"."""
    if word.isascii():
        return ""
    found = [char for char in unicodedata.normalize("NFD", word) if unicodedata.combining(char)]
    return "".join(sorted(found)) + ("đ" if "đ" in word else "")


@lru_cache(maxsize=65_536)
def stem(folded: str) -> str:
    """A folded word with the spellings of one sound made equal: "ky" and "ki", "ly" and "li" -> "ki", "li"."""
    if len(folded) > 1 and folded[-1] == "y" and folded[-2] not in "aeiouy":
        return folded[:-1] + "i"
    return folded


@lru_cache(maxsize=65_536)
def _stem_of(word: str) -> str:
    return stem(fold_word(word))


def stems(text: str) -> list[str]:
    """The stemmed words of a cleaned text; the same as `stem` of each of `words`, several times faster."""
    return [_stem_of(word) for word in _WORD.findall(text)]


def key(text: str) -> str:
    """The folded words joined by single blanks: equal for texts that differ only in case, accents and punctuation."""
    return " ".join(word.folded for word in words(clean(text)))


def procedure_codes(text: str) -> list[str]:
    """National procedure codes in `text`, local suffixes taken off: "1.001193.000.00.00.H41" -> "1.001193"."""
    return [f"{first}.{rest}" for first, rest in _CODE.findall(text)]


_PREFIX = re.compile(r"^(?:\d{1,3}[.)]\s*)?(?:nhom\s+)?(?:thu tuc|tthc)\b(?:\s*hanh chinh\b)?[\s:.\-]*")
_SCOPE = re.compile(
    r"\((?:[^()]*\b)?(?:(?:tthc|thuc hien|ap dung|tiep nhan|giai quyet)\b[^()]*)?"
    r"\b(?:cap (?:tinh|xa|huyen|bo|tw|trung uong|dia phuong)|trung uong|dia phuong|vpdk|bql|kcn|kkt)\b[^()]*\)"
)
_TAIL = re.compile(
    r"(?:\s*[-,;:]?\s*(?:thuc hien )?(?:tai |o |thuoc )?(?:cap (?:tinh|xa|huyen|bo|trung uong|tw)|trung uong)"
    r"|\s*\(\d+\)|[\s.;:,\-]+)$"
)


@lru_cache(maxsize=16_384)
def title_key(name: str) -> str:
    """What a procedure's name says, folded, without "Thủ tục" and without the level: equal for twins."""
    text = fold(clean(name))
    text = _PREFIX.sub("", text)
    text = _SCOPE.sub(" ", text)
    for _ in range(3):
        text = _TAIL.sub("", text)
    return key(text) or key(name)


def bare_title(name: str) -> str:
    """A procedure's name without the words "Thủ tục" in front, as it is shown and indexed."""
    text = " ".join(name.split())
    for opening in ("Thủ tục hành chính", "Thủ tục", "Thủ tuc"):
        if text[: len(opening)].lower() == opening.lower():
            rest = text[len(opening) :].lstrip(" :.-")
            return rest[:1].upper() + rest[1:] if rest else text
    return text
