"""Typing errors as fingers make them: a neighbouring key, a letter left out, one too many, two swapped."""

from __future__ import annotations

import random

from services.catalog.text import fold

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_NEIGHBOURS = {
    char: sorted(
        {
            other
            for near in _ROWS[max(0, row - 1) : row + 2]
            for place, other in enumerate(near)
            if abs(place - column) <= 1 and other != char
        }
    )
    for row, keys in enumerate(_ROWS)
    for column, char in enumerate(keys)
}


def disturbed(text: str, share: float, rng: random.Random) -> str:
    """`text` with each of its characters, blanks too, disturbed with probability `share`."""
    out: list[str] = []
    place = 0
    while place < len(text):
        char = text[place]
        slip = rng.choice(("beside", "left out", "too many", "swapped")) if rng.random() < share else ""
        beside = rng.choice(_NEIGHBOURS.get(fold(char), ["b", "n", "m"]))
        if slip == "beside":
            out.append(beside)
        elif slip == "too many":
            out += [char, beside]
        elif slip == "swapped" and place + 1 < len(text):
            out += [text[place + 1], char]
            place += 1
        elif slip != "left out":
            out.append(char)
        place += 1
    return "".join(out)
