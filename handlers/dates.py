"""Moments as a citizen reads them: "thứ Năm, 26/11/2026", "16 giờ 30, thứ Năm, 26/11/2026"."""

from __future__ import annotations

from datetime import UTC, date, datetime

from bot.dialog.flow import Talk
from services.dossiers.hand import HOME

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def day(talk: Talk, when: date | datetime) -> str:
    """A day with its weekday, local time."""
    local = when.astimezone(HOME).date() if isinstance(when, datetime) else when
    return talk.text("date", weekday=talk.text(f"day-{_DAYS[local.weekday()]}"), date=local.strftime("%d/%m/%Y"))


def moment(talk: Talk, when: datetime) -> str:
    """A moment: hour, minute and day, local time."""
    local = when.astimezone(HOME)
    return talk.text("moment", hour=str(local.hour), minute=local.strftime("%M"), day=day(talk, local))


def from_ms(milliseconds: int) -> datetime:
    """A moment out of a machine table."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
