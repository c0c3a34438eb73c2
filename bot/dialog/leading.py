"""Where a conversation goes: an answer to its step, a move to the next question, and the way back along the path."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from bot.dialog.flow import Step, Talk
from bot.dialog.state import PATH_KEPT, Question, State
from bot.dialog.values import Again, Answer, Ask, Back, Choice, Done, Goto, Message, Move, Say, SendFile, Stay

BACK, MORE = "b", "m"
"""Tokens of the two choices that are added to a question: `"12:b"` goes back, `"12:m"` shows the next page."""

_HOPS = 12
_ELSEWHERE = "go:"
"""Begins the value of an offer that was added to a question: it leads to a step, and the question never sees it."""


class BrokenFlow(Exception):
    """A conversation leads nowhere or in a circle: a mistake in a handler, never the person's."""


class Map(Protocol):
    """Where steps are found by their path (`"flow.step"`), and which of them is home."""

    @property
    def home(self) -> str: ...

    def step(self, path: str) -> Step: ...


@dataclass(slots=True)
class Way:
    """The way of one conversation through its questions. `out` collects what is to be sent."""

    map: Map
    state: State
    talk: Talk
    out: list[Message] = field(default_factory=list)

    def take(self, question: Question, answer: Answer, index: int) -> None:
        """Let the question's step take the answer, and follow where it leads."""
        if answer.value is not None and answer.value.startswith(_ELSEWHERE):
            self.leave(keeping=True, index=index)
            return self.follow(Goto(answer.value.removeprefix(_ELSEWHERE)))
        move = self.map.step(question.step).answer(self.at(question.step, question.data), answer)
        if question.n in self.state.aside:
            return self.take_aside(question, move)
        if isinstance(move, Stay):
            return self.says(move.say)
        if isinstance(move, Again):
            return self.refused(move)
        self.state.closes(index)
        if isinstance(move, Goto) and not move.replace:
            self.state.path = [*self.state.path, (question.step, question.data)][-PATH_KEPT:]
        return self.follow(move, here=question.step)

    def refused(self, move: Again) -> None:
        """The step does not take the answer."""
        self.again(move.hint, move.offers)

    def take_aside(self, question: Question, move: Move) -> None:
        """A notice's question is answered: what was open stays open, or is where "back" leads."""
        if isinstance(move, Done | Stay | Back):
            return self.says(move.say)
        if isinstance(move, Again):
            return self.again(move.hint)
        del self.state.aside[question.n]
        if self.state.open is not None:
            self.leave(keeping=True)
        return self.follow(move, here=question.step)

    def follow(self, move: Move, *, here: str = "", fresh: bool = False) -> None:
        if fresh:
            self.state.path = []
        if isinstance(move, Again):
            return self.again(move.hint)
        self.says(move.say)
        if isinstance(move, Stay):
            return None
        if isinstance(move, Back):
            return self.back()
        if isinstance(move, Done):
            self.state.open = None
            return None
        flow = (here or self.map.home).partition(".")[0]
        step = move.step if "." in move.step else f"{flow}.{move.step}"
        if step == self.map.home:
            self.state.path = []
        return self.ask(step, dict(move.data))

    def go_home(self) -> None:
        self.state.closes(-1)
        self.state.path = []
        self.ask(self.map.home, {})

    def leave(self, *, keeping: bool, index: int = -1) -> None:
        """Close the open question; with `keeping` it is where "back" leads."""
        if keeping and self.state.open is not None:
            self.state.path = [*self.state.path, (self.state.open.step, self.state.open.data)][-PATH_KEPT:]
        self.state.closes(index)

    def back(self) -> None:
        """To the question before; at the beginning, home."""
        self.state.closes(-1)
        step, data = self.state.path.pop() if self.state.path else (self.map.home, {})
        self.ask(step, data)

    def again(self, hint: str, offers: Iterable[Choice] = ()) -> None:
        """Say `hint` and ask the open question again (home, if nothing is open), with `offers` added this once."""
        question = self.state.open
        if question is None:
            if hint:
                self.out.append(Message(hint))
            return self.ask(self.map.home, {}, offers=offers)
        return self.ask(question.step, question.data, page=question.page, hint=hint, offers=offers)

    # -- showing -------------------------------------------------------------------------------------------------

    def ask(
        self, path: str, data: dict[str, Any], page: int = 0, hint: str = "", offers: Iterable[Choice] = ()
    ) -> None:
        """Show a step, following steps that lead on at once, and open its question."""
        for _ in range(_HOPS):
            shown = self.map.step(path).show(self.at(path, data))
            if isinstance(shown, Ask):
                if hint:
                    self.out.append(Message(hint))
                return self.opens(path, data, shown, page, offers)
            self.says(shown.say)
            if isinstance(shown, Done):
                self.state.open = None
                return None
            path = shown.step if "." in shown.step else f"{path.partition('.')[0]}.{shown.step}"
            data, page = dict(shown.data), 0
        raise BrokenFlow(f"{path} leads on without end")

    def opens(self, path: str, data: dict[str, Any], shown: Ask, page: int, offers: Iterable[Choice] = ()) -> None:
        while self.state.path and self.state.path[-1] == (path, data):
            self.state.path.pop()  # a question never leads back to itself
        pages = max(1, -(-len(shown.choices) // shown.per_page))
        page %= pages
        part = list(shown.choices[page * shown.per_page : (page + 1) * shown.per_page])
        known = {choice.label for choice in part}
        part += [replace(one, value=_ELSEWHERE + one.value) for one in offers if one.label not in known]
        self.state.n += 1
        n = self.state.n
        self.state.open = Question(
            n, path, data, [(c.value, c.label, list(c.words)) for c in part],
            page, pages > 1, shown.text_ok, shown.files_ok, shown.card_ok, shown.any_time, shown.heeds,
        )  # fmt: skip
        self.says(shown.before)
        choices = [(f"{n}:{i}", c.label) for i, c in enumerate(part)]
        if pages > 1:
            choices.append((f"{n}:{MORE}", self.talk.text("more")))
        if self.state.path:
            choices.append((f"{n}:{BACK}", self.talk.text("back")))
        self.out.append(Message(shown.text, tuple(choices), n))

    def says(self, said: Iterable[Say | SendFile]) -> None:
        for one in said:
            self.out.append(Message(one.text) if isinstance(one, Say) else Message(one.caption, file=one))

    def at(self, path: str, data: dict[str, Any]) -> Talk:
        """The talk as the step sees it."""
        return replace(self.talk, data=data)
