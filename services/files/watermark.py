"""A watermark over a paper as an officer sees it: which pre-submission, who looks, when."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from math import cos, hypot, radians, sin

from PIL import Image, ImageDraw

from services.catalog.typeface import font, readable
from services.dossiers.hand import HOME

_INK = (90, 90, 90)
_STRENGTH = 70
"""Of 255: it is read, and the paper below it as well."""
_TILT = 30
_APART = 6
"""Heights of a letter from one line to the next."""


def draw(content: bytes, code: str, name: str, now: datetime) -> bytes:
    """The JPEG with a translucent text all over it. Raises OSError for what is no picture.

    The text is drawn and turned once and laid down again and again, so that it costs little beside the picture itself.
    """
    with Image.open(io.BytesIO(content)) as opened:
        picture = opened.convert("RGB")
    size = max(18, min(picture.size) // 36)
    stamp = _stamp(readable(f"{code} · {name} · {now.astimezone(HOME):%H:%M %d/%m/%Y}"), size)
    mask = Image.new("L", picture.size, 0)
    for left, top in _places(picture.size, stamp, size):
        mask.paste(_STRENGTH, (left, top), stamp.mask)
    picture.paste(_INK, (0, 0), mask)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=85)
    return out.getvalue()


@dataclass(frozen=True, slots=True)
class _Stamp:
    """The text once, tilted, as a mask; `length` is that of its line."""

    mask: Image.Image
    length: int


def _stamp(text: str, size: int) -> _Stamp:
    letters = font("Medium", size)
    level = Image.new("L", (int(letters.getlength(text)) + 2 * size, int(size * 1.6)), 0)
    ImageDraw.Draw(level).text((size, 0), text, 255, letters)
    return _Stamp(level.rotate(_TILT, Image.Resampling.BICUBIC, expand=True), level.width)


def _places(picture: tuple[int, int], stamp: _Stamp, size: int) -> Iterator[tuple[int, int]]:
    """Where the text lies: line after line along the tilt, every other line moved by half a text."""
    (wide, high), apart = picture, size * _APART
    along, across = (cos(radians(_TILT)), -sin(radians(_TILT))), (sin(radians(_TILT)), cos(radians(_TILT)))
    half = hypot(wide, high) / 2
    lines, texts = int(half / apart) + 1, int(half / stamp.length) + 2
    for line in range(-lines, lines + 1):
        for text in range(-texts, texts + 1):
            far = (text + (line % 2) / 2) * stamp.length
            x = wide / 2 + far * along[0] + line * apart * across[0] - stamp.mask.width / 2
            y = high / 2 + far * along[1] + line * apart * across[1] - stamp.mask.height / 2
            if -stamp.mask.width < x < wide and -stamp.mask.height < y < high:
                yield int(x), int(y)
