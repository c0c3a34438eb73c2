"""Reading the national portal's records, whose traps are all real.

A bare number as time means nothing (the unit is "other"), "Miễn phí" with a note is the note, a fee of 0 đồng is not
"free", papers with no original and no copy are remarks, groups named "must be filed" or "must be shown" are kinds of
papers and not cases, and local suffixes belong off the code. What cannot be understood is left unknown, never guessed.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

import msgspec

from services.catalog.model import (
    Basis,
    CaseChoice,
    CaseQuestion,
    Fee,
    Level,
    Method,
    Paper,
    PaperKind,
    ProcedureRecord,
    Result,
    Source,
    Time,
    TimeUnit,
    Way,
)

CODE = re.compile(r"([0-9]\.[0-9]{6})(?:\.[0-9A-Z.]+)?")
_LEVELS: dict[str, Level] = {"Cấp bộ": "ministry", "Cấp tỉnh": "province", "Cấp huyện": "district", "Cấp xã": "commune"}
_WAYS: dict[str, Way] = {"Trực tiếp": "counter", "Trực tuyến": "online", "Dịch vụ bưu chính": "post"}
_UNITS: dict[str, TimeUnit] = {
    "ngày làm việc": "working_day",
    "ngày": "day",
    "giờ": "hour",
    "tháng": "month",
    "phút": "minute",
}
_TIME = re.compile(r"0*([1-9]\d{0,3})\s*(ngày làm việc|ngày|giờ|tháng|phút)\b", re.IGNORECASE)
_ANOTHER_TIME = re.compile(r"\d\s*(?:\([^)]*\)\s*)?(?:ngày|giờ|tháng|phút)", re.IGNORECASE)
_FROM_RECEIPT = re.compile(
    r"[\s,;(]*(?:kể )?từ (?:ngày|khi|thời điểm|lúc)(?: cơ quan)?(?: tiếp)? nhận(?: được)?(?: đầy)?(?: đủ)? hồ sơ"
    r"(?: (?:hợp lệ|đầy đủ|đạt yêu cầu|theo quy định))*[\s.)]*",
    re.IGNORECASE,
)
_NO_TIME = re.compile(r"\W*(?:0*\s*(?:ngày làm việc|ngày|giờ|tháng|phút)?|\d+\s*khác)\W*", re.IGNORECASE)
_MONEY = re.compile(
    r"(?:(?:Phí|Lệ phí|Mức giá)\s*:\s*)?([\d.,]+)\s*(?:Việt Nam Đồng|VNĐ|VND|Đồng|đồng)\s*(?:\((.*)\))?(.*)", re.DOTALL
)
_GROUPED = re.compile(r"\d+|\d{1,3}(?:[.,]\d{3})+")
_NEXT_FEE = re.compile(r"\s+(?=(?:Phí|Lệ phí|Mức giá)\s*:\s)")
_HEAD = re.compile(r"^(?:Phí|Lệ phí|Mức giá)\s*:\s*(?:Đồng\s+)?")
_NO_FEE = re.compile(r"(?:Phí|Lệ phí|Mức giá)\s*:\s*|\b(?:Việt Nam Đồng|VNĐ|VND|Đồng)\b")
_NOTHING = re.compile(r"\W*(?:không có thông tin|không có|không quy định|không|chưa có|khác|\.|-)?\W*", re.IGNORECASE)
_SHOW = re.compile(r"xuất trình", re.IGNORECASE)
_SUBMIT = re.compile(r"(?:phải|cần)?\s*nộp\b", re.IGNORECASE)
_REMARK = re.compile(r"^\W*(?:lưu ý|ghi chú|chú ý)", re.IGNORECASE)
_HEADING = re.compile(
    r"^\W*(?:[a-z]\)\s*)?(?:thành phần hồ sơ|hồ sơ gồm|bao gồm|giấy tờ)\b[^:]{0,40}:?\s*$", re.IGNORECASE
)
_BULLET = re.compile(r"^[\s\-+*•–·]+")
_FREE = "Miễn phí"
_CASES_MOST = 12


def looks_like_portal(raw: dict[str, Any]) -> bool:
    """Whether a decoded line has the portal's shape rather than our own."""
    return "documents" in raw and "level" in raw


def national_code(code: str) -> str | None:
    """The national part of a procedure code (`1.001193.000.00.00.H41` -> `1.001193`); None if it is none."""
    found = CODE.fullmatch(code.strip())
    return found[1] if found else None


def fingerprint(raw: dict[str, Any]) -> str:
    """Sixteen hexadecimal digits that change with any field of a portal record."""
    return hashlib.sha256(msgspec.json.encode(raw, order="sorted")).hexdigest()[:16]


def read(raw: dict[str, Any]) -> ProcedureRecord:
    """A portal record as ours. Raises ValueError with a reason a person can act on."""
    code = national_code(str(raw.get("code", "")))
    if code is None:
        raise ValueError(f"code: {str(raw.get('code', ''))[:40]!r} is not a procedure code")
    name = _line(raw.get("name"))
    if not name:
        raise ValueError("name: is empty")
    if not isinstance(raw.get("documents"), list) or not isinstance(raw.get("methods", []), list):
        raise ValueError("documents, methods: must be lists")
    papers, questions = _papers(raw["documents"])
    return ProcedureRecord(
        code=code,
        name=_plain_name(name),
        field=_line(raw.get("field")),
        levels=tuple(_LEVELS.get(part.strip(), "other") for part in _line(raw.get("level")).split(",") if part.strip()),
        agencies=tuple(_line(agency) for agency in _several(raw.get("agency")) if _line(agency)),
        authority=_line(raw.get("authority")),
        issuer=_line(raw.get("issuer")),
        decision_no=_line(raw.get("decision_no")),
        source=Source(
            title="Cổng Dịch vụ công quốc gia",
            url=_line(raw.get("url")),
            snapshot=_line(raw.get("snapshot")),
            fingerprint=fingerprint(raw),
        ),
        subjects=tuple(part.strip() for part in _line(raw.get("subjects")).split(", ") if part.strip()),
        questions=questions,
        papers=papers,
        methods=tuple(_method(method) for method in raw.get("methods", ()) if method.get("channel") in _WAYS),
        where=_known(raw.get("address")),
        steps=tuple(step for part in _several(raw.get("steps")) if (step := _text(part))),
        conditions=tuple(c for c in (_known(raw.get("conditions")),) if c),
        results=tuple(Result(name=part) for part in (_known(raw.get("result")),) if part),
        basis=tuple(
            Basis(no=str(b.get("code", "")), name=_line(b.get("name")))
            for b in raw.get("legal_basis") or ()
            if b.get("code")
        ),
        popularity=_count(raw, "dvc_weight_2025_12"),
        everyday=bool(raw.get("in_nuicam_commune_list_2026_08")),
    )


def read_time(time: str, note: str = "") -> Time:
    """A time with its unit; without one it is unknown, and the note may still say something."""
    found = _TIME.match(time.strip())
    rest = time.strip()[found.end() :] if found else ""
    if found and not _ANOTHER_TIME.search(rest):
        rest = "" if _FROM_RECEIPT.fullmatch(rest) else re.sub(r"^\(([^()]*)\)$", r"\1", rest.strip(" .,;:-"))
        return Time(value=int(found[1]), unit=_UNITS[found[2].lower()], text=rest or _known(note))
    text = time if re.search(r"[^\W\d]{3}", time) and not _NO_TIME.fullmatch(time) else ""
    return Time(text=_known(text) or _known(note))


def read_fees(fees: str) -> tuple[Fee, ...]:
    """All the fees that stand in one cell, each with a heading of its own."""
    found = (read_fee(part) for part in _NEXT_FEE.split(_text(fees)))
    return tuple(fee for fee in found if fee)


def read_fee(fee: str) -> Fee | None:
    """A fee as the portal prints it; None where it says nothing."""
    fee = _text(fee)
    if fee == _FREE or fee == f"Mức giá : {_FREE}":
        return Fee(amount=0)
    if fee.startswith(_FREE):
        note = _known(fee.removeprefix(_FREE).strip("()（） "))
        return Fee(text=note) if re.search(r"[^\W\d]{2}", note) else None
    found = _MONEY.fullmatch(fee)
    if found and _GROUPED.fullmatch(found[1]):
        digits = re.sub(r"[.,]", "", found[1])
        note = _known(" ".join(part.strip() for part in (found[2] or "", found[3] or "") if part.strip()))
        if int(digits) > 0:
            return Fee(amount=int(digits), text=note)
        return Fee(text=note) if note else None
    return Fee(text=_HEAD.sub("", fee)) if _known(_NO_FEE.sub("", fee)) else None


def _method(raw: dict[str, Any]) -> Method:
    time = read_time(str(raw.get("time") or ""), str(raw.get("note") or ""))
    return Method(
        way=_WAYS[raw["channel"]],
        times=(time,) if time.value is not None or time.text else (),
        fees=read_fees(str(raw.get("fee") or "")),
        note="" if time.text == _known(raw.get("note")) else _known(raw.get("note")),
    )


def _papers(raw: list[dict[str, Any]]) -> tuple[tuple[Paper, ...], tuple[CaseQuestion, ...]]:
    """The papers, and one question made of the record's own cases if it has several."""
    cases: dict[str, str] = {}
    rows: list[tuple[str, PaperKind, str, dict[str, Any]]] = []
    for entry in raw:
        name = _BULLET.sub("", _text(entry.get("name")))
        if not name:
            continue
        group = _BULLET.sub("", _line(entry.get("case")))
        counted = _count(entry, "qty_original") + _count(entry, "qty_copy") > 0
        kind: PaperKind = "submit"
        if not counted or _REMARK.match(name) or _REMARK.match(group):
            kind = "note"
        elif _SHOW.search(group):
            kind = "show"
        is_case = bool(group) and not (_REMARK.match(group) or _SHOW.search(group) or _HEADING.match(group))
        is_case = is_case and not (_SUBMIT.search(group) and len(group) < 40)
        case = cases.setdefault(group, f"c{len(cases) + 1}") if is_case else ""
        rows.append((case, kind, name, entry))
    real = 2 <= len(cases) <= _CASES_MOST
    papers = tuple(
        Paper(
            name=name,
            kind=kind,
            originals=_count(entry, "qty_original"),
            copies=_count(entry, "qty_copy"),
            form=_line(entry.get("form")),
            note="" if real or not case else next(g for g, c in cases.items() if c == case),
            when={"case": (case,)} if real and case else {},
        )
        for case, kind, name, entry in rows
    )
    if not real:
        return papers, ()
    choices = tuple(CaseChoice(id=case, label=group.rstrip(" :;.")) for group, case in cases.items())
    return papers, (CaseQuestion(id="case", text="Ông/Bà thuộc trường hợp nào?", choices=choices),)


def _plain_name(name: str) -> str:
    """The name without the leading word "procedure", unless that word belongs to it (customs procedures)."""
    rest = re.sub(r"^Thủ tục\s+(?!hải quan|đối với|khi\b)", "", name)
    return rest[:1].upper() + rest[1:]


def _count(raw: dict[str, Any], name: str) -> int:
    """A number of things; 0 where nothing is said. Raises ValueError for what is no such number."""
    value = raw.get(name) or 0
    if isinstance(value, str) and value.strip().isdecimal() and len(value) < 16:
        value = int(value)
    if not isinstance(value, int) or value < 0:
        raise ValueError(f"{name}: {str(value)[:40]!r} is no number")
    return value


def _several(value: Any) -> list[Any]:
    """A list as it is, a single text as a list of one."""
    return [value] if isinstance(value, str) else list(value or ())


def _line(value: Any) -> str:
    """One line of text."""
    return re.sub(r"\s+", " ", str(value or "")).strip()


def _text(value: Any) -> str:
    """Text with its line breaks, tidied."""
    return re.sub(r"[ \t]+", " ", str(value or "").replace("\r", "")).strip()


def _known(value: Any) -> str:
    """Text, or "" where it only says that there is nothing."""
    text = _text(value)
    return "" if _NOTHING.fullmatch(text) or text.startswith("Không có thông tin") else text
