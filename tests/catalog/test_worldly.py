"""What a message's words are at home in, and whether they stand so written in a procedure's texts."""

from __future__ import annotations

import pytest

from services.catalog.abbreviations import lexicon
from services.catalog.index import Entry, Postings
from services.catalog.reading import Reading, read
from services.catalog.smalltalk import talk_tables
from services.catalog.spelling import Speller
from services.catalog.text import marks
from services.catalog.wording import official, requests
from services.catalog.worldly import Worldly
from services.catalog.written import Written
from tests.catalog.everyday import everyday_entries

ENTRIES = (Entry("1.000001", "Đăng ký máy cày", names=("lam giay may cay",), situations=("mua máy về cày",)),)


@pytest.fixture(scope="module")
def postings() -> Postings:
    return Postings.build(everyday_entries())


def reading(question: str, postings: Postings) -> Reading:
    speller = Speller(postings.vocabulary, postings.counts, postings.together)
    return read(question, postings, speller, lexicon())


@pytest.mark.parametrize(
    ("outside", "inside"),
    [
        ("trời mai có mưa không", "mai đi làm khai sinh"),
        ("cách nấu phở bò", "cách làm giấy kết hôn"),
        ("gia vang hom nay bao nhieu", "xin dang ky tam tru cho con"),
    ],
)
def test_topics_of_the_world_are_told_from_those_of_an_office(postings: Postings, outside: str, inside: str) -> None:
    worldly = Worldly(talk_tables().beside(postings.titled), postings)

    def of(question: str) -> float:
        said = reading(question, postings)
        return worldly.of(said.stems, [marks(word.typed) for word in said.words], said.weights)

    assert of(outside) > of(inside)
    assert of(inside) < 0


def test_nothing_said_is_neither(postings: Postings) -> None:
    assert Worldly(talk_tables(), postings).of([], [], []) == 0.0
    assert Worldly(talk_tables(), Postings.build([])).of(["pho"], [""], [1.0]) >= 0.0


def test_a_word_with_other_diacritics_is_another_word() -> None:
    postings = Postings.build(ENTRIES)
    written = Written(ENTRIES)
    assert written.so(reading("máy cày", postings), 0) == [True, True]
    assert written.so(reading("may cay", postings), 0) == [True, True]  # none typed fits any
    assert written.so(reading("đám mây", postings), 0) == [True, True]  # a plain text may mean any
    titled = Written((Entry("1.000001", "Đăng ký máy cày"),))
    assert titled.so(reading("mày cày", postings), 0) == [False, True]


def test_how_people_speak_to_an_office() -> None:
    assert official("xin giay xac nhan doc than") == 1.0
    assert official("an com chua") == 0.0
    assert requests("ban banh mi co phai xin giay gi khong")
    assert requests("where do i register a birth") is True
    assert not requests("ban banh mi o dau ngon")
