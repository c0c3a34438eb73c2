"""Ratings: asked once, one row a person and dossier, low ones a card for the head that leads to nobody."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from services import ratings
from services.db.desk import Card
from services.db.visits import Rating
from services.dossiers import followers
from services.refusal import Refused
from tests.after.town import AGENCY, CITIZEN, HEAD, NEIGHBOUR, Town, local

CODE = "H99.15-261106-0001"


def tick(town: Town) -> int:
    return town.do(lambda session: ratings.tick(session, town.now))


def rate(town: Town, score: int, who: int = CITIZEN, code: str = CODE) -> bool | Refused:
    return town.do(lambda session: ratings.rate(session, town.keys, who, code, score, town.now))


def cards(town: Town) -> list[Card]:
    return town.do(lambda session: list(session.scalars(select(Card).where(Card.kind == "rating"))))


def test_asked_once_when_the_result_was_handed_out(town: Town) -> None:
    town.dossier(CODE, 9)
    assert tick(town) == 0
    town.becomes(CODE, 10)
    town.dies(lambda session: ratings.tick(session, town.now))
    assert town.tellings("rate") == []
    assert sum(town.at_once(8, lambda session, _: ratings.tick(session, town.now))) == 1
    assert [tick(town), town.told("rate")] == [0, [CITIZEN]]
    assert not town.do(lambda session: ratings.waiting(session, town.now))


def test_every_follower_is_asked_but_not_who_wants_no_notices(town: Town) -> None:
    town.dossier(CODE, 9)
    town.do(lambda session: followers.follow(session, CODE, NEIGHBOUR, "digits", town.now))
    town.do(lambda session: followers.wish(session, CITIZEN, followers.Wishes(stopped_at=town.now)))
    town.becomes(CODE, 10)
    assert tick(town) == 1
    assert town.told("rate") == [NEIGHBOUR]


def test_never_at_night(town: Town) -> None:
    town.sets("2026-11-20", "21:30")
    town.dossier(CODE, 9)
    town.becomes(CODE, 10)
    tick(town)
    assert town.tellings("rate")[0].next_ms == int(local("2026-11-21", "07:00").timestamp() * 1000)


def test_an_old_result_is_not_asked_about(town: Town) -> None:
    town.dossier(CODE, 9)
    town.becomes(CODE, 10)
    town.now += ratings.ASKED_FOR + timedelta(minutes=1)
    assert tick(town) == 0


def test_a_second_tap_changes_the_one_row(town: Town) -> None:
    town.dossier(CODE, 9)
    assert rate(town, 4) is False
    assert rate(town, 5) is True
    rows = town.do(lambda session: list(session.scalars(select(Rating))))
    assert [(row.score, row.changed_at is not None) for row in rows] == [(5, True)]


def test_forty_taps_at_once_are_one_row(town: Town) -> None:
    town.dossier(CODE, 9)
    town.at_once(40, lambda session, n: ratings.rate(session, town.keys, CITIZEN, CODE, n % 5 + 1, town.now))
    assert len(town.do(lambda session: list(session.scalars(select(Rating))))) == 1
    assert len(cards(town)) == 1


@pytest.mark.parametrize("score", [0, 6, -1])
def test_other_scores_are_refused(town: Town, score: int) -> None:
    town.dossier(CODE, 9)
    assert rate(town, score) == Refused("rating-score")


def test_only_finished_dossiers_of_ones_own(town: Town) -> None:
    town.dossier(CODE, 4)
    assert rate(town, 5) == Refused("rating-not-yours")
    town.becomes(CODE, 9)
    assert rate(town, 5, NEIGHBOUR) == Refused("rating-not-yours")
    assert rate(town, 5, CITIZEN, "H99.15-261106-9999") == Refused("rating-not-yours")


def test_a_low_one_is_one_card_for_the_head_and_leads_to_nobody(town: Town) -> None:
    town.dossier(CODE, 9)
    rate(town, 1)
    rate(town, 5)
    rate(town, 2)
    (card,) = cards(town)
    assert (card.agency_code, card.state) == (AGENCY, "open")
    assert ratings.card_facts(card.subject) == ("2026-11", "")
    assert CODE not in card.subject
    assert set(town.told("desk-card")) == {HEAD}
    assert all(CODE not in str(row.args) for row in town.tellings("desk-card"))


def test_the_latest_is_the_last_one_handed_out(town: Town) -> None:
    town.dossier("H99.15-261106-0001", 9)
    town.dossier("H99.15-261106-0002", 9)
    town.dossier("H99.15-261106-0003", 4)
    town.becomes("H99.15-261106-0001", 10)
    assert town.do(lambda session: ratings.latest(session, CITIZEN)) == "H99.15-261106-0001"
    town.later(hours=1)
    town.becomes("H99.15-261106-0002", 10)
    assert town.do(lambda session: ratings.latest(session, CITIZEN)) == "H99.15-261106-0002"
    assert town.do(lambda session: ratings.latest(session, NEIGHBOUR)) is None


def test_counted_by_agency_and_local_month(town: Town) -> None:
    town.sets("2026-11-30", "23:30")  # already December in no place of this office
    for number, score in enumerate((5, 4, 2)):
        town.dossier(f"H99.15-261106-000{number}", 9)
        rate(town, score, code=f"H99.15-261106-000{number}")
    town.sets("2026-12-01", "00:30")
    town.dossier("H99.15-261106-0009", 9)
    rate(town, 1, code="H99.15-261106-0009")
    begin, end = local("2026-11-01", "00:00"), local("2027-01-01", "00:00")
    found = town.do(lambda session: ratings.summary(session, begin, end))
    assert [(one.month, one.count, one.average) for one in found] == [("2026-11", 3, 3.7), ("2026-12", 1, 1.0)]
