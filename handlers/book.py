"""All conversations together: the flows, the words that work anywhere, and where a conversation begins."""

from __future__ import annotations

from bot.dialog.engine import Dialog
from bot.dialog.flow import Command, Flow, Talk
from bot.dialog.values import Done, Goto, Move
from handlers import (
    ask,
    ask_lists,
    check_news,
    complain,
    complain_told,
    desk,
    elsewhere,
    help,
    invited,
    later,
    leave,
    menu,
    notices,
    person,
    prepare_book,
    prepare_sent,
    proof,
    rate,
    renew,
    rights,
    track,
    track_mine,
    track_said,
    trouble,
    visit,
    work,
)

AFTER = (rate.rating, complain.complain, complain_told.told, visit.visit, rights.rights)
DESK = (desk.flow, work.work, later.later, leave.leave, check_news.check, trouble.trouble)
FLOWS = (menu.menu, ask_lists.asking, track.track, notices.notices, person.person, *prepare_book.FLOWS, *AFTER, *DESK)

DOSSIER_CODE = r"(?:[GH]\d{2}(?:\.\d{1,3})*|\d{3}(?:\.\d{2}){2,3}\.[GH]\d{2})\s*[-‐‑–—−]\s*\d{6}\s*[-‐‑–—−]\s*\d{4,7}"
"""A dossier code standing alone, with whatever dashes a phone makes of them."""

ERASE = (
    "xoa du lieu", "xoa du lieu cua toi", "xoa du lieu ca nhan", "xoa du lieu cua em", "xoa het du lieu",
    "xoa het du lieu cua toi", "xoa toan bo du lieu", "xoa thong tin cua toi", "xoa thong tin ca nhan",
    "toi muon xoa du lieu", "muon xoa du lieu", "delete my data", "erase my data", "delete data",
)  # fmt: skip
"""Asks for the erasure, which asks twice before it does anything."""

COMMANDS = (
    Command(("hoi", "ask"), lambda talk, rest: ask.search(talk, rest) if rest else Goto("menu.home"), rest=True),
    Command(("gap can bo", "tong dai", "officer", "hotline"), lambda talk, rest: Goto("person.ways"), keeps=True),
    Command(menu.HOURS, lambda talk, rest: Goto("menu.hours")),
    Command(("linh vuc", "thu tuc theo linh vuc"), lambda talk, rest: Goto("ask.fields")),
    Command(("thu tuc hay hoi", "thu tuc hay duoc hoi"), lambda talk, rest: Goto("ask.most_asked")),
    Command(("ho so cua toi", "my dossiers"), lambda talk, rest: Goto("track.mine")),
    Command(
        ("ho so", "tra cuu ho so", "tra cuu", "tra ho so", "xem ho so", "kiem tra ho so", "tim ho so"),
        track_said.lookup,
        rest=True,
    ),
    Command(("lien ket", "link"), track_mine.link, rest=True),
    Command(("xac minh", "verify"), proof.verify, rest=True),
    Command(("lich su", "history"), lambda talk, rest: Goto("notices.history")),
    Command(("kenh nhan tin", "noi nhan tin", "where to tell me"), lambda talk, rest: Goto("notices.where")),
    Command(("ngung nhan tin", "stop"), track_mine.stop_all),
    Command(("nhan tin tro lai", "nhan lai tin", "tell me again"), track_mine.go_on),
    Command(("danh gia", "rate"), rate.typed),
    Command((), rate.scored, pattern=rate.PATTERN, aside=True),
    Command(("phan anh", "gop y", "kien nghi", "complaint"), lambda talk, rest: Goto("complain.about")),
    Command((), complain.numbered, pattern=complain.PATTERN),
    Command((), complain.answered, pattern=complain.ANSWER),
    Command(("dat lich", "dat lich hen", "book a visit"), lambda talk, rest: Goto("visit.offer")),
    Command(("lich hen", "lich hen cua toi", "my visits"), lambda talk, rest: Goto("visit.mine")),
    Command(("quyen rieng", "quyen rieng tu", "my rights", "my data"), lambda talk, rest: Goto("rights.menu")),
    Command(("du lieu cua toi", "thong tin cua toi"), lambda talk, rest: Goto("rights.menu")),
    Command(ERASE, lambda talk, rest: Goto("rights.erase")),
    Command((), rights.finished, pattern=rights.FINISHED),
    Command((), track.lookup, pattern=DOSSIER_CODE),
    Command((), renew.renewed, pattern=rf"{renew.RENEW}(?:{DOSSIER_CODE})"),
    Command((), work.opened, pattern=rf"{work.WORK}(?:{DOSSIER_CODE})"),
    *prepare_book.COMMANDS,
    *invited.COMMANDS,
    *desk.COMMANDS,
    *work.COMMANDS,
    *trouble.COMMANDS,
    *leave.COMMANDS,
    Command(("ve dau", "ve trang dau", "trang dau", "/menu", "home"), lambda talk, rest: Goto("menu.home")),
    Command(("/start", "start"), lambda talk, rest: begin(talk, rest), rest=True),
    Command((), track.receipt, pattern=r"[2-9A-HJ-NP-Z]{5}\s?[-–—]\s?[2-9A-HJ-NP-Z]{5}"),
    Command((), ask.opened, pattern=r"\d\.\d{6}(?:\.[0-9A-Z.]+)?"),
)


GROUP_COMMANDS: tuple[Command, ...] = (*invited.GROUP_COMMANDS, *desk.GROUP_COMMANDS, *trouble.GROUP_COMMANDS)
"""What counts in a desk's group chat."""

desk_group = Flow("group")


@desk_group.step
def silent(talk: Talk) -> Done:
    """A group is never asked anything: what is said there is not for us."""
    return Done()


def group() -> Dialog:
    """What the desks' group chats understand: commands and taps on cards."""
    flows = (*FLOWS, desk_group)
    return Dialog(
        flows={flow.name: flow for flow in flows},
        commands=GROUP_COMMANDS,
        home="group.silent",
        fallback=lambda talk, text: Done(),
        start=lambda talk, payload: Done(),
        greet=lambda talk: (),
        locales={},
        quiet=True,
        asides=200,
    )


def begin(talk: Talk, payload: str) -> Move:
    """A deep link, or the platform's own "start": an officer's invitation, or what the menu makes of it."""
    return invited.started(talk, payload) or menu.start(talk, payload)


LANGUAGES = {
    "english": "en", "tieng anh": "en", "/en": "en", "/english": "en",
    "tieng viet": "vi", "vietnamese": "vi", "/vi": "vi", "/vietnamese": "vi",
}  # fmt: skip


def dialog() -> Dialog:
    """The dialog of this office."""
    return Dialog(
        flows={flow.name: flow for flow in FLOWS},
        commands=COMMANDS,
        home="menu.home",
        fallback=menu.typed,
        start=begin,
        greet=menu.greet,
        locales=LANGUAGES,
        helps=help.wanted,
        help=help.given,
        astray=elsewhere.led,
        unasked_files=prepare_sent.sent_unasked,
    )
