"""The shipped catalogue and everyday names as a search index, built once for all tests of the understanding."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from services.catalog.index import Entry
from services.catalog.model import NamesRecord, ProcedureRecord
from services.catalog.search import SearchIndex

STARTER = Path(__file__).parents[2] / "services" / "catalog" / "starter"
QUESTIONS = Path(__file__).parents[1] / "data"


def _lines(folder: Path) -> list[bytes]:
    return [line for path in sorted(folder.glob("*.jsonl")) for line in path.read_bytes().splitlines() if line.strip()]


@cache
def everyday_entries() -> tuple[Entry, ...]:
    """What is indexed of the shipped procedures, with their everyday names."""
    known: dict[str, NamesRecord] = {}
    for line in _lines(STARTER / "names"):
        record = msgspec.json.decode(line, type=NamesRecord)
        known[record.code] = record.joined(known.get(record.code))
    entries = []
    for line in _lines(STARTER):
        procedure = msgspec.json.decode(line, type=ProcedureRecord)
        spoken = known.get(procedure.code, NamesRecord(code=procedure.code))
        entries.append(
            Entry(
                code=procedure.code,
                name=procedure.name,
                field=procedure.field,
                levels=procedure.levels,
                names=spoken.names,
                situations=spoken.situations,
                questions=spoken.questions,
                english=spoken.english,
                papers=tuple(paper.name for paper in procedure.papers if paper.kind != "note"),
                popularity=procedure.popularity,
                successor=procedure.successor,
                everyday=procedure.everyday,
                snapshot=procedure.source.snapshot,
                not_for=spoken.not_for,
            )
        )
    return tuple(entries)


@cache
def everyday_index() -> SearchIndex:
    """The index of the shipped procedures, for a commune."""
    return SearchIndex.build(everyday_entries())


def questions(name: str) -> list[dict[str, Any]]:
    """The questions of a file in `tests/data`."""
    return [json.loads(line) for line in (QUESTIONS / name).read_text(encoding="utf-8").splitlines()]
