"""Rights: what is kept is told and copied, consent is taken back, and erasing leaves nothing that can be read."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from services.appointments import booking
from services.complaints import writing
from services.db.desk import Card
from services.db.machine import Inbox, Outbox
from services.db.presubmissions import Consent, Presubmission
from services.db.visits import Complaint, Counter, Rating, RightsRequest
from services.desk import cards
from services.dossiers import followers
from services.presubmissions import consents
from services.presubmissions.drafts import place
from services.ratings import rate
from services.rights import holdings, requests
from tests.after.town import AGENCY, CITIZEN, HEAD, NEIGHBOUR, Town, local

CODE = "H99.15-261106-0001"
NAME = "Hoàng Thị Mộng Điệp"


def fill(town: Town, who: int = CITIZEN, *, state: str = "draft") -> None:
    """A person of whom there is something of everything."""
    code = f"CB-261120-000{who}"
    form = town.keys.encrypt(msgspec.json.encode({"name": NAME}).decode(), place(code))

    def writes(session: Any) -> None:
        session.add(
            Presubmission(
                code=code, conversation_id=who, procedure_code="1.001193", version_id=1, case={}, agency_code=AGENCY,
                state=state, form=form, for_other=False, round=1, created_at=town.now, changed_at=town.now,
            )
        )  # fmt: skip
        session.add(Consent(conversation_id=who, kind="prepare", version="1", is_given=True, at=town.now))
        session.merge(Counter(agency_code=AGENCY, n=1, name="Quầy 1", fields=[], slot_minutes=60, capacity=9))
        session.flush()
        booking.book(session, who, booking.Matter("", AGENCY), local("2026-11-23", "08:30"), town.now)
        writing.write(session, town.keys, who, AGENCY, "late", f"Tôi là {NAME}", (), town.now)
        writing.send(session, town.keys, who, town.now)
        for n, row_state in enumerate(("done", "open")):
            session.add(
                Inbox(
                    channel="phone", account="default", event_id=f"{who}/{n}", lane=f"phone/default/{who}", raw=b"{}",
                    received_ms=0, state=row_state,
                )
            )  # fmt: skip
        session.add(
            Outbox(
                channel="phone", account="default", chat=str(who), conversation_id=who, priority=0, page={},
                created_ms=0, state="sent",
            )
        )  # fmt: skip

    town.do(writes)


def kinds(town: Town, who: int = CITIZEN) -> dict[str, int]:
    return {one.kind: one.count for one in town.do(lambda session: holdings.seen(session, who))}


def erase(town: Town, who: int = CITIZEN) -> requests.Erased:
    return town.do(lambda session: requests.erase(session, town.keys, who, town.now))


def test_seen_by_kind_and_only_ones_own(town: Town) -> None:
    assert kinds(town) == {}
    fill(town)
    fill(town, NEIGHBOUR)
    town.dossier(CODE, 9)
    town.do(lambda session: rate(session, town.keys, CITIZEN, CODE, 5, town.now))
    expected = {"messages": 3, "drafts": 1, "consents": 1, "complaints": 1, "visits": 1}
    assert kinds(town) == expected | {"follows": 1, "ratings": 1}
    assert kinds(town, NEIGHBOUR) == expected


def test_a_copy_opens_her_own_words_and_nobody_elses(town: Town) -> None:
    fill(town)
    town.dossier(CODE, who=NEIGHBOUR)
    copied = msgspec.json.decode(town.do(lambda session: holdings.copy(session, town.keys, CITIZEN, town.now)))
    assert copied["prepared"][0]["form"] == {"name": NAME}
    assert copied["complaints"][0]["text"] == f"Tôi là {NAME}"
    assert "follows" not in copied
    other = town.do(lambda session: holdings.copy(session, town.keys, NEIGHBOUR, town.now))
    assert NAME not in other
    assert CODE in other


def test_withdrawing_consent_erases_what_rested_on_it(town: Town) -> None:
    fill(town)
    done = town.do(lambda session: requests.withdraw(session, town.keys, CITIZEN, town.now))
    assert (done.waits, done.until) == (0, None)
    row = town.do(lambda session: session.get_one(Presubmission, "CB-261120-0001"))
    assert row.form is None
    assert row.erased_at is not None
    consent = town.do(lambda session: session.scalars(select(Consent)).one())
    assert (consent.is_given, consent.withdrawn_at) == (True, town.now)
    assert kinds(town)["complaints"] == 1


def test_erasing_leaves_nothing_of_hers_and_all_of_others(town: Town) -> None:
    fill(town)
    fill(town, NEIGHBOUR)
    town.dossier(CODE, 9)
    town.do(lambda session: followers.follow(session, CODE, NEIGHBOUR, "digits", town.now))
    for who in (CITIZEN, NEIGHBOUR):
        town.do(lambda session: rate(session, town.keys, who, CODE, 5, town.now))  # noqa: B023
    before = kinds(town, NEIGHBOUR)
    done = erase(town)
    assert (done.waits, done.until) == (0, None)
    # what is under way now (the update that asked for this), the record of consent, the cancelled visit, the request
    assert kinds(town) == {"messages": 1, "consents": 1, "visits": 1, "requests": 1}
    assert kinds(town, NEIGHBOUR) == before
    assert NAME not in town.do(lambda session: holdings.copy(session, town.keys, CITIZEN, town.now))
    assert [row.conversation_id for row in town.do(lambda session: list(session.scalars(select(Rating))))] == [
        NEIGHBOUR
    ]
    states = town.do(lambda session: {row.conversation_id: row.state for row in session.scalars(select(Complaint))})
    assert states == {CITIZEN: "withdrawn", NEIGHBOUR: "open"}
    assert town.do(lambda session: booking.coming(session, CITIZEN, town.now)) == []


def test_erasing_dies_wholly_and_can_be_done_twice(town: Town) -> None:
    fill(town)
    before = kinds(town)
    town.dies(lambda session: requests.erase(session, town.keys, CITIZEN, town.now))
    assert kinds(town) == before
    erase(town)
    assert erase(town).waits == 0


def test_what_an_officer_works_on_waits_with_a_date(town: Town) -> None:
    fill(town, state="checking")
    done = erase(town)
    assert done.waits == 1
    assert done.until == local("2026-12-10", "17:00")  # twenty days
    assert town.do(lambda session: session.get_one(Presubmission, "CB-261120-0001")).form is not None
    assert town.told("rights-asked") == [HEAD]
    assert erase(town).until == done.until
    assert len(town.tellings("rights-asked")) == 1
    number = town.do(lambda session: session.scalars(select(RightsRequest.id)).one())
    assert town.do(lambda session: requests.finish(session, town.keys, number, "done", town.now))
    assert town.do(lambda session: session.get_one(Presubmission, "CB-261120-0001")).form is None


def test_consent_that_is_withdrawn_holds_for_what_the_office_works_on_too(town: Town) -> None:
    fill(town, state="checking")
    for kind in ("check", "approve"):
        town.do(lambda session: cards.open_card(session, town.now, kind, "CB-261120-0001#1", "H99.15"))  # noqa: B023
    town.do(lambda session: setattr(session.get_one(Presubmission, "CB-261120-0001"), "round", 1))
    done = town.do(lambda session: requests.withdraw(session, town.keys, CITIZEN, town.now))
    assert (done.waits, done.until) == (1, local("2026-12-07", "17:00"))  # fifteen days; the last one is a Saturday
    number = town.do(lambda session: session.scalars(select(RightsRequest.id)).one())
    assert town.do(lambda session: requests.finish(session, town.keys, number, "done", town.now))
    assert town.do(lambda session: session.get_one(Presubmission, "CB-261120-0001")).form is None
    over = select(Card.kind).where(Card.state == "gone")
    assert town.do(lambda session: set(session.scalars(over))) == {"check", "approve"}


@pytest.mark.parametrize("asks", [requests.withdraw, requests.erase])
def test_only_what_was_agreed_to_is_taken_back(town: Town, asks: Any) -> None:
    def answers(session: Any) -> None:
        consents.record(session, CITIZEN, "identity", is_given=False, now=town.now)
        consents.record(session, CITIZEN, "prepare", is_given=True, now=town.now)
        consents.record(session, NEIGHBOUR, "prepare", is_given=True, now=town.now)

    town.do(answers)
    town.do(lambda session: asks(session, town.keys, CITIZEN, town.now))
    back = select(Consent.conversation_id, Consent.kind).where(Consent.withdrawn_at.is_not(None))
    assert town.do(lambda session: session.execute(back).all()) == [(CITIZEN, "prepare")]
    assert not town.do(lambda session: consents.standing(session, CITIZEN, "prepare"))
    assert town.do(lambda session: consents.standing(session, NEIGHBOUR, "prepare"))


def test_requests_have_the_days_of_the_law(town: Town) -> None:
    row = town.do(lambda session: requests.ask(session, CITIZEN, "correct", town.now))
    assert row.acknowledge_by == local("2026-11-25", "17:00")  # two working days
    assert row.due_at == local("2026-11-30", "17:00")
    assert town.do(lambda session: requests.finish(session, town.keys, row.id, "done", town.now))
    assert not town.do(lambda session: requests.finish(session, town.keys, row.id, "done", town.now))
    assert town.told("rights-done") == [CITIZEN]
    again = town.do(lambda session: requests.ask(session, CITIZEN, "correct", town.now))
    assert again.id != row.id
    kept = town.do(lambda session: session.get_one(RightsRequest, row.id))
    assert kept.done_at is not None
    assert kept.done_at.date() == date(2026, 11, 20)
