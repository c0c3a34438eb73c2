"""Lines of JSON as catalogue records: decoded strictly, and refused with a reason where they would answer wrongly."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from services.catalog import portal
from services.catalog.model import CaseQuestion, Fee, FormField, NamesRecord, Paper, ProcedureRecord, Time

Format = Literal["auto", "motcua", "portal"]
_MOST_USED = 10**12


def lines_of(path: Path) -> Iterator[tuple[int, bytes]]:
    """The lines of a JSON Lines file, plain or .gz, with their numbers; empty ones left out."""
    with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield number, line


Known = NamesRecord | ProcedureRecord


@dataclass(frozen=True, slots=True)
class Read:
    """One line: its record with the fingerprint of what it says, or why it is refused."""

    number: int
    record: Known | None = None
    mark: str = ""
    reason: str = ""


def read_lines(lines: Iterable[tuple[int, bytes]], form: Format = "auto") -> Iterator[Read]:
    """Every line of a file. A second line that says something else of the same procedure is refused: which of the two
    held would depend on their order, and the same file again would change the catalogue again."""
    seen: dict[tuple[type[Known], str], tuple[int, str]] = {}
    for number, line in lines:
        try:
            record = read_line(line, form)
        except ValueError as error:
            yield Read(number, reason=str(error))
            continue
        mark = digest(record)
        first, said = seen.setdefault((type(record), record.code), (number, mark))
        if said == mark:
            yield Read(number, record, mark)
        else:
            yield Read(number, reason=f"code: {record.code} stands in line {first} already, with other contents")


def digest(record: Known) -> str:
    """A fingerprint of what a record says. Who signed it off is not part of that."""
    return hashlib.sha256(msgspec.json.encode(unsigned(record), order="sorted")).hexdigest()


def unsigned(record: Known) -> Known:
    """The record without its approval."""
    if isinstance(record, NamesRecord) or record.approval is None:
        return record
    return msgspec.structs.replace(record, approval=None)


def read_line(line: bytes, form: Format = "auto") -> Known:
    """One line as a record. Raises ValueError with a reason a person can act on."""
    try:
        raw = msgspec.json.decode(line.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ValueError("is not JSON") from None
    if not isinstance(raw, dict):
        raise ValueError("is not a JSON object")
    if form == "portal" or (form == "auto" and portal.looks_like_portal(raw)):
        try:
            procedure = portal.read(raw)
        except (AttributeError, TypeError, KeyError) as error:
            raise ValueError(f"does not have the portal's shape ({error})") from None
        check(procedure)
        return procedure
    kind: type[NamesRecord | ProcedureRecord] = (
        NamesRecord if set(raw) <= set(NamesRecord.__struct_fields__) and "name" not in raw else ProcedureRecord
    )
    try:
        record = msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from None
    if portal.national_code(record.code) != record.code:
        raise ValueError(f"code: {record.code[:40]!r} is not a procedure code")
    if isinstance(record, ProcedureRecord):
        check(record)
    return record


def check(record: ProcedureRecord) -> None:
    """Refuse what would make a wrong answer: unknown cases, negative numbers, a time without a unit."""
    if not record.name.strip():
        raise ValueError("name: is empty")
    if not 0 <= record.popularity <= _MOST_USED:
        raise ValueError("popularity: is no number of uses")
    _check_cases(record)
    _check_fields(record)
    times = [time for method in record.methods for time in method.times]
    fees = [fee for method in record.methods for fee in method.fees]
    if any(time.value is not None and (time.value < 0 or time.unit is None) for time in times):
        raise ValueError("times: a value needs a unit and may not be negative")
    if any(fee.amount is not None and fee.amount < 0 for fee in fees):
        raise ValueError("fees: an amount may not be negative")
    if any(paper.originals < 0 or paper.copies < 0 for paper in record.papers):
        raise ValueError("papers: originals and copies may not be negative")
    if record.approval is not None and not (record.approval.by.strip() and record.approval.decision_no.strip()):
        raise ValueError("approval: needs who signed and under which decision")


Part = Paper | Time | Fee | CaseQuestion | FormField


def _check_fields(record: ProcedureRecord) -> None:
    labels = [field.label.strip() for field in record.form_fields]
    if len(set(labels)) != len(labels) or not all(label and not label.startswith("_") for label in labels):
        raise ValueError("form_fields: each needs a label of its own")
    if any((field.kind == "choice") != (len(field.options) > 1) for field in record.form_fields):
        raise ValueError("form_fields: a choice needs two or more options, and nothing else has any")


def _check_cases(record: ProcedureRecord) -> None:
    known: dict[str, set[str]] = {}
    for question in record.questions:
        if question.id in known:
            raise ValueError("questions: an id stands twice")
        if len(question.choices) < 2 or len({choice.id for choice in question.choices}) != len(question.choices):
            raise ValueError(f"questions.{question.id}: needs two or more choices with ids of their own")
        _check_when(question, known)  # a question may hang only on those before it
        known[question.id] = {choice.id for choice in question.choices}
    times = [time for method in record.methods for time in method.times]
    fees = [fee for method in record.methods for fee in method.fees]
    parts: tuple[Part, ...] = (*record.papers, *record.form_fields, *times, *fees)
    for part in parts:
        _check_when(part, known)


def _check_when(part: Part, known: dict[str, set[str]]) -> None:
    for asked, accepted in part.when.items():
        if not accepted or asked not in known or not set(accepted) <= known[asked]:
            raise ValueError(f"when: {asked}={list(accepted)} names no question or choice of this procedure")
