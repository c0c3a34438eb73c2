"""Pictures as they are sent, made into plain upright JPEGs: no place, no maker, no thumbnail, nothing after the end."""

from __future__ import annotations

import io
import struct
import threading
import warnings
from dataclasses import dataclass
from typing import Final

import pillow_heif
from PIL import Image, ImageOps

from services.files.sniff import Kind
from services.refusal import Refused, refused

LONGEST: Final = 3000
"""Pixels of the longest side that is kept: an A4 page at 250 dots an inch."""
QUALITY: Final = 88
JPEG_PIXELS: Final = 80_000_000
"""A JPEG may be this large: it is decoded at a half or a quarter when it is."""
PIXELS: Final = 50_000_000
"""Other kinds are decoded whole: at three bytes a pixel 150 MB at the most."""
SIDE: Final = 30_000
_SCANS: Final = 64
"""Scans of a progressive JPEG; cameras and programs make about ten, and each costs time for the whole picture."""
_FORMATS: Final[dict[Kind, tuple[str, ...]]] = {
    "jpeg": ("JPEG", "MPO"), "png": ("PNG",), "webp": ("WEBP",), "heic": ("HEIF",),
}  # fmt: skip
_BROKEN: Final = (
    OSError, ValueError, SyntaxError, EOFError, LookupError, TypeError, AttributeError, ArithmeticError, RuntimeError,
    struct.error, AssertionError, UserWarning,
)  # fmt: skip
"""What decoders raise for a broken file; no closed set is promised anywhere, so it is drawn wide."""
_one_at_a_time = threading.BoundedSemaphore(2)
"""Not more than two pictures are decoded at the same moment, so that memory has a limit for all of them together."""

pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False, decode_threads=1)


@dataclass(frozen=True, slots=True)
class Upright:
    """A picture made plain: its JPEG and, for looking at it without decoding it again, the picture."""

    content: bytes
    picture: Image.Image
    """RGB, not larger than LONGEST."""
    width: int
    height: int
    """Of what was sent, upright."""


def plain(content: bytes, kind: Kind) -> Upright | Refused:
    """The picture upright, at most LONGEST pixels, as JPEG without metadata. Refusals: file-bomb, file-broken."""
    if kind == "jpeg" and content.count(b"\xff\xda") > _SCANS:
        return refused("file-bomb")
    with _one_at_a_time:
        try:
            return _plain(content, kind)
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            return refused("file-bomb")
        except _BROKEN:
            return refused("file-broken")
        except MemoryError:
            return refused("file-bomb")


def _plain(content: bytes, kind: Kind) -> Upright | Refused:
    opened = Image.open(io.BytesIO(content), formats=_FORMATS[kind])
    with opened:
        width, height = opened.size
        most = JPEG_PIXELS if kind == "jpeg" and not opened.info.get("progressive") else PIXELS
        if width * height > most or max(width, height) > SIDE:
            return refused("file-bomb")
        if min(width, height) < 2:
            return refused("file-broken")
        opened.draft("RGB", (LONGEST, LONGEST))
        opened.load()
        turned = opened.getexif().get(0x0112, 1) in (5, 6, 7, 8) and kind != "heic"
        picture = ImageOps.exif_transpose(_opaque(opened))
    picture.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS, reducing_gap=2.0)
    bare = Image.new("RGB", picture.size)
    bare.paste(picture)
    return Upright(jpeg(bare), bare, *((height, width) if turned else (width, height)))


def jpeg(picture: Image.Image, quality: int = QUALITY) -> bytes:
    """The picture as JPEG, with nothing beside its pixels."""
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality, optimize=False, progressive=False)
    return out.getvalue()


def opened(content: bytes) -> Image.Image:
    """A JPEG of our own making, RGB. Raises OSError for anything else."""
    with warnings.catch_warnings(), Image.open(io.BytesIO(content), formats=("JPEG",)) as picture:
        return picture.convert("RGB")


def _opaque(picture: Image.Image) -> Image.Image:
    """RGB on white, with the orientation that the file gives still beside it."""
    exif = picture.getexif()
    if picture.mode.startswith("I") or picture.mode == "F":
        levels = picture.convert("F")
        flat = levels.point(lambda level: level / 256).convert("L").convert("RGB")
    elif picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        layer = picture.convert("RGBA")
        flat = Image.new("RGB", layer.size, "white")
        flat.paste(layer, mask=layer.getchannel("A"))
    else:
        flat = picture.convert("RGB")
    flat.info = {}
    flat.getexif()[0x0112] = exif.get(0x0112, 1)
    return flat
