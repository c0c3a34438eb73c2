"""The watermark over PDFs: on every page whatever its build, over what stands there, and never in the way of it."""

from __future__ import annotations

import io
import zlib
from datetime import UTC, datetime
from typing import Any

import pypdf
import pytest

from services.files import pdf_watermark, pdfs, watermark
from services.files.pdf_stamper import NAME
from tests.files import samples

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
TEXT = b"BT /F1 20 Tf 50 700 Td (A page) Tj ET"
FONT = b"/Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>"


def drawn(content: bytes, name: str = "Nguyễn Thị Ánh Tuyết") -> bytes:
    made = pdf_watermark.draw(content, "CB-261122-0007", name, NOW)
    assert made is not None
    return made


def pages(content: bytes) -> list[Any]:
    return list(pypdf.PdfReader(io.BytesIO(content)).pages)


def one(page: bytes, *objects: bytes, above: bytes = b"") -> bytes:
    """A PDF of one page; object 4 is its text."""
    return samples.written(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count 1/Kids[3 0 R]%s>>" % above,
        b"<</Type/Page/Parent 2 0 R%s>>" % page,
        b"<</Length %d>>stream\n%s\nendstream" % (len(TEXT), TEXT),
        *objects,
    )


SIZE, OWN = b"/MediaBox[0 0 595 842]", b"/Resources<<%s>>" % FONT
BUILDS = {
    "plain": one(SIZE + OWN + b"/Contents 4 0 R"),
    "a list of contents": one(SIZE + OWN + b"/Contents[4 0 R]"),
    "a list that lies elsewhere": one(SIZE + OWN + b"/Contents 5 0 R", b"[4 0 R]"),
    "inherited": one(b"/Contents 4 0 R", above=SIZE + OWN),
    "resources that lie elsewhere": one(SIZE + b"/Resources 5 0 R/Contents 4 0 R", b"<<%s>>" % FONT),
    "turned": one(SIZE + OWN + b"/Rotate 90/Contents 4 0 R"),
    "cut": one(SIZE + OWN + b"/CropBox[100 100 400 800]/Contents 4 0 R"),
    "far from the corner": one(b"/MediaBox[-300 -400 295 442]" + OWN + b"/Contents 4 0 R"),
    "a long strip": one(b"/MediaBox[0 0 3 14400]" + OWN + b"/Contents 4 0 R"),
}


@pytest.mark.parametrize("build", BUILDS)
def test_every_page_carries_it_and_keeps_its_own(build: str) -> None:
    content = BUILDS[build]
    (page,) = pages(drawn(content))
    assert page.extract_text().strip() == "A page"
    assert NAME in page["/Resources"]["/XObject"]
    laid = page.get_contents().get_data().split(TEXT)[1]
    assert 1 < laid.count(f"{NAME} Do".encode()) <= 2_000
    assert (page.mediabox, page.cropbox, page.rotation) == (
        pages(content)[0].mediabox, pages(content)[0].cropbox, pages(content)[0].rotation,
    )  # fmt: skip


def test_a_page_without_contents_gets_it_too() -> None:
    (page,) = pages(drawn(one(SIZE)))
    assert f"{NAME} Do".encode() in page.get_contents().get_data()


def test_the_text_covers_the_page_and_lets_it_be_read() -> None:
    (page,) = pages(drawn(BUILDS["plain"]))
    text = page["/Resources"]["/XObject"][NAME]
    mask = zlib.decompress(text["/SMask"].get_object()._data)
    assert len(mask) == text["/Width"] * text["/Height"]
    assert max(mask) == watermark.STRENGTH
    assert set(zlib.decompress(text._data)) == {watermark.INK}
    laid = page.get_contents().get_data().decode("ascii").splitlines()
    places = [tuple(map(float, line.split()[5:7])) for line in laid if line.endswith("Do Q")]
    for left in (0, 300):
        for bottom in (0, 420):
            assert any(left <= x < left + 300 and bottom <= y < bottom + 420 for x, y in places), (left, bottom)


def test_many_pages_share_one_drawing_and_stay_small() -> None:
    plain = samples.pdf(pdfs.PAGES)
    made = drawn(plain)
    assert len(pages(made)) == pdfs.PAGES
    assert len(made) < len(plain) + 60_000
    assert pdfs.pages(made) == pdfs.PAGES


def test_it_names_who_looks_and_when() -> None:
    plain = BUILDS["plain"]
    assert drawn(plain) != drawn(plain, "Lê Văn Kiểm")
    assert pdf_watermark.draw(plain, "CB-261122-0007", "x", NOW) != pdf_watermark.draw(
        plain, "CB-261122-0007", "x", NOW.replace(minute=1)
    )


@pytest.mark.parametrize("content", [b"", b"MZ", b"%PDF-1.7\n%%EOF", BUILDS["plain"].replace(b"595 842", b"000 000")])
def test_what_cannot_be_written_anew_is_none(content: bytes) -> None:
    assert pdf_watermark.draw(content, "CB-261122-0007", "x", NOW) is None
