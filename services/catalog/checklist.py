"""The checklist as a picture: its recipe, which is also its key, and how what it says is spread over sheets.

Nothing is stored. A key tells the procedure's version, the case, the language and the sheet, and whoever needs the
picture draws it again: a key names no person. How long a sheet gets is estimated here without any font, so that a
conversation knows at once how many pictures to send; the drawing then takes the room it needs.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

WIDTH = 1080
"""The width of a sheet in pixels: that of most phones."""
MARGIN = 60
SHEETS = 8
"""The most sheets of one list; a longer one is not for pictures."""
_SCALES = ((1.0, 1, 3200), (0.9, 1, 3200), (1.0, 2, 2700), (0.9, 3, 2700), (0.76, SHEETS, 2900))
"""Sizes of type, each with the most sheets and about how many pixels one may measure from top to bottom: large type
first, then more sheets. A phone shows 3200 pixels at once with letters that can still be read, and what platforms
shrink a photo to (2,560 pixels) keeps four fifths of them."""
_PIECE = 420
"""The longest piece of one paper's text, in characters: a sheet ends only between pieces."""
_ENDS = (("; ", ". ", " + "), (", ",), (" ",))
"""Where a long text is cut, best first."""
_EM = 0.515
"""The mean width of a letter of Vietnamese text in ems, a little more than measured: lines break early."""

Kind = Literal["case", "head", "tick", "more", "note", "fact", "warn", "safe", "call", "small"]


@dataclass(frozen=True, slots=True)
class Type:
    """How a kind of block is set, in pixels: letters of `text` and `detail`, the room left of it and below it."""

    text: int
    detail: int = 0
    left: int = 0
    below: int = 0


TYPES: Mapping[Kind, Type] = {
    "case": Type(40, left=56, below=74),
    "head": Type(46, below=52),
    "tick": Type(54, 42, left=92, below=50),
    "more": Type(54, 42, left=92, below=50),
    "note": Type(44, left=44, below=22),
    "fact": Type(40, 50, below=34),
    "warn": Type(42, left=56, below=76),
    "safe": Type(42, below=20),
    "call": Type(48, below=20),
    "small": Type(34, below=12),
}
LEADING = 1.32
"""The height of a line in ems: Vietnamese letters carry marks above and below."""
_TITLE = 370
"""What the title and the edges take on a sheet."""


@dataclass(frozen=True, slots=True)
class Block:
    """One thing on a sheet. `mark` is a paper's number; a fact has its label in `text` and what it says in `detail`,
    a heading has in `detail` what stands at the end of its line."""

    kind: Kind
    text: str
    detail: str = ""
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One picture. `over` stands small above the title, `page` beside it, `scale` is the size of the type."""

    over: str
    title: str
    under: str
    page: str
    scale: float
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a picture is made from. `case` maps case question -> choice; `sheet` counts from 1."""

    code: str
    version_id: int
    case: tuple[tuple[str, str], ...]
    locale: str
    sheet: int = 1

    @classmethod
    def of(cls, code: str, version_id: int, case: Mapping[str, str], locale: str, sheet: int = 1) -> Recipe:
        """The recipe for a case as a conversation keeps it."""
        return cls(code, version_id, tuple(sorted(case.items())), locale, sheet)

    def key(self) -> str:
        """`checklist/1.001193/12/be=bo_roi,nguoi_di=cha_me.vi.1.png`; "-" stands for no case."""
        case = ",".join(f"{_safe(question)}={_safe(choice)}" for question, choice in self.case) or "-"
        return f"checklist/{self.code}/{self.version_id}/{case}.{self.locale}.{self.sheet}.png"


_KEY = re.compile(
    r"checklist/([0-9]\.[0-9]{6})/([1-9][0-9]{0,15})/(-|[\w~=,-]+)\.([a-z]{2,3})\.([1-9][0-9]?)\.png", re.ASCII
)
_LONGEST_KEY = 1500
_PLAIN = re.compile(rb"[A-Za-z0-9_-]")
_ESCAPED = re.compile(r"~([0-9A-F]{2})")


def parse(key: str) -> Recipe | None:
    """The recipe of `key`; None for anything that `Recipe.key` does not write, to the letter."""
    found = _KEY.fullmatch(key) if len(key) <= _LONGEST_KEY else None
    if found is None:
        return None
    code, version_id, written, locale, sheet = found.groups()
    pairs = [pair.split("=") for pair in written.split(",")] if written != "-" else []
    if any(len(pair) != 2 for pair in pairs):
        return None
    case = {_unsafe(question): _unsafe(choice) for question, choice in pairs}
    recipe = Recipe.of(code, int(version_id), case, locale, int(sheet))
    return recipe if recipe.key() == key else None


def _safe(text: str) -> str:
    """Letters, digits, "_" and "-" as they are, every other byte as ~XX: nothing an address has to escape again."""
    return "".join(
        chr(byte) if _PLAIN.fullmatch(bytes([byte])) else f"~{byte:02X}" for byte in text.encode("utf-8", "replace")
    )


def _unsafe(text: str) -> str:
    plain = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
    return plain.encode("latin-1").decode("utf-8", "replace")


# -- what stands on a sheet -----------------------------------------------------------------------------------------


def paper(number: int, name: str, detail: str) -> list[Block]:
    """One paper to tick off; long ones in pieces, so that they can go over to the next sheet."""
    names, details = _pieces(name) or [""], _pieces(detail) or [""]
    blocks = [Block("tick", names[0], mark=f"{number}."), *(Block("more", piece) for piece in names[1:])]
    blocks[-1] = replace(blocks[-1], detail=details[0])
    return [*blocks, *(Block("more", "", piece) for piece in details[1:])]


def note(text: str) -> list[Block]:
    """A remark; it is never ticked off."""
    return [Block("note", piece, mark="" if number else "•") for number, piece in enumerate(_pieces(text))]


def _pieces(text: str) -> list[str]:
    """`text` by paragraphs, and the long ones by sentences or words."""
    pieces = []
    for paragraph in text.split("\n"):
        rest = paragraph.strip()
        while len(rest) > _PIECE:
            cuts = (max(rest.rfind(end, _PIECE // 3, _PIECE) + 1 for end in ends) for ends in _ENDS)
            cut = next((cut for cut in cuts if cut), _PIECE)
            pieces.append(rest[:cut].rstrip())
            rest = rest[cut:].lstrip()
        if rest:
            pieces.append(rest)
    return pieces


def sheets(
    over: str, title: str, under: str, blocks: Sequence[Block], page: Callable[[int, int], str], again: str
) -> list[Sheet]:
    """`blocks` on as few sheets as large type allows; none at all when they would be more than `SHEETS`.

    `page(2, 3)` is how to call the second sheet of three; `again` stands behind a heading that a sheet repeats.
    """
    for scale, most, height in _SCALES:
        spread = _spread(blocks, scale, most, height - _TITLE)
        if spread:
            count = len(spread)
            return [
                Sheet(over, title, under, page(number, count) if count > 1 else "", scale, tuple(part))
                for number, part in enumerate(_headed(spread, again), 1)
            ]
    return []


def _spread(blocks: Sequence[Block], scale: float, most: int, room: float) -> list[list[Block]]:
    """The blocks on at most `most` sheets of about the same length; [] when they do not fit."""
    filled = _filled(blocks, scale, room)
    if len(filled) > most:
        return []
    even = sum(tall(block, scale) for block in blocks) / len(filled)
    while even < room:
        evenly = _filled(blocks, scale, even)
        if len(evenly) == len(filled):
            return evenly
        even *= 1.03
    return filled


def _filled(blocks: Sequence[Block], scale: float, room: float) -> list[list[Block]]:
    """The blocks in order, a new sheet where the next one has no room; a heading never stands last."""
    filled: list[list[Block]] = [[]]
    used = 0.0
    for number, block in enumerate(blocks):
        need = tall(block, scale)
        with_next = need + (tall(blocks[number + 1], scale) if block.kind == "head" and number + 1 < len(blocks) else 0)
        if filled[-1] and used + with_next > room:
            filled.append([])
            used = 0.0
        filled[-1].append(block)
        used += need
    return filled


def _headed(spread: list[list[Block]], again: str) -> Iterator[list[Block]]:
    """Each sheet's blocks, under their heading again where they go on from the sheet before."""
    heading = None
    for part in spread:
        goes_on = heading is not None and part[0].kind in ("tick", "more", "note")
        yield [Block("head", f"{heading} {again}"), *part] if goes_on else part
        heading = next((block.text for block in reversed(part) if block.kind == "head"), heading)


def tall(block: Block, scale: float) -> float:
    """About how many pixels a block takes."""
    kind = TYPES[block.kind]
    lines = _lines(block.text, kind.text, kind, scale) * kind.text + _lines(block.detail, kind.detail, kind, scale) * (
        kind.detail
    )
    return (lines * LEADING + kind.below) * scale


def _lines(text: str, size: int, kind: Type, scale: float) -> int:
    """About how many lines `text` takes in letters of `size`."""
    room = (WIDTH - 2 * MARGIN) / scale - kind.left
    return sum(math.ceil(len(paragraph) * size * _EM / room) for paragraph in text.split("\n"))
