"""One turn of a conversation: what was heard and the state go in, messages and the new state come out.

Order of reading a typed message: the open question's own choices, then the words that work anywhere, then free text
where the question takes it, else the question again. Every message gets a reply, except the second tap on a choice
that was just taken, whose reply is already on its way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bot.dialog.flow import Command, Flow, Step, Talk
from bot.dialog.state import ASIDE_KEPT, PATH_KEPT, Question, State
from bot.dialog.values import Again, Answer, Ask, Back, Choice, Done, Goto, Heard, Message, Move, Say, SendFile, Stay
from bot.dialog.words import as_number, fold, pick

BACK, MORE = "b", "m"
"""Tokens of the two choices that the engine itself adds: `"12:b"` goes back, `"12:m"` shows the next page."""

_HOPS = 12


class BrokenFlow(Exception):
    """A conversation leads nowhere or in a circle: a mistake in a handler, never the person's."""


@dataclass(frozen=True, slots=True)
class Dialog:
    """All conversations together. `home` is where `menu` leads; `fallback` takes text nobody asked for.

    `greet` gives what is said at first contact; `start` takes a deep link's payload; `locales` maps the folded
    language words to a locale.
    """

    flows: Mapping[str, Flow]
    commands: tuple[Command, ...]
    home: str
    fallback: Callable[[Talk, str], Move]
    start: Callable[[Talk, str], Move]
    greet: Callable[[Talk], tuple[Say, ...]]
    locales: Mapping[str, str]
    quiet: bool = False
    """For a group: only commands and taps are taken; whatever else people say there is not for us."""
    asides: int = ASIDE_KEPT

    def step(self, path: str) -> Step:
        """The step named `"flow.step"`."""
        flow, _, name = path.partition(".")
        try:
            return self.flows[flow].steps[name]
        except KeyError:
            raise BrokenFlow(f"no step {path}") from None

    def turn(self, state: State, heard: Heard, talk: Talk) -> list[Message]:
        """Take `heard` into `state` (changed in place) and return the messages to send, in order.

        `talk` carries the services, texts, time and locale; its data and memory are filled in here.
        """
        return _Turn(self, state, talk).run(heard)

    def returns(self, state: State, talk: Talk) -> list[Message]:
        """Close the open question and ask the one before it, unasked: what it was about has ended elsewhere."""
        turn = _Turn(self, state, talk)
        turn.back()
        return turn.out

    def aside(
        self, state: State, talk: Talk, text: str, step: str, data: Mapping[str, Any], choices: Iterable[Choice]
    ) -> Message:
        """A notice with choices of its own, which never closes the open question. Returns the message to send."""
        state.n += 1
        offers = [(c.value, c.label, list(c.words)) for c in choices]
        state.puts_aside(Question(state.n, step, dict(data), offers), self.asides)
        return Message(text, tuple((f"{state.n}:{i}", offer[1]) for i, offer in enumerate(offers)), state.n)


@dataclass(slots=True)
class _Turn:
    """One run of the engine."""

    dialog: Dialog
    state: State
    talk: Talk
    out: list[Message] = field(default_factory=list)

    def run(self, heard: Heard) -> list[Message]:
        self.talk.kept = self.state.kept
        self.talk.locale = self.state.locale = self.state.locale or self.talk.locale
        if self.dialog.quiet:
            return self.overheard(heard)
        if not self.state.met:
            self.state.met = True
            self.says(self.dialog.greet(self.talk))
        match heard.kind:
            case "tap":
                self.tapped(heard)
            case "text":
                self.typed(heard)
            case "file":
                self.sent_files(heard)
            case "start":
                self.follow(self.dialog.start(self.at(self.dialog.home, {}), heard.text), fresh=True)
            case _:
                self.again(self.talk.text(f"cannot-{heard.kind}"))
        return self.out

    # -- what was heard ------------------------------------------------------------------------------------------

    def overheard(self, heard: Heard) -> list[Message]:
        """In a group: taps and commands only, and no question stays open."""
        if heard.kind == "tap":
            self.tapped(heard)
        elif heard.kind in ("text", "start"):
            text = heard.text
            for command in self.dialog.commands:
                rest = _rest(command, text, fold(text))
                if rest is not None:
                    self.follow(command.go(self.at(self.dialog.home, {}), rest), fresh=True)
                    break
        self.state.open = None
        return self.out

    def tapped(self, heard: Heard) -> None:
        number, _, what = heard.tap.partition(":")
        n = int(number) if number.isdecimal() and number.isascii() else -1
        question = self.state.open
        if question is not None and question.n == n:
            if what == BACK:
                self.back()
            elif what == MORE:
                self.ask(question.step, question.data, page=question.page + 1)
            else:
                self.picked(question, what)
        elif n in self.state.aside:
            self.picked(self.state.aside[n], what)
        elif not (self.state.past and what.isdecimal() and self.state.past[-1] == (n, int(what))):
            self.again(self.talk.text("question-gone"))

    def picked(self, question: Question, what: str) -> None:
        index = int(what) if what.isdecimal() and what.isascii() else -1
        if 0 <= index < len(question.offers):
            self.take(question, Answer(value=question.offers[index][0]), index)
        else:
            self.again(self.talk.text("question-gone"))

    def typed(self, heard: Heard) -> None:
        question, said = self.state.open, fold(heard.text)
        late = question is not None and heard.asked is not None and heard.asked != question.n
        if question is not None:
            number = as_number(heard.text)
            if number == 0 or said in ("quay lai", "back"):
                return self.back()
            index = pick(heard.text, question.offers)
            if index is None and number is not None and number <= len(question.offers):
                index = number - 1
            if index is not None:
                if late:
                    return self.again(self.talk.text("question-newer"))
                return self.take(question, Answer(value=question.offers[index][0]), index)
            if question.more and (said in ("xem them", "more") or number == len(question.offers) + 1):
                return self.ask(question.step, question.data, page=question.page + 1)
            if number is not None and question.offers and (question.any_time or not question.text_ok):
                return self.again(self.talk.text("number-out-of-range", last=len(question.offers)))
        if self.commanded(heard.text, said, question.heeds if question is not None else "all"):
            return None
        if question is not None and question.text_ok and not (late and not question.any_time):
            return self.take(question, Answer(text=heard.text), -1)
        if question is not None:
            return self.again(
                self.talk.text("question-newer" if late else "choose-one" if question.offers else "not-understood")
            )
        return self.follow(self.dialog.fallback(self.at(self.dialog.home, {}), heard.text), fresh=True)

    def commanded(self, text: str, said: str, heeds: str) -> bool:
        """Whether the message was one of the words that work anywhere; if so it was obeyed. `heeds`: see `Ask`."""
        if said in ("menu", "0", "quay lai"):
            self.go_home()
        elif said in ("huy", "cancel", "thoat"):
            self.out.append(Message(self.talk.text("cancelled")))
            self.go_home()
        elif said in self.dialog.locales:
            self.talk.locale = self.state.locale = self.dialog.locales[said]
            self.again(self.talk.text("language-chosen"))
        else:
            for command in self.dialog.commands:
                rest = _rest(command, text, said, heeds)
                if rest is not None:
                    move = command.go(self.at(self.dialog.home, {}), rest)
                    if command.aside and isinstance(move, Done) and self.state.open is not None:
                        self.says(move.say)
                        self.again("")
                        return True
                    self.leave(keeping=command.keeps)
                    self.follow(move, fresh=not command.keeps)
                    return True
            return False
        return True

    def sent_files(self, heard: Heard) -> None:
        question = self.state.open
        if question is None or not question.files_ok:
            self.again(self.talk.text("no-file-now"))
        else:
            self.take(question, Answer(files=heard.files), -1)

    # -- where it leads ------------------------------------------------------------------------------------------

    def take(self, question: Question, answer: Answer, index: int) -> None:
        """Let the question's step take the answer, and follow where it leads."""
        move = self.dialog.step(question.step).answer(self.at(question.step, question.data), answer)
        if question.n in self.state.aside:
            return self.take_aside(question, move)
        if isinstance(move, Stay):
            return self.says(move.say)
        if isinstance(move, Again):
            return self.again(move.hint)
        self.state.closes(index)
        if isinstance(move, Goto) and not move.replace:
            self.state.path = [*self.state.path, (question.step, question.data)][-PATH_KEPT:]
        return self.follow(move, here=question.step)

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
        flow = (here or self.dialog.home).partition(".")[0]
        step = move.step if "." in move.step else f"{flow}.{move.step}"
        if step == self.dialog.home:
            self.state.path = []
        return self.ask(step, dict(move.data))

    def go_home(self) -> None:
        self.state.closes(-1)
        self.state.path = []
        self.ask(self.dialog.home, {})

    def leave(self, *, keeping: bool) -> None:
        """Close the open question; with `keeping` it is where "back" leads."""
        if keeping and self.state.open is not None:
            self.state.path = [*self.state.path, (self.state.open.step, self.state.open.data)][-PATH_KEPT:]
        self.state.closes(-1)

    def back(self) -> None:
        """To the question before; at the beginning, home."""
        self.state.closes(-1)
        step, data = self.state.path.pop() if self.state.path else (self.dialog.home, {})
        self.ask(step, data)

    def again(self, hint: str) -> None:
        """Say `hint` and ask the open question again (home, if nothing is open)."""
        question = self.state.open
        if question is None:
            if hint:
                self.out.append(Message(hint))
            return self.ask(self.dialog.home, {})
        return self.ask(question.step, question.data, page=question.page, hint=hint)

    # -- showing -------------------------------------------------------------------------------------------------

    def ask(self, path: str, data: dict[str, Any], page: int = 0, hint: str = "") -> None:
        """Show a step, following steps that lead on at once, and open its question."""
        for _ in range(_HOPS):
            shown = self.dialog.step(path).show(self.at(path, data))
            if isinstance(shown, Ask):
                if hint:
                    self.out.append(Message(hint))
                return self.opens(path, data, shown, page)
            self.says(shown.say)
            if isinstance(shown, Done):
                self.state.open = None
                return None
            path = shown.step if "." in shown.step else f"{path.partition('.')[0]}.{shown.step}"
            data, page = dict(shown.data), 0
        raise BrokenFlow(f"{path} leads on without end")

    def opens(self, path: str, data: dict[str, Any], shown: Ask, page: int) -> None:
        while self.state.path and self.state.path[-1] == (path, data):
            self.state.path.pop()  # a question never leads back to itself
        pages = max(1, -(-len(shown.choices) // shown.per_page))
        page %= pages
        part = shown.choices[page * shown.per_page : (page + 1) * shown.per_page]
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


def _rest(command: Command, text: str, said: str, heeds: str = "all") -> str | None:
    """What follows the command's words in the message; None when the message is not this command."""
    if heeds != "words" and command.pattern and re.fullmatch(command.pattern, text.strip(), re.IGNORECASE):
        return text.strip()
    for word in command.words:
        if said == word:
            return ""
        if command.rest and heeds != "words" and said.startswith(word + " "):
            # The rest keeps its accents: cut as many words off the message as the command has.
            rest = text.split()[len(word.split()) :]
            if heeds == "all" or (len(rest) == 1 and any(letter.isdigit() for letter in rest[0])):
                return " ".join(rest)
    return None
