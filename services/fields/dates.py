"""Dates as people write them: "5/3/1990", "05-03-90", "ngày 5 tháng 3 năm 1990", "hôm qua"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta

from services import validators
from services.fields.base import Checked, Good, said
from services.refusal import Refused, refused

OLDEST = 130
"""Years: no birth date lies further back."""
_EARLIEST, _AHEAD = 1900, 50
_RELATIVE = {
    "hom nay": 0,
    "bua nay": 0,
    "today": 0,
    "hom qua": -1,
    "bua qua": -1,
    "yesterday": -1,
    "hom kia": -2,
    "bua kia": -2,
    "mai": 1,
    "ngay mai": 1,
    "tomorrow": 1,
    "ngay kia": 2,
    "mot": 2,
    "ngay mot": 2,
}
_WORDS = re.compile(
    r"(?:(?:ngay|mung|mong)\s*)?(\d{1,2})\s*(?:thang|th|t)\s*(\d{1,2})(?:[\s,]*(?:nam|n)?\s*(\d{4}|\d{2}))?"
)
_SIGNS = re.compile(r"(?:ngay\s*)?(\d{1,2})\s*[/.\-\s,]\s*(\d{1,2})(?:\s*[/.\-\s,]\s*(\d{4}|\d{2}))?")
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_RUN = re.compile(r"(\d{2})(\d{2})(\d{4})")
_MONTH = re.compile(r"(?:thang\s*)?\d{1,2}\s*(?:[/.\-]|nam)?\s*\d{4}")
_YEAR = re.compile(r"(?:nam\s*)?(\d{4})")
_LUNAR = re.compile(r"\b(?:am lich|al|nham lich)\b|\((?:al|am)\)")
_WEEKDAY = re.compile(r"^(?:thu\s*(?:hai|ba|tu|nam|sau|bay|[2-7])|chu nhat|cn|t[2-7])\s*,?\s*(?=\d|ngay)")


def read_date(typed: str, today: date) -> tuple[date, bool] | Refused:
    """The day that `typed` means, and whether its century was guessed ("90" is 1990: the past year nearest to today).

    Day before month, always. Refusals: `date-empty`, `date-lunar`, `date-year-only`, `date-year-missing`,
    `date-day-missing`, `date-impossible`, `date-unreadable`.
    """
    text = _WEEKDAY.sub("", said(typed))
    if not text:
        return refused("date-empty")
    if text in _RELATIVE:
        return _moved(today, _RELATIVE[text])
    if _LUNAR.search(text):
        return refused("date-lunar")
    if found := _ISO.fullmatch(text):
        return _day(found[3], found[2], found[1], today)
    found = _WORDS.fullmatch(text) or _SIGNS.fullmatch(text) or _RUN.fullmatch(text)
    if found:
        return refused("date-year-missing") if found[3] is None else _day(found[1], found[2], found[3], today)
    if _MONTH.fullmatch(text):
        return refused("date-day-missing")
    return refused("date-year-only") if _YEAR.fullmatch(text) else refused("date-unreadable")


def _moved(today: date, days: int) -> tuple[date, bool] | Refused:
    try:
        return today + timedelta(days=days), False
    except OverflowError:
        return refused("date-impossible")


def _day(day: str, month: str, year: str, today: date) -> tuple[date, bool] | Refused:
    number = int(year)
    if len(year) == 2:
        number += today.year - today.year % 100
        if number > today.year:
            number -= 100
    try:
        return date(number, int(month), int(day)), len(year) == 2
    except ValueError:
        return refused("date-impossible")


def shown(day: date) -> str:
    """How forms write a day: "05/03/1990"."""
    return f"{day.day:02}/{day.month:02}/{day.year:04}"


def check_date(typed: str, known: Mapping[str, str], today: date) -> Checked:
    """Any day from 1900 until 50 years ahead; kept as "1990-03-05". Also refuses with `date-far`."""
    found = read_date(typed, today)
    if isinstance(found, Refused):
        return found
    day, guessed = found
    if not _EARLIEST <= day.year <= today.year + _AHEAD:
        return refused("date-far", year=str(day.year))
    return Good(day.isoformat(), shown(day), "date-year-guessed" if guessed else "")


def check_birth_date(typed: str, known: Mapping[str, str], today: date) -> Checked:
    """A day of birth, today at the latest. Also refuses with `birth-future`, `birth-too-old`, and `birth-id-mismatch`
    where `known` has an identity number whose year is another."""
    found = read_date(typed, today)
    if isinstance(found, Refused):
        return found
    day, guessed = found
    if day > today:
        return refused("birth-future", day=shown(day))
    if day.year < today.year - OLDEST:
        return refused("birth-too-old", year=str(day.year))
    identity = validators.identity_number(known.get("id_number", ""))
    if not isinstance(identity, Refused) and identity.born_in != day.year:
        return refused("birth-id-mismatch", year=str(identity.born_in))
    return Good(day.isoformat(), shown(day), "date-year-guessed" if guessed else "")
