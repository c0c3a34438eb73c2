"""Words that tell sister procedures apart: "cấp lại", "gia hạn", "có yếu tố nước ngoài".

A title that says one of them although the question does not, or the other way round, is a little less likely.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from services.catalog.abbreviations import TABLES, named, rows
from services.catalog.index import Entry
from services.catalog.text import stems, title_key


@dataclass(frozen=True, slots=True)
class Qualifier:
    """One line of `qualifiers.tsv`."""

    name: str
    title: re.Pattern[str]
    question: re.Pattern[str]
    title_only: float
    question_only: float


@cache
def qualifier_table(folder: Path = TABLES) -> tuple[Qualifier, ...]:
    """The lines of `qualifiers.tsv`, read once. Raises ValueError for a line without its five fields."""
    table = []
    for fields in rows(folder / "qualifiers.tsv"):
        if len(fields) != 5:
            raise ValueError(f"qualifiers.tsv: five fields are needed, {fields[0]!r} has {len(fields)}")
        name, title, question, title_only, question_only = fields
        said = named(question, folder)
        table.append(Qualifier(name, re.compile(title), re.compile(said), float(title_only), float(question_only)))
    return tuple(table)


class Qualifiers:
    """Which entry's title says which qualifier. Read-only after construction."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._table = qualifier_table()
        titles = [" ".join(stems(title_key(entry.name))) for entry in entries]
        self._titled = np.asarray(
            [[bool(line.title.search(title)) for line in self._table] for title in titles], dtype=bool
        ).reshape(len(titles), len(self._table))
        self._title_only = np.asarray([line.title_only for line in self._table])
        self._question_only = np.asarray([line.question_only for line in self._table])

    def factors(self, said: str, numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """For each of the entries `numbers` what its score is multiplied by, given the stemmed words of a question."""
        asked = np.asarray([bool(line.question.search(said)) for line in self._table], dtype=bool)
        titled = self._titled[numbers]
        factors = np.where(titled & ~asked, self._title_only, 1.0) * np.where(~titled & asked, self._question_only, 1.0)
        return np.asarray(factors.prod(axis=1), dtype=np.float64)

    def in_doubt(self, said: str, numbers: npt.NDArray[np.int64]) -> bool:
        """Whether the question says a qualifier that the title of the first of `numbers` lacks and another's has."""
        asked = np.asarray([bool(line.question.search(said)) for line in self._table], dtype=bool)
        lacking = asked & ~self._titled[numbers[0]] & (self._question_only < 1)
        return bool((lacking & self._titled[numbers[1:]].any(axis=0)).any())
