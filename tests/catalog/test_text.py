"""Written Vietnamese is brought to a form that can be compared, whatever was typed."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.text import (
    LONGEST,
    bare_title,
    clean,
    fold,
    key,
    marks,
    procedure_codes,
    stem,
    stems,
    title_key,
    words,
)
from tests.kit.patience import bounded_time


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("Đăng ký KHAI SINH", "dang ky khai sinh"),
        ("hoà  giải\thóa", "hoa giai hoa"),
        ("thẻ căn cước", "the can cuoc"),
        ("ﬁ", "fi"),
        ("", ""),
    ],
)
def test_fold(typed: str, folded: str) -> None:
    assert fold(typed) == folded


@given(st.text())
def test_fold_is_idempotent(text: str) -> None:
    once = fold(text)
    assert fold(once) == once


@given(st.text())
def test_decomposed_and_composed_are_the_same(text: str) -> None:
    assert key(unicodedata.normalize("NFD", text)) == key(unicodedata.normalize("NFC", text))


@given(st.text())
def test_clean_and_words_never_raise_and_offsets_point_at_the_words(text: str) -> None:
    cleaned = clean(text)
    assert len(cleaned) <= LONGEST + 1 or not text.isascii()
    for word in words(cleaned):
        assert cleaned[word.start : word.start + len(word.typed)] == word.typed
    assert stems(cleaned) == [stem(word.folded) for word in words(cleaned)]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("đượccccc khôngggg", "được không"),
        ("công trình cấp III", "công trình cấp iii"),
        ("khai​ sinh", "khai sinh"),
        ("Ｌàm giấy", "làm giấy"),
        ("саn cuoc", "can cuoc"),  # a Cyrillic "c" and "a"
        ("xoong nồi", "xoong nồi"),
    ],
)
def test_clean(typed: str, meant: str) -> None:
    assert clean(typed) == meant


def test_stem_makes_the_two_spellings_of_one_sound_equal() -> None:
    assert stem("ky") == stem("ki") == "ki"
    assert stem("quy") == "quy"
    assert stem("y") == "y"


def test_marks_do_not_depend_on_where_the_tone_is_put() -> None:
    assert marks("hoà") == marks("hòa") != marks("hoa")
    assert marks("đ") == "đ"


@pytest.mark.parametrize(
    "twins",
    [
        (
            "Cấp thẻ căn cước",
            "Thủ tục cấp thẻ căn cước (thực hiện tại cấp tỉnh)",
            "Cấp thẻ Căn cước (TTHC cấp trung ương).",
        ),
        ("Xác nhận bảng kê lâm sản", "Xác nhận bảng kê lâm sản (cấp huyện)"),
        ("Hòa giải tranh chấp đất đai", "Hoà giải tranh chấp đất đai (cấp xã)"),
    ],
)
def test_twins_have_one_title_key(twins: tuple[str, ...]) -> None:
    assert len({title_key(name) for name in twins}) == 1


def test_sisters_have_different_title_keys() -> None:
    assert title_key("Cấp giấy phép công trình cấp I") != title_key("Cấp giấy phép công trình cấp III")


def test_bare_title() -> None:
    assert bare_title("Thủ tục  đăng ký khai sinh") == "Đăng ký khai sinh"
    assert bare_title("Thủ tục") == "Thủ tục"


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("mã 1.001193.000.00.00.H41 là gì", ["1.001193"]),
        ("1001193 và 2.000815", ["1.001193", "2.000815"]),
        ("gọi 0912345678", []),
        ("ngày 01/01/2025", []),
    ],
)
def test_procedure_codes(text: str, codes: list[str]) -> None:
    assert procedure_codes(text) == codes


@pytest.mark.parametrize("text", ["x" * 100_000, "đăng ký " * 12_500, "😂" * 100_000, "á̂̃" * 30_000, "(" * 100_000])
def test_a_hundred_thousand_characters_take_bounded_time(text: str) -> None:
    with bounded_time():
        key(text)
        title_key(text)
