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

INK = 90
"""The grey of the letters."""
STRENGTH = 70
"""Of 255: it is read, and the paper below it as well."""
TILT = 30
"""Degrees, upwards."""
APART = 6
"""Heights of a letter from one line to the next."""


def draw(content: bytes, code: str, name: str, now: datetime) -> bytes:
    """The JPEG with a translucent text all over it. Raises OSError for what is no picture.

    The text is drawn and turned once and laid down again and again, so that it costs little beside the picture itself.
    """
    with Image.open(io.BytesIO(content)) as opened:
        picture = opened.convert("RGB")
    size = max(18, min(picture.size) // 36)
    stamp = _stamp(line(code, name, now, size))
    mask = Image.new("L", picture.size, 0)
    for left, top in _places(picture.size, stamp, size):
        mask.paste(STRENGTH, (left, top), stamp.mask)
    picture.paste((INK, INK, INK), (0, 0), mask)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=85)
    return out.getvalue()


@dataclass(frozen=True, slots=True)
class _Stamp:
    """The text once, tilted, as a mask; `length` is that of its line."""

    mask: Image.Image
    length: int


def line(code: str, name: str, now: datetime, size: int) -> Image.Image:
    """What the mark says, as a mask of one level line with letters of `size` pixels."""
    text, letters = readable(f"{code} · {name} · {now.astimezone(HOME):%H:%M %d/%m/%Y}"), font("Medium", size)
    level = Image.new("L", (int(letters.getlength(text)) + 2 * size, int(size * 1.6)), 0)
    ImageDraw.Draw(level).text((size, 0), text, 255, letters)
    return level


def _stamp(level: Image.Image) -> _Stamp:
    return _Stamp(level.rotate(TILT, Image.Resampling.BICUBIC, expand=True), level.width)


def _places(picture: tuple[int, int], stamp: _Stamp, size: int) -> Iterator[tuple[int, int]]:
    """Where the text lies: line after line along the tilt, every other line moved by half a text."""
    (wide, high), apart = picture, size * APART
    along, across = (cos(radians(TILT)), -sin(radians(TILT))), (sin(radians(TILT)), cos(radians(TILT)))
    half = hypot(wide, high) / 2
    lines, texts = int(half / apart) + 1, int(half / stamp.length) + 2
    for row in range(-lines, lines + 1):
        for text in range(-texts, texts + 1):
            far = (text + (row % 2) / 2) * stamp.length
            x = wide / 2 + far * along[0] + row * apart * across[0] - stamp.mask.width / 2
            y = high / 2 + far * along[1] + row * apart * across[1] - stamp.mask.height / 2
            if -stamp.mask.width < x < wide and -stamp.mask.height < y < high:
                yield int(x), int(y)
