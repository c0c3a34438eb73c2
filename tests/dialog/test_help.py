"""Help at a question: never instead of an answer, always with a way out and a way back."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.dialog.engine import Dialog
from bot.dialog.flow import Flow, Talk
from bot.dialog.state import Question, State
from bot.dialog.values import Again, Answer, Ask, Choice, Done, Heard, Move, Say
from handlers import help
from tests.kit import toy

flow = Flow("menu")


@flow.step
def home(talk: Talk) -> Ask:
    return Ask("Hỏi gì?", (Choice("x", "Mục"),), text_ok=True, any_time=True)


@flow.step
def free(talk: Talk) -> Ask:
    return Ask("Lý do?", text_ok=True)


@free.takes
def _(talk: Talk, answer: Answer) -> Move:
    return Again("Ngắn quá") if len(answer.text or "") < 15 else Done((Say(f"Ghi: {answer.text}"),))


person = Flow("person")


@person.step
def ways(talk: Talk) -> Ask:
    return Ask("Gặp ai?", (Choice("x", "Ở đây"),))


DIALOG = Dialog(
    flows={"menu": flow, "person": person}, commands=(), home="menu.home", fallback=lambda talk, text: Again(),
    start=lambda talk, text: Again(), greet=lambda talk: (), locales={}, helps=help.wanted, help=help.given,
)  # fmt: skip


def says(state: State, text: str) -> tuple[list[str], list[str]]:
    talk = Talk(None, toy.PlainTexts(), "vi", datetime(2026, 11, 20, 2, 0, tzinfo=UTC), 1, {}, {})
    told = DIALOG.turn(state, Heard("text", text), talk)
    return [one.text for one in told], [label for _, label in told[-1].choices]


def at(step: str, **more: object) -> State:
    return State(n=1, open=Question(1, step, {}, [], **more), met=True)  # type: ignore[arg-type]


@pytest.mark.parametrize("typed", ["giúp", "giup voi", "Giúp với!", "help", "/help", "không biết", "khong biet nua"])
def test_one_sentence_then_the_question_again(typed: str) -> None:
    assert says(State(), typed) == (["<help-ask>", "Hỏi gì?"], ["Mục", "<menu-person>"])


def test_the_way_to_an_officer_leads_back_to_the_question() -> None:
    state = at("menu.free", text_ok=True)
    assert says(state, "giúp với") == (["<help-type>", "Lý do?"], ["<menu-person>", "<help-home>"])
    assert says(state, "1")[0] == ["Gặp ai?"]
    assert says(state, "0")[0] == ["Lý do?"]


def test_the_way_home_leaves_the_question() -> None:
    state = at("menu.free", text_ok=True)
    says(state, "giúp với")
    assert says(state, "thôi")[0] == ["Hỏi gì?"]


def test_a_form_may_be_answered_by_not_knowing() -> None:
    assert says(at("menu.free", text_ok=True), "không biết chọn cái nào")[0] == ["Ghi: không biết chọn cái nào"]


def test_a_form_that_does_not_take_it_helps() -> None:
    assert says(at("menu.free", text_ok=True), "không biết")[0] == ["<help-type>", "Lý do?"]
    assert says(at("menu.free", text_ok=True), "vâng")[0] == ["Ngắn quá", "Lý do?"]


def test_an_officer_hears_everything() -> None:
    talking = Question(1, "person.talking", {}, [], text_ok=True, heeds="words")
    assert help.wanted("giup voi", talking) is False
    assert help.wanted("khong biet", talking) is False


def test_nobody_is_called_do_not_know() -> None:
    asked = Question(1, "prepare_form.field", {"field": "name"}, [], text_ok=True)
    own = Question(1, "prepare_form.field", {"field": "Nơi sinh"}, [], text_ok=True)
    assert help.wanted("khong biet", asked) is True
    assert help.wanted("khong biet", own) is None
