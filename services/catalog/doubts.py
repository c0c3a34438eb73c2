"""Turns of speech that stand for several procedures: "làm lại căn cước" (lost? expired?), "nghỉ bán" (for how long?).

They are offered as a choice unless something said with them tells which is meant. Reviewed data, `doubts.tsv`.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from services.catalog.abbreviations import TABLES, rows


@cache
def doubt_table(folder: Path = TABLES) -> tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]:
    """The lines of `doubts.tsv` (the turn, what settles it), read once. Raises ValueError for one without both."""
    return tuple((re.compile(turn), re.compile(settled)) for turn, settled, *_ in rows(folder / "doubts.tsv"))


def doubtful(said: str) -> bool:
    """Whether the words `said`, stemmed and repaired, hold a turn that may mean several procedures."""
    return any(turn.search(said) and not settled.search(said) for turn, settled in doubt_table())


def settled(said: str) -> bool:
    """Whether `said` holds such a turn and what tells which procedure is meant: "làm lại căn cước bị mất"."""
    return any(turn.search(said) and tells.search(said) for turn, tells in doubt_table())
