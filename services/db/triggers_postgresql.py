"""The triggers for PostgreSQL. Their functions run with the owner's rights: writers need them on `dossiers` only."""

# ruff: noqa: S608  (the statements are put together out of names in this file)

from __future__ import annotations

from services.db.triggers_sqlite import LETTERBOXES, MASK, PLAIN, TIMES

SCHEMA = "@schema@"
"""Stands for the schema of the tables; fixed in each function, so that no writer's search_path leads elsewhere."""

_COLUMNS = (*PLAIN, *TIMES)
_KEPT = ("dossier_code", "seq", "kind", *_COLUMNS, "actor", "form_no", "external_id", "at", "recorded_at")
_NAMES = ", ".join(_COLUMNS)


def _row(of: str, names: tuple[str, ...]) -> str:
    return "ROW(" + ", ".join(f"{of}.{name}" for name in names) + ")"


_HOLDS_SOMETHING = " OR ".join(
    f"(coalesce(NEW.{name}, '') <> '' AND left(NEW.{name}, 3) <> '{MASK}')" for name in LETTERBOXES
)

_GONE = f"""
  SELECT seq, kind INTO last FROM dossier_events WHERE dossier_code = OLD.code ORDER BY seq DESC LIMIT 1;
  IF last.kind IS DISTINCT FROM 'deleted' THEN
    INSERT INTO dossier_events (dossier_code, seq, kind, {_NAMES}, actor, at, recorded_at)
    VALUES (OLD.code, coalesce(last.seq, 0) + 1, 'deleted', {", ".join(f"OLD.{name}" for name in _COLUMNS)},
      'foreign', motcua_now(), motcua_now());
  END IF;
"""

_WRITTEN = f"""
DECLARE
  last record;
  said text;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF OLD.code IS DISTINCT FROM NEW.code THEN -- under the code it had, the dossier is gone
{_GONE}
    END IF;
  END IF;
  IF NOT EXISTS (SELECT 1 FROM dossier_ledger WHERE code = NEW.code) THEN
    INSERT INTO dossier_ledger (code) VALUES (NEW.code);
  END IF;
  SELECT seq, kind, {_NAMES} INTO last FROM dossier_events WHERE dossier_code = NEW.code ORDER BY seq DESC LIMIT 1;
  SELECT n.text INTO said FROM dossier_notes n WHERE n.dossier_code = NEW.code ORDER BY n.seq DESC LIMIT 1;
  IF last.seq IS NULL OR last.kind = 'deleted' OR said IS DISTINCT FROM NEW.status_note
     OR {_row("last", _COLUMNS)} IS DISTINCT FROM {_row("NEW", _COLUMNS)} THEN
    INSERT INTO dossier_events (dossier_code, seq, kind, {_NAMES}, actor, at, recorded_at)
    VALUES (NEW.code, coalesce(last.seq, 0) + 1,
      CASE WHEN last.seq IS NULL OR last.kind = 'deleted' THEN 'received'
        WHEN last.status IS DISTINCT FROM NEW.status THEN 'status'
        WHEN last.due_at IS DISTINCT FROM NEW.due_at THEN 'due'
        WHEN last.holder_code IS DISTINCT FROM NEW.holder_code THEN 'handover'
        WHEN said IS DISTINCT FROM NEW.status_note THEN 'note' ELSE 'data' END,
      {", ".join(f"NEW.{name}" for name in _COLUMNS)}, 'foreign', motcua_now(), motcua_now());
    IF said IS DISTINCT FROM NEW.status_note THEN
      INSERT INTO dossier_notes (dossier_code, seq, text)
      VALUES (NEW.code, coalesce(last.seq, 0) + 1, NEW.status_note);
    END IF;
  END IF;
  IF {_HOLDS_SOMETHING} THEN
    INSERT INTO event_work (dossier_code) VALUES (NEW.code);
  END IF;
  RETURN NULL;
END
"""

_DELETED = f"""
DECLARE
  last record;
BEGIN
{_GONE}
  RETURN NULL;
END
"""

_KEPT_AS_IT_WAS = f"""
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF OLD.hash IS NULL AND NEW.hash IS NOT NULL AND (OLD.note IS NULL OR NEW.note IS NOT DISTINCT FROM OLD.note)
       AND {_row("NEW", _KEPT)} IS NOT DISTINCT FROM {_row("OLD", _KEPT)} THEN
      RETURN NEW;
    END IF;
  END IF;
  RAISE EXCEPTION 'dossier_events is append-only';
END
"""

_ADDED = """
BEGIN
  INSERT INTO event_work (dossier_code, seq) VALUES (NEW.dossier_code, NEW.seq);
  RETURN NULL;
END
"""

_RING = """
BEGIN
  PERFORM pg_notify('motcua', '["database","dossiers",[]]');
  RETURN NULL;
END
"""

_NOW = " SELECT date_trunc('second', clock_timestamp()) "


def _function(name: str, body: str) -> str:
    return (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER"
        f" SET search_path = {SCHEMA}, pg_temp AS $body${body}$body$"
    )


def _trigger(name: str, when: str, function: str, each: str = "ROW") -> str:
    return f"CREATE TRIGGER {name} {when} FOR EACH {each} EXECUTE FUNCTION {function}()"


FUNCTIONS = {
    "motcua_now": f"CREATE FUNCTION motcua_now() RETURNS timestamptz LANGUAGE sql AS $body${_NOW}$body$",
    "motcua_dossier_written": _function("motcua_dossier_written", _WRITTEN),
    "motcua_dossier_deleted": _function("motcua_dossier_deleted", _DELETED),
    "motcua_event_kept": _function("motcua_event_kept", _KEPT_AS_IT_WAS),
    "motcua_event_added": _function("motcua_event_added", _ADDED),
    "motcua_work_added": _function("motcua_work_added", _RING),
}
"""Name -> statement."""

TRIGGERS = {
    "dossiers_written": _trigger("dossiers_written", "AFTER INSERT OR UPDATE ON dossiers", "motcua_dossier_written"),
    "dossiers_deleted": _trigger("dossiers_deleted", "AFTER DELETE ON dossiers", "motcua_dossier_deleted"),
    "dossier_events_kept": _trigger(
        "dossier_events_kept", "BEFORE UPDATE OR DELETE ON dossier_events", "motcua_event_kept"
    ),
    "dossier_events_not_emptied": _trigger(
        "dossier_events_not_emptied", "BEFORE TRUNCATE ON dossier_events", "motcua_event_kept", "STATEMENT"
    ),
    "dossier_events_added": _trigger("dossier_events_added", "AFTER INSERT ON dossier_events", "motcua_event_added"),
    "event_work_added": _trigger("event_work_added", "AFTER INSERT ON event_work", "motcua_work_added", "STATEMENT"),
}
"""Name -> statement."""

CLIENTS_IN_UTC = """
DO $body$
BEGIN
  EXECUTE 'ALTER DATABASE ' || quote_ident(current_database()) || ' SET TimeZone = ''UTC''';
EXCEPTION WHEN insufficient_privilege THEN
  RAISE NOTICE 'only the owner of the database can set its time zone';
END
$body$
"""
"""Clients that name no time zone mean UTC, as on SQLite. Needs the owner of the database."""

ASK_CLIENTS_IN_UTC = """
SELECT EXISTS (
  SELECT 1 FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase
  WHERE d.datname = current_database() AND s.setrole = 0
    AND 'timezone=utc' = ANY (SELECT lower(one) FROM unnest(s.setconfig) AS one)
)
"""
