"""Photos of papers as phones take them, made with known defects: what the photo coach is measured on.

`make(seed, number)` is one photo, always the same one; `number % len(PLAN)` decides its defect.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bench.papers_drawn import card, page

Pixels = NDArray[Any]
DEFECTS = ("blurred", "dark", "glare", "cut-off", "small", "upside-down", "sideways", "not-a-paper")
_TABLES = (
    (60, 90, 130), (40, 45, 50), (120, 120, 118), (90, 130, 95), (140, 100, 80), (70, 60, 120), (185, 190, 192),
    (30, 60, 95), (160, 175, 190),
)  # fmt: skip
"""Their colours: blue, green, red."""
PLAN = (*DEFECTS, *DEFECTS, *[""] * 8)
"""Two of three photos have a defect, one of eight of these a second one."""


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo and what is wrong with it. `strength` 0..1: from just enough to be asked for again, to hopeless."""

    content: bytes
    truth: frozenset[str]
    strength: float
    sort: str
    """page, card, scan or other."""


def make(seed: int, number: int, longest: int = 2560) -> Photo:
    """One photo as JPEG, its longer side at most `longest` pixels."""
    rng = random.Random(f"{seed}/{number}")
    first = PLAN[number % len(PLAN)]
    wanted = {first} - {""}
    if first and first != "not-a-paper" and rng.random() < 1 / 8:
        wanted.add(rng.choice(("dark", "glare", "sideways")))
        wanted -= {"glare"} if "dark" in wanted else set()
        wanted -= {"upside-down"} if "sideways" in wanted else set()
    strength = rng.random()
    if "not-a-paper" in wanted:
        sort, pixels = "other", _other(rng, longest)
    else:
        sort, pixels = _photograph(rng, wanted, strength, longest)
    pixels = _spoiled(pixels, rng, wanted, strength)
    if "upside-down" in wanted:
        pixels = np.ascontiguousarray(pixels[::-1, ::-1])
    if "sideways" in wanted:
        pixels = np.ascontiguousarray(np.rot90(pixels, rng.choice((1, 3))))
    quality = rng.randint(60, 93)
    done, out = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise ValueError("the photo could not be written")
    return Photo(out.tobytes(), frozenset(wanted), strength, sort)


def pixels_of(picture: Image.Image) -> Pixels:
    """Blue, green, red, as OpenCV has them."""
    return np.ascontiguousarray(np.asarray(picture.convert("RGB"))[:, :, ::-1])


def table(rng: random.Random, width: int, height: int) -> Pixels:
    """What a paper lies on: wood, cloth, tiles, a plain table; dark, coloured, or nearly white."""
    noise = np.random.default_rng(rng.randrange(1 << 30))
    base = np.array(rng.choice(_TABLES), np.float32)
    ground = np.empty((height, width, 3), np.float32)
    ground[:] = base
    sort = rng.choice(("wood", "cloth", "plain", "tiles", "plain"))
    if sort == "wood":
        grain = noise.normal(0, 1, (height // 4 + 1, 9)).astype(np.float32)
        ground += 14 * cv2.resize(grain, (width, height), interpolation=cv2.INTER_CUBIC)[:, :, None]
    elif sort == "cloth":
        weave = noise.normal(0, 1, (height // 3 + 1, width // 3 + 1)).astype(np.float32)
        ground += 9 * cv2.resize(weave, (width, height), interpolation=cv2.INTER_LINEAR)[:, :, None]
    elif sort == "tiles":
        step = rng.randint(160, 420)
        ground[::step], ground[:, ::step] = base * 0.7, base * 0.7
        ground[1::step], ground[:, 1::step] = base * 0.7, base * 0.7
    patches = noise.normal(0, 1, (6, 6)).astype(np.float32)
    ground *= 1 + 0.06 * cv2.resize(patches, (width, height), interpolation=cv2.INTER_CUBIC)[:, :, None]
    return np.clip(ground, 0, 255).astype(np.uint8)


def laid(
    rng: random.Random, paper: Pixels, canvas: Pixels, share: float, shift: tuple[float, float] = (0.0, 0.0),
    tilt: float = 7.0, lean: float = 0.05,
) -> Pixels:  # fmt: skip
    """The paper on the canvas in perspective, filling `share` of it; `shift` is the share beyond its edges."""
    height, width = canvas.shape[:2]
    tall, wide = paper.shape[:2]
    angle = float(np.deg2rad(rng.uniform(-tilt, tilt)))
    corners: Pixels = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], np.float64) * [wide / 2, tall / 2]
    corners *= 1 + np.array([[rng.uniform(-lean, lean) for _ in range(2)] for _ in range(4)])
    corners @= np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    extent = np.ptp(corners, axis=0)
    corners = (corners - (corners.max(0) + corners.min(0)) / 2) * share * min(width / extent[0], height / extent[1])
    room = np.maximum(0, [width, height] - np.ptp(corners, axis=0)) / 2 - 0.012 * max(width, height)
    middle = np.array([width, height]) / 2 + np.maximum(room, 0) * [rng.uniform(-1, 1), rng.uniform(-1, 1)]
    if any(shift):
        span = np.ptp(corners, axis=0)
        for axis, part in enumerate(shift):
            if part:  # this share of the paper lies beyond the edge
                middle[axis] = span[axis] / 2 - part * span[axis]
                if rng.random() < 0.5:
                    middle[axis] = (width, height)[axis] - middle[axis]
    corners = (corners + middle).astype(np.float32)
    flat = np.array([[0, 0], [wide, 0], [wide, tall], [0, tall]], np.float32)
    matrix = cv2.getPerspectiveTransform(flat, corners)
    half = wide * tall > 4 * cv2.contourArea(corners)
    if half:
        paper = cv2.resize(paper, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        matrix = matrix @ np.diag([2.0, 2.0, 1.0])
    size = (width, height)
    warped = cv2.warpPerspective(paper, matrix, size, flags=cv2.INTER_AREA if half else cv2.INTER_LINEAR)
    mask = cv2.warpPerspective(np.full(paper.shape[:2], 255, np.uint8), matrix, size)
    shadow = cv2.GaussianBlur(np.roll(mask, (8, 6), (0, 1)), (0, 0), 9).astype(np.float32)[:, :, None] / 255
    over = mask.astype(np.float32)[:, :, None] / 255
    under = canvas.astype(np.float32) * (1 - 0.35 * shadow)
    return np.clip(under * (1 - over) + warped.astype(np.float32) * over, 0, 255).astype(np.uint8)


def _photograph(rng: random.Random, wanted: set[str], strength: float, longest: int) -> tuple[str, Pixels]:
    """A page or card on a table, or a page that fills the photo as a scanner makes it."""
    sort = rng.choices(("page", "card", "scan"), (6, 3, 0 if wanted & {"cut-off", "small", "glare"} else 1.5))[0]
    paper = pixels_of(card(rng) if sort == "card" else page(rng))
    long = min(longest, rng.choice((1280, 1280, 1600, 1600, 2000, 2560)))
    if sort == "scan":
        scale = long / paper.shape[0]
        return sort, cv2.resize(paper, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    short = round(long * rng.choice((0.75, 0.75, 0.5625)))
    width, height = (short, long) if sort == "page" else (long, short)
    share, shift = rng.uniform(0.8, 0.97), (0.0, 0.0)
    if "cut-off" in wanted:
        part = 0.07 + 0.3 * strength
        shift = rng.choice(((part, 0.0), (0.0, part), (part, part * 0.8)))
        share = rng.uniform(0.9, 1.15)
    if "small" in wanted and rng.random() < 0.5:
        share = 0.34 - 0.16 * strength
    photo = laid(rng, paper, table(rng, width, height), share, shift)
    if "small" in wanted and share > 0.4:
        scale = (620 - 300 * strength) / long
        photo = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return sort, photo


def _spoiled(pixels: Pixels, rng: random.Random, wanted: set[str], strength: float) -> Pixels:
    """Light, glare, blur, darkness and the noise of the sensor, in the order in which they happen to a photo."""
    noise = np.random.default_rng(rng.randrange(1 << 30))
    height, width = pixels.shape[:2]
    long = max(height, width)
    seen: Pixels = pixels.astype(np.float32)
    light: Pixels = np.array([[rng.uniform(0.78, 1.0) for _ in range(2)] for _ in range(2)], np.float32)
    light = cv2.resize(light, (width, height), interpolation=cv2.INTER_LINEAR)
    if rng.random() < 0.25:  # the shadow of a hand
        x, y = rng.uniform(0, width), rng.uniform(0, height)
        hand: Pixels = np.zeros((height, width), np.float32)
        cv2.ellipse(hand, ((x, y), (width * 0.5, height * 0.35), rng.uniform(0, 180)), 1.0, -1)
        light = light * (1 - 0.28 * cv2.GaussianBlur(hand, (0, 0), long * 0.03))
    tint = np.array([rng.uniform(0.88, 1.0), rng.uniform(0.95, 1.0), rng.uniform(0.94, 1.0)], np.float32)
    seen *= light[:, :, None] * tint * rng.uniform(0.86, 1.06)
    if "glare" in wanted:
        seen = _glare(seen, rng, strength)
    if "blurred" in wanted:
        seen = _blurred(seen, rng, strength)
    elif rng.random() < 0.6:
        seen = cv2.GaussianBlur(seen, (0, 0), rng.uniform(0.3, 0.75) * long / 1600)
    if "dark" in wanted:
        seen *= 0.36 - 0.24 * strength
    grain = rng.uniform(1.0, 4.5) if "dark" not in wanted else rng.uniform(2.0, 6.0)
    seen += grain * noise.standard_normal((height, width, 1), np.float32)
    return np.clip(seen, 0, 255).astype(np.uint8)


def _glare(seen: Pixels, rng: random.Random, strength: float) -> Pixels:
    """A lamp in the paper: a blown-out spot with a soft edge, that hides what is written there."""
    height, width = seen.shape[:2]
    size = (0.1 + 0.16 * strength) * max(height, width)
    spot: Pixels = np.zeros((height, width), np.float32)
    place = (rng.uniform(0.3, 0.7) * width, rng.uniform(0.3, 0.7) * height)
    cv2.ellipse(spot, (place, (size * rng.uniform(0.7, 1.6), size), rng.uniform(0, 180)), 1.0, -1)
    spot = cv2.GaussianBlur(spot, (0, 0), size * rng.uniform(0.08, 0.2))
    spot = np.minimum(1, spot * 1.6)[:, :, None]
    return np.asarray(seen * 0.88 * (1 - spot) + 268 * spot)


def _blurred(seen: Pixels, rng: random.Random, strength: float) -> Pixels:
    """Out of focus, or moved while it was taken: enough that small print cannot be read."""
    reach = (0.0019 + 0.0035 * strength) * max(seen.shape[:2])
    if rng.random() < 0.6:
        return cv2.GaussianBlur(seen, (0, 0), reach)
    length = max(5, round(reach * 5))
    kernel = np.zeros((length, length), np.float32)
    angle = rng.uniform(0, np.pi)
    way = np.array([np.cos(angle), np.sin(angle)]) * length / 2
    middle = np.array([length / 2, length / 2])
    ends = [tuple(int(v) for v in middle + side * way) for side in (-1, 1)]
    cv2.line(kernel, ends[0], ends[1], 1.0, 1)
    return cv2.GaussianBlur(cv2.filter2D(seen, -1, kernel / kernel.sum()), (0, 0), 0.8)


def _colour(rng: random.Random) -> tuple[int, int, int]:
    return rng.randint(20, 235), rng.randint(20, 235), rng.randint(20, 235)


def _other(rng: random.Random, longest: int) -> Pixels:
    """A photo of something else: a landscape, a street of houses, a face, a plate, leaves, a bare table."""
    long = min(longest, rng.choice((1280, 1600, 2000)))
    width, height = rng.choice(((long, long * 3 // 4), (long * 3 // 4, long)))
    noise = np.random.default_rng(rng.randrange(1 << 30))
    scene = table(rng, width, height)
    sort = rng.choice(("hills", "houses", "face", "plate", "leaves", "bare"))
    if sort == "hills":
        scene[:] = (np.linspace(235, 170, height)[:, None, None] * np.array([1.0, 0.9, 0.75])).astype(np.uint8)
        for layer in range(4):
            ridge = np.cumsum(noise.normal(0, 3, width)) + height * (0.4 + layer * 0.14)
            line = np.stack([np.arange(width), ridge], 1).astype(np.int32)
            cv2.fillPoly(scene, [np.vstack([line, [[width, height], [0, height]]]).astype(np.int32)], _colour(rng))
    elif sort == "houses":
        for _ in range(rng.randint(5, 12)):
            x, top, wide = rng.randint(0, width), rng.randint(height // 6, height // 2), rng.randint(120, 400)
            cv2.rectangle(scene, (x, top), (x + wide, height), _colour(rng), -1)
            window = _colour(rng)
            for row in range(top + 30, height - 60, 90):
                for column in range(x + 20, x + wide - 50, 80):
                    cv2.rectangle(scene, (column, row), (column + 40, row + 55), window, -1)
    elif sort == "face":
        cv2.ellipse(scene, (width // 2, height), (width // 3, height // 3), 0, 0, 360, _colour(rng), -1)
        middle = (width // 2, height * 2 // 5)
        cv2.ellipse(scene, middle, (width // 6, height // 5), 0, 0, 360, (140, 170, 215), -1, cv2.LINE_AA)
        cv2.ellipse(
            scene, (middle[0], middle[1] - height // 9), (width // 6, height // 8), 0, 180, 360, (30, 30, 35), -1
        )
        for side in (-1, 1):
            cv2.circle(
                scene, (middle[0] + side * width // 16, middle[1] - 10), width // 80, (40, 40, 50), -1, cv2.LINE_AA
            )
    elif sort == "plate":
        cv2.circle(scene, (width // 2, height // 2), min(width, height) * 2 // 5, (228, 232, 235), -1, cv2.LINE_AA)
        for _ in range(60):
            at = tuple(int(v) for v in noise.normal((width / 2, height / 2), min(width, height) / 9))
            cv2.ellipse(
                scene, at, (rng.randint(15, 70), rng.randint(10, 40)), rng.randint(0, 180), 0, 360, _colour(rng), -1
            )
    elif sort == "leaves":
        for _ in range(900):
            at = (rng.randint(0, width), rng.randint(0, height))
            green = (rng.randint(10, 70), rng.randint(70, 200), rng.randint(20, 120))
            axes = (rng.randint(10, 60), rng.randint(4, 18))
            cv2.ellipse(scene, at, axes, rng.randint(0, 180), 0, 360, green, -1, cv2.LINE_AA)
    return scene
