"""Letters for pictures: the typeface, what of a text it can show, and breaking a text into lines.

The typeface is Be Vietnam Pro, drawn for Vietnamese, out of a package of its own: no font of the machine is needed.
"""

from __future__ import annotations

import io
import re
import unicodedata
from functools import lru_cache
from importlib.resources import files

from PIL import ImageFont

Font = ImageFont.FreeTypeFont
_MANY_LINES = 5
"""From so many lines on, nobody minds how long the last one is."""


@lru_cache(maxsize=64)
def font(weight: str, size: int) -> Font:
    """The typeface in `weight` (Regular, Medium, SemiBold, Bold) with letters of `size` pixels."""
    file = files("fontpkg_be_vietnam_pro") / "files" / f"BeVietnamPro-{weight}.ttf"
    return ImageFont.truetype(io.BytesIO(file.read_bytes()), size)


@lru_cache(maxsize=20_000)
def _width(word: str, weight: str, size: int) -> float:
    return font(weight, size).getlength(word)


@lru_cache(maxsize=1024)
def _drawable(letter: str) -> bool:
    """Whether the typeface has the letter: what it does not have looks like what nothing has."""
    face = font("Regular", 24)
    return bytes(face.getmask(letter)) != bytes(face.getmask("\U0010fffe"))


@lru_cache(maxsize=4096)
def readable(text: str) -> str:
    """`text` as it can be drawn: composed letters, bullets for private signs, nothing invisible, "?" for the rest."""
    kept = []
    for letter in unicodedata.normalize("NFC", text):
        kind = unicodedata.category(letter)
        if letter.isascii() or letter == "\u00a0":
            kept.append(letter)
        elif kind == "Co":
            kept.append("•")
        elif kind.startswith("Z"):
            kept.append(" ")
        elif kind not in ("Cf", "Cc", "Cs"):
            kept.append(letter if _drawable(letter) else "?")
    return re.sub(r"[\x00-\x1f\x7f ]+", " ", "".join(kept)).strip()


def wrapped(text: str, weight: str, size: int, room: float) -> list[str]:
    """`text` in lines of at most `room` pixels, broken between words; only a word wider than a line is broken."""
    lines: list[str] = []
    line, used, space = "", 0.0, _width(" ", weight, size)
    for word in readable(text).split(" "):
        long = _width(word, weight, size)
        while long > room and len(word) > 1:
            fits = _fitting(word, weight, size, room)
            lines += [line, word[:fits]] if line else [word[:fits]]
            line, used, word = "", 0.0, word[fits:]
            long = _width(word, weight, size)
        if line and used + space + long > room:
            lines.append(line)
            line, used = word, long
        else:
            line, used = (f"{line} {word}", used + space + long) if line else (word, long)
    return [*lines, line] if line else lines


def _fitting(word: str, weight: str, size: int, room: float) -> int:
    """How many letters of a word too long for a line go on it; at least one."""
    least, most = 1, len(word) - 1
    while least < most:
        middle = (least + most + 1) // 2
        least, most = (middle, most) if _width(word[:middle], weight, size) <= room else (least, middle - 1)
    return least


def balanced(text: str, weight: str, size: int, room: float) -> list[str]:
    """As `wrapped`, with lines of about the same length: no last word alone on a line of its own."""
    lines = wrapped(text, weight, size, room)
    least = room / 2
    while 1 < len(lines) < _MANY_LINES and room > least:
        room -= size
        narrower = wrapped(text, weight, size, room)
        if len(narrower) > len(lines):
            break
        lines = narrower
    return lines
