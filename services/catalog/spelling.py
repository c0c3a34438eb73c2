"""Repair of misspelt Vietnamese, syllable by syllable, in the light of the neighbouring syllables.

Vietnamese has some 2,500 syllables without diacritics, so a table of all of them with one letter left out finds
every syllable that one slip away. Left-overs of the telex and VNI typing methods are decoded, words run together
are split, and the most likely sequence is chosen by how often two syllables stand together in the catalogue.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Pairs = Callable[[npt.NDArray[np.int64], npt.NDArray[np.int64]], npt.NDArray[np.float64]]
"""(word ids, word ids of the same length) -> in how many texts each first stands right before its second."""

_TONES = frozenset("sfrxjwz")
_VOWELS = frozenset("aeiouy")
_DOUBLED = re.compile(r"(?<=.)([aeo])\1")
_VNI = re.compile(r"^[a-z]+\d[a-z0-9]*$")
_MIXED = 3
CANDIDATES = 8
LONGEST = 32
"""Syllables of one question that are repaired; the rest of a long story is taken as typed."""


@dataclass(frozen=True, slots=True)
class Repair:
    """One reading of the word at `place`: `syllables` (more than one when words were run together), trusted 0..1."""

    place: int
    syllables: tuple[str, ...]
    trust: float


def telex(word: str) -> str:
    """Telex key strokes read without diacritics: "ddawngs" -> "dang", "huowngs" -> "huong"; others unchanged."""
    body = word.replace("dd", "d")
    first = next((place for place, char in enumerate(body) if char in _VOWELS or char == "w"), len(body))
    head, tail = body[:first], body[first:]
    if tail.startswith("w"):
        tail = "u" + tail[1:]
    kept = "".join(char for place, char in enumerate(tail) if place == 0 or char not in _TONES)
    return head + _DOUBLED.sub(r"\1", kept if len(kept) < 2 or kept[0] != kept[1] else kept[1:])


def vni(word: str) -> str:
    """VNI key strokes read without diacritics: "d9a8ng" -> "dang"; others unchanged."""
    return re.sub(r"\d", "", word) if _VNI.match(word) else word


def shorter(word: str) -> set[str]:
    """`word` with any one letter left out."""
    return {word[:place] + word[place + 1 :] for place in range(len(word))}


class Speller:
    """Knows the catalogue's syllables, how often they occur, and which stand together."""

    def __init__(self, vocabulary: dict[str, int], counts: npt.NDArray[np.int32], pairs: Pairs) -> None:
        """`vocabulary` maps a stemmed word to its id, `counts` says how often each id occurs."""
        self._ids = vocabulary
        self._pairs = pairs
        self._often = {
            word: float(np.log1p(counts[number])) for word, number in vocabulary.items() if counts[number] >= 2
        }
        self._deletes: dict[str, list[str]] = {}
        for word in self._often:
            if 2 <= len(word) <= 7 and word.isalpha():
                for key in {word} | shorter(word):
                    self._deletes.setdefault(key, []).append(word)
        self._near: dict[str, tuple[tuple[str, float], ...]] = {}

    def known(self, word: str) -> bool:
        """Whether `word` occurs in the catalogue often enough to be meant."""
        return word in self._often

    def near(self, word: str) -> tuple[tuple[str, float], ...]:
        """Known syllables one slip away from `word`, with the slip's cost; at most `CANDIDATES`, likeliest first."""
        if word in self._near:
            return self._near[word]
        found: dict[str, float] = {}
        if len(word) <= 8:
            for key in {word} | shorter(word):
                for other in self._deletes.get(key, ()):
                    if other != word and other not in found:
                        cost = _slip(word, other)
                        if cost < _MIXED:
                            found[other] = cost
        best = sorted(found.items(), key=lambda item: item[1] * 2.0 - self._frequency(item[0]))[:CANDIDATES]
        if len(self._near) < 50_000:
            self._near[word] = tuple(best)
        return tuple(best)

    def _frequency(self, word: str) -> float:
        return self._often.get(word, 0.0)

    def split(self, word: str) -> tuple[str, ...]:
        """`word` as two to four known syllables run together, or empty when it cannot be read so."""
        if not 4 <= len(word) <= 24 or not word.isalpha():
            return ()
        best: list[tuple[float, tuple[str, ...]] | None] = [(0.0, ())] + [None] * len(word)
        for end in range(2, len(word) + 1):
            for start in range(max(0, end - 6), end - 1):
                before = best[start]
                part = word[start:end]
                if before is None or len(before[1]) >= 4 or not self.known(part):
                    continue
                score = before[0] + self._frequency(part) - 6.0
                current = best[end]
                if current is None or score > current[0]:
                    best[end] = (score, (*before[1], part))
        whole = best[len(word)]
        return whole[1] if whole is not None and len(whole[1]) > 1 else ()

    def options(self, word: str, plain: bool) -> list[tuple[tuple[str, ...], float]]:
        """Readings of one stemmed word with their costs; `plain` when it was typed without diacritics."""
        if any(char.isdigit() for char in word):
            decoded = vni(word)
            return [((decoded,), 0.5)] if len(decoded) > 1 and self.known(decoded) and not self.known(word) else []
        found: list[tuple[tuple[str, ...], float]] = []
        if self.known(word):
            if not plain or len(word) < 2:
                return []
            found.append(((word,), 0.0))
            found += [((other,), 3.2 + cost) for other, cost in self.near(word)[:5]]
            return found
        decoded = telex(word)
        if decoded != word and self.known(decoded):
            found.append(((decoded,), 0.3))
        parts = self.split(word)
        if parts:
            found.append((parts, 1.5))
        found += [((other,), 1.0 + cost) for other, cost in self.near(word)]
        if decoded != word:
            found += [
                ((other,), 2.0 + cost) for other, cost in self.near(decoded)[:3] if ((other,), 1.0 + cost) not in found
            ]
        if not found and len(word) > 4:
            found += [((other,), 2.5 + cost) for other, cost in self._two_slips(word)]
        return found[: CANDIDATES + 2]

    def _two_slips(self, word: str) -> list[tuple[str, float]]:
        found: dict[str, float] = {}
        for key in shorter(word):
            for other, cost in self.near(key):
                found[other] = min(found.get(other, 9.0), cost + 1.0)
        return sorted(found.items(), key=lambda item: item[1] * 2.0 - self._frequency(item[0]))[:4]

    def repair(self, stems: Sequence[str], plain: Sequence[bool]) -> list[Repair]:
        """Readings other than the typed one, for every word of a question that has any in its context."""
        stems = stems[:LONGEST]
        choices = [self.options(word, bare) for word, bare in zip(stems, plain, strict=False)]
        if not any(len(options) > (1 if self.known(word) else 0) for word, options in zip(stems, choices, strict=True)):
            return []
        filled = [options or [((word,), 0.0)] for word, options in zip(stems, choices, strict=True)]
        margins = self._margins(filled)
        repairs = []
        for place, (options, margin) in enumerate(zip(filled, margins, strict=True)):
            typed_known = self.known(stems[place])
            order = np.argsort(-margin, kind="stable")[:3]
            for rank, choice in enumerate(order):
                syllables = options[choice][0]
                behind = float(margin[order[0]] - margin[choice])
                if syllables == (stems[place],) or behind > 3.0:
                    continue
                if typed_known and rank > 0:
                    continue
                repairs.append(Repair(place, syllables, (0.9, 0.6, 0.4)[rank] * (0.75 if typed_known else 1.0)))
        return repairs

    def _margins(self, filled: list[list[tuple[tuple[str, ...], float]]]) -> list[npt.NDArray[np.float64]]:
        """For every reading of every word, the score of the best sequence through it."""
        firsts = [np.asarray([self._ids.get(s[0], -1) for s, _ in options], dtype=np.int64) for options in filled]
        lasts = [np.asarray([self._ids.get(s[-1], -1) for s, _ in options], dtype=np.int64) for options in filled]
        own = [np.asarray([self._own(s) - 1.5 * cost for s, cost in options]) for options in filled]
        links = self._links(lasts, firsts)
        forward = [own[0]]
        for place, link in enumerate(links):
            forward.append(own[place + 1] + (forward[place][:, None] + link).max(axis=0))
        backward = [np.zeros(len(own[-1]))]
        for place in range(len(links) - 1, -1, -1):
            backward.append((links[place] + (own[place + 1] + backward[-1])[None, :]).max(axis=1))
        return [ahead + behind for ahead, behind in zip(forward, reversed(backward), strict=True)]

    def _links(
        self, lasts: list[npt.NDArray[np.int64]], firsts: list[npt.NDArray[np.int64]]
    ) -> list[npt.NDArray[np.float64]]:
        """For neighbouring words, how well each reading of the one goes before each of the other."""
        shapes = [(len(left), len(right)) for left, right in zip(lasts, firsts[1:], strict=False)]
        if not shapes:
            return []
        left = np.concatenate([np.repeat(lasts[place], width) for place, (_, width) in enumerate(shapes)])
        right = np.concatenate([np.tile(firsts[place + 1], height) for place, (height, _) in enumerate(shapes)])
        together = 1.6 * np.log1p(self._pairs(left, right))
        ends = np.cumsum([height * width for height, width in shapes])
        return [part.reshape(shape) for part, shape in zip(np.split(together, ends[:-1]), shapes, strict=True)]

    def _own(self, syllables: tuple[str, ...]) -> float:
        return 0.5 * min(self._frequency(syllable) for syllable in syllables)


def _slip(typed: str, meant: str) -> float:
    """Cost of typing `typed` for `meant`: 1 for one slip (0.8 for two letters swapped), 3 when it takes more."""
    if typed == meant:
        return 0.0
    if len(typed) == len(meant):
        places = [place for place in range(len(typed)) if typed[place] != meant[place]]
        if len(places) == 1:
            return 1.0 if places[0] else 1.3
        if len(places) == 2 and places[1] == places[0] + 1:
            first, second = places
            if typed[first] == meant[second] and typed[second] == meant[first]:
                return 0.8
        return _MIXED
    if abs(len(typed) - len(meant)) == 1:
        long, short = (typed, meant) if len(typed) > len(meant) else (meant, typed)
        if short in shorter(long):
            return 0.9 if long[1:] != short else 1.2
    return _MIXED
