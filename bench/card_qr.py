"""The QR of identity cards on generated photos: perspective, blur, noise and JPEG, down to 1,200 pixels wide."""

from __future__ import annotations

import io
import random
import time

import cv2
import numpy as np
from PIL import Image

from bench.papers_drawn import card, card_text
from bench.pictures_made import Pixels, laid, pixels_of, table
from bench.tables import Table, percentile
from services.files import card as cards

CARDS = 240
SEED = 2027
WIDTHS = (1200, 1600, 2400)


def photo(rng: random.Random, width: int) -> tuple[Image.Image, str]:
    """A card that fills most of a photo `width` pixels wide, and the text of its QR."""
    text = card_text(rng)
    ground = table(rng, width, width * 3 // 4)
    share = rng.uniform(0.8, 0.95)
    seen: Pixels = laid(rng, pixels_of(card(rng, text)), ground, share, tilt=12, lean=0.07).astype(np.float32)
    seen *= rng.uniform(0.55, 1.05)
    seen = cv2.GaussianBlur(seen, (0, 0), rng.uniform(0.3, 2.6) * width / 1600)
    noise = np.random.default_rng(rng.randrange(1 << 30))
    seen = seen + rng.uniform(1, 6) * noise.standard_normal((*seen.shape[:2], 1), np.float32)
    if rng.random() < 0.3:
        seen = np.rot90(seen, rng.randint(1, 3))
    pixels = np.clip(seen, 0, 255).astype(np.uint8)
    _, out = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, rng.randint(45, 92)])
    return Image.open(io.BytesIO(out.tobytes())).convert("RGB"), text


def run() -> Table:
    """Share decoded, and the time, by the photo's width."""
    cv2.setNumThreads(1)
    table = Table(f"identity card QR, {CARDS} generated photos", ("width", "photos", "decoded", "p50 ms", "p95 ms"))
    rng = random.Random(SEED)
    right, times = 0, list[float]()
    for width in WIDTHS:
        here, took = 0, list[float]()
        for _ in range(CARDS // len(WIDTHS)):
            picture, text = photo(rng, width)
            start = time.perf_counter()
            here += cards.read(picture) == text
            took.append(1000 * (time.perf_counter() - start))
        share = here / len(took)
        table.add(width, len(took), f"{share:.3f}", f"{percentile(took, 0.5):.0f}", f"{percentile(took, 0.95):.0f}")
        right, times = right + here, times + took
    table.goal(f"decoded {right / len(times):.3f}, at least 0.95", right / len(times) >= 0.95)
    table.goal(f"p95 {percentile(times, 0.95):.0f} ms, under 2,000", percentile(times, 0.95) < 2000)
    return table
