"""A contact sheet: small pictures of what arrived, with titles and page counts, as one picture to keep."""

from __future__ import annotations

import io
from collections.abc import Sequence

from PIL import Image, ImageDraw

from services.catalog.typeface import font, readable, wrapped

_ACROSS, _TILE, _GAP = 3, 320, 30
_INK, _PAPER, _LINE = (28, 32, 38), (255, 255, 255), (200, 204, 210)


def draw(entries: Sequence[tuple[str, int, bytes | None]], heading: str) -> bytes:
    """PNG of `entries` (title, pages, JPEG thumbnail; None for a PDF), at most three in a row, under `heading`."""
    across = min(_ACROSS, max(2, len(entries)))
    wide = _GAP + across * (_TILE + _GAP)
    lines = wrapped(readable(heading), "SemiBold", 38, wide - 2 * _GAP)
    top = _GAP + len(lines) * 50 + 20
    rows = -(-len(entries) // across)
    tall = _TILE + 150
    sheet = Image.new("RGB", (wide, top + rows * tall + _GAP), _PAPER)
    pen = ImageDraw.Draw(sheet)
    for number, line in enumerate(lines):
        pen.text((_GAP, _GAP + number * 50), line, _INK, font("SemiBold", 38))
    for number, (title, pages, thumbnail) in enumerate(entries):
        left = _GAP + number % across * (_TILE + _GAP)
        _tile(sheet, pen, left, top + number // across * tall, title, pages, thumbnail)
    out = io.BytesIO()
    sheet.save(out, "PNG", optimize=True)
    return out.getvalue()


def _tile(
    sheet: Image.Image, pen: ImageDraw.ImageDraw, left: int, top: int, title: str, pages: int, thumbnail: bytes | None
) -> None:
    pen.rectangle((left, top, left + _TILE, top + _TILE), (246, 247, 249), _LINE, 2)
    if thumbnail is None:
        pen.text((left + _TILE // 2, top + _TILE // 2), "PDF", _INK, font("Bold", 64), anchor="mm")
    else:
        with Image.open(io.BytesIO(thumbnail)) as small:
            shown = small.convert("RGB")
        shown.thumbnail((_TILE - 12, _TILE - 12))
        sheet.paste(shown, (left + (_TILE - shown.width) // 2, top + (_TILE - shown.height) // 2))
    pen.text((left + _TILE - 12, top + _TILE - 10), str(pages), _INK, font("Bold", 34), anchor="rs",
             stroke_width=4, stroke_fill=_PAPER)  # fmt: skip
    for number, line in enumerate(wrapped(readable(title), "Medium", 26, _TILE)[:3]):
        pen.text((left, top + _TILE + 12 + number * 36), line, _INK, font("Medium", 26))
