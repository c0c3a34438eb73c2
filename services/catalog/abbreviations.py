"""Short forms, chat spelling, regional words and everyday synonyms, read from the tables in `starter/words`.

The tables are reviewed data that an office may extend without code. A `Rewriting` says: these words may also be
read as those, with this much trust. What was typed is kept beside it, so nothing is lost by a wrong guess.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from services.catalog.text import clean, marks, stems, words

TABLES = Path(__file__).parent / "starter" / "words"
_SAID_NOTHING = "-"


@dataclass(frozen=True, slots=True)
class Rewriting:
    """Words `start` to `end` (exclusive) of a question may be read as `meaning`, trusted 0..1.

    `instead`: the typed words are a mere short form; otherwise they mean something themselves.
    """

    start: int
    end: int
    meaning: tuple[str, ...]
    trust: float
    instead: bool


Phrase = tuple[str, ...]


@dataclass(slots=True)
class Lexicon:
    """Every table, keyed by the stemmed words of the written form; `reach` is the length of the longest entry that
    begins with a word. Read-only once loaded.

    A word typed with diacritics matches only the same diacritics ("cá" is not "ca"); without, it matches any.
    """

    rewrites: dict[Phrase, list[tuple[Phrase, Phrase, float, bool]]] = field(default_factory=dict)
    weights: dict[Phrase, list[tuple[Phrase, float]]] = field(default_factory=dict)
    patterns: list[tuple[frozenset[str], re.Pattern[str], Phrase, float]] = field(default_factory=list)
    accented: set[tuple[Phrase, Phrase]] = field(default_factory=set)
    reach: dict[str, int] = field(default_factory=dict)

    def rewritings(self, said: Sequence[str], accents: Sequence[str]) -> list[Rewriting]:
        """Every reading that a table offers for any stretch of the words `said`, typed with `accents` (see `marks`)."""
        found = []
        for start, word in enumerate(said):
            for end in range(start + 1, min(start + self.reach.get(word, 0), len(said)) + 1):
                for written, meaning, trust, instead in self.rewrites.get(tuple(said[start:end]), ()):
                    if same_marks(accents[start:end], written):
                        found.append(Rewriting(start, end, meaning, trust, instead))
        return found

    def turns(self, folded: str) -> list[tuple[int, int, Phrase, float]]:
        """Turns of speech in words joined by blanks: (start, end, words meant, trust), offsets in characters."""
        words = set(folded.split())
        return [
            (found.start(), found.end(), meaning, trust)
            for openings, pattern, meaning, trust in self.patterns
            if not openings or not words.isdisjoint(openings)
            for found in [pattern.search(folded)]
            if found
        ]

    def weigh(self, said: Sequence[str], accents: Sequence[str]) -> list[tuple[float, int]]:
        """For each word the weight 0..1 and the length of the longest phrase of conversation around it, else (1, 0)."""
        result = [(1.0, 0)] * len(said)
        for start, word in enumerate(said):
            for end in range(start + 1, min(start + self.reach.get(word, 0), len(said)) + 1):
                for written, weight in self.weights.get(tuple(said[start:end]), ()):
                    if not same_marks(accents[start:end], written):
                        continue
                    if (tuple(said[start:end]), written) in self.accented and not any(accents[start:end]):
                        continue
                    for place in range(start, end):
                        if end - start > result[place][1]:
                            result[place] = (weight, end - start)
        return result

    def add_rewriting(self, written: str, meanings: str, trust: float, *, instead: bool) -> None:
        """One line of a table; `meanings` are separated by "|", "-" stands for a word that says nothing."""
        if meanings.strip() == _SAID_NOTHING:
            self.add_weight(written, 0.05)
            return
        key, accents = stems_of(written), marks_of(written)
        for place, meaning in enumerate(meanings.split("|")):
            reading = stems_of(meaning)
            if key and reading and reading != key:
                self.reach[key[0]] = max(self.reach.get(key[0], 0), len(key))
                self.rewrites.setdefault(key, []).append((accents, reading, trust * (0.8**place), instead))

    def add_weight(self, phrase: str, weight: float, *, accented: bool = False) -> None:
        """One line of the table of conversation; `accented`: only where it is typed with its diacritics."""
        key = stems_of(phrase)
        if key:
            self.reach[key[0]] = max(self.reach.get(key[0], 0), len(key))
            self.weights.setdefault(key, []).append((marks_of(phrase), weight))
            if accented:
                self.accented.add((key, marks_of(phrase)))

    def weaken_what_says_nothing(self) -> None:
        """Give short forms and regional words the weight of the word of conversation that they stand for."""
        for key, meanings in self.rewrites.items():
            written, meaning, _, _ = meanings[0]
            if key not in self.weights and len(meanings) == 1 and meaning in self.weights:
                self.weights[key] = [(written, weight) for _, weight in self.weights[meaning][:1]]


def same_marks(typed: Sequence[str], written: Sequence[str]) -> bool:
    """Whether words typed with the diacritics `typed` may be the ones `written`: none typed fits any."""
    return typed == written or all(not (mine and mine != theirs) for mine, theirs in zip(typed, written, strict=True))


def stems_of(text: str) -> Phrase:
    """The stemmed words of `text`."""
    return tuple(stems(clean(text)))


def marks_of(text: str) -> Phrase:
    """The diacritics of the words of `text`."""
    return tuple(marks(word.typed) for word in words(clean(text)))


def rows(path: Path) -> list[list[str]]:
    """The lines of a table as fields; empty lines and lines that begin with "#" are left out.

    Raises ValueError with the file name and line number for a line with fewer than two fields.
    """
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        fields = [part.strip() for part in line.split("\t")]
        if len(fields) < 2 or not fields[0]:
            raise ValueError(f"{path.name}:{number}: two fields separated by a tab are needed")
        found.append(fields)
    return found


def _openings(pattern: str) -> frozenset[str]:
    """The words one of which begins every match of `pattern`; empty where its spelling does not tell."""
    opening = re.match(r"\\b(?:\(\?:([\w |]+)\)|(\w+))(?=\(\?: | |\\b)", pattern)
    alternatives = (opening[1] or opening[2]).split("|") if opening else []
    return frozenset(alternative.split()[0] for alternative in alternatives)


@cache
def lexicon(folder: Path = TABLES) -> Lexicon:
    """The tables of `folder`, read once."""
    loaded = Lexicon()
    for name, sure, instead in (("abbreviations", 0.95, True), ("teencode", 0.9, True), ("dialect", 0.75, False)):
        for written, meaning, *_ in rows(folder / f"{name}.tsv"):
            loaded.add_rewriting(written, meaning, sure, instead=instead)
    for written, meaning, *trusted in rows(folder / "synonyms.tsv"):
        loaded.add_rewriting(written, meaning, float(trusted[0]) if trusted else 0.7, instead=False)
    for pattern, meaning, trust, *_ in rows(folder / "patterns.tsv"):
        loaded.patterns.append((_openings(pattern), re.compile(pattern), stems_of(meaning), float(trust)))
    for phrase, weight, *limit in rows(folder / "fillers.tsv"):
        loaded.add_weight(phrase, float(weight), accented=limit == ["accents"])
    loaded.weaken_what_says_nothing()
    return loaded
