"""Who complains in words of her own ("cán bộ vòi tiền", "cho tôi phản ánh") is heard, not looked up in the catalogue.

What officers did is a complaint. How a formal petition or denunciation is settled stays a question about procedures
("thủ tục giải quyết khiếu nại lần đầu cần gì").
"""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

from bot.dialog.flow import Talk
from bot.dialog.values import Choice, Goto
from bot.dialog.words import fold
from services import agencies
from services.complaints import writing
from services.complaints.records import Topic
from services.refusal import Refused

_OFFICERS = (
    r"(?:can bo|canbo|cb|cong chuc|vien chuc|nhan vien|nguoi (?:tiep dan|truc)|tiep dan|mot cua|lanh dao|chu tich"
    r"|thai do phuc vu|officers?|staff|clerks?)"
)
_ME = r"(?:toi|tui|minh|em|con|chau|bac|chu|co|anh|chi|ong|ba|chung toi|gia dinh|i)"
_BEFORE = rf"(?:(?:xin|cho|da|a|oi|thua|{_ME}|muon|can|dinh|gui|viet|lam|don|co|chuyen|viec|buc xuc|want to|like to) )*"
_SPEAKS = r"(?:phan anh|phan nan|than phien|gop y|kien nghi|khieu nai|to cao|complain|complaint)"
_ABOUT = (
    rf"(?: (?:ve|voi|cua|o|tai|len|cac|mot|nay|do|may|{_OFFICERS}|{_ME}|phuong|xa|uy ban|ubnd|trung tam|quay|so|\d+"
    r"|thai do|cach|phuc vu|lam viec|cham|tre|lau|viec|chuyen|ho so|about|the|an|your))*"
)
_AFTER = r"(?: (?:a|nhe|nha|voi|day|nua|duoc|khong|ko|k|dc|thi|o dau|lam sao|the nao|gui|den|dau))*"
_WISH = re.compile(_BEFORE + _SPEAKS + _ABOUT + _AFTER)
_FORMAL = re.compile(r"\b(?:khieu nai|to cao)\b")
_WAY = re.compile(r"\b(?:dau|nao|gi|sao|ai)$")
_SETTLED = re.compile(
    r"\bthu tuc\b(?! (?:lau|cham|ruom ra))|\b(?:trinh tu|quy trinh|giai quyet (?:don |ve )?(?:khieu nai|to cao)|mau don"
    r"|can (?:gi|nhung|giay|ho so)|giay to gi|ho so (?:gom|can)|bao lau|bao nhieu|may ngay|lan (?:dau|hai|2)|rut don"
    r"|boi thuong|quyet dinh|gui (?:don |cho )+(?:di dau|ai|o dau))\b"
)
"""Asks how a petition, a denunciation or a claim is settled, which is a procedure."""
_NOT = r"(?:khong|ko|k|chua|hong|chang)"
_DONE: dict[Topic, re.Pattern[str]] = {
    "papers": re.compile(
        r"\bvoi (?:tien|vinh)\b|\b(?:doi|xin|vi|dua|an) (?:them |cua \w+ )?(?:tien|lot tay|phong bi|boi duong)\b"
        r"|\b(?:hoi lo|lot tay|phong bi|an chan|nhung nhieu|bribe)\b|\bthu (?:them |cua )?(?:tien|phi) (?:sai|ngoai)\b"
    ),
    "manner": re.compile(
        rf"\bthai do (?:\w+ ){{0,4}}?(?:{_NOT} (?:\w+ )?(?:tot|dung|duoc|hay|lich su)|kem|xau|te|loi lom|kho chiu)\b"
        r"|\b(?:hach dich|cua quyen|vo trach nhiem|vo le|quat|chui|lon tieng|cau gat|coi thuong|khinh|tho o|rude)\b"
        r"|\bmang (?:toi|tui|em|dan|nguoi)\b|\b(?:lam|gay) (?:kho de|kho dan|kho toi|kho em|phien|kho khan)\b"
        r"|\bhanh (?:dan|toi|tui|em|nguoi)\b|\bnoi nang (?:kho|coc|thieu|chua)\b|\blam viec rieng\b"
    ),
    "late": re.compile(
        r"\bngam (?:ho so|giay|don)\b|\bbat (?:\w+ ){0,3}(?:di lai|quay lai|len xuong|cho (?:ca|lau|may|hoai|doi))\b"
        r"|\b(?:tre hen|lo hen|cham tre|hen (?:lan|mai|hoai)|day qua day lai|lam (?:viec )?(?:qua )?cham)\b"
    ),
}
"""What officers should not do, by the topic under which it is complained of."""
_HARMLESS = re.compile(r"\b(?:với|đổi|đợi)\b", re.IGNORECASE)
"""Written with their accents, these are not what the same letters mean above ("vòi tiền", "đòi tiền")."""
_PETITIONS, _EACH = ("giải quyết khiếu nại lần đầu", "giải quyết tố cáo"), 2
"""What petitions and denunciations are called in the catalogue, and how many of each are offered."""


def heard(text: str) -> Literal["wish", "told"] | None:
    """Whether somebody wishes to complain, or told what officers did; None where she asks about something else."""
    said = fold(text).replace(",", "")
    if _SETTLED.search(said) or (_FORMAL.search(said) and _WAY.search(said)):
        return None
    if _WISH.fullmatch(said):
        return "wish"
    return "told" if re.search(rf"\b{_OFFICERS}\b", said) and topic(text) != "other" else None


def topic(text: str) -> Topic:
    """Under which topic the words stand; "other" where they do not say."""
    said = fold(_HARMLESS.sub("", unicodedata.normalize("NFC", text)))
    return next((name for name, done in _DONE.items() if done.search(said)), "other")


def move(talk: Talk, text: str) -> Goto | None:
    """Where a grievance leads: what was told is kept as a draft and not sent. None where `text` is none."""
    how = heard(text)
    if how != "told":
        return Goto("complain.about") if how else None
    services = talk.services
    before = writing.draft(services.session, services.keys, talk.who)
    done = writing.write(
        services.session, services.keys, talk.who, agencies.front(services.session), topic(text), text, (), talk.now
    )
    if isinstance(done, Refused) or before is not None:  # one that was begun earlier is seen whole
        return Goto("complain.about")
    return Goto("complain.petition" if writing.speaks_of_petition(text) else "complain_told.begun")


def formal(talk: Talk) -> tuple[Choice, ...]:
    """The choice that leads to the procedures of petitions and denunciations, where the catalogue has them."""
    return (Choice("formal", talk.text("complain-formal")),) if _petitions(talk) else ()


def formally(talk: Talk) -> Goto:
    """Where that choice leads."""
    return Goto("ask.which", {"codes": _petitions(talk), "aspect": "none"})


def _petitions(talk: Talk) -> list[str]:
    catalog = talk.services.catalog
    found = [hit for words in _PETITIONS for hit in catalog.search(words).hits[:_EACH]]
    return list(dict.fromkeys(hit.code for hit in found if writing.speaks_of_petition(hit.name)))
