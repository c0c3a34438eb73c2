"""Guessed codes by the thousand: strangers learn nothing, they are stopped, and they leave little behind.

`make bench ARGS=guessing` guesses more of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from services import retention
from services.db.machine import Conversation, WebSession
from services.db.session import Database, unit
from services.dossiers import lookup
from services.dossiers.facade import Dossiers
from services.dossiers.personal import Person
from services.dossiers.views import Public
from services.refusal import Refused
from tests.dossiers.office import KEYS, Office
from tests.kit.databases import databases

GUESSES = 1_000


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def db(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    yield from databases(request.param, tmp_path)


def rows(office: Office) -> int:
    """What look-ups left."""
    return sum(
        int(office.row(f"SELECT count(*) AS n FROM {table}").n)
        for table in ("lookup_tries", "lookup_days", "lookup_rates")
    )


def guess(office: Office, who: int, numbers: range) -> list[Public | Refused | None]:
    """One chat asks for one code after another."""
    with unit(office.db) as session:
        dossiers = Dossiers(session, office.clock, KEYS)
        return [dossiers.public(who, f"H45.15-261120-{number:04d}") for number in numbers]


def test_one_asker_is_stopped_and_leaves_one_row(office: Office) -> None:
    office.create(code=f"H45.15-261120-{GUESSES - 1:04d}")
    found = guess(office, 1, range(GUESSES))
    assert found[:30] == [None] * 30
    # the last code is there, and says nothing any more
    assert found[30:] == [Refused("too-many-lookups")] * (GUESSES - 30)
    assert rows(office) == 1
    office.clock.tick(minutes=10)
    assert guess(office, 1, range(31))[-1] == Refused("too-many-lookups")


def test_another_asker_is_not_kept_out_by_the_first(office: Office) -> None:
    office.create(code="H45.15-261120-0007")
    guess(office, 1, range(200))
    (seen,) = guess(office, 2, range(7, 8))
    assert isinstance(seen, Public)
    assert (seen.status, seen.percent) == (2, 20)


def test_many_askers_learn_code_and_progress_and_their_traces_go(office: Office) -> None:
    office.create(code="H45.15-261120-0007")
    for who in range(60):
        for seen in guess(office, who, range(30)):
            assert seen is None or (isinstance(seen, Public) and seen.code.endswith("0007"))
    assert rows(office) == 60
    with unit(office.db) as session:
        retention.erase_due(session, office.clock.now() + timedelta(hours=1))
    assert rows(office) == 0


def test_digits_guessed_over_codes_and_askers_are_counted_and_forgotten_in_parts(office: Office) -> None:
    for who in range(20):
        for number in range(5):
            with unit(office.db) as session:
                answer = lookup.unlock(
                    session, KEYS, asker=f"conversation:{who}", code=f"H45.15-261120-{number:04d}", digits="0000",
                    now=office.clock.now(),
                )  # fmt: skip
            assert answer == Refused("not-matched", {"left": 4})
    assert rows(office) == 125
    with unit(office.db) as session:
        then = office.clock.now() + timedelta(days=3)
        assert lookup.forget_old(session, then, most=40) == 45
        assert lookup.forget_old(session, then, most=100) == 80
        assert lookup.forget_old(session, then) == 0


def digits(office: Office, who: int, number: int, typed: str) -> str:
    """What comes of digits for one code: the key of the refusal, or the code opened."""
    with unit(office.db) as session:
        done = Dossiers(session, office.clock, KEYS).prove(who, f"H45.15-261120-{number:04d}", typed)
    return done.key if isinstance(done, Refused) else done


def test_who_goes_from_code_to_code_is_stopped_too(office: Office) -> None:
    office.create(code="H45.15-261120-0999", applicant=Person("Lê Thị A", "0987612345", ""))
    wrong = [digits(office, 1, number // 4, "0000") for number in range(lookup.WRONG_OVER_ALL)]
    assert set(wrong) == {"not-matched"}
    assert digits(office, 1, 999, "2345") == "digits-closed"
    assert digits(office, 2, 999, "2345") == "H45.15-261120-0999", "another person is not kept out"
    office.clock.tick(hours=24)
    assert digits(office, 1, 999, "2345") == "H45.15-261120-0999"


def test_chat_pages_of_one_address_share_its_limits(office: Office) -> None:
    office.create(code="H45.15-261120-0999", applicant=Person("Lê Thị A", "0987612345", ""))
    with unit(office.db) as session:
        for who in range(1, 41):
            at = {"created_ms": 0, "seen_ms": 0, "origin": "elsewhere" if who == 40 else "here"}
            session.add(WebSession(id=f"page{who}", token_hash=f"t{who}", **at))
            session.add(Conversation(id=who, channel="web", account="default", chat=f"page{who}", created_ms=0))
    asked = [seen for who in range(1, 11) for seen in guess(office, who, range(30))]
    assert asked.index(Refused("too-many-lookups")) == lookup.ASKED_OF_A_PLACE
    assert guess(office, 40, range(1)) == [None]
    wrong = [digits(office, 1 + number // 20, number, "0000") for number in range(lookup.WRONG_OF_A_PLACE)]
    assert set(wrong) == {"not-matched"}
    assert digits(office, 30, 999, "2345") == "digits-closed"
    assert digits(office, 40, 999, "2345") == "H45.15-261120-0999"


def test_whatever_is_typed_for_a_code(office: Office) -> None:
    """No shape of a guess raises, or finds anything."""
    typed = [
        "",
        " ",
        "%",
        "_",
        "H45.15-261120-____",
        "' OR 1=1 --",
        "\x00",
        "\ud800",
        "x" * 100_000,
        "H45.15\u2010" * 9,
    ]
    office.create(code="H45.15-261120-0007")
    with unit(office.db) as session:
        dossiers = Dossiers(session, office.clock, KEYS)
        assert [dossiers.public(1, one) for one in typed] == [None] * len(typed)
        for who, one in enumerate(typed, 2):
            assert dossiers.prove(who, one, "0000") == Refused("not-matched", {"left": 4}), one[:20]
