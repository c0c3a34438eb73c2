"""Transcript files: read into lines, written back, and compared with what was answered. See `tests.kit.transcript`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from bot.dialog.values import Message

_DOES = re.compile(r"(?P<who>[a-z][a-z0-9]*)?(?:@(?P<place>[a-z][a-z0-9]*))?(?P<sign>[>!]|(?<!\S)@)(?: (?P<text>.*))?")
_HEARS = re.compile(r"(?P<who>[a-z][a-z0-9]*)?< (?P<text>.*)")
_CHOICES = re.compile(r"\[[^\]\n]+\](?: \[[^\]\n]+\])*")

ONLY_BUTTONS = ("Xem hồ sơ",)
"""A notice's own button, which platforms without buttons do not get: pressed in `buttons/`, shown nowhere."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A message as a transcript has it. `who` reads it: "" is the citizen.

    `words` stands in place of the last line, the choices, where a platform has no buttons (None: the same everywhere).
    """

    who: str
    text: str
    words: str | None = None


@dataclass
class Line:
    """One line that does something: `sign` is `>`, `!` or `@`; `expected` what must be shown after it.

    `who` does it ("": the citizen), in `place` (a group, "": her private chat).
    """

    sign: str
    text: str
    who: str = ""
    place: str = ""
    expected: list[Shown] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)


def read(path: Path) -> tuple[list[Line], list[str]]:
    """The transcript's lines, and the comments at its end."""
    lines: list[Line] = []
    comments: list[str] = []
    texts: list[tuple[str, str]] = []

    def finish() -> None:
        if lines:
            lines[-1].expected = [_shown(who, text.rstrip("\n")) for who, text in texts]
        texts.clear()

    for raw in path.read_text("utf-8").splitlines():
        if (heard := _HEARS.fullmatch(raw)) and lines:
            texts.append((heard["who"] or "", heard["text"]))
        elif found := _DOES.fullmatch(raw):
            finish()
            text = found["text"] or ""
            lines.append(Line(found["sign"], text, found["who"] or "", found["place"] or "", comments=comments))
            comments = []
        elif raw.startswith("  ") and texts:
            texts[-1] = (texts[-1][0], texts[-1][1] + "\n" + raw[2:])
        elif raw.strip() == "" and texts and not comments:
            texts[-1] = (texts[-1][0], texts[-1][1] + "\n")
        else:
            comments.append(raw)
    finish()
    return lines, comments


def _shown(who: str, text: str) -> Shown:
    lines = text.split("\n")
    words = [line[1:].lstrip() for line in lines if line.startswith("|")]
    kept = "\n".join(line for line in lines if not line.startswith("|"))
    return Shown(who, kept, "\n".join(words) if words else None)


def write(path: Path, lines: list[Line], tail: list[str]) -> None:
    """The transcript as a file."""
    out: list[str] = []
    for line in lines:
        out += line.comments
        place = f"@{line.place}" if line.place else ""
        out.append(f"{line.who}{place}{line.sign} {line.text}".rstrip())
        for shown in line.expected:
            first, *rest = shown.text.split("\n")
            if shown.words is not None:
                rest += [f"| {words}".rstrip() for words in shown.words.split("\n")]
            out.append(f"{shown.who}< {first}")
            out += [f"  {more}" if more else "" for more in rest]
    path.write_text("\n".join([*out, *tail]).rstrip() + "\n", "utf-8")


def agree(expected: list[Shown], answered: list[Shown], *, buttons: bool) -> bool:
    """Whether what was answered is what the file says, on a platform with or without buttons."""
    return answered == [Shown(one.who, _without_buttons(one) if not buttons else one.text) for one in expected]


def _without_buttons(shown: Shown) -> str:
    if shown.words is None:
        return shown.text
    head, _, choices = shown.text.rpartition("\n")
    assert _CHOICES.fullmatch(choices), f"words stand in place of choices, and there are none: {shown.text!r}"
    return "\n".join(part for part in (head, shown.words) if part)


def joined(before: list[Shown], answered: list[Shown], *, buttons: bool) -> list[Shown]:
    """What a file should say after it was answered so: what the other kind of platform was told stays."""
    if len(before) != len(answered):
        return answered
    return [_joined(old, new, buttons) for old, new in zip(before, answered, strict=True)]


def _joined(old: Shown, new: Shown, buttons: bool) -> Shown:
    if old.who != new.who:
        return new
    if buttons:
        same = old.text == new.text
        return Shown(new.who, new.text, old.words if same else None)
    head, _, choices = old.text.rpartition("\n")
    if old.text == new.text or not _CHOICES.fullmatch(choices) or not new.text.startswith(head):
        return new
    return Shown(old.who, old.text, new.text[len(head) :].strip("\n"))


def as_text(message: Message) -> str:
    """A message as a transcript shows it."""
    choices = " ".join(f"[{label}]" for _, label in message.choices if label not in ONLY_BUTTONS)
    file = f"({message.file.name})" if message.file else ""
    return "\n".join(part for part in (message.text.rstrip(), file, choices) if part)
