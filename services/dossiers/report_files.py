"""A report as a file: .csv, .xlsx, .json or .png, each with the reconciliation line, and no text that is a formula."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import openpyxl

from services.dossiers import report_picture
from services.dossiers.identities import Counts
from services.dossiers.reports import Line, Report
from services.sheets import harmless

KINDS = (".csv", ".xlsx", ".json", ".png")


Cell = str | int | float


@dataclass(frozen=True, slots=True)
class Table:
    """A table that stands beside the count book and is no part of its sums. `head` names its columns."""

    name: str
    head: tuple[str, ...]
    lines: tuple[tuple[Cell, ...], ...]

    def rows(self) -> Iterator[list[Cell]]:
        """Its head, then its lines."""
        yield list(self.head)
        for line in self.lines:
            yield [harmless(cell) if isinstance(cell, str) else cell for cell in line]


def rows(report: Report, beside: Sequence[Table] = ()) -> Iterator[list[Cell]]:
    """The report as a table: header, lines, total, then the difference of every identity and of the whole.

    What stands `beside` it follows, each table after an empty line.
    """
    yield [report.by or "period", *Counts.names()]
    for line in (*report.lines, Line(f"{report.since} - {report.until}", report.total)):
        yield [harmless(line.label), *(getattr(line.counts, name) for name in Counts.names())]
    for check in report.checks:
        yield [check.name, check.stated, check.parts, check.difference]
    yield ["difference", report.difference]
    for table in beside:
        yield []
        yield from table.rows()


def write(report: Report, path: Path, words: Mapping[str, str] | None = None, *, beside: Sequence[Table] = ()) -> None:
    """Write the report; the name's end says as what. Raises ValueError for a kind that is not in `KINDS`.

    `words` are the names of the figures in a picture; without them their own are shown. The tables `beside` it are in
    every kind but the picture.
    """
    kind = path.suffix.lower()
    if kind == ".csv":
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows(rows(report, beside))
    elif kind == ".xlsx":
        book = openpyxl.Workbook(write_only=True)
        for name, filled in (("report", rows(report)), *((table.name, table.rows()) for table in beside)):
            sheet = book.create_sheet(name)
            for row in filled:
                sheet.append(row)
        book.save(path)
    elif kind == ".png":
        path.write_bytes(report_picture.draw(report, words or {}))
    elif kind == ".json":
        path.write_bytes(msgspec.json.format(msgspec.json.encode(as_json(report, beside))))
    else:
        raise ValueError(f"{path.name}: only {', '.join(KINDS)} are written")


def as_json(report: Report, beside: Sequence[Table] = ()) -> dict[str, object]:
    """The report for programs."""
    return {
        "from": report.since.isoformat(), "to": report.until.isoformat(), "by": report.by,
        "lines": [{"label": line.label, **_figures(line.counts)} for line in report.lines],
        "total": _figures(report.total),
        "checks": [
            {"identity": check.name, "stated": check.stated, "parts": check.parts, "difference": check.difference}
            for check in report.checks
        ],
        "difference": report.difference,
        **{table.name: [dict(zip(table.head, line, strict=True)) for line in table.lines] for table in beside},
    }  # fmt: skip


def _figures(counts: Counts) -> dict[str, int]:
    return {name: getattr(counts, name) for name in Counts.names()}
