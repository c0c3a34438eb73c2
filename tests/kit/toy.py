"""A small conversation for tests of the machine: it counts, echoes, breaks on demand, and asks for a name."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.dialog.engine import Dialog
from bot.dialog.flow import Command, Flow, Talk
from bot.dialog.values import Again, Answer, Ask, Back, Choice, Done, Goto, Move, Say, Stay

toy = Flow("toy")
BREAKS: dict[str, int] = {}
"""How often a text still breaks the turn: "boom" -> 2."""


@toy.step
def home(talk: Talk) -> Ask:
    choices = (Choice("name", "Đặt tên"), Choice("many", "Danh sách dài"), Choice("end", "Kết thúc"))
    return Ask(f"Đã nghe {talk.kept.get('heard', 0)}", choices, text_ok=True, any_time=True)


@home.takes
def _(talk: Talk, answer: Answer) -> Move:
    text = answer.text or ""
    if BREAKS.get(text, 0) > 0:
        BREAKS[text] -= 1
        raise RuntimeError(f"broken by {text}")
    talk.kept["heard"] = talk.kept.get("heard", 0) + 1
    if answer.value == "end":
        return Done((Say("Xong"),))
    return Goto(answer.value) if answer.value else Goto("home", say=(Say(f"Nghe: {text}"),), replace=True)


@toy.step
def name(talk: Talk) -> Ask:
    return Ask("Tên là gì?", (Choice("skip", "Bỏ qua"),), text_ok=True)


@name.takes
def _(talk: Talk, answer: Answer) -> Move:
    if answer.text and len(answer.text) > 20:
        return Again("Tên dài quá")
    return Goto("home", say=(Say(f"Chào {answer.text or 'bạn'}"),))


@toy.step
def many(talk: Talk) -> Ask:
    return Ask("Chọn một", tuple(Choice(str(i), f"Mục {i}") for i in range(1, 26)))


@many.takes
def _(talk: Talk, answer: Answer) -> Move:
    return Goto("home", say=(Say(f"Đã chọn {answer.value}"),))


@toy.step
def paper(talk: Talk) -> Ask:
    return Ask("Gửi ảnh", files_ok=True)


@paper.takes
def _(talk: Talk, answer: Answer) -> Move:
    return Goto("home", say=(Say(f"Đã nhận {len(answer.files)} tệp"),))


@toy.step
def chatting(talk: Talk) -> Ask:
    return Ask("Viết gì cũng được", text_ok=True, heeds="words")


@chatting.takes
def _(talk: Talk, answer: Answer) -> Move:
    return Back((Say("Thôi"),)) if answer.text == "thôi" else Stay()


@toy.step
def letter(talk: Talk) -> Ask:
    return Ask("Viết thư", text_ok=True, heeds="codes")


@letter.takes
def _(talk: Talk, answer: Answer) -> Move:
    return Goto("home", say=(Say(f"Thư: {answer.text}"),))


@toy.step
def card(talk: Talk) -> Ask:
    return Ask("Thẻ việc", (Choice("take", "Nhận"),))


@card.takes
def _(talk: Talk, answer: Answer) -> Move:
    return Done((Say(f"{talk.sender} nhận"),))


def group() -> Dialog:
    """The toy in a group chat: it takes one command and taps, and is silent otherwise."""
    return replace(
        dialog(), home="toy.nothing", commands=(Command(("viec",), lambda talk, rest: Done((Say("Có việc"),))),),
        quiet=True, asides=3,
    )  # fmt: skip


@toy.step
def nothing(talk: Talk) -> Done:
    return Done()


def dialog() -> Dialog:
    """The toy's dialog."""

    def said(talk: Talk, text: str) -> Move:
        return home.answer(talk, Answer(text=text))

    return Dialog(
        flows={"toy": toy},
        commands=(
            Command(("gui anh",), lambda talk, rest: Goto("toy.paper")),
            Command(("noi",), said, rest=True),
            Command((), said, pattern=r"X-\d+"),
            Command(("viet thu",), lambda talk, rest: Goto("toy.letter")),
            Command(("tan gau",), lambda talk, rest: Goto("toy.chatting"), keeps=True),
        ),
        home="toy.home",
        fallback=said,
        start=lambda talk, payload: Goto("toy.home", say=(Say(f"Bắt đầu {payload}".strip()),)),
        greet=lambda talk: (Say("Xin chào"),),
        locales={"english": "en", "tieng viet": "vi"},
    )


class PlainTexts:
    """Texts that are their own keys."""

    def text(self, key: str, locale: str, /, **args: Any) -> str:
        """`key` with its arguments behind it."""
        return " ".join([f"<{key}>", *(f"{name}={value}" for name, value in args.items())])
