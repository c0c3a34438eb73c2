"""What a citizen wants to know of a procedure: its papers, fee, time, place, way, conditions, form, result or basis.

The patterns read folded words joined by blanks, as typed or as repaired ("ki" and "ky" alike). Where a question
asks for several, the narrowest wins: a form or a legal basis before papers, fee, time and place (of which the one
asked first), these before conditions and the result, and the way of doing it last.
"""

from __future__ import annotations

import re

from services.catalog.english_aspects import ASPECTS, ENGLISH_PATTERNS, Aspect

__all__ = ["ASPECTS", "Aspect", "aspect_of", "aspect_spans"]


_NOT = r"(?:khong|ko|kg|k|hong|hem|hok|khum|hay khong|ha|a|nhi)"
_TIME_UNIT = r"(?:ngay|hom|tuan|thang|nam|bua|tieng|gio|buoi|phut)"
_LAW = r"(?:luat|nghi dinh|thong tu|van ban|dieu luat|quyet dinh|dieu khoan)"
_OFFICE = r"(?:phuong|xa|cong an|uy ban|ubnd|quan|huyen|tinh|so|que|van phong)"
_BRING = r"mang|dem|cam|chuan bi|nop|bo sung|xuat trinh"
_WHAT = r"(?:gi|ji|j|chi|nao|nhung gi|cai gi|cai chi|giay to gi)"

_PATTERNS: dict[Aspect, tuple[str, ...]] = {
    "basis": (
        r"can cu phap l[iy]",
        r"co so phap l[iy]",
        rf"{_LAW}(?: so| phap l[iy]| phap luat)? (?:nao|may|bao nhieu)",
        r"quy dinh (?:nao|o dau|tai dau|tai van ban|trong luat)",
        r"(?:theo|dua (?:vao|theo|tren)) (?:luat|quy dinh|can cu|van ban) (?:nao|gi)",
    ),
    "form": (
        r"(?:xin|tai|lay|co|dung|dien|in|down|download) (?:cai )?(?:mau|form|bieu mau|to khai|don)",
        r"(?:mau|bieu mau|form|file)(?: (?:don|to khai|giay|so|ct\d*))+",
        r"mau (?:nao|gi|o dau|so may)",
        r"don (?:gi|nao|theo mau|mau nao|viet the nao)",
        r"to khai (?:nao|gi|o dau|mau|lay|tai|dien|ghi)",
        r"(?:viet|ghi|dien|khai) (?:don|to khai|mau|form)(?: (?:the nao|nhu the nao|ra sao|sao))?",
    ),
    "fee": (
        r"(?:bao nhieu|may|bao|nhieu|nhiu|bn) (?:la )?(?:tien|xien|dong|phi|le phi|xu|nghin|ngan|trieu)",
        rf"(?:het|ton|mat|dong|nop|tra|thu|gia|phi)(?: (?:la|khoang|tam|cho|tong|cong))* "
        rf"(?:bao nhieu|nhieu|nhiu|bn)(?! {_TIME_UNIT}| lau| thoi| ban| giay| nguoi)",
        r"le phi|(?<!tro )(?<!dung )chi phi|muc (?:phi|thu)",
        r"phi (?:la|lam|cap|ho so|dich vu|bao|the nao|(?:ra |thi )?sao|co)",
        r"(?:mat|ton|thu|(?<!hop )dong|tra|nop|phai|can)(?: (?:tien|le phi|phi|them tien))+",
        rf"(?:co )?mien phi {_NOT}",
        r"tien nong",
    ),
    "time": (
        r"(?:mat |ton |het )?(?:bao|may) lau|bn lau|lau (?:khong|ko|k)\b",
        rf"(?:bao nhieu|may|bn) {_TIME_UNIT}",
        r"bao nhieu (?:thoi gian|lau)",
        r"(?:ngay|bua|hom) (?:nao|mo) (?:thi )?(?:moi )?(?:co|xong|lay|nhan|duoc|tra)",
        r"(?:bao gio|khi nao|chung nao|hoi nao|luc nao)",
        r"thoi gian|thoi han (?:giai quyet|la|bao|tra|cap|xu ly|lam)",
        rf"(?:lay|co|xong|nhan) (?:lien|ngay|trong ngay|luon)(?: (?:duoc|luon|trong ngay))* {_NOT}",
    ),
    "where": (
        r"(?:o|ra|di|den|toi|len|vao|nop|lam|gap|xin|lay|tai|ve) (?:cho |noi |khu )?(?:dau|mo)\b(?! tien| tu)",
        r"(?:cho|noi|phong|quay|cua|co quan|don vi|toa|phuong|xa|cong an|ben|tru so|tinh) (?:nao|mo)\b",
        r"dau (?:vay|z|ha|a|the|ta|nhi)\b",
        rf"{_OFFICE}(?: \w+){{0,3}} ha[iy] (?:len |ra |o |ve |nop )*(?:{_OFFICE}|noi|cho|tam tru|thuong tru)",
        r"dia chi (?:nao|o dau|nop|cua|co quan)|gap ai|hoi ai|ai (?:giai quyet|cap|ky|nhan ho so)",
        r"co quan co tham quyen|tham quyen (?:cap|giai quyet|cua)",
    ),
    "documents": (
        rf"(?:giay to|giay ma|giay|ho so|chung tu|tai lieu|thu) (?:can )?(?:gom |bao gom |can co |co )?{_WHAT}\b",
        r"(?:ho so|giay to)(?: \w+){0,2} (?:gom|bao gom|can|the nao|nhu the nao|ra sao|nhu nao|day du|nhung)",
        rf"(?:can|phai|nen)(?: (?:co|{_BRING}|them|theo|nhung|cac|san|loai|photo))* "
        rf"(?:nhung |cac |loai )*(?:giay to|ho so|giay|{_WHAT})\b",
        rf"(?:{_BRING})(?: (?:theo|nhung|cac|san|giay|to|them|ho so|di))* {_WHAT}\b",
        rf"gom (?:nhung |co )*(?:{_WHAT}|giay)",
        r"thanh phan (?:va so luong )?ho so|bo ho so|may ban|bao nhieu ban|ban goc|ban sao hay|photo (?:hay|may)",
    ),
    "conditions": (
        r"dieu kien|yeu cau (?:gi|nao|doi voi)|doi tuong|truong hop nao|tieu chuan",
        r"(?:nhung )?ai (?:duoc|co the|phai|du)|nguoi nao (?:duoc|phai)",
        rf"(?:co |thi |moi )?(?:duoc|dc|dk) (?:phep |lam |cap |huong |nhan |dang k[iy] )?{_NOT}\b",
        r"bat buoc|may tuoi|bao nhieu tuoi|du tuoi|(?:di|nop|k[iy]|nhan|lay|lam) (?:thay(?! doi)|giup|gium)\b",
        r"(?:di|nop|k[iy]|lay|lam|dung) ho\b(?! [a-z]{3,} (?:gi|can|o|mat)| (?:khau|chieu|tich|kinh|ngheo|can|so|gia))",
        r"(?:thi|vay|the) (?:co )?(?:sao|lam sao) (?:khong|ko)|bi phat|qua han (?:thi|co)",
    ),
    "result": (
        r"ket qua (?:la|nhan|gi|duoc|gom|the nao|ra sao)",
        r"(?:duoc|se) (?:cap|nhan|tra) (?:gi|giay (?:to )?gi|nhung gi|cai gi)\b",
        r"nhan (?:duoc|lai) (?:gi|nhung gi|giay)|co gia tri (?:bao|may|den|trong|su dung)|han (?:su dung|dung)",
    ),
    "how": (
        r"(?:lam|man|lm|thi|khai|phai|lai|truc|xin|di|dang k[iy]|doi|cap) "
        r"(?:sao|rang|the nao|nhu the nao|nhu nao|kieu)",
        r"(?:nhu )?the nao|nhu nao|ra sao|kieu (?:gi|j|chi|nao)|cach (?:lam|nao|thuc|dang k[iy]|nop|khai|xin)",
        r"sao (?:vay|day|z|ha|hi|ta|nhi|zay|dzay|duoc|gio|a|dau)\b|(?:sao|rang)$|rang (?:he|rua|hi|day|vay)",
        r"trinh tu|quy trinh|cac buoc|tung buoc|huong dan|thu tuc (?:gi|nao|the|nhu|ra sao|lam|can|gom)",
        r"online|onl\b|qua mang|truc tuyen|tren mang|vneid|buu dien|qua dien thoai",
        r"(?:phai|can|nen|gio|se) lam (?:gi|chi|j|nhung gi)|lam gi\b|bat dau tu dau",
    ),
}
_SPOKEN = {aspect: patterns + ENGLISH_PATTERNS.get(aspect, ()) for aspect, patterns in _PATTERNS.items()}
"""The patterns of both languages."""
_WIDE: dict[Aspect, tuple[str, ...]] = {
    "form": (
        r"(?:to khai|bieu mau|mau don)(?: \w+){1,8} (?:tai|lay|xin|download|in)(?: ve)? "
        r"(?:o |tren )*(?:dau|mo|mang nao)\b",
        r"don(?: \w+){1,8} (?:viet|ghi|dien) (?:the nao|nhu the nao|nhu nao|ra sao|sao)\b",
    ),
    "fee": (r"gia (?!han|dinh|tri|nhap|su)(?:\w+ ){1,5}(?:bao nhieu|nhiu|bn)\b",),
    "result": (r"ket qua (?:cua )?(?:\w+ ){1,10}(?:la gi|gi)$",),
    "conditions": (
        rf"co (?:the|phai|can|bat buoc|duoc|bi)\b(?: \w+){{1,25}} (?:hay )?{_NOT}\b",
        rf"(?:the|phai|can|bat buoc)(?: \w+){{0,8}} {_NOT}$",
    ),
}
"""Patterns that reach over what the question is about: they tell the aspect, but no stretch that says little."""
_TIERS: tuple[tuple[Aspect, ...], ...] = (
    ("basis", "form"),
    ("fee", "time", "documents", "where"),
    ("result", "conditions"),
    ("how",),
)
_KEPT = re.compile(r"(?:doi|cap|dang k[iy]|khai|xin|nop|lai|truc|lay|nhan|chuan bi) ")
"""Verbs at the head of a stretch that tell procedures apart: they stay outside it."""
_RESULT = re.compile(r"\b(?:duoc|se) (?:cap|nhan|tra) (?:giay (?:to )?)?gi\b")
_ONLINE = re.compile(r"\b(?:online|onl|qua mang|truc tuyen|tren mang|qua buu dien|tren vneid|qua vneid)\b")
_STRETCHES = {aspect: re.compile(rf"\b(?:{'|'.join(patterns)})") for aspect, patterns in _SPOKEN.items()}
_COMPILED = {
    aspect: re.compile(rf"\b(?:{'|'.join(patterns + _WIDE.get(aspect, ()))})") for aspect, patterns in _SPOKEN.items()
}


def aspect_of(folded: str) -> Aspect:
    """The aspect a folded question asks for; "none" if it does not say."""
    if _RESULT.search(folded):
        return "result"
    for tier in _TIERS:
        if tier[0] == "result" and _ONLINE.search(folded):
            return "how"
        found = [(hit.start(), aspect) for aspect in tier if (hit := _COMPILED[aspect].search(folded))]
        if found:
            return min(found)[1]
    return "none"


def aspect_spans(folded: str) -> list[tuple[int, int, Aspect]]:
    """The stretches of `folded` that ask for an aspect and say nothing else, as (start, end, aspect)."""
    return [
        (found.start() + len(kept[0]) if (kept := _KEPT.match(found[0])) else found.start(), found.end(), aspect)
        for aspect, pattern in _STRETCHES.items()
        for found in pattern.finditer(folded)
    ]
