"""Drawing a sheet of the checklist: large type, boxes to tick, readable at arm's length on a phone."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import lru_cache

from PIL import Image, ImageDraw

from services.catalog.checklist import LEADING, MARGIN, TYPES, WIDTH, Block, Kind, Sheet
from services.catalog.typeface import balanced, font, wrapped

PAPER, SURFACE, INK, MUTED, LINE = "#faf8f3", "#ffffff", "#221d19", "#5a5149", "#e3dbce"
RED, RED_INK, RED_WASH, ON_RED, ROSE, GOLD = "#8c1820", "#8c1820", "#f8ebe6", "#ffffff", "#f6dcd5", "#c8993a"
NOTICE, NOTICE_INK = "#fdf1d3", "#553f08"
"""The colours of the chat page, by day."""
_SHADES = 12
_ROOM = 40

Draw = ImageDraw.ImageDraw
Lines = Callable[[str, str, int, float], list[str]]
"""Breaks a paragraph (text, weight, size, room) into lines."""


class _Pen:
    """Draws downwards from `y`; without an image it only measures."""

    def __init__(self, draw: Draw | None, scale: float) -> None:
        self.draw, self.scale, self.y = draw, scale, 0.0

    def px(self, size: float) -> int:
        """A size at this sheet's scale."""
        return round(size * self.scale)

    def text(
        self, text: str, weight: str, size: float, ink: str, left: float, right: float = WIDTH - MARGIN,
        *, lines: Lines = wrapped,
    ) -> None:  # fmt: skip
        """Paragraphs between `left` and `right`; `y` moves below them. `size` is of this sheet's scale already."""
        height = size * LEADING
        for paragraph in text.split("\n"):
            for line in lines(paragraph, weight, int(size), right - left):
                if self.draw:
                    self.draw.text((left, self.y + height / 2), line, ink, font(weight, int(size)), anchor="lm")
                self.y += height


def _behind(pen: _Pen, fill: str, text: str, size: int, ink: str, lines: Lines) -> None:
    """A paragraph on an area of its own that is as tall as it needs."""
    edge, measure = pen.px(22), _Pen(None, pen.scale)
    for one in (measure, pen):
        one.y = pen.y + edge
        if pen is one and pen.draw:
            area = (MARGIN, pen.y - edge, WIDTH - MARGIN, measure.y + edge)
            pen.draw.rounded_rectangle(area, edge, fill)
        one.text(text, "Medium", size, ink, MARGIN + 28, WIDTH - MARGIN - 28, lines=lines)
    pen.y += edge


def _title(pen: _Pen, sheet: Sheet) -> None:
    """The red band with the procedure's name."""
    pen.y = 46
    if sheet.page:
        room = font("SemiBold", 36).getlength(sheet.page)
        if pen.draw:
            pen.draw.text((WIDTH - MARGIN - room, pen.y + 24), sheet.page, ROSE, font("SemiBold", 36), anchor="lm")
    pen.text(sheet.over, "SemiBold", 36, ROSE, MARGIN, WIDTH - MARGIN - 260)
    pen.y += 8
    size = 62 if len(sheet.title) < 70 else 50 if len(sheet.title) < 160 else 42
    pen.text(sheet.title, "Bold", size, ON_RED, MARGIN, lines=balanced)
    pen.y += 8
    pen.text(sheet.under, "Regular", 36, ROSE, MARGIN)
    pen.y += 34


def _block(pen: _Pen, block: Block, after: Kind | None) -> None:
    """One block; `after` is the kind of the one above it on this sheet."""
    kind = TYPES[block.kind]
    left, size, small = MARGIN + pen.px(kind.left), pen.px(kind.text), pen.px(kind.detail)
    match block.kind:
        case "head":
            pen.y += pen.px(22 if after else 0)
            if pen.draw and block.detail:
                place = (WIDTH - MARGIN, pen.y + size * LEADING / 2)
                pen.draw.text(place, block.detail, MUTED, font("SemiBold", pen.px(38)), anchor="rm")
            pen.text(block.text, "Bold", size, RED_INK, MARGIN, WIDTH - MARGIN - (220 if block.detail else 0))
            pen.y += pen.px(18)
        case "case":
            _behind(pen, RED_WASH, block.text, size, INK, balanced)
            pen.y += pen.px(30)
        case "tick" | "more":
            _ticked(pen, block, after, left)
        case "note":
            if pen.draw and block.mark:
                middle = pen.y + size * LEADING / 2
                pen.draw.text((MARGIN, middle), block.mark, RED_INK, font("Bold", size), anchor="lm")
            pen.text(block.text, "Regular", size, INK, left)
            pen.y += pen.px(18)
        case "fact":
            pen.y += pen.px(0 if after == "fact" else 16)
            pen.text(block.text, "SemiBold", size, RED_INK, MARGIN)
            pen.text(block.detail, "Regular", small, INK, MARGIN, lines=balanced)
            pen.y += pen.px(22)
        case "warn":
            pen.y += pen.px(14)
            _behind(pen, NOTICE, block.text, size, NOTICE_INK, wrapped)
            pen.y += pen.px(18)
        case "safe" | "call":
            pen.y += pen.px(0 if after in ("safe", "call") else 16)
            pen.text(block.text, "Bold" if block.kind == "call" else "SemiBold", size, INK, MARGIN)
            pen.y += pen.px(10)
        case _:
            pen.text(block.text, "Regular", size, MUTED, MARGIN)
            pen.y += pen.px(8)


def _ticked(pen: _Pen, block: Block, after: Kind | None, left: float) -> None:
    """A paper with its box, its number and, smaller, how many of it and what else to know."""
    if block.kind == "tick" and after in ("tick", "more"):
        if pen.draw:
            pen.draw.line((left, pen.y, WIDTH - MARGIN, pen.y), LINE, 3)
        pen.y += pen.px(24)
    size, side = pen.px(TYPES["tick"].text), pen.px(60)
    if block.kind == "tick" and pen.draw:
        top = pen.y + size * LEADING / 2 - side / 2
        edge = (MARGIN, top, MARGIN + side, top + side)
        pen.draw.rounded_rectangle(edge, pen.px(12), SURFACE, RED, pen.px(6))
    pen.text(f"{block.mark} {block.text}", "Medium", size, INK, left, lines=balanced)
    pen.text(block.detail, "Regular", pen.px(TYPES["tick"].detail), MUTED, left)
    pen.y += pen.px(24)


def _drawn(draw: Draw | None, sheet: Sheet) -> float:
    """Draws the sheet, or only measures it; returns how tall it is."""
    pen, band = _Pen(draw, sheet.scale), _Pen(None, sheet.scale)
    _title(band, sheet)
    if draw:
        draw.rectangle((0, 0, WIDTH, band.y), RED)
        draw.rectangle((0, band.y, WIDTH, band.y + 8), GOLD)
    _title(pen, sheet)
    pen.y += 8 + _ROOM
    after: Kind | None = None
    for block in sheet.blocks:
        _block(pen, block, after)
        after = block.kind
    return pen.y + _ROOM


@lru_cache(maxsize=1)
def _palette() -> Image.Image:
    """The colours that occur, and the shades between an ink and what it stands on: small files, smooth letters."""
    inked = [
        (PAPER, INK), (PAPER, MUTED), (PAPER, RED_INK), (SURFACE, RED), (RED, ON_RED), (RED, ROSE), (RED_WASH, INK),
        (NOTICE, NOTICE_INK),
    ]  # fmt: skip
    colours = [_rgb(colour) for colour in (PAPER, SURFACE, RED_WASH, NOTICE, LINE, GOLD)]
    for below, above in inked:
        for step in range(1, _SHADES):
            ends = zip(_rgb(below), _rgb(above), strict=True)
            colours.append(tuple(round(a + (b - a) * step / (_SHADES - 1)) for a, b in ends))
    image = Image.new("P", (1, 1))
    image.putpalette([part for colour in (*colours, _rgb(RED)) for part in colour])
    return image


def _rgb(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour[1:]))


def draw(sheet: Sheet) -> bytes:
    """The sheet as a PNG of `WIDTH` pixels and as tall as it needs."""
    height = round(_drawn(None, sheet))
    image = Image.new("RGB", (WIDTH, height), PAPER)
    _drawn(ImageDraw.Draw(image), sheet)
    flat = image.quantize(palette=_palette(), dither=Image.Dither.NONE)
    out = io.BytesIO()
    flat.save(out, "PNG", compress_level=4)
    return out.getvalue()
