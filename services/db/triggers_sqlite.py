"""The triggers for SQLite. They run in whatever SQLite the writing program brings: nothing newer than 3.8 is used."""

# ruff: noqa: S608  (the statements are put together out of names in this file)

from __future__ import annotations

MASK = "•••"
"""How every mask of a letterbox begins."""

LETTERBOXES = ("applicant_name", "applicant_phone", "applicant_id_number")
TIMES = ("due_at", "received_at", "finished_at", "returned_at")
PLAIN = ("status", "holder_code", "procedure_code", "agency_code")
NOW = "strftime('%Y-%m-%d %H:%M:%S', 'now')"


def plain_time(value: str) -> str:
    """SQL that gives a time in its plain form, and leaves alone what has none of the agreed forms."""
    day = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]"
    fraction = (
        f"substr({value}, 20) GLOB '.[0-9]*' AND substr({value}, -2) <> 'ZZ'"
        f" AND rtrim(rtrim(substr({value}, 21), 'Z'), '0123456789') = ''"
    )
    return (
        f"CASE WHEN substr({value}, 1, 19) GLOB '{day}[ T][0-9][0-9]:[0-9][0-9]:[0-9][0-9]'"
        f" AND (substr({value}, 20) IN ('', 'Z') OR ({fraction}))"
        f" THEN substr({value}, 1, 10) || ' ' || substr({value}, 12, 8) ELSE {value} END"
    )


_SAID = "(SELECT text FROM dossier_notes WHERE dossier_code = NEW.code ORDER BY seq DESC LIMIT 1)"
"""The note in force: the words of the newest event that had something to say about it."""

_DIFFERS = " OR ".join(
    [f"last.{name} IS NOT NEW.{name}" for name in PLAIN]
    + [f"last.{name} IS NOT {plain_time(f'NEW.{name}')}" for name in TIMES]
)
_COLUMNS = ", ".join((*PLAIN, *TIMES))
_NEW = ", ".join([f"NEW.{name}" for name in PLAIN] + [plain_time(f"NEW.{name}") for name in TIMES])
_OLD = ", ".join([f"OLD.{name}" for name in PLAIN] + [plain_time(f"OLD.{name}") for name in TIMES])
_HOLDS_SOMETHING = " OR ".join(
    f"(coalesce(NEW.{name}, '') <> '' AND substr(NEW.{name}, 1, 3) <> '{MASK}')" for name in LETTERBOXES
)


def _newest(row: str) -> str:
    return (
        f"(SELECT {row}.code AS code) AS here LEFT JOIN dossier_events AS last ON last.dossier_code = here.code"
        f" AND last.seq = (SELECT max(seq) FROM dossier_events WHERE dossier_code = {row}.code)"
    )


_NOTICE = f"""
INSERT INTO dossier_ledger (code) SELECT NEW.code
WHERE NOT EXISTS (SELECT 1 FROM dossier_ledger WHERE code = NEW.code);
INSERT INTO dossier_events (dossier_code, seq, kind, {_COLUMNS}, actor, at, recorded_at)
SELECT NEW.code, coalesce(last.seq, 0) + 1,
CASE WHEN last.seq IS NULL OR last.kind = 'deleted' THEN 'received'
WHEN last.status IS NOT NEW.status THEN 'status'
WHEN last.due_at IS NOT {plain_time("NEW.due_at")} THEN 'due'
WHEN last.holder_code IS NOT NEW.holder_code THEN 'handover'
WHEN {_SAID} IS NOT NEW.status_note THEN 'note' ELSE 'data' END,
{_NEW}, 'foreign', {NOW}, {NOW}
FROM {_newest("NEW")}
WHERE last.seq IS NULL OR last.kind = 'deleted' OR {_DIFFERS} OR {_SAID} IS NOT NEW.status_note;
INSERT INTO dossier_notes (dossier_code, seq, text)
SELECT NEW.code, (SELECT max(seq) FROM dossier_events WHERE dossier_code = NEW.code), NEW.status_note
WHERE {_SAID} IS NOT NEW.status_note;
INSERT INTO event_work (dossier_code) SELECT NEW.code WHERE {_HOLDS_SOMETHING};
"""


def _gone(where: str) -> str:
    return f"""
INSERT INTO dossier_events (dossier_code, seq, kind, {_COLUMNS}, actor, at, recorded_at)
SELECT OLD.code, coalesce(last.seq, 0) + 1, 'deleted', {_OLD}, 'foreign', {NOW}, {NOW}
FROM {_newest("OLD")} WHERE {where}last.kind IS NOT 'deleted';
"""


_RENAMED = _gone("OLD.code IS NOT NEW.code AND ")
"""A dossier that got another code is gone under the one it had."""

_SEALED_ONLY = " AND ".join(
    f"NEW.{name} IS OLD.{name}"
    for name in (
        "dossier_code", "seq", "kind", *PLAIN, *TIMES, "actor", "form_no", "external_id", "at", "recorded_at"
    )
)  # fmt: skip

TRIGGERS = {
    "dossiers_inserted": f"CREATE TRIGGER dossiers_inserted AFTER INSERT ON dossiers BEGIN{_NOTICE}END",
    "dossiers_updated": f"CREATE TRIGGER dossiers_updated AFTER UPDATE ON dossiers BEGIN{_RENAMED}{_NOTICE}END",
    "dossiers_deleted": f"CREATE TRIGGER dossiers_deleted AFTER DELETE ON dossiers BEGIN{_gone('')}END",
    "dossier_events_added": """CREATE TRIGGER dossier_events_added AFTER INSERT ON dossier_events BEGIN
INSERT INTO event_work (dossier_code, seq) VALUES (NEW.dossier_code, NEW.seq);
END""",
    "dossier_events_kept": f"""CREATE TRIGGER dossier_events_kept BEFORE UPDATE ON dossier_events
WHEN NOT (OLD.hash IS NULL AND NEW.hash IS NOT NULL AND (OLD.note IS NULL OR NEW.note IS OLD.note) AND {_SEALED_ONLY})
BEGIN SELECT RAISE(ABORT, 'dossier_events is append-only'); END""",
    "dossier_events_not_deleted": """CREATE TRIGGER dossier_events_not_deleted BEFORE DELETE ON dossier_events
BEGIN SELECT RAISE(ABORT, 'dossier_events is append-only'); END""",
    "dossier_events_not_replaced": """CREATE TRIGGER dossier_events_not_replaced BEFORE INSERT ON dossier_events
WHEN EXISTS (SELECT 1 FROM dossier_events WHERE dossier_code = NEW.dossier_code AND seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'dossier_events is append-only'); END""",
}
"""Name -> statement. `missing` compares the statement with what the database keeps, letter by letter."""
