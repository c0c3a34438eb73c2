"""Whether the opening hours are asked for, in whatever words: "t7 có làm k", "thứ 7 mấy giờ đóng cửa vậy"."""

from __future__ import annotations

import re

from bot.dialog.words import fold

_DAY = (
    r"thu ?[2-7]|thu (?:hai|ba|tu|nam|sau|bay)|t[2-7]|chu nhat|cn|cuoi tuan|hom nay|(?:ngay )?(?:mai|mot|le)|tet"
    r"|bua nay|ngay thuong|sang|trua|chieu|toi|buoi"
)
_WORK = r"lam viec|lam|mo cua|mo|dong cua|nghi|tiep dan|nhan ho so|truc"
_ASKS = r"(?:den |tu |luc |bat dau |toi )*(?:may gio|gio nao|khi nao|bao gio)|(?:hay )?(?:khong|ko|k|hong|hok)|ha|gio"
_REST = (
    r"co|thi|van|con|het|bat dau|den|tu|la|o|ben|day|do|minh|phuong|xa|uy ban|ubnd|trung tam|van phong|mot cua|co quan"
    r"|cho|hoi|xin|ad|oi|a|ah|em|anh|chi|ban|vay|v|z|the|nhi|nhe|da|bac|chau|cac|ngay|tuan nay|nay|va"
)
_ALL = re.compile(rf"(?:(?:{_DAY}|{_WORK}|{_ASKS}|{_REST})(?: |$))+")
_WHEN = re.compile(rf"\b(?:{_DAY}|may gio|gio nao)\b")
_WORKS = re.compile(rf"\b(?:{_WORK})\b")
_ASKED = re.compile(rf"\b(?:{_ASKS})\b")


def asked(text: str) -> bool:
    """Whether `text` asks when the office is open, and nothing else."""
    said = fold(text).replace(",", "")
    return bool(_ALL.fullmatch(said) and _WHEN.search(said) and _WORKS.search(said) and _ASKED.search(said))
