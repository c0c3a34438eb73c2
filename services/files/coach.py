"""The photo coach: what is wrong with a photo of a paper, so that the citizen can take a better one at once.

It never blocks: a flag is advice. Established imaging only; thresholds were chosen on one generated set and
are reported on another (bench/coach.py).
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from services.files import lettering, levels, outline
from services.files.lettering import Lettering
from services.files.outline import Outline

FLAGS: Final = ("blurred", "dark", "glare", "cut-off", "small", "upside-down", "sideways", "not-a-paper")
"""blurred: out of focus or moved; dark: too little light; glare: a lamp hides a part; cut-off: a part of the paper is
beyond the edge; small: too few pixels, or the paper too far away; upside-down; sideways; not-a-paper: neither
writing nor a sheet to be seen. Of something that is no paper only that is said."""

_SIDE, _LETTER_SIDE = 1000, 1600
_ALIKE = 4
_WRITING = 30
"""Letters from which on there is writing."""
_DARK, _SOFT, _FEW, _FAR, _STRIPED = 100, 1.58, 900, 0.45, -0.3
"""Light, sharpness, pixels, a paper's share of the photo, and stripes across against stripes down: less is flagged."""

Pixels = NDArray[np.uint8]


def look(picture: Image.Image, *, sent: tuple[int, int] | None = None) -> tuple[str, ...]:
    """Flags of a photo (RGB), in the order of FLAGS. `sent`: its width and height before it was made smaller."""
    pixels = np.asarray(picture.convert("RGB"))
    colours = _at_most(pixels, _SIDE)
    plain = np.asarray(cv2.cvtColor(colours, cv2.COLOR_RGB2GRAY), np.uint8)
    papers = outline.outlines(colours)
    paper = _paper(papers)
    written = lettering.read(_page(pixels, paper))
    if paper and not is_writing(written):  # it may have been a part of the paper that stood out
        whole = lettering.read(_page(pixels, None))
        paper, written = (None, whole) if is_writing(whole) else (paper, written)
    light = levels.of_bytes(np.asarray(cv2.GaussianBlur(_part(plain, paper), (0, 0), 2), np.uint8), 95)
    return judged(sent or picture.size, written, paper, sharpness(plain), light, _has_glare(colours, plain))


def judged(
    sent: tuple[int, int], written: Lettering, paper: Outline | None, sharp: float, light: float, glare: bool
) -> tuple[str, ...]:
    """Flags from what was measured; `light` is that of the brightest twentieth, 0..255."""
    flags = set()
    if light < _DARK:
        flags.add("dark")
    if sharp < _SOFT:
        flags.add("blurred")
    if max(sent) < _FEW or (paper and not paper.edges and paper.long < _FAR):
        flags.add("small")
    sheet = paper is not None and not paper.edges and paper.fit > 0.93
    # rows of letters without marks on a sheet, or the stripes of a page so blurred that no letter is left
    rows = sheet and written.letters >= _WRITING and abs(written.level) > 0.9
    stripes = "blurred" in flags and not paper and abs(written.bands) > 0.6
    if not (is_writing(written) or rows or stripes or (sheet and flags)):
        # the noise of a dark photo hides what is on it
        hidden = light < (75 if abs(written.bands) > 0.4 or written.letters > 150 else 30)
        return ("dark",) if hidden else ("not-a-paper",)
    if glare:
        flags.add("glare")
    if "small" not in flags and (_reaches_out(paper) if paper else _runs_out(written, light)):
        flags.add("cut-off")
    flags |= _lies(written)
    return tuple(flag for flag in FLAGS if flag in flags)


def is_writing(written: Lettering) -> bool:
    """Whether what looks like letters also has marks above or below them, as writing has."""
    marks = written.above + written.below
    return written.letters >= _WRITING and abs(written.level) > 0.3 and marks >= max(8, 0.06 * written.letters)


def sharpness(grey: Pixels) -> float:
    """How much steeper the steepest edges are than after a known blur, in the direction where they are least so.

    1.0 is very soft, 2 and more is sharp. Moving the camera softens edges in one direction only.
    """
    fine = cv2.GaussianBlur(grey, (0, 0), 0.6).astype(np.float32)
    soft = cv2.GaussianBlur(fine, (0, 0), 1.5)
    slopes = [(cv2.Sobel(one, cv2.CV_32F, 1, 0), cv2.Sobel(one, cv2.CV_32F, 0, 1)) for one in (fine, soft)]
    least = 9.0
    for step in range(6):
        c, s = float(np.cos(step * np.pi / 6)), float(np.sin(step * np.pi / 6))
        before, after = (np.abs(cv2.addWeighted(across, c, down, s, 0)).ravel() for across, down in slopes)
        steep = np.flatnonzero(before >= levels.of_steep(before, 98.5))
        least = min(least, float(before[steep].sum() / (after[steep].sum() + 1e-3)))
    return least


def fingerprint(picture: Image.Image) -> int:
    """A perceptual hash of 64 bits: it hardly changes when the same photo is sent smaller or packed again."""
    small = np.asarray(picture.convert("L").resize((9, 8), Image.Resampling.LANCZOS), np.int16)
    bits = (small[:, 1:] > small[:, :-1] + 1).flatten()
    return int("".join("1" if bit else "0" for bit in bits), 2)


def same(one: int, other: int) -> bool:
    """Whether two hashes are of one photo. A second photo of the same page is another one; two forms differ."""
    return (one ^ other).bit_count() <= _ALIKE


def _at_most(pixels: Pixels, side: int) -> Pixels:
    scale = side / max(pixels.shape[:2])
    if scale >= 1:
        return pixels
    size = (max(2, round(pixels.shape[1] * scale)), max(2, round(pixels.shape[0] * scale)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def _paper(papers: tuple[Outline, ...]) -> Outline | None:
    """The paper, where it stands out from what it lies on; None where it fills the picture or cannot be told."""
    good = [one for one in papers if one.edges < 4 and one.area > 0.012 and one.fit > 0.88 and one.step > 12]
    if not good:
        return None
    # a whole sheet in a larger area that reaches the edge: that area is the sheet with its shadow
    whole = (one for one in good if not one.edges and one.fit > 0.96 and one.area > 0.5 * good[0].area)
    return next(whole, good[0])


def _part(pixels: Pixels, paper: Outline | None) -> Pixels:
    """What of the picture is the paper; all of it where that is not known or too little to look at."""
    if paper is None:
        return pixels
    tall, wide = pixels.shape[:2]
    left, top, right, bottom = paper.box
    part = pixels[int(top * tall) : int(bottom * tall) + 1, int(left * wide) : int(right * wide) + 1]
    return part if min(part.shape[:2]) > 40 else pixels


def _page(pixels: Pixels, paper: Outline | None) -> Pixels:
    """The paper alone, or the whole picture; grey, enlarged or reduced to one size."""
    pixels = _part(pixels, paper)
    scale = min(2.0, _LETTER_SIDE / max(pixels.shape[:2]))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), None, fx=scale, fy=scale, interpolation=how))


def _has_glare(colours: Pixels, grey: Pixels) -> bool:
    """A blown-out spot whose surroundings are clearly darker: white paper in good light is no glare."""
    darkest = np.minimum(np.minimum(colours[:, :, 0], colours[:, :, 1]), colours[:, :, 2])
    blown = cv2.morphologyEx((darkest >= 249).astype(np.uint8), cv2.MORPH_OPEN, np.ones((9, 9), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(blown)
    for number in sorted(range(1, count), key=lambda n: -int(stats[n][4]))[:3]:
        _, _, wide, tall, area = (int(value) for value in stats[number])
        if area < 0.002 * grey.size or area < 0.35 * wide * tall:
            continue
        spot = (labels == number).astype(np.uint8)
        reach = max(9, int(area**0.5 / 2))
        outer = cv2.dilate(spot, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
        ring = (outer - cv2.dilate(spot, np.ones((reach | 1, reach | 1), np.uint8))) > 0
        if ring.any() and float(np.median(grey[ring])) < 232:
            return True
    return False


def _reaches_out(paper: Outline) -> bool:
    """Whether a part of the paper lies beyond the edge: a paper and its shadow together are no clean shape."""
    return paper.edges > 0 and paper.area > 0.1 and paper.fit > 0.965


def _runs_out(written: Lettering, light: float) -> bool:
    """Whether the writing goes on beyond the edge of the photo; in the dark it cannot be told from noise."""
    left, top, right, bottom = written.box
    no_margin = abs(written.level) > 0.7 and min(left, top, 1 - right, 1 - bottom) < 0.025
    return light >= _DARK and (no_margin or max(written.at_edge) >= max(6, 0.03 * written.letters))


def _lies(written: Lettering) -> set[str]:
    """Whether the writing lies on its side or on its head; only where there is enough of it to be sure."""
    if not is_writing(written) or abs(written.level) < 0.7:
        return {"sideways"} if written.bands < _STRIPED else set()
    if written.level < 0:
        return {"sideways"}
    marks, more = written.above + written.below, written.below - written.above
    return {"upside-down"} if marks >= 20 and more > 2.5 * marks**0.5 and more > 0.1 * marks else set()
