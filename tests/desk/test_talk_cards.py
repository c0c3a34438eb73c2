"""The card of a talk stays with who speaks, and whoever has the card may go on speaking."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import event
from sqlalchemy.orm import Session

from services import talks
from services.db.desk import Card, OfficerTalk
from services.db.machine import Conversation
from services.db.session import Database, unit
from services.desk import cards, clock, staff
from services.desk.staff import Member
from services.keys import Keys
from services.refusal import Refused
from tests.desk.conftest import AGENCY, NOW, OTHER
from tests.kit import people


def begun(session: Session, keys: Keys) -> tuple[OfficerTalk, Card]:
    """A citizen who has written, and her card."""
    session.add(Conversation(id=5, channel="phone", account="default", chat="5", created_ms=0, state=None))
    session.flush()
    talk = talks.begin(session, 5, NOW)
    assert isinstance(talk, OfficerTalk)
    assert talks.said(session, keys, talk, "citizen", NOW, text="Xin chào") == 1
    return talk, session.query(Card).one()


def hired(session: Session, chat: str) -> Member:
    found = staff.by_id(session, people.bind(session, chat, "officer", AGENCY, NOW))
    assert found is not None
    return found


def test_who_speaks_keeps_the_card(db: Database, keys: Keys) -> None:
    with unit(db) as session:
        by = hired(session, "71")
        talk, card = begun(session, keys)
        assert isinstance(cards.claim(session, by, card.id, NOW), Card)
        assert not isinstance(talks.taken(session, by, talk.id, NOW), Refused)
        later = NOW + timedelta(minutes=25)
        talks.said(session, keys, talk, "officer", later, text="Chào Ông/Bà")
    with unit(db) as session:
        clock.tick(session, later + timedelta(minutes=20))
        assert session.query(Card).one().state == "claimed"
        clock.tick(session, later + timedelta(minutes=31))
        assert session.query(Card).one().state == "open"


def test_a_talk_is_handed_on_with_its_card(db: Database, keys: Keys) -> None:
    with unit(db) as session:
        one, other = hired(session, "71"), hired(session, "72")
        talk, card = begun(session, keys)
        cards.claim(session, one, card.id, NOW)
        talks.taken(session, one, talk.id, NOW)
        assert talks.taken(session, other, talk.id, NOW) == Refused("talk-taken")
        assert isinstance(cards.pass_on(session, one, card.id, f"staff:{other.id}", NOW), Card)
        assert not isinstance(talks.taken(session, other, talk.id, NOW), Refused)
        assert session.get_one(OfficerTalk, talk.id).staff_id == other.id
        assert talks.taken(session, one, talk.id, NOW) == Refused("talk-taken")


def test_what_a_card_is_about_is_held_before_the_card(db: Database, keys: Keys) -> None:
    """Everybody takes the two in this order: a talk that ends while its card goes elsewhere waits, without a clash."""
    held: list[str] = []

    def look(connection: object, cursor: object, statement: str, *rest: object) -> None:
        if "FOR UPDATE" in statement:
            held.append("talks" if "FROM talks" in statement else "cards")

    with unit(db) as session:
        one = hired(session, "71")
        people.bind(session, "81", "officer", OTHER, NOW)
        talk, card = begun(session, keys)
        cards.claim(session, one, card.id, NOW)
        number, at = talk.id, card.id
    event.listen(db.engine, "before_cursor_execute", look)
    with unit(db) as session:
        moved = cards.pass_on(session, one, at, f"agency:{OTHER}", NOW)
        assert isinstance(moved, Card)
        assert (moved.agency_code, session.get_one(OfficerTalk, number).agency_code) == (OTHER, OTHER)
    assert held == ([] if db.is_sqlite else ["talks", "cards"])
