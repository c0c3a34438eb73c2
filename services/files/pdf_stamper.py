"""Lays a drawn text over every page of a PDF: a program of its own, which may die and be stopped.

Run by services.files.pdf_watermark with nothing but pypdf at hand. The standard input holds a line of JSON ({"width",
"height", "tilt", "apart", "ink", "length"}), then the text as a mask (`length` bytes, packed by zlib, a byte for each
pixel), then the PDF. The standard output is the PDF with the text on it.
"""

from __future__ import annotations

import io
import json
import sys
import warnings
import zlib
from collections.abc import Iterator
from math import cos, hypot, radians, sin
from typing import Any

NAME = "/MotCuaSeen"
"""What the text is called among a page's resources."""
_LINE = 1.6
"""The height of the mask, in heights of a letter."""
_SHARE = (36, 150)
"""The height of a letter is this part of a page's shorter side, and at least that part of its longer one."""
_MOST = 2_000
"""Times the text is laid down on one page."""
Box = tuple[float, float, float, float, int]
"""Left, bottom, width and height of what is shown of a page, and by how many degrees it is turned."""


def stamped(content: bytes, mask: bytes, look: dict[str, Any]) -> bytes:
    """The PDF with the text on every page. Raises whatever a file makes pypdf raise."""
    import pypdf

    writer = pypdf.PdfWriter(clone_from=pypdf.PdfReader(io.BytesIO(content), strict=False))
    text, before = writer._add_object(_text(writer, mask, look)), writer._add_object(_stream(b"q\n"))
    drawn: dict[Box, Any] = {}
    for page in writer.pages:
        box = _box(page)
        if box not in drawn:
            drawn[box] = writer._add_object(_stream(b"\nQ\n" + _laid(box, look)))
        _put(page, text, before, drawn[box])
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _text(writer: Any, mask: bytes, look: dict[str, Any]) -> Any:
    """The text as a picture of one colour, which is seen where its mask says."""
    width, height = int(look["width"]), int(look["height"])
    alpha = _picture(mask, width, height)
    ink = _picture(zlib.compress(bytes([int(look["ink"])]) * (width * height), 9), width, height)
    from pypdf.generic import NameObject

    ink[NameObject("/SMask")] = writer._add_object(alpha)
    return ink


def _picture(packed: bytes, width: int, height: int) -> Any:
    from pypdf.generic import NameObject, NumberObject

    made = _stream(b"")
    made._data = packed
    names = {"/Type": "/XObject", "/Subtype": "/Image", "/ColorSpace": "/DeviceGray", "/Filter": "/FlateDecode"}
    made.update({NameObject(key): NameObject(value) for key, value in names.items()})
    sizes = {"/Width": width, "/Height": height, "/BitsPerComponent": 8}
    made.update({NameObject(key): NumberObject(value) for key, value in sizes.items()})
    return made


def _stream(content: bytes) -> Any:
    from pypdf.generic import StreamObject

    made = StreamObject()
    made._data = content
    return made


def _box(page: Any) -> Box:
    """What is shown of the page."""
    shown, whole = page.cropbox, page.mediabox
    left, bottom = max(float(shown.left), float(whole.left)), max(float(shown.bottom), float(whole.bottom))
    width, height = min(float(shown.right), float(whole.right)) - left, min(float(shown.top), float(whole.top)) - bottom
    if not (0 < width < 1e6 and 0 < height < 1e6):
        raise ValueError("a page without a size")
    return left, bottom, width, height, int(page.rotation) % 360


def _laid(box: Box, look: dict[str, Any]) -> bytes:
    """The text again and again, as it stands on a picture: along the tilt, every other line moved by half a text."""
    left, bottom, wide, high, turned = box
    size = max(min(wide, high) / _SHARE[0], max(wide, high) / _SHARE[1])
    tall = size * _LINE
    long = tall * int(look["width"]) / int(look["height"])
    angle = radians(float(look["tilt"]) + turned)
    x_along, y_along = cos(angle), sin(angle)
    lines = []
    for along, across in _places(wide, high, long, size * float(look["apart"])):
        x = left + wide / 2 + along * x_along - across * y_along
        y = bottom + high / 2 + along * y_along + across * x_along
        if left - long < x < left + wide + long and bottom - long < y < bottom + high + long:
            x -= (long * x_along - tall * y_along) / 2
            y -= (long * y_along + tall * x_along) / 2
            matrix = (long * x_along, long * y_along, -tall * y_along, tall * x_along, x, y)
            lines.append(f"q {' '.join(f'{number:.3f}' for number in matrix)} cm {NAME} Do Q\n")
    return "".join(lines[:_MOST]).encode("ascii")


def _places(wide: float, high: float, long: float, apart: float) -> Iterator[tuple[float, float]]:
    half = hypot(wide, high) / 2
    rows, texts = int(half / apart) + 1, int(half / long) + 2
    for row in range(-rows, rows + 1):
        for text in range(-texts, texts + 1):
            yield (text + (row % 2) / 2) * long, row * apart


def _put(page: Any, text: Any, before: Any, after: Any) -> None:
    """Hang the text into a page: its resources may be shared with other pages or inherited, so it gets its own."""
    from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, NameObject

    resources = DictionaryObject(_raw(_inherited(page, "/Resources")))
    pictures = DictionaryObject(_raw(resources.get("/XObject")))
    pictures[NameObject(NAME)] = text
    resources[NameObject("/XObject")] = pictures
    page[NameObject("/Resources")] = resources
    contents = page.raw_get("/Contents") if "/Contents" in page else None
    value = contents.get_object() if isinstance(contents, IndirectObject) else contents
    if isinstance(value, ArrayObject):
        own = list(list.__iter__(value))
    else:
        own = [] if value is None or not isinstance(contents, IndirectObject) else [contents]
    page[NameObject("/Contents")] = ArrayObject([before, *own, after])


def _raw(node: Any) -> dict[Any, Any]:
    """A dictionary's entries as they lie in the file; none for anything else."""
    from pypdf.generic import DictionaryObject

    value = node.get_object() if node is not None else None
    return {key: value.raw_get(key) for key in value} if isinstance(value, DictionaryObject) else {}


def _inherited(page: Any, key: str) -> Any:
    """An entry of the page, or of the nearest node above it that has one."""
    node = page
    for _ in range(60):
        if key in node:
            return node[key]
        if "/Parent" not in node:
            break
        node = node["/Parent"].get_object()
    return None


def main() -> None:
    """Limits itself first: the machine's own guard against what a file may do to a parser."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
        resource.setrlimit(resource.RLIMIT_CPU, (10, 10))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except ImportError:
        print("no limits on this system but the time that the caller gives", file=sys.stderr)
    import logging

    logging.disable()
    warnings.simplefilter("ignore")
    look = json.loads(sys.stdin.buffer.readline())
    mask = sys.stdin.buffer.read(int(look["length"]))
    sys.stdout.buffer.write(stamped(sys.stdin.buffer.read(), mask, look))


if __name__ == "__main__":
    main()
