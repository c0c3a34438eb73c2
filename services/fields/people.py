"""What forms ask about a person: name, identity number, phone, sex."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import cast

from services import validators
from services.fields.base import READ, Checked, Good, said, tidy
from services.refusal import Refused, refused

LONGEST_NAME = 100
_MOST_WORDS = 7
_SPOKEN = frozenset(
    (
        "gì",
        "nhiêu",
        "nào",
        "đâu",
        "vậy",
        "không",
        "tôi",
        "muốn",
        "ủa",
        "hả",
        "nhé",
        "ạ",
        "xin",
        "làm",
        "mất",
        "giấy",
        "tục",
    )
)
"""Words that stand in questions and sighs, and in no name."""
_LABEL = re.compile(r"^[^\d+]{1,40}[\s:.](?=[\d+])|(?<=\d)\s+\(?[^\d]{1,40}$")
"""Words before and after a number: "CCCD số 0011...", "0912... (nhà)"."""
_BETWEEN = " '-."
_SEXES = {
    "male": "nam|trai|con trai|nam gioi|gioi tinh nam|male|m|boy",
    "female": "nu|gai|con gai|nu gioi|gioi tinh nu|female|f|girl",
}
_SEX = {word: sex for sex, words in _SEXES.items() for word in words.split("|")}
_SHOWN_SEX = {"male": "Nam", "female": "Nữ"}


def check_name(typed: str, known: Mapping[str, str], today: date) -> Checked:
    """A person's name in Latin letters, as on her papers: diacritics stay, capitals are set only where all letters or
    none are capitals. One word is a name, and warned of (`name-one-word`), as are several
    without a single diacritic (`name-no-diacritics`), and what sounds like a sentence (`name-sentence`).

    Refusals: `name-empty`, `name-long`, `name-digits`, `name-signs`.
    """
    text = tidy(typed).replace("’", "'").replace("‘", "'").replace("`", "'").strip(" .-")
    if not text:
        return refused("name-empty")
    if len(text) > LONGEST_NAME:
        return refused("name-long", most=str(LONGEST_NAME))
    if any(char.isdigit() for char in text):
        return refused("name-digits")
    if not all(char in _BETWEEN or _latin(char) for char in text) or not any(map(_latin, text)):
        return refused("name-signs")
    if text.islower() or text.isupper():
        text = _capitals(text)
    return Good(text, text, _odd(text))


def _odd(name: str) -> str:
    """What is unusual of a name, as the key of a warning; "" where nothing is."""
    words = unicodedata.normalize("NFC", name).lower().split()
    if len(words) > _MOST_WORDS or _SPOKEN & set(words):
        return "name-sentence"
    return "name-one-word" if len(words) < 2 else "name-no-diacritics" if name.isascii() else ""


def _latin(char: str) -> bool:
    return char.isalpha() and unicodedata.name(char, "").startswith("LATIN ")


def _capitals(text: str) -> str:
    """The first letter of every word a capital, also after an apostrophe ("H'Hen"), the others small."""
    done = []
    before = " "
    for char in text:
        other = char.upper() if before in _BETWEEN else char.lower()
        done.append(other if len(other) == 1 else char)
        before = char
    return unicodedata.normalize("NFC", "".join(done))


def check_id_number(typed: str, known: Mapping[str, str], today: date) -> Checked:
    """An identity number, see `validators.identity_number` for its refusals. `known` may have `birth_date` (ISO) and
    `sex` to compare with. A place that no list has is warned of (`id-place-unknown`)."""
    typed = _LABEL.sub("", typed[:READ])
    sex = known.get("sex", "")
    found = validators.identity_number(
        typed,
        born=_iso(known.get("birth_date", "")),
        sex=cast(validators.Sex, sex) if sex in _SHOWN_SEX else None,
        today=today,
    )
    if isinstance(found, Refused):
        return found
    return Good(found.number, found.number, "" if found.place_known else "id-place-unknown")


def _iso(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def check_phone(typed: str, known: Mapping[str, str], today: date) -> Checked:
    """A phone of Việt Nam, see `validators.phone` for its refusals; kept as "0912345678", shown as "0912 345 678".

    A landline is warned of (`phone-landline`): no message reaches it.
    """
    found = validators.phone(_LABEL.sub("", typed[:READ]))
    if isinstance(found, Refused):
        return found
    if not validators.is_landline(found):
        return Good(found, f"{found[:4]} {found[4:7]} {found[7:]}")
    area = 3 if found[:3] in ("024", "028") else 4
    return Good(found, f"{found[:area]} {found[area:-4]} {found[-4:]}", "phone-landline")


def check_sex(typed: str, known: Mapping[str, str], today: date) -> Checked:
    """ "male" or "female", as identity papers have it. Refusals: `sex-unclear`, and `sex-id-mismatch` where `known`
    has an identity number that says otherwise."""
    sex = _SEX.get(said(typed))
    if sex is None:
        return refused("sex-unclear")
    identity = validators.identity_number(known.get("id_number", ""))
    if not isinstance(identity, Refused) and identity.sex != sex:
        return refused("sex-id-mismatch")
    return Good(sex, _SHOWN_SEX[sex])
