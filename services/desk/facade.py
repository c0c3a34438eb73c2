"""The desk as the conversations use it, in one transaction. `who` is always a private conversation's number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from services import due_notices, links, talks, working_days
from services.clock import Clock
from services.db.desk import Card
from services.db.office import Agency
from services.desk import (
    actions,
    calling,
    cards,
    closing,
    counter,
    extending,
    hours,
    invites,
    log,
    renewal,
    staff,
    summary,
)
from services.desk.staff import Member
from services.dossiers.hand import HOME, Hand
from services.dossiers.lookup import may_ask
from services.keys import Keys
from services.refusal import Refused

REFUSALS_A_GROUP_HEARS = 1
"""In ten minutes: an outsider who presses again and again does not fill the desk's chat."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Members, cards and leave."""

    session: Session
    clock: Clock
    keys: Keys

    @property
    def now(self) -> datetime:
        """The moment."""
        return self.clock.now()

    @property
    def today(self) -> date:
        """The local day."""
        return self.now.astimezone(HOME).date()

    # -- who ---------------------------------------------------------------------------------------------------------

    def member(self, who: int) -> Member | None:
        """Who this is, if she works here."""
        return staff.member(self.session, who)

    def hand(self, by: Member) -> Hand:
        """By whose hand a dossier is written to."""
        return Hand(self.session, self.keys, by.actor, self.now)

    def accept(self, who: int, typed: str) -> Member | Refused:
        """An invitation, said in a private chat."""
        return invites.accept(self.session, self.keys, who, typed, self.now)

    def accept_desk(self, group: int, sender: int, typed: str) -> str | Refused:
        """An invitation, said in a group."""
        return invites.accept_desk(self.session, self.keys, group, sender, typed, self.now)

    def outsider(self, who: int, conversation: int, action: str, subject: str) -> bool:
        """Somebody who does not work here tried; it is logged. True when this chat should still be answered."""
        log.note(self.session, self.now, action, subject, "card-not-staff", conversation_id=who or conversation)
        return may_ask(self.session, f"outsider:{conversation}", self.now, most=REFUSALS_A_GROUP_HEARS)

    def note(self, by: Member, action: str, subject: str, outcome: str = log.DONE) -> None:
        """Write down what a member did."""
        log.note(self.session, self.now, action, subject, outcome, staff_id=by.id, conversation_id=by.conversation_id)

    # -- cards -------------------------------------------------------------------------------------------------------

    def card(self, card_id: int) -> Card | None:
        """A card by its number."""
        return cards.get(self.session, card_id)

    def claim(self, by: Member, card_id: int, *, there: bool = False) -> Card | Refused:
        """Take a card; `there` when she does so in her private chat, where the answer is given at once."""
        return cards.claim(self.session, by, card_id, self.now, there=there)

    def next_action(self, by: Member, card: Card, *, passing: bool = False) -> None:
        """Say in her private chat what can be done with a card."""
        calling.remind_owner(self.session, card, by, self.now, "desk-pass" if passing else "desk-yours")

    def came_to_nothing(self, by: Member, why: Refused, card_id: int) -> None:
        """Say in her private chat why a press in a group came to nothing."""
        calling.not_yours(self.session, by, why.key, card_id, self.now)

    def release(self, by: Member, card_id: int) -> Card | Refused:
        """Give it back."""
        return cards.release(self.session, by, card_id, self.now)

    def finish(self, by: Member, card: Card) -> None:
        """Her work on a card is done."""
        cards.finish(self.session, card.kind, card.subject, self.now)
        self.note(by, "done", f"{card.kind} {card.subject}")

    def pass_on(self, by: Member, card_id: int, target: str) -> Card | Refused:
        """Hand it on: `staff:7` or `agency:H99.15.CA`."""
        return cards.pass_on(self.session, by, card_id, target, self.now)

    def waiting(self, by: Member) -> list[Card]:
        """What she may take."""
        return cards.waiting(self.session, by)

    def held(self, by: Member) -> list[Card]:
        """What she has."""
        return cards.held_by(self.session, by.id)

    def targets(self, by: Member, card: Card) -> list[tuple[str, str]]:
        """To whom a card can be handed on: (target, name); an officer without a name has a number."""
        found = [
            (f"staff:{one.id}", one.name or str(one.id))
            for one in staff.of_agency(self.session, card.agency_code)
            if one.id != by.id and one.conversation_id is not None and cards.may_take(one, card) is None
            and not staff.is_away(self.session, one.id, self.today)
        ]  # fmt: skip
        others = select(Agency.code, Agency.name).where(Agency.code != card.agency_code).order_by(Agency.code)
        found += [
            (f"agency:{code}", name)
            for code, name in self.session.execute(others)
            if staff.desks(self.session, code) or any(m.conversation_id for m in staff.of_agency(self.session, code))
        ]
        return found

    def waited(self, card: Card) -> timedelta:
        """How much working time a card has waited."""
        return hours.spent(working_days.load(self.session, card.agency_code), card.opened_at, self.now)

    def check_of(self, card: Card) -> summary.Check | None:
        """What a card of the kinds `check` and `approve` is about."""
        return summary.check(self.session, card.subject)

    def field_of(self, card: Card) -> str:
        """What a card of the kind `talk` is about."""
        return summary.field_of_talk(self.session, card.subject)

    def talk_link(self, by: Member, card: Card) -> str | Refused:
        """She begins to speak with the citizen of a card of the kind `talk`; the token of her link."""
        begun = talks.taken(self.session, by, int(card.subject.removeprefix("talk:")), self.now)
        if isinstance(begun, Refused):
            return begun
        return links.make(self.session, self.keys, "talk", card.subject, self.now, staff_id=by.id)

    # -- dossiers ----------------------------------------------------------------------------------------------------

    def receive(self, by: Member, code: str, day: date | None = None) -> counter.Received | Refused:
        """An accepted pre-submission becomes a dossier."""
        return counter.receive(self.hand(by), by, code, day)

    def at_once(self, by: Member, procedure_code: str) -> str | Refused:
        """Solved and handed out at the counter in one go: recorded and counted; the dossier's code."""
        return actions.at_once(self.hand(by), by, procedure_code)

    def look(self, by: Member, typed: str) -> actions.AtWork | Refused:
        """A dossier as an officer works on it."""
        return actions.look(self.hand(by), by, typed)

    def act(self, by: Member, code: str, status: int, note: str, to_agency: str) -> Refused | None:
        """Do one of what `look` allowed."""
        done = actions.act(self.hand(by), by, code, status, note=note, to_agency=to_agency)
        return done if isinstance(done, Refused) else None

    def may_extend(self, by: Member, code: str, day: date | None = None) -> Refused | None:
        """Why a dossier's date cannot be moved, or not to this day; None when it can."""
        seen = extending.may_extend(self.hand(by), by, code)
        found = seen if isinstance(seen, Refused) or day is None else extending.until(self.hand(by), seen, day)
        return found if isinstance(found, Refused) else None

    def extend(self, by: Member, code: str, day: date, reason: str) -> Refused | None:
        """Promise a later day, with the reason that the citizen reads."""
        return extending.extend(self.hand(by), by, code, day, reason)

    def agencies(self, by: Member, seen: actions.AtWork) -> list[tuple[str, str]]:
        """To which agencies a dossier can be handed on."""
        return actions.agencies(self.hand(by), seen)

    def renew(self, by: Member, typed: str) -> renewal.Renewed | Refused:
        """Take back a dossier's one-time codes and make a new one."""
        return renewal.renew(self.hand(by), by, typed)

    def due(self, by: Member) -> due_notices.Lists:
        """What is due at her agency."""
        return due_notices.lists(self.session, by.agency_code, self.today)

    # -- what somebody has to telephone about, or to look at ----------------------------------------------------------

    def close(self, by: Member, what: closing.What, typed: str) -> closing.Closed | Refused:
        """She telephoned, or had a look: close it."""
        return closing.close(self.hand(by), by, what, typed)

    def close_number(self, by: Member, number: int) -> closing.Closed | Refused:
        """The same, for a trouble by its number."""
        return closing.close_number(self.hand(by), by, number)

    def troubles(self, by: Member, most: int) -> list[closing.Waiting]:
        """What waits to be closed by somebody like her."""
        return closing.waiting(self.hand(by), by, most)

    def telephone(self, by: Member, code: str) -> closing.Telephone | None:
        """Whether somebody must be telephoned about a dossier, or was."""
        return closing.telephone(self.hand(by), code)

    # -- leave -------------------------------------------------------------------------------------------------------

    def leave(self, by: Member, first: date, last: date) -> Refused | None:
        """Days off, both included."""
        return staff.take_leave(self.session, by.id, first, last)

    def back_at_work(self, by: Member) -> int:
        """Leave taken back."""
        return staff.back_at_work(self.session, by.id, self.today)

    def colleagues(self, by: Member) -> list[tuple[int, str]]:
        """Who could stand in for her: (number, name)."""
        return [
            (one.id, one.name or str(one.id))
            for one in staff.of_agency(self.session, by.agency_code)
            if one.works and one.id != by.id and one.conversation_id is not None
        ]

    def backup(self, by: Member, staff_id: int | None) -> Refused | None:
        """Who stands in for her."""
        return staff.set_backup(self.session, by.id, staff_id)
