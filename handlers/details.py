"""The details of one part of an answer, line by line: fees, times, places, ways, conditions, forms, results, basis."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from bot.dialog.flow import Talk
from services.catalog.model import Fee, Method, ProcedureRecord, Time, applies

_LABEL = 80
_REMARK = re.compile(r" \([^()]+\)$")
_WAYS = ("counter", "online", "post")
_CASES_TOLD = 2
"""The most cases that are named before a fee or a time; where it holds for more, its own text says when."""


def short(text: str, most: int = _LABEL) -> str:
    """A label of at most `most` characters, cut at a word.

    A short remark in brackets at its end stays, for it tells what people call the thing ("(sang tên sổ đỏ)").
    """
    if len(text) <= most:
        return text
    remark = _REMARK.search(text)
    if remark is not None and len(remark[0]) <= most // 2:
        return short(text[: remark.start()], most - len(remark[0])) + remark[0]
    return text[: most - 1].rsplit(" ", 1)[0].rstrip(" ,;:(") + "…"


def money(talk: Talk, amount: int) -> str:
    """An amount of đồng, grouped as on a receipt: 8.000 đồng."""
    return talk.text("money", amount=f"{amount:,}".replace(",", "."))


def fee_said(talk: Talk, fee: Fee) -> str:
    if fee.amount is None:
        said = fee.text or talk.text("fee-unknown")
    elif fee.amount == 0:
        said = talk.text("fee-free") + (f" ({fee.text})" if fee.text else "")
    else:
        said = money(talk, fee.amount) + (f"/{fee.unit}" if fee.unit else "") + (f" ({fee.text})" if fee.text else "")
    return said + (f" – {talk.text('fee-set-by', who=fee.set_by)}" if fee.set_by and fee.set_by not in said else "")


def time_said(talk: Talk, time: Time) -> str:
    if time.same_day:
        said = talk.text("time-same-day")
    elif time.value is not None and time.unit is not None:
        said = talk.text(f"time-{time.unit.replace('_', '-')}", value=str(time.value))
    else:
        return time.text or talk.text("time-unknown")
    return f"{said} ({time.text})" if time.text else said


def _by_way(talk: Talk, record: ProcedureRecord, rows: dict[str, list[str]]) -> list[str]:
    """One line a way of filing, or one for all where they agree."""
    ways = [way for way in _WAYS if rows.get(way)]
    if len({tuple(rows[way]) for way in ways}) == 1 and len(ways) == len({method.way for method in record.methods}):
        return [f"• {line}" for line in rows[ways[0]]]
    return [f"• {talk.text(f'way-{way}')}: {'; '.join(rows[way])}" for way in ways]


def _labelled(record: ProcedureRecord, when: dict[str, tuple[str, ...]], case: dict[str, str], said: str) -> str:
    """`said` with the case it holds for, where that case was not asked yet and is quickly told."""
    told = []
    for question in record.questions:
        accepted = when.get(question.id, ()) if question.id not in case else ()
        if 0 < len(accepted) <= _CASES_TOLD:
            labels = " / ".join(choice.label for choice in question.choices if choice.id in accepted)
            told.append(f"{question.text} {labels}")
    return f"{'; '.join(told)}: {said}" if told else said


def fees(talk: Talk, record: ProcedureRecord, case: dict[str, str]) -> list[str]:
    rows: dict[str, list[str]] = {}
    for method in record.methods:
        mine = [
            _labelled(record, fee.when, case, fee_said(talk, fee)) for fee in method.fees if applies(fee.when, case)
        ]
        rows.setdefault(method.way, []).extend(line for line in mine if line not in rows[method.way])
    return _by_way(talk, record, rows)


def times(talk: Talk, record: ProcedureRecord, case: dict[str, str]) -> list[str]:
    rows: dict[str, list[str]] = {}
    for method in record.methods:
        mine = [
            _labelled(record, time.when, case, time_said(talk, time))
            for time in method.times
            if applies(time.when, case)
        ]
        rows.setdefault(method.way, []).extend(line for line in mine if line not in rows[method.way])
    return [*_by_way(talk, record, rows), talk.text("time-counted")]


def where(talk: Talk, record: ProcedureRecord, case: dict[str, str]) -> list[str]:
    lines = record.where.split("\n")[1:] if record.where else []
    agencies = [agency for agency in record.agencies if agency not in record.where]
    if record.where and agencies:
        lines.append(talk.text("where-agency", agency="; ".join(agencies)))
    return [*lines, *_ways(talk, record.methods)]


def _ways(talk: Talk, methods: Iterable[Method]) -> list[str]:
    ways = [way for way in _WAYS if way in {method.way for method in methods}]
    return [talk.text("where-ways", ways=", ".join(small(talk.text(f"way-{way}")) for way in ways))] if ways else []


def small(text: str) -> str:
    """A phrase as it stands inside a sentence."""
    return text[:1].lower() + text[1:]


def how(talk: Talk, record: ProcedureRecord, case: dict[str, str]) -> list[str]:
    steps = [f"{number}) {step}" for number, step in enumerate(record.steps, 1)]
    notes = [f"• {talk.text(f'way-{method.way}')}: {method.note}" for method in record.methods if method.note]
    return [*steps, *_ways(talk, record.methods), *notes]


def conditions(talk: Talk, record: ProcedureRecord, case: dict[str, str]) -> list[str]:
    lines = [f"• {record.duty}"] if record.duty else []
    lines += [f"• {condition}" for condition in record.conditions]
    return [*lines, *([talk.text("conditions-who", who=", ".join(record.subjects))] if record.subjects else [])]


def forms(talk: Talk, record: ProcedureRecord, case: dict[str, str]) -> list[str]:
    forms = {paper.form: paper.name for paper in record.papers if paper.form and applies(paper.when, case)}
    return [f"• {name}: {form}" for form, name in forms.items()]


def results(talk: Talk, record: ProcedureRecord, case: dict[str, str]) -> list[str]:
    return [f"• {result.name}{f' ({result.code})' if result.code else ''}" for result in record.results if result.code]


def basis(talk: Talk, record: ProcedureRecord, case: dict[str, str]) -> list[str]:
    return [f"• {' – '.join(part for part in (basis.no, basis.name, basis.date) if part)}" for basis in record.basis]


OF: dict[str, Callable[[Talk, ProcedureRecord, dict[str, str]], list[str]]] = {
    "fee": fees,
    "time": times,
    "where": where,
    "how": how,
    "conditions": conditions,
    "form": forms,
    "result": results,
    "basis": basis,
}
"""What tells each part in full."""
