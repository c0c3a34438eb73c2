"""Whether somebody else may go instead: asked in many words ("làm hộ được không"), answered by yes or no first.

The answer comes from the procedure's own record: the question about who goes, the papers that its answers add, and
what is said of having to be there. Where the record says nothing, so does the answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.dialog.flow import Talk
from bot.dialog.words import fold
from handlers import details
from services.catalog.model import CaseChoice, CaseQuestion, ProcedureRecord

ASPECT = "behalf"
"""The part of an answer, beside those that the search tells apart."""

_DOES = r"(?:di|nop|k[iy]|lay|lam|nhan|khai|xin|dung|dang k[iy])"
_ASKED = re.compile(
    rf"\b{_DOES} (?:thay(?! doi)|giup|gium|dum|ho(?! (?:khau|chieu|tich|kinh|ngheo|can|so|gia|tro)))\b"
    r"|\bnho (?:nguoi|ai|con|vo|chong|em|anh|chi|bo|me|ban|chau)\b.*\b(?:di|nop|lam|lay|nhan|duoc)\b"
    r"|^(?:co )?(?:can |phai |duoc )*u[yi] quyen\b"
    r"|\bon behalf\b|\bsome(?:one|body) else\b|\bfor (?:my|a) (?:mother|father|parents?|wife|husband|son|daughter)\b"
)
_YES_OR_NO = re.compile(r"\b(?:khong|ko|k|kg|hong|hem|hok|ha|a|chu|chua)$|\bduoc (?:khong|ko|k)\b|^(?:can|may|could) ")
_WHO = re.compile(r"^ai |\btu di nop\b")
_OTHER = re.compile(r"\b(?:di|nop|xin|lam) thay\b|\bnho\b|\bu[yi] quyen\b|\bdai dien\b")
_SELF = re.compile(r"^chinh |\btu (?:nop|xin|di)\b|^co quan\b")
_TOLD = re.compile(r"\bphai co mat\b|\b(?:di|nop|xin|lam|nhan) thay\b|\bu[yi] quyen cho nguoi khac\b")
_PRESENT = re.compile(r"\bphai co mat\b")
_SENTENCE = re.compile(r"(?<=[.;])\s+")
_MOST_TOLD = 3


def aspect(text: str, found: str) -> str:
    """The aspect a question asks for: `found`, or `ASPECT` where it asks whether somebody else may go."""
    said = fold(text)
    asks = found in ("none", "conditions", "how") and _ASKED.search(said) and _YES_OR_NO.search(said)
    return ASPECT if asks else found


def lines(talk: Talk, record: ProcedureRecord) -> list[str]:
    """The answer: yes with what it takes, no with what the record says, or that it is not known here."""
    told = _told(record)
    question = next((one for one in record.questions if _WHO.search(fold(one.text)) and _others(one)), None)
    if question is not None:
        said = _yes(talk, record, question)
        said += [f"• {line}" for line in told if line.rstrip(".") not in "\n".join(said)]
    elif any(_PRESENT.search(fold(line)) for line in told):
        said = [talk.text("behalf-no"), *(f"• {line}" for line in told)]
    else:
        said = [talk.text("behalf-unknown"), *(f"• {line}" for line in told)]
    return [*said, talk.text("behalf-prepare")] if record.papers else said


def _others(question: CaseQuestion) -> list[CaseChoice]:
    """The answers by which somebody else goes; none where the question is about something else."""
    if not any(_OTHER.search(fold(choice.label)) for choice in question.choices):
        return []
    return [choice for choice in question.choices[1:] if not _SELF.search(fold(choice.label))]


def _yes(talk: Talk, record: ProcedureRecord, question: CaseQuestion) -> list[str]:
    others = _others(question)
    needs = [_needs(record, question, choice) for choice in others]
    if len({tuple(need) for need in needs}) == 1:
        papers = "; ".join(details.small(name) for name in needs[0])
        return [talk.text("behalf-yes", papers=papers) if papers else talk.text("behalf-yes-nothing")]
    said = [talk.text("behalf-yes-depends")]
    for choice, need in zip(others, needs, strict=True):
        papers = "; ".join(details.small(name) for name in need) or talk.text("behalf-nothing-more")
        said.append(f"• {details.short(choice.label)}: {papers}")
    return said


def _needs(record: ProcedureRecord, question: CaseQuestion, choice: CaseChoice) -> list[str]:
    """The papers that are asked for because this somebody goes, and not from the first who is named."""
    papers = [paper for paper in record.papers if paper.kind != "note"]
    usual = {paper.name for paper in papers if question.choices[0].id in paper.when.get(question.id, ())}
    needed = (paper.name for paper in papers if choice.id in paper.when.get(question.id, ()))
    return [name for name in dict.fromkeys(needed) if name not in usual]


def _told(record: ProcedureRecord) -> list[str]:
    """What the record says in its own words of going instead, or of having to be there."""
    texts: Iterable[str] = (
        *record.conditions,
        *(paper.name for paper in record.papers if paper.kind == "note"),
        *(method.note for method in record.methods),
        *record.steps,
        record.where,
    )
    sentences = (sentence[:1].upper() + sentence[1:] for text in texts for sentence in _SENTENCE.split(text.strip()))
    return list(dict.fromkeys(sentence for sentence in sentences if _TOLD.search(fold(sentence))))[:_MOST_TOLD]
