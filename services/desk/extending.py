"""A later date than the one promised: once, with the reason and the apology that the citizen reads.

Decree 61/2018 Art. 19(9). The day is one on which the competent agency works, the moment when it closes.
"""

from __future__ import annotations

from datetime import date, datetime

from services import working_days
from services.desk import actions, log
from services.desk.staff import Member
from services.dossiers import lifecycle
from services.dossiers.hand import HOME, Hand
from services.refusal import Refused, refused

LONGEST_WAIT = 3 * 366
"""No agency names a day further ahead, in days: a slip of the finger does."""


def may_extend(hand: Hand, by: Member, code: str) -> actions.AtWork | Refused:
    """The dossier, if its date may be moved. Refusals: those of `look`, `transition-impossible`, `no-due`,
    `extension-used`."""
    seen = actions.look(hand, by, code)
    if isinstance(seen, Refused):
        return seen
    if seen.due_at is None:
        return refused("no-due")
    if seen.extensions:
        return actions.logged(hand, by, "extend", code, refused("extension-used"))
    if actions.EXTEND not in seen.allowed:
        return actions.logged(hand, by, "extend", code, refused("transition-impossible"))
    return seen


def until(hand: Hand, seen: actions.AtWork, day: date) -> datetime | Refused:
    """The moment on a day until which it is promised. Refusals: `counter-day`, `due-not-later`."""
    closes = end_of(hand, seen.agency_code or "", day)
    if not isinstance(closes, Refused) and seen.due_at is not None and day <= seen.due_at.astimezone(HOME).date():
        return refused("due-not-later")
    return closes


def end_of(hand: Hand, agency_code: str, day: date) -> datetime | Refused:
    """When an agency closes on a day to come. Refusal: `counter-day` (past, too far, or it does not work then)."""
    calendar = working_days.load(hand.session, agency_code)
    if not 0 <= (day - hand.today).days <= LONGEST_WAIT or not calendar.is_working(day):
        return refused("counter-day")
    return datetime.combine(day, calendar.closes(day), HOME).astimezone(hand.now.tzinfo)


def extend(hand: Hand, by: Member, code: str, day: date, reason: str) -> Refused | None:
    """Promise a later day. Refusals: those of `may_extend` and `until`, `reason-missing`, `note-long`."""
    seen = may_extend(hand, by, code)
    if isinstance(seen, Refused):
        return seen
    words = reason.strip()
    if not words:
        return refused("reason-missing")
    if len(words) > actions.LONGEST_NOTE:
        return refused("note-long", most=actions.LONGEST_NOTE)
    moment = until(hand, seen, day)
    if isinstance(moment, Refused):
        return moment
    done = lifecycle.extend(hand, code, moment, words)
    if isinstance(done, Refused):
        return actions.logged(hand, by, "extend", code, done)
    log.note(
        hand.session, hand.now, f"extend {day.isoformat()}", code, staff_id=by.id, conversation_id=by.conversation_id
    )
    return None
