"""A built index in a file: numpy's zip format, the entries and words as JSON beside the arrays, no pickles."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import IO
from zipfile import BadZipFile

import msgspec
import numpy as np

from services.catalog.index import FORMAT, Entry, Postings


class _Told(msgspec.Struct):
    format: int
    office_level: str
    entries: list[Entry]
    vocabulary: list[str]


def save_index(target: IO[bytes], postings: Postings, entries: Sequence[Entry], office_level: str) -> None:
    """Write an index to a file opened for binary writing."""
    told = _Told(FORMAT, office_level, list(entries), list(postings.vocabulary))
    text = np.frombuffer(msgspec.json.encode(told), dtype=np.uint8)
    np.savez(target, text=text, **{name: getattr(postings, name) for name in _ARRAYS})


def load_index(path: Path) -> tuple[Postings, list[Entry], str]:
    """The postings, entries and office level that `save_index` wrote.

    Raises ValueError for a file of another format or a broken one, OSError where it cannot be opened.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            told = msgspec.json.decode(kept["text"].tobytes(), type=_Told)
            if told.format != FORMAT:
                raise ValueError("written by another version")
            arrays = {name: kept[name] for name in _ARRAYS}
    except (KeyError, EOFError, ValueError, TypeError, BadZipFile, msgspec.MsgspecError) as error:
        raise ValueError(f"{path.name} is no search index: {error}") from error
    vocabulary = {word: number for number, word in enumerate(told.vocabulary)}
    return Postings(vocabulary=vocabulary, **arrays), told.entries, told.office_level


_ARRAYS = tuple(name for name in Postings.__slots__ if name != "vocabulary")
