"""The day or the time of a visit as people say it: "sáng mai", "thứ 7 tuần này", "28/11", "8h30", "2 giờ chiều"."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date, time, timedelta

from bot.dialog.words import fold

_LONGEST = 60
_WEEKDAYS = {
    "2": 0, "hai": 0, "3": 1, "ba": 1, "4": 2, "tu": 2, "5": 3, "nam": 3, "6": 4, "sau": 4, "7": 5, "bay": 5,
}  # fmt: skip
_ENGLISH = {"monday": 0, "tuesday": 1, "wednesday": 2, "thursday": 3, "friday": 4, "saturday": 5, "sunday": 6}
_WEEKDAY = re.compile(r"\b(?:thu ?|t)(2|hai|3|ba|4|tu|5|nam|6|sau|7|bay)\b")
_SUNDAY = re.compile(r"\b(?:chu nhat|cn)\b")
_NEXT_WEEK = re.compile(r"\btuan (?:sau|toi)\b|\bnext week\b")
_AHEAD = ((re.compile(r"\b(?:hom nay|bua nay|today)\b"), 0), (re.compile(r"\b(?:mai|tomorrow)\b"), 1),
          (re.compile(r"\b(?:mot|ngay kia)\b"), 2))  # fmt: skip
_DATE = re.compile(r"\b(?:ngay )?(\d{1,2})(?: ?[/.-] ?| thang )(\d{1,2})(?:(?: ?[/.-] ?| nam )(?:20)?\d{2})?\b")
_OF_MONTH = re.compile(r"\b(?:ngay|mung|mong) (\d{1,2})\b")
_CLOCK = re.compile(r"\b(\d{1,2}) ?(?:h|g|gio|:) ?(\d{2}|ruoi)?\b")
_AFTERNOON = re.compile(r"\bchieu\b|\bpm\b")


def day(typed: str, free: Collection[date], today: date) -> date | None:
    """The day that is meant, the first of the `free` ones where several may be; None where none is named."""
    said = fold(typed)
    if len(said) > _LONGEST:
        return None
    ahead = [today + timedelta(days) for days in range(1 + max(31, *((one - today).days for one in free)))]
    if found := _DATE.search(said):
        named = [one for one in ahead if (one.day, one.month) == (int(found[1]), int(found[2]))]
    elif found := _OF_MONTH.search(said):
        named = [one for one in ahead if one.day == int(found[1])]
    elif (weekday := _weekday(said)) is not None:
        named = [one for one in ahead if one.weekday() == weekday]
        if _NEXT_WEEK.search(said):
            monday = today + timedelta(7 - today.weekday())
            named = [one for one in named if monday <= one < monday + timedelta(7)]
    else:
        named = [today + timedelta(days) for pattern, days in _AHEAD if pattern.search(said)]
    return next((one for one in named if one in free), named[0] if named else None)


def _weekday(said: str) -> int | None:
    if _SUNDAY.search(said):
        return 6
    if found := _WEEKDAY.search(said):
        return _WEEKDAYS[found[1]]
    return next((number for name, number in _ENGLISH.items() if name in said), None)


def clock(typed: str) -> time | None:
    """The time of day that is meant; None where none is named."""
    said = fold(typed)
    found = _CLOCK.search(said) if len(said) <= _LONGEST else None
    if found is None:
        return None
    hour = int(found[1]) + (12 if _AFTERNOON.search(said) and int(found[1]) < 12 else 0)
    minute = 30 if found[2] == "ruoi" else int(found[2] or 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None
