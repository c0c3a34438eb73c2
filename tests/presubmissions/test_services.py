"""Codes, consents and words of a pre-submission, without any conversation."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest

from handlers import book
from services.db.session import Database, unit
from services.fields import REFUSALS, WARNINGS
from services.presubmissions import codes, consents, delegation, papers
from tests.kit.house import House
from tests.presubmissions.conftest import DATABASES

NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)


@pytest.mark.parametrize("house", DATABASES, indirect=True)
def test_codes_are_counted_by_day_and_never_given_twice(house: House) -> None:
    def take(_: int) -> str:
        db = Database(house.url)
        try:
            with unit(db) as session:
                return codes.take(session, date(2026, 11, 22))
        finally:
            db.close()

    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(take, range(12)))
    assert sorted(taken) == [f"CB-261122-{number:04d}" for number in range(1, 13)]
    with unit(house.app.db) as session:
        assert codes.take(session, date(2026, 11, 23)) == "CB-261123-0001"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("CB-261122-0001", "CB-261122-0001"),
        ("cb 261122 0001", "CB-261122-0001"),
        ("cb–261122—0001", "CB-261122-0001"),
        ("CB2611220001", "CB-261122-0001"),
        ("CB-261122-12345", "CB-261122-12345"),
        ("CB-2611-0001", None),
        ("", None),
        ("CB" * 500, None),
    ],
)
def test_codes_as_they_are_typed(typed: str, code: str | None) -> None:
    assert codes.normalise(typed) == code


def test_the_last_answer_to_a_notice_counts_and_can_be_taken_back(house: House) -> None:
    with unit(house.app.db) as session:
        assert not consents.standing(session, 1, "prepare")
        consents.record(session, 1, "prepare", is_given=True, now=NOW)
        assert consents.standing(session, 1, "prepare")
        assert not consents.standing(session, 1, "identity")
        assert not consents.standing(session, 2, "prepare")
        consents.record(session, 1, "prepare", is_given=False, now=NOW)
        assert not consents.standing(session, 1, "prepare")
        consents.record(session, 1, "prepare", is_given=True, now=NOW)
        assert consents.withdraw(session, 1, NOW)
        assert not consents.standing(session, 1, "prepare")
        assert not consents.withdraw(session, 1, NOW)


@pytest.mark.parametrize(
    ("title", "is_identity"),
    [
        ("Giấy tờ tùy thân của người đi đăng ký: căn cước hoặc hộ chiếu", True),
        ("Bản sao Căn cước công dân", True),
        ("CCCD", True),
        ("Giấy chứng sinh", False),
        ("Văn bản xác nhận của cơ quan có căn cứ pháp lý", False),
        ("Giấy tờ chứng minh nơi cư trú", False),
    ],
)
def test_which_papers_prove_who_somebody_is(title: str, is_identity: bool) -> None:
    assert papers.is_identity(title) is is_identity


def test_every_refusal_of_an_answer_has_its_sentence(house: House) -> None:
    for key, meaning in REFUSALS.items():
        if key == "address-several":
            continue  # offered as choices
        names = {part.split("}")[0] for part in meaning.split("{")[1:]}
        for locale in ("vi", "en"):
            assert house.app.texts.text(f"field-{key}", locale, **dict.fromkeys(names, "x"))
    for key in WARNINGS:
        if key != "address-without-street":  # the street is asked for
            assert house.app.texts.text(f"field-{key}", "vi", answer="x")


def test_the_words_of_preparing_reach_their_conversations() -> None:
    patterns = [command.pattern for command in book.COMMANDS if command.pattern]
    assert codes.PATTERN in patterns
    assert delegation.PATTERN in patterns
    words = {word for command in book.COMMANDS for word in command.words}
    assert {"chuan bi ho so", "chuyen ho so", "rut uy quyen", "prepare"} <= words
