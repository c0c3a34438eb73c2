"""The QR of an identity card: read from a photo, and taken apart. Nothing of it is kept here."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

SECONDS: Final = 1.6
"""After this long no further way of looking is begun."""
_LONGEST: Final = 200
"""Characters of one field."""

Pixels = NDArray[Any]
"""Levels of light of 8 bits; three colours where it says so."""


@dataclass(frozen=True, slots=True)
class Card:
    """What the QR says: number, name, birth date, sex as printed, address, day of issue."""

    number: str
    name: str
    born: date | None
    sex: str
    address: str
    issued: date | None


def read(picture: Image.Image) -> str:
    """The text of the identity card's QR on a photo (RGB, upright or not); "" when there is none that can be read."""
    # Loaded only now: a start stays quick, and what is loaded before `gc.freeze` is reported as leaked at the end.
    import zxingcpp

    codes = zxingcpp.barcode_formats_from_str("QRCode")
    until = time.monotonic() + SECONDS
    grey = np.asarray(picture.convert("L"))
    for tried in _ways(grey):
        for found in zxingcpp.read_barcodes(tried, formats=codes):
            if parse(found.text) is not None:
                return str(found.text)
        if time.monotonic() > until:
            break
    return ""


def parse(text: str) -> Card | None:
    """The fields of the QR's text, `number|old number|name|ddmmyyyy|sex|address|ddmmyyyy issued`; None for another QR.

    Newer cards have more fields behind these, which are not looked at. A date that cannot be is None.
    """
    parts = [part.strip() for part in text.strip().split("|")]
    if len(parts) < 7 or not (parts[0].isascii() and parts[0].isdigit() and len(parts[0]) == 12):
        return None
    if not parts[2] or max(map(len, parts[:7])) > _LONGEST:
        return None
    return Card(parts[0], parts[2], _day(parts[3]), parts[4], parts[5], _day(parts[6]))


def _ways(grey: Pixels) -> Iterator[Pixels]:
    """The photo as it is, larger, with soft edges made hard, with its light evened out; the cheapest first."""
    yield grey
    long = max(grey.shape)
    parts = _squares(grey)
    for part in parts:
        for sigma, amount in ((0.0, 0.0), (2.0, 2.0), (3.5, 4.0), (5.0, 8.0)):
            yield _sharp(part, sigma, amount)
    scale = min(3.0, 3200 / long)
    if scale > 1.2:
        large = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        yield large
        yield _sharp(large, 2.5, 3.0)
    yield cv2.createCLAHE(4.0, (8, 8)).apply(grey)
    for part in parts:
        for block in (31, 61):
            flat = cv2.adaptiveThreshold(
                cv2.GaussianBlur(part, (0, 0), 1.5), 255, cv2.ADAPTIVE_THRESH_GAUSSIAN_C, cv2.THRESH_BINARY, block, 2
            )
            yield np.asarray(flat, np.uint8)
    if long > 1600:
        yield cv2.resize(grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)


def _sharp(grey: Pixels, sigma: float, amount: float) -> Pixels:
    if not amount:
        return grey
    soft = cv2.GaussianBlur(grey, (0, 0), sigma)
    return np.asarray(cv2.addWeighted(grey, 1 + amount, soft, -amount, 0), np.uint8)


def _squares(grey: Pixels) -> list[Pixels]:
    """Up to two places where many edges of all directions meet in about a square, cut out and enlarged."""
    scale = 600 / max(grey.shape)
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else grey
    scale = min(scale, 1.0)
    change = cv2.morphologyEx(small, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    dense = cv2.blur(change, (15, 15))
    limit = max(12.0, float(np.percentile(dense, 99)) * 0.6)
    mask = cv2.morphologyEx((dense > limit).astype(np.uint8), cv2.MORPH_OPEN, np.ones((9, 9), np.uint8))
    found = []
    for x, y, w, h, area in cv2.connectedComponentsWithStats(mask)[2][1:]:
        if min(w, h) > 0.45 * max(w, h) and area > 400:
            found.append((int(area), int(x), int(y), int(w), int(h)))
    parts = []
    for _, x, y, w, h in sorted(found, reverse=True)[:2]:
        more = max(w, h) // 3 + 8
        top, bottom = max(0, y - more), y + h + more
        left, right = max(0, x - more), x + w + more
        part = grey[int(top / scale) : int(bottom / scale), int(left / scale) : int(right / scale)]
        grow = min(4.0, 900 / max(part.shape))
        if grow > 1.1:
            part = np.asarray(cv2.resize(part, None, fx=grow, fy=grow, interpolation=cv2.INTER_CUBIC), np.uint8)
        parts.append(part)
    return parts


def _day(text: str) -> date | None:
    try:
        return date(int(text[4:8]), int(text[2:4]), int(text[:2])) if len(text) == 8 else None
    except ValueError:
        return None
