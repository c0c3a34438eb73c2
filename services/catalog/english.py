"""English among the questions: whether one is English, what its words say in the words of the titles, and their forms.

The table `starter/words/english.tsv` holds forms of a word or phrase, what titles call it, and the words that say
nothing. It is read only where a question is English: "can", "do" and "the" are words of Vietnamese, too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from services.catalog.abbreviations import TABLES, Phrase, nationalities, rows, stems_of

SAYS_NOTHING = "-"
_NOTHING = 0.05
_SYLLABLE = re.compile(
    r"^(?:ngh?|gh|gi|kh|ch|ph|th|tr|nh|qu|[bcdghklmnprstvx])?(?:uye|uya|uoi|ieu|yeu|uou|oai|oay|uay|[aeiouy]{1,2})"
    r"(?:ch|ng|nh|[cmnpt])?$"
)
"""A syllable of Vietnamese, written without diacritics: what is shaped otherwise is a word of another language, a short
form or a slip."""
_LEAST = 2
FOREIGN, _FOREIGN = "người nước ngoài", 0.4
"""What a nationality says in the words of the titles, and how close."""


@dataclass(frozen=True, slots=True)
class Gloss:
    """Words `start` to `end` (exclusive) of an English question, in the words of titles, trusted 0..1; none when they
    say nothing. The likeliest reading of several comes first. `weight` says how much the words tell, 0..1."""

    start: int
    end: int
    readings: tuple[tuple[Phrase, float], ...]
    weight: float


@dataclass(slots=True)
class English:
    """The table, keyed by stemmed words; `first` gives the form that stands for all forms of one word. Read-only once
    loaded."""

    readings: dict[Phrase, tuple[tuple[tuple[Phrase, float], ...], float]] = field(default_factory=dict)
    first: dict[str, str] = field(default_factory=dict)
    reach: dict[str, int] = field(default_factory=dict)

    def add(self, forms: str, meanings: str, trust: float = 0.0, weight: float = 1.0) -> None:
        """One line of the table. Raises ValueError for a form that another line has."""
        told = () if meanings == SAYS_NOTHING else meanings.split("|")
        readings = tuple((stems_of(meaning), trust * 0.8**place) for place, meaning in enumerate(told))
        line = readings, weight if told else _NOTHING
        phrases = [stems_of(form) for form in forms.split("|")]
        for phrase in phrases:
            if self.readings.setdefault(phrase, line) != line:
                raise ValueError(f"english.tsv: {' '.join(phrase)!r} stands in two lines")
            self.reach[phrase[0]] = max(self.reach.get(phrase[0], 0), len(phrase))
        single = [phrase[0] for phrase in phrases if len(phrase) == 1]
        if told:
            self.first.update(dict.fromkeys(single, single[0] if single else ""))

    def knows(self, term: str) -> bool:
        """Whether the table has every word of `term`, words joined by blanks: such a word tells little of a topic."""
        return all((word,) in self.readings for word in term.split())

    def speaks(self, stems: Sequence[str], accents: Sequence[str]) -> bool:
        """Whether the words are an English question: they hold words that are English only, and few others that could
        be Vietnamese. "marks" of the words as typed are `accents`."""
        english = either = native = strange = 0
        known = [False] * len(stems)
        for gloss in self.glosses(stems):
            known[gloss.start : gloss.end] = [True] * (gloss.end - gloss.start)
        for word, mark, there in zip(stems, accents, known, strict=True):
            shaped = bool(mark) or bool(_SYLLABLE.match(word))
            english += there and not shaped
            either += there and shaped and not mark
            native += shaped and (bool(mark) or not there)
            strange += not there and not shaped
        enough = english >= _LEAST or (english > 0 and not native + strange)
        return enough and 2 * (english + either) > 3 * native + strange

    def glosses(self, stems: Sequence[str]) -> list[Gloss]:
        """The stretches of `stems` that the table knows, in order; of those that overlap the longest at each place."""
        found = []
        place = 0
        while place < len(stems):
            longest = min(self.reach.get(stems[place], 0), len(stems) - place)
            for length in range(longest, 0, -1):
                line = self.readings.get(tuple(stems[place : place + length]))
                if line is not None:
                    found.append(Gloss(place, place + length, *line))
                    break
            place = found[-1].end if found and found[-1].end > place else place + 1
        return found


BECOMES = ("become", "became", "becoming")
"""Before a nationality: what somebody becomes says nothing of what she is."""


@cache
def english(folder: Path = TABLES) -> English:
    """The table of `folder`, read once. Raises ValueError with the line for one without its fields."""
    loaded = English()
    for forms, meanings, *numbers in rows(folder / "english.tsv"):
        loaded.add(forms, meanings, *map(float, numbers))
    for forms, _ in nationalities(folder):
        loaded.add(forms, FOREIGN, _FOREIGN)
        loaded.add("|".join(f"{verb} {form}" for form in forms.split("|") for verb in BECOMES), "quốc tịch", _FOREIGN)
    return loaded
