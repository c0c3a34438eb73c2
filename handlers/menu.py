"""Where every conversation begins and returns to: the menu, the office's hours, and how to reach a person."""

from __future__ import annotations

from bot.dialog.flow import Flow, Talk
from bot.dialog.values import Again, Answer, Ask, Choice, Goto, Move, Say
from handlers import ask, track

menu = Flow("menu")

HOURS = (
    "lich lam viec", "gio lam viec", "gio hanh chinh", "gio mo cua", "may gio mo cua", "may gio lam viec",
    "may gio bat dau lam viec", "may gio dong cua", "may gio nghi", "may gio het lam viec", "lam viec den may gio",
    "lam den may gio", "mo cua luc may gio", "hom nay co lam viec khong", "hom nay co mo cua khong",
    "thu bay co lam khong", "thu bay co lam viec khong", "sang thu bay co lam khong", "chieu thu bay co lam khong",
    "thu 7 co lam khong", "thu 7 co lam viec khong", "sang thu 7 co lam khong", "sang thu 7 co lam viec khong",
    "chieu thu 7 co lam khong", "chu nhat co lam khong", "chu nhat co lam viec khong", "cuoi tuan co lam khong",
    "opening hours", "when are you open", "are you open on saturday",
)  # fmt: skip
"""Ask when the office is open, and are heard even where a name is typed; `handlers/hours.py` knows more words."""


@menu.step
def home(talk: Talk) -> Ask:
    """What can be done here. Anything typed is taken as a question, and what was spoken of before is over."""
    talk.kept.pop("about", None)
    office = talk.services.office
    choices = (
        Choice("track.mine", talk.text("menu-track"), ("hồ sơ của tôi", "tra cứu hồ sơ")),
        Choice("prepare.mine", talk.text("menu-prepare"), ("chuẩn bị hồ sơ",)),
        Choice("ask.most_asked", talk.text("menu-most-asked"), ("hay hỏi", "thủ tục hay hỏi")),
        Choice("ask.fields", talk.text("menu-fields"), ("lĩnh vực",)),
        Choice("person.ways", talk.text("menu-person"), ("gặp cán bộ", "tổng đài")),
        Choice("more", talk.text("menu-more"), ("việc khác",)),
    )
    return Ask(talk.text("menu-home", office=office.name if office else ""), choices, text_ok=True, any_time=True)


@menu.step
def more(talk: Talk) -> Ask:
    """What is asked for less often."""
    choices = (
        Choice("visit.offer", talk.text("menu-visit"), ("đặt lịch",)),
        Choice("hours", talk.text("menu-hours"), ("lịch làm việc", "giờ làm việc")),
        Choice("complain.about", talk.text("menu-complain"), ("phản ánh",)),
        Choice("notices.history", talk.text("menu-history"), ("lịch sử",)),
        Choice("rights.menu", talk.text("menu-rights"), ("quyền riêng",)),
    )
    return Ask(talk.text("menu-more-head"), choices, text_ok=True, any_time=True)


@home.takes
@more.takes
def _(talk: Talk, answer: Answer) -> Move:
    return Goto(answer.value) if answer.value else ask.search(talk, answer.text or "")


@menu.step
def hours(talk: Talk) -> Ask:
    """When the desk is open."""
    office = talk.services.office
    if office is None or not office.hours:
        return _resting(talk, talk.text("hours-unknown"))
    lines = [talk.text("hours-head", office=office.name)]
    for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun"):
        spans = office.hours.get(day, [])
        when = talk.text("and").join(talk.text("hours-span", begin=begin, end=end) for begin, end in spans)
        lines.append("• " + talk.text("hours-day", day=talk.text(f"day-{day}"), when=when or talk.text("hours-closed")))
    lines.append(talk.text("hours-holidays"))
    return _resting(talk, "\n".join(lines))


def _resting(talk: Talk, text: str) -> Ask:
    """An answer with the way on: a new question by typing, or the menu."""
    return Ask(text, (Choice("menu.home", talk.text("to-menu"), ("menu",)),), text_ok=True, any_time=True)


@hours.takes
def _(talk: Talk, answer: Answer) -> Move:
    return Goto("menu.home", replace=True) if answer.value else ask.search(talk, answer.text or "")


def greet(talk: Talk) -> tuple[Say, ...]:
    """First contact: who speaks, and what it never asks for."""
    office = talk.services.office
    return (Say(talk.text("greeting", office=office.name if office else talk.text("office-unnamed"))),)


def start(talk: Talk, payload: str) -> Move:
    """A deep link, or the platform's own "start": a receipt's code or a procedure's code opens it."""
    if not payload:
        return Goto("menu.home")
    return track.opened(talk, payload) or ask.opened(talk, payload)


def typed(talk: Talk, text: str) -> Move:
    """Text that nobody asked for is a question."""
    return ask.search(talk, text) if text.strip() else Again(talk.text("not-understood"))
