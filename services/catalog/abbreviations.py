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

from services.catalog.text import clean, fold, marks, stems, words

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
    patterns: list[tuple[tuple[frozenset[str], ...], re.Pattern[str], Phrase, float]] = field(default_factory=list)
    accented: set[tuple[Phrase, Phrase]] = field(default_factory=set)
    forms: dict[Phrase, list[tuple[Phrase, Phrase, Phrase, bool]]] = field(default_factory=dict)
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
            for needed, pattern, meaning, trust in self.patterns
            if not any(map(words.isdisjoint, needed))
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
                self.forms.setdefault(key, []).append((accents, reading, marks_of(meaning), instead))

    def add_weight(self, phrase: str, weight: float, *, accented: bool = False) -> None:
        """One line of the table of conversation; `accented`: only where it is typed with its diacritics."""
        key = stems_of(phrase)
        if key:
            self.reach[key[0]] = max(self.reach.get(key[0], 0), len(key))
            self.weights.setdefault(key, []).append((marks_of(phrase), weight))
            if accented:
                self.accented.add((key, marks_of(phrase)))

    def weaken_what_says_nothing(self) -> None:
        """Give short forms and regional words the weight of the word of conversation that they stand for.

        "mun" and "mún" are both "muốn" and weigh as little; "dk" may be "đăng ký" and keeps its weight. Where only a
        form with diacritics says nothing, it does so only as typed: "mô" asks where, "mo" may be "mở".
        """
        told = {(key, written): weight for key, lines in self.weights.items() for written, weight in lines}
        for key, lines in self.forms.items():
            if key in self.weights:
                continue
            weak: dict[Phrase, float] = {}
            for written in dict.fromkeys(line[0] for line in lines):
                readings = [line for line in lines if same_marks(written, line[0])]
                found = [told.get((meaning, accents)) for _, meaning, accents, _ in readings]
                least = [weight for weight in found if weight is not None]
                if len(least) == len(found) and all(line[3] or line[0] == written for line in readings):
                    weak[written] = max(least)
            bare = ("",) * len(key)
            only_as_typed = len({line[0] for line in lines}) > 1 and bare not in weak
            for written, weight in weak.items():
                self.weights.setdefault(key, []).append((written, weight))
                if only_as_typed:
                    self.accented.add((key, written))


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


NAMED = "{nationality}"
"""In a pattern: any of the Vietnamese names in `nationalities.tsv`."""


@cache
def nationalities(folder: Path = TABLES) -> tuple[tuple[str, str], ...]:
    """The lines (English forms, Vietnamese names) of `nationalities.tsv`, each separated by "|", read once."""
    return tuple((forms, names) for forms, names, *_ in rows(folder / "nationalities.tsv"))


def named(pattern: str, folder: Path = TABLES) -> str:
    """`pattern` with the names of nationalities, without diacritics, both as typed and stemmed."""
    names = [name for _, names in nationalities(folder) for name in names.split("|")]
    told = dict.fromkeys(form for name in names for form in (fold(name), " ".join(stems(name))))
    return pattern.replace(NAMED, "|".join(told))


_GROUP = re.compile(r"(?:(?<=\\b)|(?<= ))(?:\(\?:([\w |]+)\)|(\w+))(?=\\b| |\(\?: |\(\?!)")


def _needed(pattern: str) -> tuple[frozenset[str], ...]:
    """Sets of words of each of which every match of `pattern` holds at least one: its groups of whole words that stand
    outside all others and must be there. What its spelling does not tell is left out."""
    found, depth = [], 0
    for place, char in enumerate(pattern):
        group = _GROUP.match(pattern, place) if depth == 0 else None
        if group:
            found.append(frozenset(words.split()[0] for words in (group[1] or group[2]).split("|")))
        depth += (char == "(") - (char == ")")
    return tuple(found)


@cache
def lexicon(folder: Path = TABLES) -> Lexicon:
    """The tables of `folder`, read once."""
    loaded = Lexicon()
    for name, sure, instead in (("abbreviations", 0.95, True), ("teencode", 0.9, True), ("dialect", 0.75, False)):
        for written, meaning, *_ in rows(folder / f"{name}.tsv"):
            loaded.add_rewriting(written, meaning, sure, instead=instead)
    for written, meaning, *trusted in rows(folder / "synonyms.tsv"):
        loaded.add_rewriting(written, meaning, float(trusted[0]) if trusted else 0.7, instead=False)
    for written, meaning, trust, *_ in rows(folder / "patterns.tsv"):
        pattern = named(written, folder)
        loaded.patterns.append((_needed(pattern), re.compile(pattern), stems_of(meaning), float(trust)))
    for phrase, weight, *limit in rows(folder / "fillers.tsv"):
        loaded.add_weight(phrase, float(weight), accented=limit == ["accents"])
    loaded.weaken_what_says_nothing()
    return loaded
