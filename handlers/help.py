"""Help at any question: one sentence on what to do there, then the question again with two ways out of it."""

from __future__ import annotations

from bot.dialog.flow import Talk
from bot.dialog.state import Question
from bot.dialog.values import Again, Choice
from bot.dialog.words import fold
from services.presubmissions import forms

PLEAS = (
    "giup", "giup voi", "giup toi", "giup toi voi", "giup em", "giup em voi", "giup minh voi", "giup do", "tro giup",
    "can giup", "can giup do", "chi toi voi", "huong dan", "huong dan toi", "huong dan voi", "help", "help me", "/help",
)  # fmt: skip
"""Heard everywhere but in a talk with an officer: nobody answers a question with them."""
DOUBTS = (
    "khong biet", "ko biet", "k biet", "hong biet", "khong biet nua", "toi khong biet", "khong biet lam sao",
    "khong biet lam", "khong biet chon", "khong biet chon cai nao", "khong biet bam dau", "khong biet ghi gi",
    "khong biet ghi sao", "khong hieu", "toi khong hieu", "khong ro", "chua hieu", "kho qua", "lam sao day",
    "khong biet ro", "toi khong ro", "chua ro", "toi chua ro", "chua biet", "toi chua biet", "khong nho",
    "toi khong nho", "i don't know", "i dont know", "not sure", "i'm not sure", "don't know", "i don't understand",
)  # fmt: skip
"""May be the answer where one is typed into a form: there they are help only when the form does not take them."""
SIGHS = (
    "ua sao ki vay", "ua sao ky vay", "sao ki vay", "sao ky vay", "sao ky the", "ki vay", "ky vay", "ky cuc", "la vay",
    "ua", "ua sao vay", "sao vay", "sao the", "gi ky vay", "chan the", "chan qua", "chan ghe", "ao that", "ao vai",
    "ao qua", "ao the", "troi oi", "troi", "haiz", "haizz", "hic", "huhu", "bo tay", "met qua", "met ghe", "phien qua",
    "roi qua", "roi ram qua", "rac roi qua", "lang nhang qua", "phuc tap qua", "met moi qua", "what", "wtf", "huh",
)  # fmt: skip
"""Something went wrong for her: heard like a plea."""
NODS = (
    "ok", "oke", "okie", "okay", "oki", "okela", "ok a", "ok nhe", "ok ban", "ok em", "ok chau", "u", "uh", "um",
    "uhm", "uk", "ukm", "vang", "vang a", "da", "da vang", "da vang a", "da ok", "da ok a", "duoc roi", "hieu roi",
    "ok ad", "da hieu", "biet roi", "toi hieu roi", "em hieu roi", "nghe roi", "ro roi", "da ro", "tot",
    "tot qua", "hay qua", "tuyet", "got it", "i see", "alright",
)  # fmt: skip
"""She has read it, and asks nothing."""
_CHOOSES = ("ask.case", "ask.which", "prepare.chosen", "visit.offer", "visit.times")
"""Questions that also take a new question, but want one of their choices."""


def wanted(said: str, question: Question | None) -> bool | None:
    """Whether the folded message asks for help at the open question; None: only if the question does not take it."""
    if said in SIGHS and (question is None or question.heeds == "all"):
        return True
    if said not in PLEAS and said not in DOUBTS:
        return False
    if question is None or question.heeds == "words":
        return question is None
    if said in PLEAS or not question.text_ok or question.any_time or question.data.get("field") in forms.ASKED:
        return True
    return None


def is_doubt(typed: str) -> bool:
    """Whether somebody typed no more than that she does not know."""
    return fold(typed).strip(" .!?") in DOUBTS


def is_nod(typed: str) -> bool:
    """Whether somebody only nods at what she was told."""
    return fold(typed) in NODS


def given(talk: Talk, question: Question | None) -> Again:
    """What to do at the open question; `None`: nothing is open, and home follows."""
    here = question.step if question is not None else "menu.home"
    offers = (
        Choice("person.ways", talk.text("menu-person"), ("gặp cán bộ", "officer")),
        Choice("menu.home", talk.text("help-home"), ("về đầu", "thôi về đầu", "thôi", "home")),
    )
    return Again(talk.text(f"help-{_kind(question)}"), tuple(one for one in offers if one.value != here))


def _kind(question: Question | None) -> str:
    if question is None or (question.text_ok and question.any_time and question.step not in _CHOOSES):
        return "ask"
    if question.files_ok:
        return "photo"
    if question.text_ok and question.step not in _CHOOSES:
        return "type-or-choose" if question.offers else "type"
    return "choose"
