"""What is shipped: every record is sound, every case leads to an answer, and everyday names belong to a procedure."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

import msgspec
import pytest

from bot.cli.serving import STARTER, shipped
from handlers.cases import next_question
from services.catalog.lines import check, lines_of, read_line, read_lines
from services.catalog.model import CaseQuestion, NamesRecord, ProcedureRecord, applies
from services.catalog.portal import national_code

TWELVE = {
    "1.001193", "1.000656", "1.000894", "1.004873", "2.000815", "2.000884", "2.000635", "1.001612", "1.004222",
    "1.013225", "1.012793", "1.001776",
}  # fmt: skip
"""The procedures that people need most: the first starter catalogue had these and no others."""

RECORDS = [read_line(line, "motcua") for path in sorted(STARTER.glob("*.jsonl")) for _, line in lines_of(path)]
PROCEDURES = {record.code: record for record in RECORDS if isinstance(record, ProcedureRecord)}


def cases(record: ProcedureRecord) -> Iterator[dict[str, str]]:
    """Every way to answer the questions that are really asked, one after another as a citizen does."""
    open_cases: list[dict[str, str]] = [{}]
    while open_cases:
        case = open_cases.pop()
        question = next_question(record, case)
        if question is None:
            yield case
        else:
            open_cases += [{**case, question.id: choice.id} for choice in question.choices]


def test_every_line_is_taken() -> None:
    read = list(read_lines(shipped(), "motcua"))
    assert [(line.number, line.reason) for line in read if line.reason] == []
    assert len(PROCEDURES) == len(RECORDS) >= len(TWELVE), "a procedure stands in one file, once"


def test_the_twelve_are_there() -> None:
    assert PROCEDURES.keys() >= TWELVE


@pytest.mark.parametrize("code", sorted(PROCEDURES))
def test_a_shipped_procedure_is_sound(code: str) -> None:
    record = PROCEDURES[code]
    check(record)
    assert national_code(record.code) == record.code
    assert record.approval is None, "nobody signs off for the office"
    assert record.field
    assert record.levels
    assert re.fullmatch(r"(\d{4}(-\d\d){0,2})?", record.source.snapshot)
    assert record.source.title
    assert any(paper.kind != "note" for paper in record.papers) or record.successor
    for related in (*record.related, *([record.successor] if record.successor else [])):
        assert national_code(related) == related
        assert related != code
    for text in texts(record):
        assert text == text.strip()
        assert "  " not in text


def texts(record: ProcedureRecord) -> Iterator[str]:
    """Everything of it that a citizen reads."""
    yield from (record.name, record.field, record.summary, record.where, record.duty, *record.conditions)
    for question in record.questions:
        yield question.text
        yield from (choice.label for choice in question.choices)
    for paper in record.papers:
        yield from (paper.name, paper.note, paper.form)
    for method in record.methods:
        yield method.note
        yield from (time.text for time in method.times)
        yield from (fee.text for fee in method.fees)


@pytest.mark.parametrize("code", [code for code in sorted(PROCEDURES) if PROCEDURES[code].questions])
def test_every_case_leads_to_papers_or_to_a_note(code: str) -> None:
    record = PROCEDURES[code]
    found = list(itertools.islice(cases(record), 5000))
    assert 0 < len(found) < 5000
    for case in found:
        mine = [paper for paper in record.papers if applies(paper.when, case)]
        assert mine, case
        assert len({(paper.name, paper.note) for paper in mine}) == len(mine), f"a paper stands twice for {case}"
    shown = {id(paper) for case in found for paper in record.papers if applies(paper.when, case)}
    never = [paper.name for paper in record.papers if id(paper) not in shown]
    assert not never, f"no answer ever leads to {never}"
    asked = {question for case in found for question in case}
    assert asked <= {question.id for question in record.questions}


@pytest.mark.parametrize("code", [code for code in sorted(PROCEDURES) if PROCEDURES[code].questions])
def test_every_question_is_asked_of_somebody_and_matters(code: str) -> None:
    record = PROCEDURES[code]
    asked = {question for case in cases(record) for question in case}
    never = [question for question in record.questions if question.id not in asked]
    assert all(elsewhere(record, question) for question in never)
    for question in record.questions:
        labels = [choice.label.casefold() for choice in question.choices]
        assert len(set(labels)) == len(labels), "two choices read the same"
        assert all(re.fullmatch(r"[a-z0-9_]+", choice.id) for choice in question.choices)


def elsewhere(record: ProcedureRecord, question: CaseQuestion) -> bool:
    """Whether a fee or a time hangs on the question, which is then told with its case and not asked."""
    parts = [part for method in record.methods for part in (*method.times, *method.fees)]
    return any(question.id in part.when for part in parts)


NAMES = [line for path in sorted((STARTER / "names").glob("*.jsonl")) for line in lines_of(path)]


def test_everyday_names_are_sound() -> None:
    assert NAMES
    for number, line in NAMES:
        record = msgspec.json.decode(line, type=NamesRecord)
        assert national_code(record.code) == record.code, number
        phrases = (*record.names, *record.situations, *record.questions, *record.english)
        assert phrases or record.not_for, record.code
        for phrase in phrases:
            assert phrase.strip() == phrase, (record.code, phrase)
            assert phrase, record.code
        for pair in record.not_for:
            phrase, _, code = pair.rpartition(" => ")
            assert phrase, (record.code, pair)
            assert national_code(code) == code != record.code, (record.code, pair)


def test_no_name_is_that_of_two_procedures() -> None:
    owners: dict[str, set[str]] = {}
    for _, line in NAMES:
        record = msgspec.json.decode(line, type=NamesRecord)
        for name in record.names:
            owners.setdefault(name.casefold(), set()).add(record.code)
    shared = {name: codes for name, codes in owners.items() if len(codes) > 1 and codes & PROCEDURES.keys()}
    assert not shared
