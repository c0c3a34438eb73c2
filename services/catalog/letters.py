"""Titles and everyday names compared letter by letter, for questions so misspelt that no word of them is left whole.

Three neighbouring letters are a term; blanks are left out, so words run together or torn apart do not matter. The few
closest titles are then compared as a whole, slip by slip: a title typed with 15 % of its letters wrong is still itself.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import OSA

from services.catalog.index import Entry
from services.catalog.text import bare_title, clean, fold, key, title_key

_SIGNS = 36
_TERMS = _SIGNS**3
_LONGEST = 240
_CLOSEST = 64
"""Entries whose titles are compared as a whole."""
_ITSELF_FROM = 0.6
"""Share of letters in place, slips of the finger counted as one each, up to which two titles are merely alike."""
_KNOWN = np.full(256, 255, dtype=np.uint8)
_KNOWN[np.frombuffer(b"abcdefghijklmnopqrstuvwxyz0123456789", dtype=np.uint8)] = np.arange(_SIGNS, dtype=np.uint8)


class Letters:
    """Postings of letter triples over the titles and everyday names of a catalogue. Read-only after construction."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        """Index `entries`; about a tenth of a second for 5,000 of them."""
        texts: list[str] = []
        owner: list[int] = []
        for number, entry in enumerate(entries):
            for text in (title_key(entry.name), *(fold(clean(name)) for name in entry.names)):
                texts.append(text)
                owner.append(number)
        self._owner = np.asarray(owner, dtype=np.int64)
        self._first = np.searchsorted(self._owner, np.arange(len(entries)))
        signs, doc = _signs(texts)
        triples = signs[:-2].astype(np.int64) * _SIGNS**2 + signs[1:-1].astype(np.int64) * _SIGNS + signs[2:]
        inside = (doc[:-2] == doc[2:]) if len(signs) > 2 else np.zeros(0, dtype=bool)
        width = max(len(texts), 1)
        keys, times = np.unique(triples[inside] * width + doc[:-2][inside], return_counts=True)
        rows, docs = np.divmod(keys, width)
        self._starts = np.searchsorted(rows, np.arange(_TERMS + 1))
        seen = np.diff(self._starts)
        self._idf = np.log(1.0 + width / np.maximum(seen, 1)) ** 1.5
        weights = np.sqrt(times) * self._idf[rows]
        norms = np.sqrt(np.bincount(docs, weights**2, minlength=width))
        self._titles = tuple(
            tuple(dict.fromkeys((title_key(entry.name), key(bare_title(entry.name))))) for entry in entries
        )
        self._docs = docs.astype(np.int32)
        self._weights = (weights / np.maximum(norms[docs], 1e-9)).astype(np.float32)
        self._width = width

    def compare(self, folded: str) -> npt.NDArray[np.float64]:
        """For every entry the cosine of `folded` with its title or closest everyday name, 0..1."""
        signs, _ = _signs([folded[:_LONGEST]])
        if len(signs) < 3 or not len(self._first):
            return np.zeros(len(self._first))
        triples = signs[:-2].astype(np.int64) * _SIGNS**2 + signs[1:-1].astype(np.int64) * _SIGNS + signs[2:]
        terms, times = np.unique(triples, return_counts=True)
        told = np.sqrt(times) * self._idf[terms]
        spans = [slice(self._starts[term], self._starts[term + 1]) for term in terms.tolist()]
        sizes = self._starts[terms + 1] - self._starts[terms]
        docs = np.concatenate([self._docs[span] for span in spans])
        weights = np.concatenate([self._weights[span] for span in spans]) * np.repeat(told, sizes)
        products = np.bincount(docs, weights, minlength=self._width) / (np.sqrt((told**2).sum()) + 1e-9)
        return np.asarray(np.maximum.reduceat(products, self._first), dtype=np.float64)

    def written(self, folded: str, alike: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """For every entry how much of its title `folded` spells, 0..1: 0 up to a likeness of `_ITSELF_FROM`, 1 for the
        very title. Only the closest by `alike`, as `compare` gave it, are looked at."""
        found = np.zeros_like(alike)
        said = folded[:_LONGEST]
        for number in np.argpartition(-alike, min(_CLOSEST, len(alike) - 1))[:_CLOSEST].tolist() if len(alike) else ():
            best = max(
                OSA.normalized_similarity(said, title[:_LONGEST], score_cutoff=_ITSELF_FROM)
                for title in self._titles[number]
            )
            found[number] = max(0.0, best - _ITSELF_FROM) / (1.0 - _ITSELF_FROM)
        return found


def _signs(texts: Sequence[str]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """The letters and digits of `texts` as numbers 0..35, and the text each of them stands in."""
    raw = np.frombuffer("\n".join(texts).encode("ascii", "replace"), dtype=np.uint8)
    doc = np.cumsum(raw == ord("\n"))
    signs = _KNOWN[raw]
    kept = signs < _SIGNS
    return signs[kept], doc[kept]
