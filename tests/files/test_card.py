"""The QR of an identity card: its fields, and reading it from photos."""

from __future__ import annotations

import random
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from bench.card_qr import photo
from bench.papers_drawn import qr
from services.files.card import Card, parse, read

TEXT = "019304001234|091234567|Nông Thị Hạnh|02091990|Nữ|Thôn Nà Khoang, Đồng Hỷ, Thái Nguyên|15042024"
CARD = Card(
    "019304001234", "Nông Thị Hạnh", date(1990, 9, 2), "Nữ", "Thôn Nà Khoang, Đồng Hỷ, Thái Nguyên", date(2024, 4, 15)
)


@pytest.mark.parametrize("text", [TEXT, TEXT + "||Bế Văn An|Lò Thị Mỹ|", TEXT.replace("091234567", ""), f" {TEXT}\n"])
def test_the_fields_are_taken_apart(text: str) -> None:
    assert parse(text) == CARD


def test_a_date_that_cannot_be_is_none() -> None:
    card = parse(TEXT.replace("02091990", "31021990").replace("15042024", "1504"))
    assert card
    assert (card.born, card.issued) == (None, None)


@pytest.mark.parametrize("text", ["", "https://example.org", "|" * 9, "12345|||||||",
                                  TEXT.replace("019304001234", "01930400123x"),
                                  TEXT.replace("Nông Thị Hạnh", ""), TEXT.replace("Nông", "N" * 500)])  # fmt: skip
def test_other_codes_are_no_cards(text: str) -> None:
    assert parse(text) is None


@given(st.text(max_size=200))
def test_parsing_never_raises(text: str) -> None:
    parse(text)
    parse(TEXT + text)
    parse(text.join(TEXT.split("|")))


@pytest.mark.parametrize("seed", range(4))
def test_the_code_is_read_from_a_photo_1200_pixels_wide(seed: int) -> None:
    picture, text = photo(random.Random(seed), 1200)
    assert read(picture) == text


def test_another_code_beside_the_card_is_not_offered() -> None:
    sheet = Image.new("RGB", (800, 600), "white")
    sheet.paste(qr("https://example.org", 6), (50, 50))
    assert read(sheet) == ""
    sheet.paste(qr(TEXT, 4), (450, 300))
    assert read(sheet) == TEXT


@pytest.mark.parametrize("size", [(2, 2), (1, 900), (900, 3), (60, 60)])
def test_pictures_without_a_code_have_none(size: tuple[int, int]) -> None:
    assert read(Image.new("RGB", size, "white")) == ""
