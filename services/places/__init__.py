"""Provinces and communes of Việt Nam, found by what people type, under today's names or those of before.

The tables in `data/` hold the 34 provinces and 3,321 communes, wards and special zones with the codes of the National
Statistics Office (Decision 19/2025/QĐ-TTg and its changes until July 2026), and the 10,040 units of before 01/07/2025
with their districts. They are read when first asked for, in about a fifth of a second, and then kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from services.places.search import Index, Match
from services.places.table import Level, Place, Table

__all__ = [
    "Level",
    "Match",
    "Place",
    "Reading",
    "by_line",
    "communes",
    "find",
    "get",
    "provinces",
    "read",
    "warm",
]


@dataclass(frozen=True, slots=True)
class Reading:
    """An address taken apart: what stands before the commune, and the communes or provinces it may name, likeliest
    first."""

    detail: str
    matches: list[Match]


@cache
def _table() -> Table:
    return Table()


@cache
def _index() -> Index:
    return Index(_table())


def warm() -> None:
    """Read the tables now, so that the first person who types an address does not wait for it."""
    _index()


def get(code: str) -> Place | None:
    """The province (2 digits) or commune (5 digits) of a code that is valid today, else None."""
    return _table().places.get(code)


@cache
def _lines() -> dict[str, Place]:
    return {place.line: place for place in _table().places.values()}


def by_line(line: str) -> Place | None:
    """The place whose `line` is written exactly so, else None. No two places have one line."""
    return _lines().get(line)


def provinces() -> list[Place]:
    """The 34 provinces and cities, by code."""
    return list(_table().provinces)


def communes(province_code: str) -> list[Place]:
    """The communes, wards and special zones of a province, by code; none for a code that is no province's."""
    return list(_table().communes.get(province_code, ()))


def find(typed: str, within: str | None = None, most: int = 5) -> list[Place]:
    """The places that `typed` may mean, likeliest first, at most `most`; none if nothing is like it.

    Understood with and without diacritics, unfinished, with a slip of the finger, with abbreviations ("P. Bến Thành,
    HCM", "Q1") and with units that no longer exist: "xã X, huyện Y, tỉnh Z" gives the commune that it became, the one
    with its larger part first where it was divided. `within` keeps to one province, by its code. What stands before
    the commune (house number, street) does not matter. A province alone gives the province, then communes of that name.
    """
    return _index().find(typed, within, most)


def read(typed: str, within: str | None = None) -> Reading:
    """An address taken apart, see `find` for what is understood. `detail` is what stands before the likeliest place.

    `typed` is taken in NFC on one line, as `services.fields.base.tidy` gives it; 250 characters of it are read.
    """
    matches, start = _index().read(typed, within)
    return Reading(typed[:start].strip(" ,;.-"), matches)
