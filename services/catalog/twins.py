"""Which procedures are one act: equal titles at other levels, codes that were replaced, codes for a way of filing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from services.catalog.abbreviations import TABLES, rows
from services.catalog.index import Entry
from services.catalog.text import key, title_key

_DISTRICT = "cap huyen"
"""The level that ended with the reform of 2025-07-01; titles still name it."""
TIED = 0.05
"""By what share of the first's score the third may lie behind it and be as likely meant."""
_RELATIONS = ("superseded_by", "same_as")


@cache
def twin_table(folder: Path = TABLES) -> tuple[tuple[str, str, str], ...]:
    """The lines (code, relation, code) of `twins.tsv`, read once. Raises ValueError for an unknown relation."""
    table = []
    for code, relation, other, *_ in ([*line, ""] for line in rows(folder / "twins.tsv")):
        if relation not in _RELATIONS:
            raise ValueError(f"twins.tsv: {relation!r} is no relation ({', '.join(_RELATIONS)})")
        table.append((code, relation, other))
    return tuple(table)


def twin_groups(
    entries: Sequence[Entry], places: Mapping[str, int], office_level: str
) -> tuple[list[list[int]], set[int]]:
    """The numbers of `entries` in groups of one act each, the one to show first in front; and those superseded.

    First come current codes before superseded ones, then this office's level, the newer snapshot, the more used.
    """
    leader = list(range(len(entries)))

    def find(number: int) -> int:
        while leader[number] != number:
            leader[number] = leader[leader[number]]
            number = leader[number]
        return number

    titles: dict[str, int] = {}
    for number, entry in enumerate(entries):
        leader[find(number)] = find(titles.setdefault(title_key(entry.name), number))
    superseded = {number for number, entry in enumerate(entries) if entry.successor}
    relations = [(entry.code, "superseded_by", entry.successor) for entry in entries if entry.successor]
    for code, relation, other in (*twin_table(), *relations):
        if code in places and other in places:
            leader[find(places[code])] = find(places[other])
            if relation == "superseded_by":
                superseded.add(places[code])
    groups: dict[int, list[int]] = {}
    for number in range(len(entries)):
        groups.setdefault(find(number), []).append(number)

    def rank(number: int) -> tuple[bool, bool, bool, int, int]:
        entry = entries[number]
        elsewhere = office_level not in entry.levels
        gone = _DISTRICT in key(entry.name)
        return number in superseded, elsewhere, gone, -_months(entry.snapshot), -entry.popularity

    return [sorted(members, key=rank) for members in groups.values()], superseded


def in_one_list(groups: Sequence[tuple[float, Sequence[str]]]) -> list[tuple[str, float]]:
    """Groups of twins, best first, each with its score and codes, as one list of codes with their groups' scores: the
    two best, the first twin of the best unless the third is `TIED` with it, the others, the other twins."""
    heads = [(codes[0], score) for score, codes in groups]
    twins = [(code, score) for score, codes in groups for code in codes[1:]]
    best = 1 if groups and len(groups[0][1]) > 1 else 0
    tied = len(groups) > 2 and groups[2][0] >= (1 - TIED) * groups[0][0]
    front = 2 if best and not tied else 3
    return list(dict((*heads[:front], *twins[:best], *heads[front:], *twins[best:])).items())


def _months(snapshot: str) -> int:
    """A snapshot "2026-07" as months since year 0; 0 when it tells none."""
    digits = snapshot.replace("-", "")
    if not digits[:4].isdigit():
        return 0
    month = digits[4:6]
    return int(digits[:4]) * 12 + (int(month) if month.isdigit() else 0)
