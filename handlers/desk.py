"""The desk: cards in groups and private chats, and an officer's own list.

Who acts is asked in the database at every press (`Talk.sender`); everybody else is sent on kindly, and it is logged.
"""

from __future__ import annotations

from functools import partial

from bot.dialog.flow import Command, Flow, Talk
from bot.dialog.values import Again, Answer, Ask, Choice, Done, Goto, Move, Say, Stay
from handlers import ask, complain, desk_cards
from handlers.desk_cards import OPENS, desk, opens, why
from services.db.desk import Card
from services.desk.staff import Member
from services.refusal import Refused

flow = Flow("desk")

_LISTED = 8
"""Cards that a list shows of each sort."""


# -- a card, pressed ------------------------------------------------------------------------------------------------


@flow.step
def card(talk: Talk) -> Goto:
    """What a card's buttons lead to."""
    return Goto("one", talk.data)


@card.takes
def _(talk: Talk, answer: Answer) -> Move:
    return pressed(talk, int(talk.data["card"]), answer.value or "see")


def pressed(talk: Talk, card_id: int, what: str) -> Move:
    """A press on a card, or the words that stand for it: in a group, or in a private chat."""
    by = desk(talk).member(talk.sender)
    found = desk(talk).card(card_id)
    if by is None or not by.works:
        answered = desk(talk).outsider(talk.sender, talk.who, what, f"card {card_id}")
        return Done(say=(Say(why(talk, "card-not-staff")),) if answered or talk.sender == talk.who else ())
    if found is None:
        return _vain(talk, by, Refused("card-unknown"), card_id)
    if talk.sender == talk.who:
        return _here(talk, by, found, what)
    return _in_group(talk, by, found, what)


def _vain(talk: Talk, by: Member, refusal: Refused, card_id: int) -> Move:
    if talk.sender == talk.who:
        return Goto("desk.home", say=(Say(why(talk, refusal)),))
    desk(talk).came_to_nothing(by, refusal, card_id)
    return Done()


def _in_group(talk: Talk, by: Member, found: Card, what: str) -> Move:
    """The group hears nothing of it here: each who pressed is answered in her private chat."""
    if what == "take":
        done = desk(talk).claim(by, found.id)
        if isinstance(done, Refused):
            desk(talk).came_to_nothing(by, done, found.id)
    elif what == "pass" and by.agency_code == found.agency_code:
        desk(talk).next_action(by, found, passing=True)
    elif found.state == "claimed" and found.owner_id == by.id:
        desk(talk).next_action(by, found)
    else:
        key = "card-taken" if found.state == "claimed" else "card-take-first" if found.state == "open" else "card-gone"
        desk(talk).came_to_nothing(by, Refused(key), found.id)
    return Done()


def _here(talk: Talk, by: Member, found: Card, what: str) -> Move:
    match what:
        case "take":
            done = desk(talk).claim(by, found.id, there=True)
            if isinstance(done, Refused):
                return _vain(talk, by, done, found.id)
            return Goto("desk.one", {"card": found.id}, say=(Say(talk.text("desk-is-yours", n=str(found.id))),))
        case "open" if found.state == "claimed" and found.owner_id == by.id and found.kind in OPENS:
            return OPENS[found.kind](talk, by, found)
        case "release":
            done = desk(talk).release(by, found.id)
            if isinstance(done, Refused):
                return _vain(talk, by, done, found.id)
            return Goto("desk.home", say=(Say(talk.text("desk-released", n=str(found.id))),))
        case "pass":
            return Goto("desk.pass_to", {"card": found.id})
    return Goto("desk.one", {"card": found.id})


@opens("check")
def _(talk: Talk, by: Member, found: Card) -> Move:
    """The review page, by a link for this officer alone."""
    code = found.subject.partition("#")[0]
    token = talk.services.checks.link(by, code)
    if isinstance(token, Refused):
        return Stay(say=(Say(talk.text(f"refused-{token.key}", **token.args)),))
    link = f"{talk.services.public_url}/review/{token}"
    return Stay(say=(Say(talk.text("desk-link-check", code=code, link=link)),))


@opens("talk")
def _(talk: Talk, by: Member, found: Card) -> Move:
    """The page on which she speaks with the citizen."""
    token = desk(talk).talk_link(by, found)
    if isinstance(token, Refused):
        return Stay(say=(Say(talk.text(f"refused-{token.key}")),))
    return Stay(say=(Say(talk.text("desk-link-talk", link=f"{talk.services.public_url}/talk/{token}")),))


@opens("complaint")
def _(talk: Talk, by: Member, found: Card) -> Move:
    """The page on which she reads and answers it."""
    return Stay(say=(Say(complain.page_link(talk, by, found.subject)),))


@opens("rating")
def _(talk: Talk, by: Member, found: Card) -> Move:
    """The head has taken note; who it was and of which dossier is not to be known."""
    desk(talk).finish(by, found)
    return Goto("desk.home", say=(Say(talk.text("desk-rating-seen", n=str(found.id))),))


@flow.step
def one(talk: Talk) -> Ask | Goto:
    """A card in the private chat of an officer."""
    by, found = desk(talk).member(talk.who), desk(talk).card(int(talk.data["card"]))
    if by is None or not by.works or found is None or found.agency_code != by.agency_code:
        return Goto("menu.home")
    home = Choice("home", talk.text("desk-home"), ("bàn làm việc",))
    lines = [desk_cards.text(talk, found)]
    if found.state == "claimed" and found.owner_id == by.id:
        return Ask("\n".join(lines), (*desk_cards.own_choices(talk, found), home))
    if found.state == "open":
        choices = (Choice("take", talk.text("desk-take")), Choice("pass", talk.text("desk-pass")), home)
        return Ask("\n".join(lines), choices)
    lines.append(talk.text("desk-has-owner" if found.state == "claimed" else "desk-is-over", n=str(found.id)))
    return Ask("\n".join(lines), (home,))


@one.takes
def _(talk: Talk, answer: Answer) -> Move:
    if answer.value is None:
        return Again(talk.text("choose-one"))
    return Goto("home", replace=True) if answer.value == "home" else pressed(talk, talk.data["card"], answer.value)


@flow.step
def pass_to(talk: Talk) -> Ask | Goto:
    """To whom should it go?"""
    by, found = desk(talk).member(talk.who), desk(talk).card(int(talk.data["card"]))
    if by is None or not by.works or found is None or found.agency_code != by.agency_code:
        return Goto("menu.home")
    targets = desk(talk).targets(by, found)
    if not targets:
        return Goto("home", say=(Say(talk.text("desk-pass-nobody")),))
    choices = tuple(Choice(target, _target(talk, target, name)) for target, name in targets)
    return Ask(talk.text("desk-pass-whom", n=str(found.id)), choices)


def _target(talk: Talk, target: str, name: str) -> str:
    return talk.text("desk-officer-n", name=name) if target.startswith("staff:") and name.isdecimal() else name


@pass_to.takes
def _(talk: Talk, answer: Answer) -> Move:
    by = desk(talk).member(talk.who)
    if by is None or not answer.value:
        return Again(talk.text("choose-one"))
    done = desk(talk).pass_on(by, int(talk.data["card"]), answer.value)
    said = why(talk, done) if isinstance(done, Refused) else talk.text("desk-passed", n=str(done.id))
    return Goto("home", say=(Say(said),), replace=True)


# -- an officer's own list ------------------------------------------------------------------------------------------


@flow.step
def home(talk: Talk) -> Ask | Goto:
    """What waits, what she has, what is due."""
    by = desk(talk).member(talk.who)
    if by is None or not by.works:
        return Goto("menu.home")
    held, waiting = desk(talk).held(by), desk(talk).waiting(by)
    lines = [talk.text("desk-home-head", agency=talk.services.dossiers.agency(by.agency_code))]
    lines.append(talk.text("desk-home-counts", held=str(len(held)), waiting=str(len(waiting))))
    mine = talk.text("desk-mine")
    choices = [Choice(f"card:{one.id}", f"{mine} {desk_cards.label(talk, one)}") for one in held[:_LISTED]]
    choices += [Choice(f"card:{one.id}", desk_cards.label(talk, one)) for one in waiting[:_LISTED]]
    choices.append(Choice("work.due", talk.text("desk-due")))
    if desk(talk).troubles(by, 1):
        choices.append(Choice("trouble.listed", talk.text("desk-troubles"), ("gọi điện",)))
    choices.append(Choice("menu.home", talk.text("to-menu"), ("menu",)))
    return Ask("\n".join(lines), tuple(choices))


@home.takes
def _(talk: Talk, answer: Answer) -> Move:
    if not answer.value:
        return Again(talk.text("choose-one"))
    kind, _, number = answer.value.partition(":")
    return Goto("one", {"card": int(number)}) if kind == "card" else Goto(answer.value)


def opened(talk: Talk, rest: str) -> Move:
    """The word for the desk; said by a citizen it is a question like any other."""
    by = desk(talk).member(talk.who)
    return Goto("desk.home") if by is not None and by.works else ask.search(talk, "việc")


_WORDS = {"take": "nhận việc", "see": "xem việc", "pass": "chuyển việc", "release": "trả việc", "open": "mở việc"}
"""What is typed where there are no buttons, with the card's number behind it."""


def by_words(what: str, talk: Talk, rest: str) -> Move:
    """`nhận việc 12` and its sisters; in a private chat, what a citizen says so is a question."""
    number = rest.strip().removeprefix("#")
    by = desk(talk).member(talk.sender)
    private = talk.sender == talk.who
    if private and (by is None or not by.works):
        return ask.search(talk, f"{_WORDS[what]} {rest}".strip())
    if not (number.isdecimal() and number.isascii() and len(number) < 10):
        return Goto("desk.home") if private else Done()
    return pressed(talk, int(number), what)


GROUP_COMMANDS = (
    Command(("nhan viec",), partial(by_words, "take"), rest=True),
    Command(("xem viec", "mo viec"), partial(by_words, "see"), rest=True),
    Command(("chuyen viec",), partial(by_words, "pass"), rest=True),
)

COMMANDS = (
    Command(("viec", "ban lam viec", "desk"), opened, keeps=True),
    Command(("nhan viec",), partial(by_words, "take"), rest=True, keeps=True),
    Command(("xem viec",), partial(by_words, "see"), rest=True, keeps=True),
    Command(("mo viec",), partial(by_words, "open"), rest=True, keeps=True),
    Command(("tra viec",), partial(by_words, "release"), rest=True, keeps=True),
    Command(("chuyen viec",), partial(by_words, "pass"), rest=True, keeps=True),
)
