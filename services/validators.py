"""Numbers that people type: identity numbers and phones. What is wrong with one comes back as a refusal."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Literal

from services.refusal import Refused, refused

Sex = Literal["male", "female"]

_PLACES = (
    "001 002 004 006 008 010 011 012 014 015 017 019 020 022 024 025 026 027 030 031 033 034 035 036 037 038 040 042 "
    "044 045 046 048 049 051 052 054 056 058 060 062 064 066 067 068 070 072 074 075 077 079 080 082 083 084 086 087 "
    "089 091 092 093 094 095 096"
)
PLACES = frozenset(_PLACES.split())
"""Places of birth registration in identity numbers: the 63 provinces of before 2025, which a number keeps for life."""

_SEPARATORS = re.compile(r"[\s.\-()/·‐-―\u200b\ufeff]+")
_MOBILE = re.compile(r"0[35789]\d{8}", re.ASCII)
_LANDLINE = re.compile(r"02\d{9}", re.ASCII)
_OLD_MOBILE = re.compile(r"01\d{9}", re.ASCII)
_OLD_HANOI = re.compile(r"04\d{8}", re.ASCII)
_NOW = {
    "0120": "070",
    "0121": "079",
    "0122": "077",
    "0126": "076",
    "0128": "078",
    "0123": "083",
    "0124": "084",
    "0125": "085",
    "0127": "081",
    "0129": "082",
    **{f"016{digit}": f"03{digit}" for digit in range(2, 10)},
    "0186": "056",
    "0188": "058",
    "0199": "059",
}
"""Mobile prefixes of before 15/09/2018 and what they became: Decision 798/QĐ-BTTTT of 2018."""
_COUNTRY = re.compile(r"^(?:\+|00)?84(?=\d{9,10}$)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Identity:
    """An identity number that may exist. `place_known` False only warns: people born abroad have other places."""

    number: str
    born_in: int
    sex: Sex
    place_known: bool


def digits(text: str) -> str:
    """The text without the signs people put between digits."""
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", text[:200]))


def identity_number(
    text: str, *, born: date | None = None, sex: Sex | None = None, today: date | None = None
) -> Identity | Refused:
    """A personal identity number (số định danh, căn cước): 12 digits, the century and sex in the fourth.

    Compared with the birth date and sex where they are known. There is no check digit. Refusals: `id-old` (the 9 digits
    of the former card), `id-not-digits`, `id-length`, `id-all-same`, `id-born-mismatch`, `id-sex-mismatch`,
    `id-future`.
    """
    number = digits(text)
    if not (number.isascii() and number.isdigit()):
        return refused("id-not-digits")
    if len(number) == 9:
        return refused("id-old")
    if len(number) != 12:
        return refused("id-length", given=len(number))
    if len(set(number)) == 1:
        return refused("id-all-same")
    century, year = int(number[3]), int(number[4:6])
    born_in = 1900 + 100 * (century // 2) + year
    found: Sex = "female" if century % 2 else "male"
    if today is not None and born_in > today.year:
        return refused("id-future", year=born_in)
    if born is not None and born.year != born_in:
        return refused("id-born-mismatch", year=born_in)
    if sex is not None and sex != found:
        return refused("id-sex-mismatch")
    return Identity(number, born_in, found, number[:3] in PLACES)


def phone(text: str) -> str | Refused:
    """A Vietnamese phone number in its national form: `0912345678`, a landline `02438251234`.

    Taken with spaces, dots, dashes and with +84, 84 or 0084. Refusals: `phone-old` (a form of before 2018; `now` is
    what the number became), `phone-not-digits`, `phone-malformed`.
    """
    number = _COUNTRY.sub("0", digits(text))
    number = f"0{number.lstrip('0')}" if number.startswith("00") else number
    if not (number.isascii() and number.isdigit()):
        return refused("phone-not-digits")
    if _MOBILE.fullmatch(number) or _LANDLINE.fullmatch(number):
        return number
    if _OLD_MOBILE.fullmatch(number) and number[:4] in _NOW:
        return refused("phone-old", now=_NOW[number[:4]] + number[4:])
    if _OLD_HANOI.fullmatch(number):
        return refused("phone-old", now="024" + number[2:])
    return refused("phone-malformed")


def is_landline(number: str) -> bool:
    """Whether a number from `phone` is a landline, which takes calls and no messages."""
    return number.startswith("02")


def international(number: str) -> str:
    """A number from `phone` with the country code and without a plus, as message templates want it: `84912345678`."""
    return "84" + number.removeprefix("0")
