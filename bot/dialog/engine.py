"""One turn of a conversation: what was heard and the state go in, messages and the new state come out.

Order of reading a typed message: the open question's own choices, then the words that work anywhere, then free text
where the question takes it, else the question again. Every message gets a reply, except the second tap on a choice
that was just taken, whose reply is already on its way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.dialog.flow import Command, Flow, Step, Talk
from bot.dialog.leading import BACK, MORE, BrokenFlow, Way
from bot.dialog.state import ASIDE_KEPT, Question, State
from bot.dialog.values import Again, Answer, Choice, Done, FileRef, Heard, Message, Move, Say
from bot.dialog.words import LETS_BE, STOPS, as_number, fold, pick


def _helps_never(said: str, question: Question | None) -> bool | None:
    return False


def _no_help(talk: Talk, question: Question | None) -> Again:
    return Again()


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
    unasked_files: Callable[[Talk, tuple[FileRef, ...]], Move | None] = lambda talk, files: None
    """Where files lead that the open question does not take; None: nowhere, and the question is asked again. A file
    that was not fetched has no key."""
    astray: Callable[[Talk, str], Move | None] = lambda talk, text: None
    """Where words lead that are none of the open question's choices; None: nowhere, and it is asked again."""
    quiet: bool = False
    """For a group: only commands and taps are taken; whatever else people say there is not for us."""
    asides: int = ASIDE_KEPT
    helps: Callable[[str, Question | None], bool | None] = _helps_never
    """Whether a folded message asks for help at the open question; None: only if the question does not take it."""
    help: Callable[[Talk, Question | None], Again] = _no_help
    """What to do at the open question, and the ways out of it."""

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
        return _Turn(self, state, talk, dialog=self).run(heard)

    def returns(self, state: State, talk: Talk) -> list[Message]:
        """Close the open question and ask the one before it, unasked: what it was about has ended elsewhere."""
        way = Way(self, state, talk)
        way.back()
        return way.out

    def aside(
        self, state: State, talk: Talk, text: str, step: str, data: Mapping[str, Any], choices: Iterable[Choice]
    ) -> Message:
        """A notice with choices of its own, which never closes the open question. Returns the message to send."""
        state.n += 1
        offers = [(c.value, c.label, list(c.words)) for c in choices]
        state.puts_aside(Question(state.n, step, dict(data), offers), self.asides)
        return Message(text, tuple((f"{state.n}:{i}", offer[1]) for i, offer in enumerate(offers)), state.n)


@dataclass(slots=True, kw_only=True)
class _Turn(Way):
    """What was heard, read against the open question and the words that work anywhere."""

    dialog: Dialog
    said: str = ""
    """The typed message, folded."""

    def run(self, heard: Heard) -> list[Message]:
        self.talk.kept = self.state.kept
        self.talk.locale = self.state.locale = self.state.locale or self.talk.locale
        if self.dialog.quiet:
            return self.overheard(heard)
        if not self.state.met:
            self.state.met = self.talk.is_first = True
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

    def overheard(self, heard: Heard) -> list[Message]:
        """In a group: taps and commands only, and no question stays open."""
        if heard.kind == "tap":
            self.tapped(heard)
        elif heard.kind in ("text", "start"):
            text = heard.text
            for command in self.dialog.commands:
                rest = command.rest_of(text, fold(text))
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
        self.said = said
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
        if self.dialog.helps(said, question):
            return self.helped()
        if question is not None and question.text_ok and not (late and not question.any_time):
            return self.take(question, Answer(text=heard.text), -1)
        if question is not None and question.offers and not late:
            move = self.dialog.astray(self.at(question.step, question.data), heard.text)
            if isinstance(move, Again):
                return self.again(move.hint)
            if move is not None:
                self.leave(keeping=True)
                return self.follow(move)
        if question is not None:
            return self.again(
                self.talk.text("question-newer" if late else "choose-one" if question.offers else "not-understood")
            )
        return self.follow(self.dialog.fallback(self.at(self.dialog.home, {}), heard.text), fresh=True)

    def commanded(self, text: str, said: str, heeds: str) -> bool:
        """Whether the message was one of the words that work anywhere; if so it was obeyed. `heeds`: see `Ask`."""
        if said in ("menu", "0", "quay lai"):
            self.go_home()
        elif said in STOPS or (said in LETS_BE and heeds != "words"):
            self.out.append(Message(self.talk.text("cancelled")))
            self.go_home()
        elif said in self.dialog.locales:
            self.talk.locale = self.state.locale = self.dialog.locales[said]
            self.again(self.talk.text("language-chosen"))
        else:
            for command in self.dialog.commands:
                rest = command.rest_of(text, said, heeds)
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

    def helped(self) -> None:
        move = self.dialog.help(self.at(self.dialog.home, {}), self.state.open)
        self.again(move.hint, move.offers)

    def refused(self, move: Again) -> None:
        """Also by "không biết", typed into a form that has no such answer: there help is wanted."""
        if self.said and self.dialog.helps(self.said, self.state.open) is None:
            self.helped()
        else:
            self.again(move.hint, move.offers)

    def sent_files(self, heard: Heard) -> None:
        question = self.state.open
        if question is not None and question.files_ok:
            return self.take(question, Answer(files=heard.files), -1)
        move = self.dialog.unasked_files(self.at(self.dialog.home, {}), heard.files)
        if move is None:
            return self.again(self.talk.text("no-file-now"))
        self.leave(keeping=True)
        return self.follow(move)
