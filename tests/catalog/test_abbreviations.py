"""Short forms and regional words weigh what the word of conversation weighs that they stand for, and no other does."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.catalog.abbreviations import Lexicon, lexicon, marks_of, stems_of


def weight(table: Lexicon, word: str) -> float:
    """What `word` says, 0..1."""
    return table.weigh(stems_of(word), marks_of(word))[0][0]


@pytest.mark.parametrize(
    ("short", "meant"),
    [
        ("mun", "muốn"),
        ("mún", "muốn"),
        ("ko", "không"),
        ("hok", "không"),
        ("hôk", "không"),
        ("hông", "không"),
        ("dc", "được"),
        ("đc", "được"),
        ("lm", "làm"),
        ("z", "vậy"),
        ("zậy", "vậy"),
        ("v", "vậy"),
        ("wa", "quá"),
        ("mô", "đâu"),
        ("tui", "tôi"),
        ("mần", "làm"),
    ],
)
def test_a_form_of_a_word_of_conversation_weighs_as_little(short: str, meant: str) -> None:
    assert weight(lexicon(), short) == weight(lexicon(), meant) < 0.5


@pytest.mark.parametrize(
    "word", ["dk", "đk", "kh", "hk", "mo", "mở", "hong", "hồng", "hỏng", "má", "bản", "bổn", "nhỏ"]
)
def test_a_form_that_may_be_a_telling_word_keeps_its_weight(word: str) -> None:
    assert weight(lexicon(), word) == 1.0


def test_the_weight_is_that_of_the_word_with_the_same_diacritics(tmp_path: Path) -> None:
    for name in ("abbreviations", "dialect", "synonyms", "patterns"):
        (tmp_path / f"{name}.tsv").write_text("", "utf-8")
    (tmp_path / "teencode.tsv").write_text("bwn\tbạn\nbwr\tbản\nxk\txin|xuất khẩu\n", "utf-8")
    (tmp_path / "fillers.tsv").write_text("bạn\t0.2\nxin\t0.3\n", "utf-8")
    table = lexicon(tmp_path)
    assert [weight(table, word) for word in ("bwn", "bwr", "xk")] == [0.2, 1.0, 1.0]
