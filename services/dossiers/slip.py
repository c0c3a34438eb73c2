"""The slip that the counter hands over with a receipt: the dossier's code, a QR, and the one-time code to type."""

from __future__ import annotations

import io
from dataclasses import dataclass

import segno
from PIL import Image, ImageDraw

from services.catalog.typeface import font

INK, MUTED, RED = "#221d19", "#5a5149", "#8c1820"
WIDTH, HEIGHT = 874, 1240
"""A6 at 210 dots an inch."""
_MARGIN = 60


@dataclass(frozen=True, slots=True)
class Slip:
    """What stands on the slip, already in the citizen's language. `link` is what the QR holds."""

    title: str
    office: str
    dossier: str
    link: str
    code: str
    how: tuple[str, ...]
    issued: str


def png(slip: Slip) -> bytes:
    """The slip as a PNG."""
    out = io.BytesIO()
    _draw(slip).save(out, "PNG", optimize=True)
    return out.getvalue()


def pdf(slip: Slip) -> bytes:
    """The slip as a PDF of one A6 page."""
    out = io.BytesIO()
    _draw(slip).save(out, "PDF", resolution=210)
    return out.getvalue()


def _draw(slip: Slip) -> Image.Image:
    image = Image.new("RGB", (WIDTH, HEIGHT), "#ffffff")
    draw = ImageDraw.Draw(image)
    y = _MARGIN
    for line in _wrapped(draw, slip.office, "Medium", 26):
        y = _centred(draw, y, line, "Medium", 26, MUTED)
    y = _centred(draw, y + 14, slip.title, "Bold", 44, RED)
    y = _centred(draw, y + 4, slip.dossier, "SemiBold", 36, INK)
    square = Image.open(io.BytesIO(_qr(slip.link))).convert("RGB")
    side = 520
    image.paste(square.resize((side, side), Image.Resampling.NEAREST), ((WIDTH - side) // 2, y + 16))
    y = _centred(draw, y + side + 28, slip.code, "Bold", 60, INK)
    for paragraph in slip.how:
        for line in _wrapped(draw, paragraph, "Regular", 27):
            y = _centred(draw, y + 2, line, "Regular", 27, INK)
    _centred(draw, HEIGHT - _MARGIN - 30, slip.issued, "Regular", 24, MUTED)
    return image


def _qr(link: str) -> bytes:
    out = io.BytesIO()
    segno.make(link, error="m", micro=False).save(out, kind="png", scale=8, border=4)
    return out.getvalue()


def _centred(draw: ImageDraw.ImageDraw, y: int, text: str, weight: str, size: int, colour: str) -> int:
    """Draw one line in the middle; returns where the next one goes."""
    face = font(weight, size)
    draw.text(((WIDTH - face.getlength(text)) / 2, y), text, font=face, fill=colour)
    return y + int(size * 1.45)


def _wrapped(draw: ImageDraw.ImageDraw, text: str, weight: str, size: int) -> list[str]:
    face, lines = font(weight, size), [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if face.getlength(longer) <= WIDTH - 2 * _MARGIN:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
