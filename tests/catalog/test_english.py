"""Questions in English: told from Vietnamese, read without its spelling, and put into the words of the titles."""

from __future__ import annotations

from collections import Counter
from functools import cache

import msgspec
import pytest

from services.catalog.abbreviations import lexicon, nationalities
from services.catalog.english import English, english
from services.catalog.english_reading import read_either
from services.catalog.index import Entry, Postings
from services.catalog.model import NamesRecord
from services.catalog.qualifiers import qualifier_table
from services.catalog.reading import Reading
from services.catalog.search import SearchIndex
from services.catalog.spelling import Speller
from services.catalog.text import clean, marks, stem, words
from tests.catalog.everyday import STARTER, everyday_entries, everyday_index


def speaks(question: str) -> bool:
    typed = words(clean(question))
    return english().speaks([stem(word.folded) for word in typed], [marks(word.typed) for word in typed])


@cache
def shipped() -> list[NamesRecord]:
    lines = (STARTER / "names" / "english.jsonl").read_bytes().splitlines()
    return [msgspec.json.decode(line, type=NamesRecord) for line in lines]


@cache
def postings() -> Postings:
    return Postings.build(everyday_entries())


def reading(question: str) -> Reading:
    known = postings()
    return read_either(question, known, Speller(known.vocabulary, known.counts, known.together), lexicon())


@pytest.mark.parametrize(
    "question",
    [
        "how can I get married here",
        "My husband is Canadian and we would like to marry in Da Nang",
        "work permit",
        "passport",
        "can i do it online",
        "lost ID card, what now?",
        "where do I register at Phường Hải Châu",
    ],
)
def test_what_is_english(question: str) -> None:
    assert speaks(question)


@pytest.mark.parametrize(
    "question",
    [
        "lam the can cuoc cho con",
        "lam passport cho con",
        "đăng ký kết hôn với foreigner",
        "dang ki online the nao",
        "to khai an sinh xa hoi can gi",
        "cccd online",
        "do do dat dai",
        "in an",
        "",
        "gplx quoc te het han",
    ],
)
def test_what_is_not(question: str) -> None:
    assert not speaks(question)


def test_english_words_are_no_slips_of_vietnamese_ones() -> None:
    read = reading("my neighbour wants to make a copy of the police report")

    assert read.english
    assert not {"anh", "toi"} & set(read.repaired.split())
    assert "ban sao" in read.repaired
    assert read.garbled == 0.0


def test_words_of_conversation_say_nothing_in_english_and_people_little() -> None:
    read = reading("could you please tell me how my husband gets a passport")
    weight = dict(zip(read.stems, read.weights, strict=True))

    assert max(weight[word] for word in ("could", "you", "please", "tell", "me", "mi", "gets", "a")) < 0.1
    assert weight["husband"] < weight["passport"] == 1.0


def test_short_forms_of_vietnamese_stay_short_forms_inside_english() -> None:
    read = reading("how do i get a new gplx for my wife please")
    meant = {number for arc in read.arcs for number in arc.ids}

    assert read.english
    assert {postings().vocabulary[word] for word in ("giay", "phep", "lai", "xe")} <= meant


def test_a_question_of_nothing_but_an_aspect_is_not_taken_for_empty() -> None:
    found = everyday_index().search("how long does it take")

    assert (found.aspect, found.smalltalk) == ("time", "out_of_scope")


def test_a_vietnamese_question_is_read_as_before() -> None:
    assert not reading("lam lai the cccd bi mat").english
    assert reading("lam lai the cccd bi mat").repaired != ""


def test_of_phrases_that_overlap_the_longest_counts() -> None:
    table = English()
    table.add("birth", "khai sinh", 0.8)
    table.add("birth certificate", "giấy khai sinh", 0.9)

    found = table.glosses(["my", "birth", "certificate", "birth"])

    assert [(gloss.start, gloss.end) for gloss in found] == [(1, 3), (3, 4)]


def test_a_form_in_two_lines_is_refused() -> None:
    table = English()
    table.add("lost|missing", "bị mất", 0.7)
    with pytest.raises(ValueError, match="'missing' stands in two lines"):
        table.add("missing", "thiếu", 0.7)


def test_forms_of_one_word_find_each_other() -> None:
    entries = [
        Entry(code="1.000001", name="Alpha", english=("gardening permit renewal",)),
        Entry(code="1.000002", name="Beta", english=("wedding of the year",)),
        Entry(code="1.000003", name="Gamma", english=("burial of the year",)),
    ]
    index = SearchIndex.build(entries)

    _, hits = index.signals("we are getting married")

    assert [hit.code for hit in hits] == ["1.000002"]


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ("I want to marry my girlfriend, I hold a French passport", "2.000806"),
        ("my husband is Canadian, how do we get married", "2.000806"),
        ("tôi quốc tịch Mỹ muốn đăng ký kết hôn", "2.000806"),
        ("toi la cong dan Phap muon ket hon", "2.000806"),
        ("we are both Vietnamese and want to marry", "1.000894"),
        ("register my newborn", "1.001193"),
        ("our baby was born here, the father is German", "2.000528"),
        ("where can I get a certified copy of my degree", "2.000815"),
        ("I lost my ID card", "1.014064"),
        ("my ID card has expired", "1.014063"),
    ],
)
def test_english_finds_what_it_means(question: str, code: str) -> None:
    assert [hit.code for hit in everyday_index().search(question).hits][:1] == [code]


@pytest.mark.parametrize(
    "question", ["what is the weather like tomorrow", "book me a flight to Bangkok", "recommend a good restaurant"]
)
def test_english_about_other_worlds_is_refused(question: str) -> None:
    assert everyday_index().search(question).kind == "none"


def test_nationalities_stand_once_and_mean_a_foreigner() -> None:
    names = Counter(name for _, told in nationalities() for name in told.split("|"))

    assert len(nationalities()) >= 30
    assert max(names.values()) == 1
    foreigner = next(line for line in qualifier_table() if line.name == "foreigner")
    assert foreigner.question.search("toi co quoc tich phap")
    assert not foreigner.question.search("muon nhap quoc tich phap")
    assert not foreigner.question.search("toi co quoc tich viet nam")


def test_what_somebody_becomes_is_not_what_she_is() -> None:
    assert "nguoi nuoc ngoai" in reading("my husband is German").repaired
    assert "nguoi nuoc ngoai" not in reading("I want to become German").repaired


def test_english_names_are_told_apart() -> None:
    phrases = Counter(phrase.lower() for record in shipped() for phrase in record.english)
    codes = Counter(record.code for record in shipped())

    assert len(codes) >= 200
    assert min(len(record.english) for record in shipped()) >= 3
    assert max(codes.values()) == 1
    assert [phrase for phrase, count in phrases.items() if count > 1] == []


def test_the_entries_shipped_have_english_names() -> None:
    assert sum(bool(entry.english) for entry in everyday_entries()) > 50
