"""The photo coach: a few photos of each defect, and pictures it was never made for. The figures: `python -m bench`."""

from __future__ import annotations

import io
import random
from functools import cache
from itertools import islice

import numpy as np
import pytest
from PIL import Image

from bench.papers_drawn import page
from bench.pictures_made import DEFECTS, PLAN, Photo, laid, make, pixels_of, table
from services.files import coach

SEED = 7


@cache
def _made(number: int) -> Photo:
    return make(SEED, number, 1280)


@cache
def photos(defect: str, count: int) -> tuple[Photo, ...]:
    """The first photos that have this defect and no other."""
    planned = (number for number in range(400) if PLAN[number % len(PLAN)] == defect)
    wanted = (number for number in planned if _made(number).truth == {defect} - {""})
    return tuple(_made(number) for number in islice(wanted, count))


def look(photo: Photo) -> tuple[str, ...]:
    with Image.open(io.BytesIO(photo.content)) as opened:
        return coach.look(opened.convert("RGB"))


@pytest.mark.parametrize("count", [1, pytest.param(2, marks=pytest.mark.slow)])
@pytest.mark.parametrize("defect", DEFECTS)
def test_a_defect_is_seen(defect: str, count: int) -> None:
    seen = [defect in look(photo) for photo in photos(defect, count)]
    assert seen == [True] * count


def test_a_good_photo_is_left_alone() -> None:
    assert sum(look(photo) == () for photo in photos("", 4)) >= 3


def test_only_known_flags_in_their_order() -> None:
    for defect in ("dark", "small"):
        for photo in photos(defect, 1):
            flags = look(photo)
            assert list(flags) == [flag for flag in coach.FLAGS if flag in flags]


@pytest.mark.parametrize("size", [(2, 2), (1, 700), (3000, 2), (40, 40), (3000, 3000)])
@pytest.mark.parametrize("colour", ["black", "white", "#7a3322"])
def test_pictures_of_nothing_are_no_papers_and_no_errors(size: tuple[int, int], colour: str) -> None:
    flags = coach.look(Image.new("RGB", size, colour))
    assert set(flags) <= set(coach.FLAGS)
    assert flags


def test_noise_is_no_paper() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (900, 1200, 3), dtype=np.uint8)
    assert "upside-down" not in coach.look(Image.fromarray(noise))


def test_the_size_that_was_sent_counts() -> None:
    photo = photos("", 1)[0]
    with Image.open(io.BytesIO(photo.content)) as opened:
        assert "small" in coach.look(opened.convert("RGB"), sent=(400, 300))


def shot(paper: Image.Image, seed: int) -> Image.Image:
    """One photo of a page."""
    rng = random.Random(seed)
    pixels = laid(rng, pixels_of(paper), table(random.Random(1), 900, 1200), 0.93, tilt=1.0, lean=0.005)
    return Image.fromarray(pixels[:, :, ::-1])


def test_the_same_page_twice_is_recognised_and_another_one_is_not() -> None:
    papers = [page(random.Random(seed)) for seed in range(8)]
    prints = [coach.fingerprint(paper) for paper in papers]
    for paper, known in zip(papers, prints, strict=True):
        out = io.BytesIO()
        paper.resize((620, 877)).save(out, "JPEG", quality=50)
        with Image.open(out) as again:
            assert coach.same(coach.fingerprint(again), known)
    pairs = [coach.same(one, other) for n, one in enumerate(prints) for other in prints[n + 1 :]]
    assert not any(pairs)
    assert all(0 <= one < 2**64 for one in prints)
