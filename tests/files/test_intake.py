"""Files that are taken, and files that are not, with the reason for each."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from services.files import pictures, sniff
from services.files.intake import LARGEST, Taken, take
from services.refusal import Refused
from tests.files import samples


def reason(content: bytes, name: str = "") -> str:
    answer = take(content, name)
    assert isinstance(answer, Refused)
    return answer.key


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_pictures_of_every_kind_become_plain_jpegs(form: str) -> None:
    taken = take(samples.picture(form), "IMG_0001")
    assert isinstance(taken, Taken)
    assert (taken.media, taken.pages, taken.width, taken.height) == ("image/jpeg", 1, 640, 480)
    assert len(taken.prints) == 1
    with Image.open(io.BytesIO(taken.content)) as kept:
        assert (kept.format, kept.size, dict(kept.getexif()), set(kept.info) & {"exif", "icc_profile", "comment"}) == (
            "JPEG", (640, 480), {}, set(),
        )  # fmt: skip


@pytest.mark.parametrize("form", ["JPEG", "HEIF"])
def test_a_phone_held_sideways_gives_an_upright_picture(form: str) -> None:
    taken = take(samples.picture(form, turned=6))
    assert isinstance(taken, Taken)
    with Image.open(io.BytesIO(taken.content)) as kept:
        assert kept.size == (480, 640) == (taken.width, taken.height)
        red = kept.getpixel((470, 10))
        assert isinstance(red, tuple)
        assert red[0] > 200
        assert red[1] < 60


def test_place_and_maker_are_gone() -> None:
    taken = take(samples.picture())
    assert isinstance(taken, Taken)
    assert b"Exif" not in taken.content
    assert b"Maker" not in taken.content


@pytest.mark.parametrize(("form", "mode"), [("PNG", "RGBA"), ("PNG", "P"), ("PNG", "L"), ("PNG", "1"), ("PNG", "I;16"),
                                            ("JPEG", "CMYK"), ("JPEG", "L"), ("WEBP", "RGBA")])  # fmt: skip
def test_every_way_to_hold_colours_is_read(form: str, mode: str) -> None:
    taken = take(samples.picture(form, mode="L" if mode == "I;16" else mode))
    if mode == "I;16":
        out = io.BytesIO()
        Image.new("I;16", (80, 80), 40_000).save(out, "PNG")
        taken = take(out.getvalue())
    assert isinstance(taken, Taken)


def test_large_photos_are_made_smaller() -> None:
    taken = take(samples.picture(size=(5000, 2500)))
    assert isinstance(taken, Taken)
    assert (taken.width, taken.height) == (5000, 2500)
    with Image.open(io.BytesIO(taken.content)) as kept:
        assert kept.size == (pictures.LONGEST, pictures.LONGEST // 2)


def test_a_harmless_pdf_is_kept_as_it_is() -> None:
    content = samples.pdf(3)
    taken = take(content, "paper.pdf")
    assert taken == Taken(content, "application/pdf", 3, 0, 0, (), (), "")


KIDS = b"<</Type/Pages/Kids[3 0 R]/Count 1>>"
REFUSED: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "nothing": (lambda: b"", "a.jpg", "file-empty"),
    "50 MB": (lambda: b"\xff\xd8\xff" + bytes(50 * 1024 * 1024), "a.jpg", "file-too-large"),
    "one byte too many": (lambda: b"\xff\xd8\xff" + bytes(LARGEST - 2), "a.jpg", "file-too-large"),
    "a program as a photo": (lambda: b"MZ\x90" + bytes(500), "IMG_1.jpg", "file-disguised"),
    "a program": (lambda: b"MZ\x90" + bytes(500), "setup.exe", "file-kind"),
    "a Linux program as a PDF": (lambda: b"\x7fELF" + bytes(500), "paper.pdf", "file-disguised"),
    "an SVG with a script": (lambda: b'<?xml version="1.0"?><svg><script>1</script></svg>', "a.svg", "file-kind"),
    "an SVG as PNG": (lambda: b"<svg onload='x()'></svg>", "a.png", "file-disguised"),
    "a web page as a photo": (lambda: b"<!DOCTYPE html><script>1</script>", "a.jpeg", "file-disguised"),
    "a zip bomb": (lambda: samples.zipped(size=30_000_000), "papers.zip", "file-kind"),
    "a zip as a PDF": (samples.zipped, "papers.pdf", "file-disguised"),
    "an office document": (lambda: samples.zipped("word/document.xml"), "a.docx", "file-kind"),
    "an old office document": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "a.doc", "file-kind"),
    "an animation": (lambda: samples.picture("GIF"), "a.gif", "file-kind"),
    "a film": (lambda: b"\x00\x00\x00\x18ftypmp42" + bytes(100), "a.mp4", "file-kind"),
    "words": (lambda: b"xin chao", "", "file-kind"),
    "noise as a photo": (lambda: bytes(range(128, 256)) * 9, "a.jpg", "file-broken"),
    "half a JPEG": (lambda: samples.picture()[:700], "a.jpg", "file-broken"),
    "a JPEG's head": (lambda: b"\xff\xd8\xff\xe0", "a.jpg", "file-broken"),
    "half a HEIC": (lambda: samples.picture("HEIF")[:400], "a.heic", "file-broken"),
    "a PNG bomb": (samples.png_bomb, "a.png", "file-bomb"),
    "a JPEG of too many scans": (lambda: samples.picture() + b"\xff\xda" * 100, "a.jpg", "file-bomb"),
    "a locked PDF": (samples.encrypted, "a.pdf", "file-encrypted"),
    "half a PDF": (lambda: samples.pdf()[:500], "a.pdf", "file-broken"),
    "a PDF with a file behind it": (lambda: samples.pdf() + samples.zipped(size=9) * 20, "a.pdf", "file-broken"),
    "a PDF without pages": (lambda: b"%PDF-1.4\n%%EOF", "a.pdf", "file-broken"),
    "a book": (lambda: samples.pdf(101), "a.pdf", "file-pages"),
    "a PDF with a script": (lambda: samples.rewritten("script"), "a.pdf", "file-active"),
    "a PDF with a program in it": (lambda: samples.rewritten("file"), "a.pdf", "file-active"),
    "a PDF with a script under another name": (lambda: samples.rewritten("hidden script"), "a.pdf", "file-active"),
    "a PDF that starts a program": (lambda: samples.rewritten("program"), "a.pdf", "file-active"),
    "a PDF with a script in disguised names": (
        lambda: samples.written(b"<</Pages 2 0 R/OpenAction<</S/J#61vaScript/J#53(x)>>>>", KIDS, b"<</Type/Page>>"),
        "a.pdf", "file-active",
    ),
    "a PDF whose pages go in a circle": (
        lambda: samples.written(b"<</Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R]/Count 1>>"), "a.pdf", "file-broken",
    ),
    "a PDF nested without end": (
        lambda: samples.written(
            b"<</Pages 2 0 R>>", KIDS, b"<</Type/Page/X " + b"<</A" * 90_000 + b" 1" + b">>" * 90_000 + b">>"
        ), "a.pdf", "file-active",
    ),
    "a PDF that expands": (lambda: samples.rewritten("bomb"), "a.pdf", "file-bomb"),
    "a PDF with a picture of 3.6 gigapixels": (lambda: samples.rewritten("picture"), "a.pdf", "file-bomb"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_is_refused_with_its_reason(case: str) -> None:
    make, name, key = REFUSED[case]
    assert reason(make(), name) == key


def test_a_refusal_says_what_it_found() -> None:
    assert take(b"MZ" + bytes(50), "a.jpg") == Refused("file-disguised", {"kind": "program", "claimed": "jpeg"})
    assert take(bytes(LARGEST + 1)) == Refused("file-too-large", {"limit": 20})
    assert take(samples.pdf(101)) == Refused("file-pages", {"most": 100})


def test_the_name_decides_nothing() -> None:
    assert isinstance(take(samples.picture(), "../../etc/passwd\x00.exe"), Taken)
    assert isinstance(take(samples.picture("PNG"), "scan.pdf"), Taken)
    assert isinstance(take(samples.picture(), "x" * 100_000), Taken)


STARTS = [b"", b"%PDF-1.7\n", b"\xff\xd8\xff", b"RIFF....WEBP", b"\0\0\0\x18ftypheic", b"\x89PNG\r\n\x1a\n"]
WHOLE = [samples.picture(form, (200, 160)) for form in ("JPEG", "PNG", "WEBP", "HEIF")]


@settings(max_examples=60)
@given(st.data())
def test_spoiled_pictures_never_raise(data: st.DataObject) -> None:
    content = bytearray(data.draw(st.sampled_from(WHOLE)))
    for place, value in data.draw(st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), max_size=12)):
        content[place % len(content)] = value
    content = content[: data.draw(st.integers(1, len(content)))] + data.draw(st.binary(max_size=40))
    assert isinstance(take(bytes(content), "a.jpg"), Taken | Refused)


@settings(max_examples=60)
@given(st.sampled_from(STARTS), st.binary(max_size=300), st.text(max_size=20))
def test_noise_never_raises(start: bytes, rest: bytes, name: str) -> None:
    assert isinstance(take(start + rest, name), Taken | Refused)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 100_000), st.integers(0, 255)), max_size=20), st.integers(0, 400))
def test_spoiled_pdfs_never_raise_in_the_reader(changes: list[tuple[int, int]], cut: int) -> None:
    from services.files.pdf_reader import examine

    content = bytearray(samples.pdf())
    for place, value in changes:
        content[place % len(content)] = value
    assert set(examine(bytes(content[: len(content) - cut]), 100)) <= {"pages", "problem"}


def test_what_a_file_is_does_not_depend_on_its_size() -> None:
    assert all(sniff.kind(content[:64]) in sniff.TAKEN for content in [*WHOLE, samples.pdf()])
