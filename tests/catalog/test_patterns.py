"""Turns of speech: looking first for the words that must be there leaves none out."""

from __future__ import annotations

import pytest

from services.catalog.abbreviations import lexicon
from services.catalog.text import clean, words
from tests.catalog.everyday import everyday_entries, questions

SETS = ("citizens.jsonl", "citizens-fourth.jsonl", "citizens-sixth.jsonl", "citizens-seventh.jsonl", "elsewhere.jsonl")


def folded(text: str) -> str:
    return " ".join(word.folded for word in words(clean(text)))


def test_every_turn_that_stands_there_is_found() -> None:
    table = lexicon()
    told = [question["question"] for name in SETS for question in questions(name)]
    told += [situation for entry in everyday_entries() for situation in entry.situations]
    for text in map(folded, told):
        found = [
            (hit.start(), hit.end(), meaning, trust)
            for _, pattern, meaning, trust in table.patterns
            for hit in [pattern.search(text)]
            if hit
        ]
        assert table.turns(text) == found, text


def test_every_turn_names_a_word_that_must_be_there() -> None:
    assert all(needed for needed, *_ in lexicon().patterns)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("sổ hồng nhà tôi ghi sai tên vợ", "dinh chinh"),
        ("bị giật mất luôn cuốn hộ chiếu", "trinh bao mat"),
        ("nhờ mẹ đi nhận tiền trợ cấp thất nghiệp hộ em", "linh thay"),
        ("bão làm gãy đổ hai héc ta keo", "rung trong"),
    ],
)
def test_a_turn_of_speech_is_heard(said: str, meant: str) -> None:
    assert any(meant in " ".join(meaning) for _, _, meaning, _ in lexicon().turns(folded(said)))
