"""What follows "hồ sơ": a code to look up, how one's own dossier stands, or a question about a procedure's papers."""

from __future__ import annotations

import re

from bot.dialog.flow import Talk
from bot.dialog.values import Goto, Move
from bot.dialog.words import fold
from handlers import ask, track

_STANDS = re.compile(
    r"\b(?:den|toi) (?:dau|buoc nao)\b|\bdau r(?:oi)?\b|\bket qua\b|\bxong\b"
    r"|\b(?:duyet|giai quyet|co) (?:\w+ )?chua\b|\b(?:bao gio|khi nao|chung nao) (?:co|xong|lay|nhan|tra)\b"
)
_HERS = re.compile(r"^(?:da nop|nop (?:hom|tuan|thang|may)|(?:cua )?(?:toi|tui|em|minh|chau|nha|con|me|bo|chong|vo)\b)")


def lookup(talk: Talk, typed: str) -> Move:
    """Where "hồ sơ" and what follows it lead."""
    said = fold(typed)
    if not said or track.is_code(typed):
        return track.lookup(talk, typed)
    if said.isascii() and " " not in said and typed.isupper():  # "hồ sơ ABC": a code of letters
        return track.lookup(talk, typed)
    if _HERS.search(said) and _STANDS.search(said):
        return Goto("track.mine")
    alone = talk.services.catalog.search(typed)  # in "hồ sơ tạm trú cần gì" the word says no more than "cần gì" does
    return ask.search(talk, typed if alone.kind == "answer" and alone.aspect != "none" else f"hồ sơ {typed}")
