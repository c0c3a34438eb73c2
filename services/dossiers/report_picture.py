"""A report as a picture, to be read on a phone: the figures down, the lines across, the reconciliation line below."""

from __future__ import annotations

import io
from collections.abc import Mapping

from PIL import Image, ImageDraw

from services.catalog.typeface import font, readable
from services.dossiers.identities import Counts
from services.dossiers.reports import Report

_PAPER, _INK, _MUTED, _LINE, _WRONG = "#ffffff", "#221d19", "#5a5149", "#e3dbce", "#8c1820"
_MARGIN, _HEIGHT, _SIZE = 40, 56, 30
_NAMES, _FIGURES = 460, 190
MOST_ACROSS = 6
"""More lines than this do not fit beside each other: the first ones are shown, and the whole."""


def draw(report: Report, words: Mapping[str, str]) -> bytes:
    """The report as a PNG. `words` gives the names of figures, and of `period` and `difference`, in a language."""
    lines = report.lines[:MOST_ACROSS]
    headings = [*(line.label for line in lines), words.get("total", "total")]
    columns = [*(line.counts for line in lines), report.total]
    names = Counts.names()
    width = 2 * _MARGIN + _NAMES + _FIGURES * len(columns)
    image = Image.new("RGB", (width, 2 * _MARGIN + _HEIGHT * (len(names) + 3)), _PAPER)
    pen, y = ImageDraw.Draw(image), _MARGIN + _HEIGHT // 2

    def row(cells: list[str], weight: str, ink: str) -> None:
        nonlocal y
        for number, cell in enumerate(cells):
            room = _NAMES if number == 0 else _FIGURES - 20
            x = _MARGIN if number == 0 else _MARGIN + _NAMES + _FIGURES * number
            shown = _fitting(readable(cell), weight, room if len(cells) > 1 else width - 2 * _MARGIN)
            pen.text((x, y), shown, ink, font(weight, _SIZE), anchor="lm" if number == 0 else "rm")
        y += _HEIGHT
        pen.line((_MARGIN, y - _HEIGHT // 2, width - _MARGIN, y - _HEIGHT // 2), _LINE, 2)

    row([f"{words.get('period', 'period')}: {report.since} - {report.until}"], "Bold", _INK)
    row(["", *headings], "SemiBold", _MUTED)
    for name in names:
        row([words.get(name, name), *(str(getattr(counts, name)) for counts in columns)], "Medium", _INK)
    off = report.difference
    row([f"{words.get('difference', 'difference')}: {off}"], "Bold", _WRONG if off else _INK)
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.getvalue()


def _fitting(text: str, weight: str, room: float) -> str:
    """The text, cut with an ellipsis where it is too long for its room."""
    if font(weight, _SIZE).getlength(text) <= room:
        return text
    while text and font(weight, _SIZE).getlength(text + "…") > room:
        text = text[:-1]
    return text + "…"
