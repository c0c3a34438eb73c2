"""The letters on a photo: where ink is, which spots of it stand in lines like letters, and how the lines lie.

Vietnamese helps: most of its marks stand above the letters, so a line is heavier above than below. Thresholds were
chosen on one set of generated photos and are reported on another (bench/coach.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from services.files import levels

Grey = NDArray[np.uint8]
Floats = NDArray[np.float32]

_MOST = 1600
"""Spots that are compared with each other, those nearest the middle of the text."""


@dataclass(frozen=True, slots=True)
class Lettering:
    """What was found. `letters` is 0 where there is no writing; then the rest says nothing."""

    letters: int
    """Spots of ink that have letters of their size beside them."""
    height: float
    """The usual letter's height in pixels of the picture that was looked at."""
    level: float
    """-1 all lines run downwards .. 1 all run across."""
    above: int
    """Letters and marks above their line, as the picture lies; turned a quarter where lines run downwards."""
    below: int
    """Letters and marks that hang below it."""
    box: tuple[float, float, float, float]
    """Left, top, right, bottom of the writing, as shares of the picture."""
    at_edge: tuple[int, int, int, int]
    """Letters cut by the left, upper, right and lower edge of the picture."""
    bands: float = 0.0
    """As `level`, from light and dark stripes: what is left of lines whose letters cannot be told apart."""


_NO_BOX, _NO_EDGES = (0.0, 0.0, 0.0, 0.0), (0, 0, 0, 0)


def ink(grey: Grey) -> tuple[NDArray[np.uint8], Floats]:
    """Where it is darker than the paper around it (0 or 255), and by how much of the paper's light (0..1)."""
    height, width = grey.shape
    if levels.of_bytes(grey, 95) < 90:  # what a sensor makes of little light is not ink
        grey = np.asarray(cv2.medianBlur(grey, 3), np.uint8)
    small = cv2.resize(grey, (max(2, width // 4), max(2, height // 4)), interpolation=cv2.INTER_AREA)
    paper = cv2.GaussianBlur(cv2.dilate(small, np.ones((11, 11), np.uint8)), (0, 0), 5)
    light = cv2.resize(paper, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.float32)
    depth = cv2.GaussianBlur(grey, (3, 3), 0).astype(np.float32) + 1
    light += 1
    depth /= light  # in place: these are millions of numbers
    np.clip(np.subtract(1, depth, out=depth), 0, 1, out=depth)
    strong = depth[depth > 0.1]
    limit = max(0.16, 0.5 * levels.of_steep(strong, 90)) if strong.size > 50 else 1.0
    return (depth > limit).astype(np.uint8) * 255, depth


def read(grey: Grey) -> Lettering:
    """Looks for lines of letters."""
    tall, wide = grey.shape
    mask, depth = ink(grey)
    nothing = Lettering(0, 0.0, 0.0, 0, 0, _NO_BOX, _NO_EDGES, _bands(depth))
    count, _, stats, centres = cv2.connectedComponentsWithStats(mask, connectivity=8)
    if count < 12:
        return nothing
    boxes = stats[1:].astype(np.float32)
    middles = centres[1:].astype(np.float32)
    x, y, w, h, area = boxes.T
    size = np.maximum(w, h)
    spots = (size >= 2) & (size <= 90) & (area >= 3)
    letters = spots & (size >= 6) & (np.minimum(w, h) >= 2) & (area >= 10) & (area <= 0.85 * w * h + 12)
    if letters.sum() < 12:
        return nothing
    typical = _usual(size[letters])
    letters &= (size > 0.55 * typical) & (size < 2.2 * typical)
    if letters.sum() < 12:
        return nothing
    found = np.flatnonzero(letters)
    centre = np.median(middles[found], axis=0)
    if len(found) > _MOST:
        found = found[np.argsort(np.abs(middles[found] - centre).sum(1))[:_MOST]]
    at = middles[found]
    apart = ((at[:, None] - at[None]) ** 2).sum(2)
    np.fill_diagonal(apart, np.inf)
    nearest = apart.argmin(1)
    step = at[nearest] - at
    near = np.sqrt(apart[np.arange(len(at)), nearest]) < 2.2 * typical
    alike = (np.abs(size[found] - size[found[nearest]]) < 0.6 * typical) & near
    if alike.sum() < 12 or float(np.std(w[found])) < 0.12 * typical:
        return nothing
    across = np.abs(step[:, 0]) > np.abs(step[:, 1])
    level = float(2 * across[alike].mean() - 1)
    if level < 0:  # turn everything a quarter, so that the lines run across
        middles = np.stack([middles[:, 1], wide - middles[:, 0]], 1)
        w, h = h, w
        step = np.stack([step[:, 1], -step[:, 0]], 1)
    above, below = _marks(middles, h, spots, found, typical, step[alike])
    inside = at[alike]
    low, high = np.percentile(inside, 2, axis=0), np.percentile(inside, 98, axis=0)
    cut = spots & (size > 0.6 * typical)
    edges = (x <= 1, y <= 1, x + boxes[:, 2] >= wide - 1, y + boxes[:, 3] >= tall - 1)
    at_edge = tuple(int((cut & edge).sum()) for edge in edges)
    return Lettering(
        int(alike.sum()), typical, level, above, below,
        (float(low[0]) / wide, float(low[1]) / tall, float(high[0]) / wide, float(high[1]) / tall),
        (at_edge[0], at_edge[1], at_edge[2], at_edge[3]), nothing.bands,
    )  # fmt: skip


def _bands(depth: Floats) -> float:
    """Smears the ink across and down, and compares what is left: lines stay when smeared along themselves."""
    scale = 400 / max(depth.shape)
    if min(depth.shape) * scale < 64:
        return 0.0
    inner = cv2.resize(depth, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)[12:-12, 12:-12]
    left = []
    for size in ((31, 1), (1, 31)):
        smeared = cv2.blur(inner, size)
        left.append(float((smeared - cv2.blur(smeared, (size[1], size[0]))).std()) ** 2)
    return (left[0] - left[1]) / (left[0] + left[1] + 1e-9)


def _usual(sizes: Floats) -> float:
    """The size most letters have: the fullest of overlapping classes."""
    ordered = np.sort(sizes)
    counts = np.searchsorted(ordered, ordered * 1.5, side="right") - np.arange(len(ordered))
    start = int(counts.argmax())
    return float(np.median(ordered[start : start + counts[start]]))


def _dotted(flat: Floats, heights: Floats, typical: float) -> NDArray[np.bool_]:
    """Which spots are dots of a dotted line: low, with others of their kind on one height close beside them."""
    low = heights < 0.4 * typical
    dots = flat[low]
    order = np.argsort(dots[:, 0])
    across, down = dots[order, 0], dots[order, 1]
    beside = np.zeros(len(dots), np.int32)
    for far in range(1, min(40, len(dots))):
        near = (across[far:] - across[:-far] < 1.6 * typical) & (np.abs(down[far:] - down[:-far]) < 0.12 * typical)
        beside[far:] += near
        beside[:-far] += near
    found = np.zeros(len(flat), np.bool_)
    found[np.flatnonzero(low)[order]] = beside >= 3
    return found


def _marks(
    middles: Floats, heights: Floats, spots: NDArray[np.bool_], found: NDArray[np.intp], typical: float, steps: Floats
) -> tuple[int, int]:
    """How many spots rise above, and hang below, the letters beside them."""
    slope = float(np.median(np.arctan(steps[:, 1] / np.where(np.abs(steps[:, 0]) < 1e-3, 1e-3, steps[:, 0]))))
    turn = np.array([[np.cos(slope), -np.sin(slope)], [np.sin(slope), np.cos(slope)]], np.float32)
    flat = middles @ turn
    base = flat[found]
    tops, bottoms = base[:, 1] - heights[found] / 2, base[:, 1] + heights[found] / 2
    others = np.flatnonzero(spots)
    close = np.abs(flat[others] - np.median(base, axis=0)).sum(1).argsort()[: 3 * _MOST]
    others = others[close]
    others = others[~_dotted(flat[others], heights[others], typical)]
    above = below = 0
    for part in np.array_split(others, max(1, len(others) // 500)):
        apart = flat[part][:, None] - base[None]
        beside = (np.abs(apart[..., 0]) < 3.5 * typical) & (np.abs(apart[..., 1]) < 1.1 * typical)
        over_one = (
            np.abs(apart[..., 0]) < 0.6 * typical
        ) & beside  # a mark belongs to a letter: dotted lines have none
        enough = (beside.sum(1) >= 4) & over_one.any(1)
        if not enough.any():
            continue
        part, beside = part[enough], beside[enough]
        top = np.nanmedian(np.where(beside, tops[None], np.nan), axis=1)
        bottom = np.nanmedian(np.where(beside, bottoms[None], np.nan), axis=1)
        tall = bottom - top
        over = top - (flat[part][:, 1] - heights[part] / 2)
        under = (flat[part][:, 1] + heights[part] / 2) - bottom
        above += int(((over > 0.2 * tall) & (over < 1.1 * tall) & (under < 0.12 * tall)).sum())
        below += int(((under > 0.2 * tall) & (under < 1.1 * tall) & (over < 0.12 * tall)).sum())
    return above, below
