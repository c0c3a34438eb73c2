"""Answers that are not about a person: free text, numbers, money, yes or no, one of several."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from services.fields.base import READ, Checked, Good, plain, said, tidy, whole
from services.refusal import Refused, refused

LONGEST_TEXT = 1_000
MOST_MONEY = 1_000_000_000_000_000
_NUMBER = re.compile(r"(-?)(\d{1,3}(?:[. ]\d{3})+|\d{1,15})(?:([.,])(\d+))?", re.ASCII)
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3}){2,}", re.ASCII)
_UNITS = {
    "ty": 1_000_000_000,
    "ti": 1_000_000_000,
    "trieu": 1_000_000,
    "tr": 1_000_000,
    "cu": 1_000_000,
    "nghin": 1_000,
    "ngan": 1_000,
    "ng": 1_000,
    "k": 1_000,
    "tram": 100,
    "dong": 1,
    "d": 1,
}
_AMOUNT = re.compile(r"(\d+(?:[.,]\d+)*)\s*(ty|ti|trieu|tr|cu|nghin|ngan|ng|k|dong|d)?(?![a-z])", re.ASCII)
_CURRENCY = re.compile(r"(?:viet nam )?(?:dong|vnd|vnđ|d|₫)\.?$")
_FOREIGN = re.compile(r"[$€£¥]|\b(?:usd|do la|dola|eur|euro|yen|jpy|cny|nhan dan te|krw|won)\b")
_SMALL_MONEY = 1_000
_YES = "co|vang|da|da co|u|uh|um|ua|dung|dung roi|dung vay|ok|oke|okay|dong y|yes|y|1|duoc|roi|phai|co a|vang a"
_NO = "khong|ko|k|kg|hong|hem|khong co|khong a|no|n|2|0|chua|chua co|khong phai|khong dong y|sai|ko co"
_ANSWERS = {**dict.fromkeys(_YES.split("|"), "yes"), **dict.fromkeys(_NO.split("|"), "no")}
_SHOWN = {"yes": "Có", "no": "Không"}


def check_text(typed: str, known: Mapping[str, str], today: date) -> Checked:
    """Free text, its line ends kept. `known["most"]` limits the characters (else 1,000;
    never more than 4,000). Refusals: `text-empty`,
    `text-long`."""
    most = min(whole(known, "most", LONGEST_TEXT), READ)
    if len(typed) > READ:
        return refused("text-long", most=str(most))
    text = tidy(typed, lines=True)
    if not text:
        return refused("text-empty")
    return refused("text-long", most=str(most)) if len(text) > most else Good(text, text)


def check_number(typed: str, known: Mapping[str, str], today: date) -> Checked:
    """A number, at most two decimals: "1.200" is 1200 and "85,5" is 85.5, as Vietnamese writes them. `known["least"]`
    (else 0) and `known["most"]` are whole limits.

    Refusals: `number-unreadable`, `number-ambiguous` ("1,200"), `number-small`, `number-large`.
    """
    text = plain(typed).strip(" .,")
    found = _NUMBER.fullmatch(text)
    if _GROUPED.fullmatch(text):
        found = _NUMBER.fullmatch(text.replace(",", ""))
    if not found:
        return refused("number-unreadable")
    decimals = (found[4] or "").rstrip("0")
    if len(found[4] or "") > 2:
        return refused("number-ambiguous")
    size = int(found[2].replace(".", "").replace(" ", ""))
    negative = bool(found[1]) and bool(size or decimals)
    exact = (size * 100 + int(decimals.ljust(2, "0") or "0")) * (-1 if negative else 1)
    least, most = whole(known, "least", 0), whole(known, "most", 10**15)
    if exact < least * 100:
        return refused("number-small", least=str(least))
    if exact > most * 100:
        return refused("number-large", most=str(most))
    sign = "-" if negative else ""
    value = f"{sign}{size}" + (f".{decimals}" if decimals else "")
    return Good(value, f"{sign}{grouped(size)}" + (f",{decimals}" if decimals else ""))


def grouped(number: int) -> str:
    """Thousands with dots: "1.200.000"."""
    return f"{number:,}".replace(",", ".")


def check_money(typed: str, known: Mapping[str, str], today: date) -> Checked:
    """An amount in đồng: "500.000", "50k", "1tr5", "2 triệu 300 nghìn", "1,5 tỷ"; kept as digits, shown "500.000 đ".

    Refusals: `money-unreadable`, `money-foreign`, `money-large`. An amount below 1,000 is warned of (`money-small`).
    """
    text = " ".join(plain(typed).strip(" .,").split())
    if _FOREIGN.search(text):
        return refused("money-foreign")
    amount = _amount(text)
    if amount is None:
        return refused("money-unreadable")
    if amount > MOST_MONEY:
        return refused("money-large")
    return Good(str(amount), f"{grouped(amount)} đ", "money-small" if 0 < amount < _SMALL_MONEY else "")


def _amount(text: str) -> int | None:
    text = re.sub(r"(?<=\d) (?=\d{3}(?!\d))", ".", _CURRENCY.sub("", text).strip())
    text = re.sub(r"\bti\b", "ty", re.sub(r"(?<=\d)ti\b", "ty", text))
    text = re.sub(r"(tr|ty|trieu) ?(\d)( ?ruoi)?$", _half, text)  # "1tr5", "2 tỷ 3"
    text = re.sub(r"(ty|trieu|tr|nghin|ngan) ruoi$", lambda found: _ruoi(found[1]), text)
    total, at, last = 0, 0, 10**12
    while at < len(text):
        found = _AMOUNT.match(text, at)
        unit = _UNITS[found[2]] if found and found[2] else 1
        part = _part(found[1], unit) if found else None
        if found is None or part is None or unit >= last:
            return None
        total, last = total + part, unit
        at = found.end()
        while at < len(text) and text[at] in " ,":
            at += 1
    return total if text else None


def _half(found: re.Match[str]) -> str:
    small = _UNITS[found[1]] // 10 * int(found[2])
    return f"{found[1]} {small}"


def _ruoi(unit: str) -> str:
    return f"{unit} {_UNITS[unit] // 2}"


def _part(digits: str, unit: int) -> int | None:
    """The value of one number with its unit; thousands may have dots or commas, decimals only go with a unit."""
    if len(digits) > 30:
        return None
    pieces = re.split("[.,]", digits)
    if len(pieces) > 1 and all(len(piece) == 3 for piece in pieces[1:]) and len(pieces[0]) <= 3 and unit == 1:
        return int("".join(pieces))
    if len(pieces) == 1:
        return int(digits) * unit
    if len(pieces) == 2 and unit > 1 and len(pieces[1]) <= 3:
        return int(pieces[0]) * unit + int(pieces[1]) * unit // int("1" + "0" * len(pieces[1]))
    return None


def check_yes_no(typed: str, known: Mapping[str, str], today: date) -> Checked:
    """ "yes" or "no". Refusal: `yes-no-unclear`."""
    answer = _ANSWERS.get(said(typed))
    return refused("yes-no-unclear") if answer is None else Good(answer, _SHOWN[answer])


def choices(known: Mapping[str, str]) -> list[tuple[str, str]]:
    """The values and labels of `known["choices"]`: one per line, "value=label"; a line without "=" is both."""
    pairs = (line.partition("=") for line in known.get("choices", "").splitlines() if line.strip())
    return [(value.strip(), tidy(label if sign else value)) for value, sign, label in pairs]


def check_choice(typed: str, known: Mapping[str, str], today: date) -> Checked:
    """One of `known["choices"]` (see `choices`): by its label, its value, its number from 1, or how the label begins.

    Refusals: `choice-unknown`, `choice-several` (the beginning of more than one).
    """
    offered = choices(known)
    answer: Good | Refused = refused("choice-unknown", count=str(len(offered)))
    text = plain(typed).strip()
    if not text:
        return answer
    labels = [plain(label) for _, label in offered]
    exact = [at for at, label in enumerate(labels) if label == text]
    exact += [at for at, (value, _) in enumerate(offered) if plain(value) == text]
    if not exact and text.isascii() and text.isdigit() and len(text) < 4 and 1 <= int(text) <= len(offered):
        exact = [int(text) - 1]
    begun = [at for at, label in enumerate(labels) if label.startswith(text)] if len(text) > 1 else []
    if exact or len(begun) == 1:
        value, label = offered[(exact or begun)[0]]
        return Good(value, label)
    return refused("choice-several", count=str(len(begun))) if begun else answer
