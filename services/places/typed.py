"""What was typed, taken apart: words, where one part of the address ends, and which words announce a kind of unit."""

from __future__ import annotations

import re
from dataclasses import dataclass

from services.catalog.text import marks, stem, stems, tidy, words
from services.places.kinds import KINDS, NOISE, Kind

_LONGEST, _MOST_WORDS, _MOST_JOINED = 250, 32, 7
_Y = re.compile("(?<=[bcdghklmnprstvx])y(?!e)")
_PART = re.compile(r"[,;\n|/]")
_SHORT = re.compile(r"([pfqx])0*(\d{1,2})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Span:
    """Words `start` up to `end` of what was typed, and the kind announced by the words from `begin` to `start`."""

    start: int
    end: int
    key: str
    kind: Kind | None
    begin: int


def key_of(name: str) -> str:
    """What a unit's name (NFC) is looked up by: its letters and digits, folded, without blanks; "05" as "5"."""
    return "".join(_plain(word) for word in stems(name.lower()))


def joined(folded: str) -> str:
    """The key of a name that is folded and has lost its blanks already ("myhanh" as "mihanh", but "tanyen")."""
    return _plain(_Y.sub("i", folded))


def _plain(folded: str) -> str:
    return (folded.lstrip("0") or "0") if folded.isdigit() else stem(folded)


class Typed:
    """One address as it was typed. Reads at most 250 characters and 32 words of it."""

    def __init__(self, text: str) -> None:
        """Take `text` apart; any string will do."""
        cleaned = tidy(text[:_LONGEST])
        self.folded: list[str] = []
        self.marks: list[str] = []
        self.starts: list[int] = []
        """Where each word begins in the cleaned text."""
        self.ends: set[int] = set()
        """Word numbers before which a comma or a new line stands."""
        last = 0
        for word in words(cleaned)[:_MOST_WORDS]:
            if _PART.search(cleaned, last, word.start):
                self.ends.add(len(self.folded))
            last = word.start + len(word.typed)
            short = _SHORT.fullmatch(word.folded)
            for part in short.groups() if short else (word.folded,):
                self.folded.append(part)
                self.starts.append(word.start)
                self.marks.append("" if short else marks(word.typed))
        self.plain = [_plain(word) for word in self.folded]
        self.size = len(self.plain)
        self.ends.add(self.size)
        self.announced = self._announced()
        self.kinds = [False] * self.size
        """For every word whether it belongs to a kind."""
        for end, (_, begin) in self.announced.items():
            self.kinds[begin:end] = [True] * (end - begin)
        self.free = [kind or word in NOISE for word, kind in zip(self.folded, self.kinds, strict=True)]
        """For every word whether it may stay without explanation."""

    def _announced(self) -> dict[int, tuple[Kind, int]]:
        """For word numbers after a kind: the kind, and where its own words begin."""
        found: dict[int, tuple[Kind, int]] = {}
        for width in (1, 2):  # "thị xã" after "xã": the longer one holds
            for start in range(self.size - width + 1):
                kind = KINDS.get(tuple(self.folded[start : start + width]))
                # A kind does not reach over a comma: "xã Bạch Xa, Tuyên Quang" names no commune "Tuyên Quang".
                if kind and (start + width == self.size or start + width not in self.ends):
                    found[start + width] = (kind, start)
        return found

    def spans(self) -> list[Span]:
        """Every run of up to seven words within one part of the address."""
        found = []
        for start in range(self.size):
            kind, begin = self.announced.get(start, (None, start))
            key = ""
            for end in range(start + 1, min(start + _MOST_JOINED, self.size) + 1):
                if end - 1 > start and end - 1 in self.ends:
                    break
                key += self.plain[end - 1]
                found.append(Span(start, end, key, kind, begin))
        return found

    def begins(self, span: Span) -> bool:
        """Whether `span` may be a name not written out: a part of the address begins there or a kind stands before it,
        and it is more than kinds."""
        at_start = span.start == 0 or span.start in self.ends or span.kind is not None
        return at_start and not all(self.kinds[span.start : span.end])
