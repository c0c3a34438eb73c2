"""A conversation's step or telling, called by hand."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from bot.dialog.flow import Talk
from bot.texts import Texts

LOCALES = Path(__file__).parent.parent.parent / "locales"
_TEXTS: list[Texts] = []


def texts() -> Texts:
    """The texts, read once."""
    if not _TEXTS:
        _TEXTS.append(Texts(LOCALES))
    return _TEXTS[0]


def talk_of(services: Any, who: int, now: datetime, **data: Any) -> Talk:
    """What a step of `who` touches."""
    return Talk(services, texts(), "vi", now, who, data, {}, who)
