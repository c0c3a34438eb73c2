"""The watermark over a PDF as an officer sees it: made anew at every look, by a program that may be stopped."""

from __future__ import annotations

import json
import subprocess
import sys
import zlib
from datetime import datetime
from pathlib import Path
from typing import Final

from services.files import watermark
from services.files.pdfs import SECONDS

_STAMPER: Final = Path(__file__).with_name("pdf_stamper.py")
_LETTER: Final = 44
"""Pixels of a letter: sharp where a page fills a screen, and a few thousand bytes in the file."""


def draw(content: bytes, code: str, name: str, now: datetime) -> bytes | None:
    """The PDF with a translucent text over every page; None for one that cannot be written anew in time."""
    mask = watermark.line(code, name, now, _LETTER)
    packed = zlib.compress(mask.point(lambda value: value * watermark.STRENGTH // 255).tobytes(), 9)
    look = {
        "width": mask.width, "height": mask.height, "tilt": watermark.TILT, "apart": watermark.APART,
        "ink": watermark.INK, "length": len(packed),
    }  # fmt: skip
    command = [sys.executable, "-I", "-X", "utf8", str(_STAMPER)]
    said = json.dumps(look).encode() + b"\n" + packed + content
    try:
        # the file reaches the program as its input, never as an argument
        done = subprocess.run(command, input=said, capture_output=True, timeout=SECONDS, check=True)  # noqa: S603
    except subprocess.SubprocessError:
        return None
    return done.stdout
