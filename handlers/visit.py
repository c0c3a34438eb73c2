"""A seat at the counter: which day, which time, and what to do when plans change."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from bot.dialog.flow import Flow, Talk
from bot.dialog.values import Again, Answer, Ask, Choice, Done, Goto, Move, Say
from handlers import dates, elsewhere, visit_said
from handlers.tellings import Told, tells
from services import agencies
from services.appointments import booking, slots
from services.appointments.booking import Booked, Matter
from services.dossiers.hand import HOME
from services.refusal import Refused

visit = Flow("visit")


def _matter(talk: Talk) -> Matter | None:
    """What the visit is for; None where no office was set up."""
    session = talk.services.session
    front = agencies.front(session)
    return booking.matter(session, talk.who, talk.data.get("code", ""), front, talk.now) if front else None


def _data(talk: Talk, **more: Any) -> dict[str, Any]:
    """What is taken along from step to step: the code, and the visit that is being changed."""
    kept = {name: talk.data[name] for name in ("code", "instead") if talk.data.get(name)}
    return {**kept, **more}


@visit.step
def offer(talk: Talk) -> Ask | Goto:
    """The next days with free seats."""
    wanted = _matter(talk)
    if wanted is None or not slots.places(talk.services.session, wanted.agency_code):
        return Goto("menu.hours", say=(Say(talk.text("visit-none")),))
    ahead = booking.coming(talk.services.session, talk.who, talk.now)
    same = [one for one in ahead if wanted.subject and one.subject == wanted.subject]
    if same and not talk.data.get("instead"):
        return Goto("shown", {"id": same[0].id})
    free = slots.days(talk.services.session, wanted.agency_code, talk.now, field=wanted.field)
    if not free:
        return Goto("menu.hours", say=(Say(talk.text("visit-all-full")),))
    choices = [
        Choice(day.isoformat(), talk.text("visit-free", when=dates.day(talk, day), free=str(count)))
        for day, count in free
    ]
    return Ask(talk.text("visit-which-day"), tuple(choices), text_ok=True, any_time=True)


@offer.takes
def _(talk: Talk, answer: Answer) -> Move:
    if answer.value:
        return Goto("times", _data(talk, day=answer.value))
    wanted = _matter(talk)
    free = slots.days(talk.services.session, wanted.agency_code, talk.now, field=wanted.field) if wanted else []
    days = [day for day, _ in free]
    said = visit_said.day(answer.text or "", days, talk.now.astimezone(HOME).date()) if days else None
    if said is None:
        return elsewhere.led_or_again(talk, answer.text or "")
    if said not in days:
        return Again(talk.text("visit-not-that-day", day=dates.day(talk, said)))
    return Goto("times", _data(talk, day=said.isoformat()))


@visit.step
def times(talk: Talk) -> Ask | Goto:
    """The free times of a day."""
    wanted, day = _matter(talk), date.fromisoformat(talk.data["day"])
    free = slots.slots(talk.services.session, wanted.agency_code, day, talk.now, field=wanted.field) if wanted else []
    if not free:
        return Goto("offer", _data(talk), say=(Say(talk.text("visit-day-full")),))
    choices = [
        Choice(
            slot.starts_at.isoformat(), talk.text("visit-free", when=_clock(talk, slot.starts_at), free=str(slot.free))
        )
        for slot in free
    ]
    return Ask(
        talk.text("visit-which-time", day=dates.day(talk, day)),
        tuple(choices),
        text_ok=True,
        any_time=True,
        per_page=16,
    )


@times.takes
def _(talk: Talk, answer: Answer) -> Move:
    wanted = _matter(talk)
    at = visit_said.clock(answer.text or "")
    if wanted is None or (answer.value is None and at is None):
        return elsewhere.led_or_again(talk, answer.text or "")
    chosen = answer.value or _at(talk, wanted, at)
    if chosen is None:
        return Again(talk.text("visit-not-that-time"))
    starts_at, instead = datetime.fromisoformat(chosen), talk.data.get("instead")
    done = booking.book(talk.services.session, talk.who, wanted, starts_at, talk.now, instead=instead)
    if isinstance(done, Refused):
        said = Say(talk.text(f"refused-{done.key}", **{name: str(value) for name, value in done.args.items()}))
        if done.key == "visit-many":
            return Goto("mine", say=(said,), replace=True)
        return Goto("times", dict(talk.data), say=(said,), replace=True)
    said = Say(talk.text("visit-changed" if instead else "visit-done") + "\n" + _facts(talk, done))
    return Done((said, Say(talk.text("visit-how-to-change"))))


def _at(talk: Talk, wanted: Matter, at: time | None) -> str | None:
    """The free slot at a time of the day that was chosen."""
    day = date.fromisoformat(talk.data["day"])
    free = slots.slots(talk.services.session, wanted.agency_code, day, talk.now, field=wanted.field)
    starts = (slot.starts_at for slot in free if slot.starts_at.astimezone(HOME).time() == at)
    return next((one.isoformat() for one in starts), None)


@visit.step
def mine(talk: Talk) -> Ask | Goto:
    """The visits ahead."""
    found = booking.coming(talk.services.session, talk.who, talk.now)
    if not found:
        return Ask(
            talk.text("visit-no-visits"),
            (Choice("new", talk.text("visit-book"), ("đặt lịch",)), Choice("home", talk.text("to-menu"), ("menu",))),
        )
    if len(found) == 1:
        return Goto("shown", {"id": found[0].id})
    choices = [Choice(str(one.id), dates.moment(talk, one.starts_at)) for one in found]
    return Ask(talk.text("visit-which"), (*choices, Choice("new", talk.text("visit-book"), ("đặt lịch",))))


@mine.takes
def _(talk: Talk, answer: Answer) -> Move:
    match answer.value:
        case None:
            return Again(talk.text("choose-one"))
        case "new":
            return Goto("offer")
        case "home":
            return Goto("menu.home")
        case number:
            return Goto("shown", {"id": int(number)})


@visit.step
def shown(talk: Talk) -> Ask | Goto:
    """One visit, to be kept, changed or cancelled."""
    one = _own(talk)
    if one is None:
        return Goto("mine", say=(Say(talk.text("visit-gone")),))
    choices = (
        Choice("change", talk.text("visit-change"), ("đổi giờ", "đổi lịch")),
        Choice("cancel", talk.text("visit-cancel"), ("huỷ hẹn", "huỷ lịch")),
        Choice("new", talk.text("visit-another"), ("đặt lịch",)),
        Choice("home", talk.text("to-menu"), ("menu",)),
    )
    return Ask(talk.text("visit-yours") + "\n" + _facts(talk, one), choices)


@shown.takes
def _(talk: Talk, answer: Answer) -> Move:
    one = _own(talk)
    if one is None:
        return Goto("mine", say=(Say(talk.text("visit-gone")),), replace=True)
    match answer.value:
        case "change":
            return Goto("offer", {"code": one.subject, "instead": one.id})
        case "cancel":
            booking.cancel(talk.services.session, talk.who, one.id, talk.now)
            return Done((Say(talk.text("visit-cancelled", when=dates.moment(talk, one.starts_at))),))
        case "new":
            return Goto("offer")
        case "home":
            return Goto("menu.home")
        case _:
            return Again(talk.text("choose-one"))


def _own(talk: Talk) -> Booked | None:
    found = booking.coming(talk.services.session, talk.who, talk.now)
    return next((one for one in found if one.id == talk.data["id"]), None)


def _clock(talk: Talk, moment: datetime) -> str:
    local = moment.astimezone(HOME)
    return talk.text("visit-clock", hour=str(local.hour), minute=local.strftime("%M"))


def _facts(talk: Talk, one: Booked) -> str:
    """When, where, and what for."""
    agency = agencies.read(talk.services.session, one.agency_code)
    lines = [talk.text("visit-when", when=dates.moment(talk, one.starts_at))]
    lines.append(talk.text("visit-where", where=" – ".join(part for part in (one.counter, agency.name) if part)))
    if agency.address:
        lines.append(talk.text("visit-address", address=agency.address))
    if one.subject:
        lines.append(talk.text("visit-for", code=one.subject))
    return "\n".join(lines)


# -- told by itself -------------------------------------------------------------------------------------------------


@tells("visit-tomorrow")
def _(talk: Talk, args: Mapping[str, Any]) -> Told | None:
    """The evening before."""
    one = booking.one(talk.services.session, args["id"])
    if one is None:
        return None
    text = talk.text("visit-reminder") + "\n" + _facts(talk, one)
    return Told(text, "visit.shown", {"id": one.id}, _changes(talk), talk.text("visit-words"))


@tells("visit-useless")
def _(talk: Talk, args: Mapping[str, Any]) -> Told | None:
    """Do not go: why, and what to do instead."""
    found = booking.of(talk.services.session, args["id"])
    if found is None or found.state == "cancelled":
        return None
    when = dates.moment(talk, found.starts_at)
    text = talk.text("visit-do-not-go", when=when) + "\n" + talk.text(f"visit-why-{args['why']}", code=found.subject)
    again = (Choice("offer", talk.text("visit-book")),)
    if found.state == "called-off":
        return Told(text, "visit.instead", {"code": found.subject}, again, talk.text("visit-words-new"))
    return Told(text, "visit.shown", {"id": found.id}, _changes(talk), talk.text("visit-words"))


@visit.step
def instead(talk: Talk) -> Goto:
    """A visit was called off: another one."""
    return Goto("offer", {"code": talk.data.get("code", "")})


@instead.takes
def _(talk: Talk, answer: Answer) -> Move:
    return Goto("offer", {"code": talk.data.get("code", "")})


def _changes(talk: Talk) -> tuple[Choice, ...]:
    return (Choice("change", talk.text("visit-change")), Choice("cancel", talk.text("visit-cancel")))
