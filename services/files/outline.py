"""Where the paper lies on a photo, seen by its colour against what it lies on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

_SIDE = 320
_LEVELS = 9

Pixels = NDArray[Any]
"""Levels of light of 8 bits; three colours where it says so."""


@dataclass(frozen=True, slots=True)
class Outline:
    """A four-cornered area that looks like a paper, or a part of one that the picture's edge cuts off."""

    area: float
    """Share of the picture."""
    fit: float
    """How well it fills a four-cornered shape, 0..1."""
    long: float
    """Its longer side as a share of the picture's longer side."""
    edges: int
    """How many edges of the picture it reaches."""
    step: float
    """How sharply it stands out from what is around it, in levels of light or colour."""
    box: tuple[float, float, float, float]
    """Left, top, right, bottom, as shares of the picture."""


def outlines(colours: Pixels) -> tuple[Outline, ...]:
    """Areas that may be the paper, the best first; none when nothing stands out."""
    scale = _SIDE / max(colours.shape[:2])
    if min(colours.shape[:2]) * scale < 32:
        return ()
    small = np.asarray(cv2.resize(colours, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    small = np.asarray(cv2.medianBlur(small, 3), np.uint8)
    lab = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2LAB), np.uint8)
    # the closing takes the letters out of the paper; the frame keeps it from joining the paper to the edge
    framed = cv2.copyMakeBorder(lab, 12, 12, 12, 12, cv2.BORDER_REPLICATE)
    plain = cv2.morphologyEx(framed, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))[12:-12, 12:-12]
    change = cv2.morphologyEx(plain, cv2.MORPH_GRADIENT, np.ones((5, 5), np.uint8)).max(axis=2)
    found = [one for mask in _masks(np.asarray(plain)) for one in _shapes(mask, change)]
    return tuple(sorted(found, key=_standing, reverse=True))


def _standing(one: Outline) -> float:
    """How much an area looks like the paper: four-cornered, large, with a sharp edge."""
    return float(one.fit**2 * one.area**0.25 * min(1.0, one.step / 40) ** 0.5)


def _masks(lab: Pixels) -> Iterator[Pixels]:
    """Areas brighter or darker, more or less coloured, than each of several levels."""
    for number in range(3):
        channel = lab[:, :, number]
        low, high = (float(level) for level in np.percentile(channel, (3, 97)))
        if high - low < 8:
            continue
        for step in range(1, _LEVELS + 1):
            level = low + (high - low) * step / (_LEVELS + 1)
            yield (channel > level).astype(np.uint8)
            if number:  # a paper is brighter than its table; its colour may be any
                yield (channel <= level).astype(np.uint8)


def _shapes(mask: Pixels, change: Pixels) -> Iterator[Outline]:
    tall, wide = mask.shape
    mask = np.asarray(cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8)), np.uint8)
    for contour in cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)[0]:
        area = cv2.contourArea(contour)
        if area < 0.006 * tall * wide or area > 0.97 * tall * wide:
            continue
        hull = cv2.convexHull(contour)
        solid = area / max(cv2.contourArea(hull), 1)
        if solid < 0.9:
            continue
        filled = cv2.drawContours(np.zeros_like(mask), [contour], -1, 1, -1)
        if cv2.countNonZero(filled & mask) < 0.8 * cv2.countNonZero(filled):
            continue  # what lies around a paper has the paper for a hole
        x, y, w, h = cv2.boundingRect(contour)
        edges = sum((x <= 1, y <= 1, x + w >= wide - 1, y + h >= tall - 1))
        corners = cv2.approxPolyDP(hull, 0.03 * cv2.arcLength(hull, True), True)
        sides = cv2.minAreaRect(hull)[1]
        fit = solid * (area / max(cv2.contourArea(corners), area)) * (1.0 if 4 <= len(corners) <= 4 + edges else 0.8)
        points = contour[:, 0]
        within = (points[:, 0] > 2) & (points[:, 1] > 2) & (points[:, 0] < wide - 3) & (points[:, 1] < tall - 3)
        edge = points[within]
        step = float(np.percentile(change[edge[:, 1], edge[:, 0]], 30)) if len(edge) else 0.0
        box = (x / wide, y / tall, (x + w) / wide, (y + h) / tall)
        yield Outline(area / (tall * wide), fit, max(sides) / max(tall, wide), edges, step, box)
