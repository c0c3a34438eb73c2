"""Percentiles of pictures are numpy's."""

from __future__ import annotations

import numpy as np
import pytest

from services.files import levels

SIZES = (1, 2, 3, 10, 51, 1_000, 30_001)


@pytest.mark.parametrize("percent", [50, 90, 95, 98.5, 99.9, 100])
def test_they_are_what_sorting_finds(percent: float) -> None:
    dice = np.random.default_rng(20_261_126)
    for size in SIZES:
        grey = dice.integers(0, 256, (size, 3)).astype(np.uint8)
        assert levels.of_bytes(grey, percent) == pytest.approx(np.percentile(grey, percent))
        for steep in (dice.random((size, 2), np.float32) ** 3, np.zeros(size, np.float32)):
            assert levels.of_steep(steep, percent) == pytest.approx(float(np.percentile(steep, percent)))


def test_a_sample_that_misleads_changes_nothing() -> None:
    values = np.zeros(100_000, np.float32)
    values[:: 100_000 // 8_192] = 9  # exactly those that are looked at first
    for percent in (50, 95, 98.5):
        assert levels.of_steep(values, percent) == pytest.approx(float(np.percentile(values, percent)))
