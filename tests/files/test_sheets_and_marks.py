"""The contact sheet and the watermark."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import numpy as np
import pytest
from PIL import Image, ImageChops

from services.files import contact_sheet, watermark
from tests.files import samples


@pytest.mark.parametrize("count", [0, 1, 3, 4, 30])
def test_every_paper_has_its_tile(count: int) -> None:
    entries = [(f"Tờ khai số {n}, có chữ ký", n + 1, samples.picture() if n % 2 else None) for n in range(count)]
    with Image.open(io.BytesIO(contact_sheet.draw(entries, "CB-261122-0007 · 4 giấy tờ"))) as sheet:
        assert sheet.format == "PNG"
        assert sheet.width == (730 if count < 3 else 1080)  # no empty places beside one or two papers
        red = np.asarray(sheet.convert("RGB")).astype(int)
        reds = int(((red[:, :, 0] > 200) & (red[:, :, 1] < 60)).sum())
        assert (reds > 0) == (count > 1)


def test_the_mark_covers_the_whole_picture_and_leaves_it_readable() -> None:
    plain = samples.picture(size=(1200, 900))
    made = watermark.draw(plain, "CB-261122-0007", "Cán bộ 12", datetime(2026, 11, 22, 3, tzinfo=UTC))
    with Image.open(io.BytesIO(made)) as marked, Image.open(io.BytesIO(plain)) as before:
        assert (marked.format, marked.size) == ("JPEG", before.size)
        change = np.asarray(ImageChops.difference(marked.convert("L"), before.convert("L")))
    parts = [cell for row in np.array_split(change, 3) for cell in np.array_split(row, 3, axis=1)]
    assert min(int((part > 20).sum()) for part in parts) > 100
    assert float(change.mean()) < 20


def test_what_is_no_picture_gets_no_mark() -> None:
    with pytest.raises(OSError, match="identify"):
        watermark.draw(b"MZ", "CB-261122-0007", "x", datetime(2026, 11, 22, tzinfo=UTC))
