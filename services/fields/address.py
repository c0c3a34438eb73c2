"""Where somebody lives: a commune of today, and what stands before it (house, street, hamlet)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from services import places
from services.fields.base import Checked, Good, tidy
from services.refusal import refused

LONGEST_DETAIL = 120
_KEPT = re.compile(r"(\d{5})(?:\|(.*))?", re.ASCII)
_MOST, _SURE = 10, 2.0
"""Communes that are offered, and how much likelier than the next the best place must be to be taken without asking."""


def check_address(typed: str, known: Mapping[str, str], today: date) -> Checked:
    """An address; kept as "00004|12 phố X" (the code of the commune, what stands before it), shown as one line.

    Taken as people write it, as it is kept, or as a code alone (a button). `known["within"]` keeps to the province of
    that code. Warnings: `address-renamed` (a unit of before was named: the person looks at what it became),
    `address-guessed` (a name was unfinished or misspelt), `address-without-street`. Refusals: `address-empty`,
    `address-long`, `address-unknown`, `address-no-commune` (a province and no commune), `address-several` (`codes`: the
    communes it may be, likeliest first, joined by blanks; `detail`: what stands before).
    """
    text = tidy(typed)
    within = known.get("within") or None
    if not text:
        return refused("address-empty")
    if len(text) > 2 * LONGEST_DETAIL:
        return refused("address-long", most=str(LONGEST_DETAIL))
    if kept := _KEPT.fullmatch(text):
        place = places.get(kept[1])
        return _good(place, kept[2] or "") if place else refused("address-unknown")
    detail, line = _line(text)
    exact = places.by_line(line)
    if exact is not None and within in (None, exact.province_code):
        return _good(exact, detail)
    found = places.read(text, within)
    if not found.matches:
        return refused("address-unknown")
    best = found.matches[0]
    if best.place.code == best.place.province_code:
        return refused("address-no-commune", province=best.place.name, code=best.place.code)
    communes = [match for match in found.matches if match.place.code != match.place.province_code]
    is_exact = best.exact and not any(match.exact for match in communes[1:])
    if len(communes) > 1 and not is_exact and best.score - communes[1].score < _SURE:
        codes = [match.place.code for match in communes if best.score - match.score < _SURE][:_MOST]
        return refused("address-several", codes=" ".join(codes), count=str(len(codes)), detail=_clean(found.detail))
    return _good(
        best.place, found.detail, "address-guessed" if best.guessed else "address-renamed" if best.renamed else ""
    )


def _line(text: str) -> tuple[str, str]:
    """The last two parts of `text`, and what stands before them."""
    parts = [part.strip() for part in text.split(",")]
    return ", ".join(parts[:-2]), ", ".join(parts[-2:])


def _clean(detail: str) -> str:
    parts = (part.strip(" .;-") for part in detail.replace("|", " ").split(","))
    return ", ".join(" ".join(part.split()) for part in parts if part)


def _good(place: places.Place, detail: str, warning: str = "") -> Checked:
    if place.code == place.province_code:
        return refused("address-no-commune", province=place.name, code=place.code)
    detail = _clean(detail)
    if len(detail) > LONGEST_DETAIL:
        return refused("address-long", most=str(LONGEST_DETAIL))
    if not detail:
        return Good(place.code, place.line, warning or "address-without-street")
    return Good(f"{place.code}|{detail}", f"{detail}, {place.line}", warning)
