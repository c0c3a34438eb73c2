"""The inverted index of the catalogue: compact numpy postings over folded words and word pairs.

One procedure is an `Entry`; each of its name, everyday names, life situations, example questions and papers is a
document of its own, so that a short everyday name is not drowned by a long title. A term is a word or a pair of
neighbouring words (pairs do the work of word segmentation in Vietnamese); a document is the unit vector of its
terms' weights, so a product with a query is a cosine. The index is read-only after `build` and may be used from
any number of threads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.catalog.english import english
from services.catalog.text import bare_title, stems, tidy, title_key

FORMAT = 4
"""Bumped when a saved index can no longer be read; a file of another format is refused and rebuilt."""

NAME, CALLED, SITUATION, QUESTION, ENGLISH, PAPER, FIELD = range(7)
"""Kinds of documents, in the order in which an entry's documents are stored."""
KINDS = 7
_PAPER_LETTERS = 500
_PAPER_RARITY = 3.0
"""Rarity from which a word of the papers is indexed: common words would cost much and say nothing."""
_BITS = 20


@dataclass(frozen=True, slots=True)
class Entry:
    """What is indexed of one procedure: its facts' names, and how people speak of it."""

    code: str
    name: str
    field: str = ""
    levels: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    situations: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    english: tuple[str, ...] = ()
    papers: tuple[str, ...] = ()
    popularity: int = 0
    successor: str = ""
    everyday: bool = False
    approved: bool = False
    snapshot: str = ""
    not_for: tuple[str, ...] = ()


def speech(entry: Entry) -> list[tuple[int, str]]:
    """How people speak of an entry, text by text, with the kind of each."""
    found: list[tuple[int, str]] = []
    for kind, texts in (
        (CALLED, entry.names),
        (SITUATION, entry.situations),
        (QUESTION, entry.questions),
        (ENGLISH, entry.english),
    ):
        found.extend((kind, text) for text in dict.fromkeys(texts))
    return found


def elsewhere(entries: Sequence[Entry]) -> dict[str, list[tuple[int, str]]]:
    """Phrases that an entry says belong to another ("phrase => code"), by the code of that other."""
    found: dict[str, list[tuple[int, str]]] = {}
    for entry in entries:
        for line in entry.not_for:
            phrase, arrow, code = line.rpartition("=>")
            if arrow and phrase.strip():
                found.setdefault(code.strip(), []).append((SITUATION, phrase.strip()))
    return found


@dataclass(frozen=True, slots=True)
class Postings:
    """Terms and where they stand. `terms` is sorted; term i stands in documents `docs[starts[i]:starts[i + 1]]`.

    Document i is the title of entry i; then follow the documents of speech, those of one entry together (of entry
    `spoken_entry[j]` from document `spoken_start[j]` on), then papers, then fields.
    """

    vocabulary: dict[str, int]
    counts: npt.NDArray[np.int32]
    terms: npt.NDArray[np.int64]
    starts: npt.NDArray[np.int64]
    docs: npt.NDArray[np.int64]
    weights: npt.NDArray[np.float32]
    idf: npt.NDArray[np.float32]
    titles: npt.NDArray[np.int32]
    doc_entry: npt.NDArray[np.int64]
    doc_kind: npt.NDArray[np.int8]
    spoken_start: npt.NDArray[np.int64]
    spoken_entry: npt.NDArray[np.int64]

    @classmethod
    def build(cls, entries: Sequence[Entry]) -> Postings:
        """Index `entries`; about a second for 5,000 of them."""
        builder = _Builder()
        belonging = elsewhere(entries)
        first = english().first
        for number, entry in enumerate(entries):
            builder.add(NAME, number, stems(title_key(entry.name)))
        for number, entry in enumerate(entries):
            for kind, text in (*speech(entry), *belonging.get(entry.code, ())):
                said = stems(tidy(text))
                builder.add(kind, number, [first.get(word, word) for word in said] if kind == ENGLISH else said)
        for number, entry in enumerate(entries):
            if entry.papers:
                papers = " ; ".join(entry.papers)[:_PAPER_LETTERS]
                builder.add(PAPER, number, list(dict.fromkeys(stems(tidy(papers)))))
        for number, entry in enumerate(entries):
            if entry.field:
                builder.add(FIELD, number, stems(tidy(entry.field)))
        return builder.assemble(len(entries))

    def rows(self, keys: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The rows of `keys` (see `word_key`, `pair_key`) in `terms`, -1 for those that stand nowhere."""
        if not len(self.terms):
            return np.full(keys.shape, -1, dtype=np.int64)
        places = np.minimum(np.searchsorted(self.terms, keys), len(self.terms) - 1)
        return np.where(self.terms[places] == keys, places, -1)

    def titled(self, term: str) -> bool:
        """Whether a word, or two neighbouring words joined by a blank, stands in a title."""
        numbers = [self.vocabulary.get(word, -1) for word in term.split()]
        if len(numbers) == 2:
            return self.in_titles(numbers)[0] > 0
        row = int(self.rows(np.asarray(numbers[:1], dtype=np.int64))[0]) if numbers and numbers[0] >= 0 else -1
        return row >= 0 and int(self.titles[row]) > 0

    def in_titles(self, words: Sequence[int]) -> list[int]:
        """For each two neighbours of `words` (ids, -1 unknown), in how many titles they stand so."""
        ids = np.asarray(words, dtype=np.int64)
        first, second = ids[:-1], ids[1:]
        found = self.rows(((second + 1) << _BITS) | np.maximum(first, 0))
        usable = (found >= 0) & (first >= 0) & (second >= 0)
        return (
            [int(count) for count in np.where(usable, self.titles[found], 0)] if len(self.titles) else [0] * len(first)
        )

    def together(self, first: npt.NDArray[np.int64], second: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """In how many documents each word of `first` stands right before its partner in `second` (ids, -1 unknown)."""
        found = self.rows(((second + 1) << _BITS) | np.maximum(first, 0))
        usable = (found >= 0) & (first >= 0) & (second >= 0)
        return np.where(usable, self.starts[found + 1] - self.starts[found], 0).astype(np.float64)


def is_pair(terms: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Which of `terms` are pairs of words."""
    return terms >> _BITS > 0


def pair_key(first: int, second: int) -> int:
    """The term of two neighbouring words, by their ids."""
    return ((second + 1) << _BITS) | first


class _Builder:
    """Collects documents word by word, then turns them into arrays."""

    def __init__(self) -> None:
        self.vocabulary: dict[str, int] = {}
        self._words: list[int] = []
        self._sizes: list[int] = []
        self._entry: list[int] = []
        self._kind: list[int] = []

    def add(self, kind: int, entry: int, said: Sequence[str]) -> None:
        """One document of `entry`."""
        known = self.vocabulary
        self._words.extend([known.setdefault(word, len(known)) for word in said])
        self._sizes.append(len(said))
        self._entry.append(entry)
        self._kind.append(kind)

    def assemble(self, entries: int) -> Postings:
        """The postings of everything added, for a catalogue of `entries` procedures."""
        ids = np.asarray(self._words, dtype=np.int64)
        sizes = np.asarray(self._sizes, dtype=np.int64)
        entry_of = np.asarray(self._entry, dtype=np.int64)
        kind_of = np.asarray(self._kind, dtype=np.int8)
        doc_of = np.repeat(np.arange(len(sizes), dtype=np.int64), sizes)
        paired = (doc_of[1:] == doc_of[:-1]) & (kind_of[doc_of[1:]] != PAPER)
        pairs = ((ids[1:] + 1) << _BITS | ids[:-1])[paired]
        of = np.concatenate([doc_of, doc_of[1:][paired]])
        terms, term_of = np.unique(np.concatenate([ids, pairs]), return_inverse=True)
        width = max(len(sizes), 1)
        postings, times = np.unique(term_of * width + of, return_counts=True)
        rows, docs = np.divmod(postings, width)
        idf = _inverse_frequency(rows, docs, len(terms), entry_of, kind_of, entries)
        telling = (kind_of[docs] != PAPER) | (idf[rows] > _PAPER_RARITY)
        rows, docs, times = rows[telling], docs[telling], times[telling]
        weights = (1.0 + np.log(times)) * (idf * np.where(is_pair(terms), PAIR_WEIGHT, 1.0))[rows]
        norms = np.sqrt(np.bincount(docs, weights**2, minlength=len(sizes)))
        weights /= np.maximum(norms[docs], 1e-9)
        spoken = np.flatnonzero((kind_of >= CALLED) & (kind_of <= ENGLISH))
        spoken_entry, first = np.unique(entry_of[spoken], return_index=True)
        return Postings(
            vocabulary=self.vocabulary,
            counts=np.bincount(ids, minlength=len(self.vocabulary)).astype(np.int32),
            terms=terms,
            starts=np.searchsorted(rows, np.arange(len(terms) + 1)).astype(np.int64),
            docs=docs,
            weights=weights.astype(np.float32),
            idf=idf.astype(np.float32),
            titles=np.bincount(rows[kind_of[docs] == NAME], minlength=len(terms)).astype(np.int32),
            doc_entry=entry_of,
            doc_kind=kind_of,
            spoken_start=(spoken[first] if len(first) else first).astype(np.int64),
            spoken_entry=spoken_entry.astype(np.int64),
        )


PAIR_WEIGHT = 0.8


def _inverse_frequency(
    rows: npt.NDArray[np.int64],
    docs: npt.NDArray[np.int64],
    terms: int,
    entry_of: npt.NDArray[np.int64],
    kind_of: npt.NDArray[np.int8],
    entries: int,
) -> npt.NDArray[np.float64]:
    """Rarity of each term: the lesser of its rarity in titles and in everyday speech.

    A word of speech ("toi", "muon") is rare in titles but says nothing; a word of titles ("cap") is rare in speech.
    What stands in neither is English, and as rare as it is there.
    """
    lowest = np.full(terms, np.inf)
    native = np.zeros(terms, dtype=bool)
    for first, last in ((NAME, NAME), (CALLED, QUESTION), (ENGLISH, ENGLISH)):
        inside = (kind_of[docs] >= first) & (kind_of[docs] <= last)
        total = len(np.unique(entry_of[docs[inside]])) if inside.any() else 0
        if total < 50 and first != NAME:
            continue
        pairs = np.unique(rows[inside] * max(entries, 1) + entry_of[docs[inside]])
        seen = np.bincount(pairs // max(entries, 1), minlength=terms)
        rarity = np.log(1.0 + max(total, 1) / np.maximum(seen - (3.0 if first == CALLED else 0.0), 0.5))
        lowest = np.where(native & (first == ENGLISH), lowest, np.minimum(lowest, rarity))
        native |= seen > 0
    return lowest


def display_name(entry: Entry) -> str:
    """The name of a procedure as it is shown."""
    return bare_title(entry.name)
