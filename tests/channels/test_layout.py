"""Properties of laying a message out: within the limits, nothing lost, nothing cut that hangs together."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

import pytest
import regex
from hypothesis import example, given
from hypothesis import strategies as st

from bot.channels.profiles import PROFILES
from bot.dialog.values import Message, SendFile
from bot.layout import lay_out, length, split
from bot.port import Limits, Page

SMALL = Limits(text=60, buttons=3, label=12, caption=30, photo=1 << 20)
TIGHT = {
    "plain": SMALL,
    "units": replace(SMALL, utf16=True),
    "numbers only": replace(SMALL, buttons=0, label=0),
    **{name: profile.limits for name, profile in PROFILES.items()},
}

WORDS = st.sampled_from(
    [
        "Giấy", "khai", "sinh", "đăng ký", "20.000\u00a0đồng;", "Bước 2.", "hộ chiếu,", "👩‍👩‍👧‍👦", "🇻🇳", "👍🏽", "❤️",
        unicodedata.normalize("NFD", "nghiệp"), "مرحبا", "שלום", "<b>đậm</b>", "&amp;", "1.001193", "_*~`[x](y)",
        "https://motcua.example/x/aBcDeF0123", "H45.15-261121-0001", "\n", "\n\n", "\t", "• mục",
    ]
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=300), st.lists(WORDS, max_size=80).map(" ".join))
# A few words many times over: drawing nine hundred of them one by one took most of a run's time.
LONG = st.builds(
    lambda words, times: " ".join(words * times), st.lists(WORDS, min_size=20, max_size=90), st.integers(3, 10)
)
LABELS = st.one_of(st.sampled_from(["Lệ phí", "Giấy tờ cần có", "👍🏽"]), st.text(min_size=1, max_size=90))


def choices_of(labels: list[str]) -> tuple[tuple[str, str], ...]:
    tokens = [f"7:{n}" for n in range(len(labels) - 1)] + ["7:b"] * bool(labels)
    return tuple(zip(tokens, labels, strict=True))


MESSAGES = st.builds(
    Message,
    text=st.one_of(TEXTS, LONG),
    choices=st.lists(LABELS, max_size=12).map(choices_of),
    question=st.none(),
    file=st.one_of(st.none(), st.just(SendFile("k", "đơn.pdf", "application/pdf"))),
)


def letters(text: str) -> str:
    """The text without its white space, which a cut may swallow."""
    return "".join(text.split())


@pytest.mark.parametrize("limits", TIGHT.values(), ids=TIGHT)
@given(message=MESSAGES)
def test_pages_keep_the_limits_and_lose_nothing(limits: Limits, message: Message) -> None:
    pages = lay_out(message, limits)
    for page in pages:
        most = limits.text if page.file is None else limits.caption or limits.text
        assert length(page.full_text(), limits) <= most
        assert page.full_text().strip() or page.file is not None
        assert sum(map(len, page.button_rows())) <= limits.buttons
        assert page is pages[-1] or not page.choices
        if page.buttons and not page.numbered:
            assert all(len(label) <= limits.label for row in page.button_rows() for _, label in row)
    assert pages[-1].choices == message.choices
    assert sum(page.file is not None for page in pages) == (message.file is not None)
    whole = letters("".join(page.full_text() for page in pages))
    assert letters(message.text) in whole
    shown = whole + letters("".join(label for page in pages for row in page.button_rows() for _, label in row))
    assert all(letters(label) in shown for _, label in message.choices)


@pytest.mark.parametrize("limits", TIGHT.values(), ids=TIGHT)
@given(text=st.one_of(TEXTS, LONG))
@example(text="a " * 40 + "https://motcua.example/" + "b" * 30)
@example(text="x" * 59 + "👩‍👩‍👧‍👦" + "y" * 59)
def test_no_word_no_link_and_no_cluster_is_cut_that_fits_a_page(limits: Limits, text: str) -> None:
    pieces = split(text, limits)
    words = [word for word in re.split(r"[^\S\u00a0\u2007\u202f]+", text.strip()) if word]
    got = [word for piece in pieces for word in re.split(r"[^\S\u00a0\u2007\u202f]+", piece.strip()) if word]
    if all(length(word, limits) <= limits.text for word in words):
        assert got == (words or ["…"])
    clusters = {cluster for word in words for cluster in regex.findall(r"\X", word)}
    if all(length(cluster, limits) <= limits.text for cluster in clusters):
        assert {cluster for word in got for cluster in regex.findall(r"\X", word)} <= clusters | {"…"}


def test_a_cut_prefers_paragraphs_then_lines_then_sentences() -> None:
    limits = Limits(text=40, buttons=0, label=0)
    assert split("Một hai ba bốn năm.\n\nSáu bảy tám chín mười.", limits)[0] == "Một hai ba bốn năm."
    assert split("Một hai ba bốn năm\nSáu bảy tám chín mười mười một", limits)[0] == "Một hai ba bốn năm"
    assert split("Một hai ba bốn năm. Sáu bảy tám chín mười mười một", limits)[0] == "Một hai ba bốn năm."


def test_a_list_without_room_stands_on_its_own_page() -> None:
    limits = Limits(text=100, buttons=0, label=0)
    message = Message("Xin chọn một thủ tục " * 4, choices_of(["Đăng ký khai sinh " * 2] * 2))
    first, last = lay_out(message, limits)
    assert first.full_text() == message.text.strip()
    assert last.full_text().splitlines() == ["1. " + "Đăng ký khai sinh " * 2, "0. " + "Đăng ký khai sinh " * 2]


def test_a_list_longer_than_a_page_goes_as_text_and_keeps_its_numbers() -> None:
    limits = Limits(text=80, buttons=9, label=9)
    labels = [f"Thủ tục thứ {n} có tên rất dài" for n in range(6)]
    pages = lay_out(Message("Chọn:", choices_of(labels)), limits)
    assert len(pages) > 1
    text = "\n".join(page.full_text() for page in pages)
    assert [line for line in text.splitlines() if line[:1].isdigit()] == [
        *(f"{n}. {label}" for n, label in enumerate(labels[:-1], 1)),
        f"0. {labels[-1]}",
    ]
    assert not pages[-1].button_rows()


def test_short_choices_are_buttons_and_long_ones_get_numbers() -> None:
    limits = Limits(text=400, buttons=5, label=12)
    assert lay_out(Message("Chọn", choices_of(["Có", "Không"])), limits) == [
        Page("Chọn", (("7:0", "Có"), ("7:b", "Không")), buttons=True)
    ]
    (page,) = lay_out(Message("Chọn", choices_of(["Giấy khai sinh bản sao", "Quay lại"])), limits)
    assert page.full_text() == "Chọn\n\n1. Giấy khai sinh bản sao\n0. Quay lại"
    assert page.button_rows() == [[("7:0", "1"), ("7:b", "Quay lại")]]
    (page,) = lay_out(Message("Chọn", choices_of(["Có", "Không"])), replace(limits, buttons=1))
    assert not page.button_rows()


def test_a_caption_that_is_too_long_follows_the_file() -> None:
    file = SendFile("k", "phieu.png", "image/png")
    first, second = lay_out(Message("chữ " * 20, file=file), SMALL)[:2]
    assert first == Page("", file={"key": "k", "name": "phieu.png", "media": "image/png"})
    assert second.file is None
    (only,) = lay_out(Message("Phiếu", file=file), SMALL)
    assert only.text == "Phiếu"
