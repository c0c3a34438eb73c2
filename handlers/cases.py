"""Cases: which question decides the papers next, and which case a follow-up names ("còn nếu chưa kết hôn?")."""

from __future__ import annotations

from typing import Any

from bot.dialog.values import Choice
from bot.dialog.words import fold
from services.catalog.model import CaseQuestion, ProcedureRecord, applies

_FILLERS = frozenset(
    ("con", "neu", "thi", "sao", "the", "vay", "va", "ma", "a", "nhi", "ha", "truong", "hop", "toi", "minh", "em")
) | {"anh", "chi", "cua", "la", "co", "khong", "duoc", "gi"}
"""Words that name no case, folded."""
_YES, _NO = ("co", "da", "roi", "dung"), ("khong", "chua")
_SAID_YES = ("có", "có rồi", "rồi", "đã", "đã có", "đúng", "vâng", "dạ có", "dạ rồi", "ừ", "có ạ", "rồi ạ", "yes")
_SAID_NO = ("không", "không có", "chưa", "chưa có", "dạ không", "dạ chưa", "ko", "k", "hông", "không ạ", "chưa ạ", "no")
"""How the answers yes and no begin, and how people say them."""


def next_question(record: ProcedureRecord, answered: dict[str, str]) -> CaseQuestion | None:
    """The first case question that still matters and is not answered; None when the case is clear."""
    for question in record.questions:
        if question.id not in answered and applies(question.when, answered) and _matters(record, question, answered):
            return question
    return None


def _matters(record: ProcedureRecord, question: CaseQuestion, answered: dict[str, str]) -> bool:
    """Whether its answer still changes the list of papers, or whether another question hangs on it."""
    others = {name: value for name, value in answered.items() if name != question.id}
    parts: list[Any] = [*record.papers, *record.questions]
    return any(
        question.id in item.when
        and applies({name: accepted for name, accepted in item.when.items() if name != question.id}, others)
        for item in parts
    )


def choices(question: CaseQuestion) -> tuple[Choice, ...]:
    """The answers of a case question; "rồi" and "chưa" answer one that can only be answered by yes or no."""
    labels = {choice.id: fold(choice.label) for choice in question.choices}
    yes = [name for name, label in labels.items() if label.split()[0] in _YES]
    no = [name for name, label in labels.items() if label.split()[0] in _NO]
    words = {yes[0]: _SAID_YES, no[0]: _SAID_NO} if len(labels) == 2 and len(yes) == 1 and len(no) == 1 else {}
    return tuple(Choice(choice.id, choice.label, words.get(choice.id, ())) for choice in question.choices)


def told(record: ProcedureRecord, case: dict[str, str]) -> list[str]:
    """The answers that make the case, each behind its question: an answer alone ("Biết") tells nothing."""
    return [
        f"{question.text} {choice.label}"
        for question in record.questions
        for choice in question.choices
        if case.get(question.id) == choice.id
    ]


def named(record: ProcedureRecord, text: str, case: dict[str, str]) -> dict[str, str] | None:
    """`case` with the choice that `text` names; None when it names none, or more than one equally well.

    A choice is named by the words it shares with the text and its sisters do not; the words of its question only
    confirm it, so that "chưa kết hôn" finds "Chưa đăng ký" of the question about the marriage and not another "chưa".
    Words of the procedure's name tell no choices apart: without its accents, "đăng ký" sounds like "người đang nuôi".
    """
    titled = set(fold(record.name).split())
    said = set(fold(text).replace("?", " ").split()) - _FILLERS
    scored: list[tuple[int, int, str, str]] = []
    for question in record.questions:
        asked = set(fold(question.text).split())
        labels = {choice.id: set(fold(choice.label).replace(",", " ").split()) for choice in question.choices}
        for choice, words in labels.items():
            sisters = set().union(*(other for name, other in labels.items() if name != choice))
            own = len(said & (words - sisters - titled))
            if own and len(said & (words | asked)) >= min(2, len(said)):
                scored.append((own + len(said & (words | asked)), own, question.id, choice))
    scored.sort(reverse=True)
    if not scored or (len(scored) > 1 and scored[0][:2] == scored[1][:2]):
        return None
    _, _, question_id, choice_id = scored[0]
    return {**case, question_id: choice_id}
