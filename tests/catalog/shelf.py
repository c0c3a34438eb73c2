"""Small catalogues for tests: records in our own shape, and bringing them in."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from services.catalog.importing import Imported, import_lines
from services.catalog.lines import Format
from services.db.session import Database, unit

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
CODE = "1.000123"


def own(code: str = CODE, **more: Any) -> dict[str, Any]:
    """A procedure in our own shape."""
    return {"code": code, "name": "Cấp giấy thử", "levels": ["commune"], "papers": [{"name": "Tờ khai"}]} | more


def brings(db: Database, *records: Any, origin: str = "import", form: Format = "auto") -> Imported:
    """Import records, one a line; bytes as they are."""
    lines = [record if isinstance(record, bytes) else json.dumps(record).encode() for record in records]
    with unit(db) as session:
        return import_lines(session, list(enumerate(lines, 1)), NOW, origin=origin, form=form)


def counts(done: Imported) -> tuple[int, int, int, int]:
    """Added, changed, unchanged, refused."""
    return done.added, done.changed, done.unchanged, len(done.refused)
