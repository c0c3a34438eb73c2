"""Whether a question speaks as people speak to an office, and of how many things."""

from __future__ import annotations

import re
from collections.abc import Sequence

_OFFICIAL = re.compile(
    r"\b(?:thu tuc|ho so|giay|dang ki|cap|chung thuc|xac nhan|tro cap|che do|the|phep|uy ban|ubnd|phuong|xa"
    r"|cong an|khai|bao hiem|ho khau|ho tich|so do|chung nhan|can cuoc|mot cua|tam tru|thuong tru|ho chieu|sang ten"
    r"|tach|nhap|quyet dinh|cong chung|sao i|ho tro|mien giam|huong|don|to khai|kinh doanh|doanh nghiep|nha nuoc"
    r"|co quan|thua ke|di san|di chuc|ket hon|tu vong|luong huu|thai san|that nghiep|giam ho|con nuoi|thue|bang lai"
    r"|quyen su dung|doc than|cu tru|luu tru|quoc tich|nha dat|dat dai|bien so|ho ngheo|tro giup|thi thuc|gia han)\b"
)
_REQUEST = re.compile(
    r"\b(?:(?:xin|lam|can|co|phai) (?:nhung |cac )?(?:giay|phep)\b|giay (?:to|phep|gi|chi)\b"
    r"|thu tuc|ho so|dang ki|khai bao|xin phep"
    r"|certificate|register|registration|permit|licen[cs]e)\b"
)
"""Turns that ask an office for something, though the thing itself be named in everyday words."""

_JOINING = frozenset(("va", "voi", "hay", "hoac"))
_SAYS_LITTLE = 0.4


def official(folded: str) -> float:
    """1 for two or more words of administration among the folded words, 0.5 for one, 0 for none."""
    return min(1.0, len(_OFFICIAL.findall(folded)) / 2)


def requests(folded: str) -> bool:
    """Whether the folded words ask an office for something: a paper, a permit, a registration."""
    return bool(_REQUEST.search(folded))


def joined(stems: Sequence[str], weights: Sequence[float]) -> bool:
    """Whether a word that joins ("hay", "với") stands between two telling ones: "giup em voi" joins nothing."""
    telling = [weight > _SAYS_LITTLE and word not in _JOINING for word, weight in zip(stems, weights, strict=True)]
    places = [place for place, word in enumerate(stems) if word in _JOINING]
    return any(any(telling[:place]) and any(telling[place + 1 :]) for place in places)
