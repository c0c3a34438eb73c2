"""How the words of a procedure's texts are written: "mày" is not "máy", though both fold to "may"."""

from __future__ import annotations

from collections.abc import Sequence

from services.catalog.index import Entry, speech
from services.catalog.reading import Reading
from services.catalog.text import marks, stem, tidy, words

_REMEMBERED = 300
"""Entries whose words are remembered with their diacritics."""


class Written:
    """The diacritics of the words of one catalogue, entry by entry, read when they are asked for."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = entries
        self._marks: dict[int, dict[str, set[str | None]]] = {}

    def so(self, reading: Reading, number: int) -> list[bool]:
        """For each word of a question, whether the entry `number` has it with the diacritics it was typed with. True
        for a word that it has not at all, and for all words of a question without diacritics."""
        accents = [marks(word.typed) for word in reading.words]
        if not any(accents):
            return [True] * len(accents)
        told = self._told(number)
        return [
            not (written := told.get(word)) or mark in written or None in written
            for word, mark in zip(reading.stems, accents, strict=True)
        ]

    def _told(self, number: int) -> dict[str, set[str | None]]:
        """The diacritics of every word in the texts of an entry; None for a word of a text without any."""
        known = self._marks.get(number)
        if known is None:
            known = {}
            entry = self._entries[number]
            for text in (tidy(entry.name), *(tidy(text) for _, text in speech(entry))):
                bare = text.isascii()
                for word in words(text):
                    known.setdefault(stem(word.folded), set()).add(None if bare else marks(word.typed))
            if len(self._marks) < _REMEMBERED:
                self._marks[number] = known
        return known
