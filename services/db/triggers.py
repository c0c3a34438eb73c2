"""The triggers that notice every writer of `dossiers`, and keep `dossier_events` append-only.

After each insert or update the row is compared with the newest event of its code, null-safe and with times in one
form; where they differ, an event of the actor `foreign` is added. Our own writes add their event first, so for them
there is no difference. Every event, and every letterbox that holds something, puts a row into `event_work`.

Only SQL that the oldest client may have is used: on SQLite the triggers run in the other program's own library.
They hold no conflict clauses, since on SQLite the one of the outer statement (`INSERT OR REPLACE`) would win.
"""

from __future__ import annotations

from sqlalchemy import Connection, inspect

from services.db import triggers_postgresql, triggers_sqlite


def _made(connection: Connection) -> tuple[dict[str, str], dict[str, str]]:
    """The functions and the triggers of this database: name -> statement that makes it."""
    if connection.dialect.name == "sqlite":
        return {}, triggers_sqlite.TRIGGERS
    schema = str(connection.exec_driver_sql("SELECT quote_ident(current_schema())").scalar())
    functions = {
        name: statement.replace(triggers_postgresql.SCHEMA, schema)
        for name, statement in triggers_postgresql.FUNCTIONS.items()
    }
    return functions, triggers_postgresql.TRIGGERS


def install(connection: Connection, *, anew: bool = False) -> None:
    """Make the triggers, all of them where one is missing or changed; then take up what was written meanwhile.

    `anew` makes them whatever is there (`python -m bot migrate`). A process that starts beside others must not: on
    PostgreSQL it would lock `dossiers` against all who write. Without the table `dossiers` it does nothing.
    """
    if not inspect(connection).has_table("dossiers"):
        return
    late = missing(connection)
    if not (late or anew) and clients_in_utc(connection):
        return
    remove(connection)
    functions, triggers = _made(connection)
    for statement in (*functions.values(), *triggers.values()):
        connection.exec_driver_sql(statement)
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(triggers_postgresql.CLIENTS_IN_UTC)
    if late and connection.exec_driver_sql("SELECT EXISTS (SELECT 1 FROM dossiers)").scalar():
        # an update that changes nothing makes the trigger compare the row with what was recorded of it
        connection.exec_driver_sql("UPDATE dossiers SET status = status")


def remove(connection: Connection) -> None:
    """Drop every trigger and function of this module."""
    functions, triggers = _made(connection)
    for name, statement in triggers.items():
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
        else:
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name} ON {_table_of(statement)}")
    for name in functions:
        connection.exec_driver_sql(f"DROP FUNCTION IF EXISTS {name}()")


def missing(connection: Connection) -> list[str]:
    """The names of triggers and functions that are not there, switched off, or not as this program made them."""
    functions, triggers = _made(connection)
    if connection.dialect.name == "sqlite":
        found = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        there = {str(name): str(sql) for name, sql in found}
        return [name for name, statement in triggers.items() if there.get(name) != statement]
    found = connection.exec_driver_sql(
        "SELECT t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
        " WHERE c.relnamespace = current_schema()::regnamespace AND t.tgenabled <> 'D' AND NOT t.tgisinternal"
    )
    names = {str(row[0]) for row in found}
    bodies = connection.exec_driver_sql(
        "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = current_schema()::regnamespace"
    )
    sources = {str(name): str(source) for name, source in bodies}
    lost = [name for name in triggers if name not in names]
    return lost + [name for name, made in functions.items() if sources.get(name, "?") not in made]


def clients_in_utc(connection: Connection) -> bool:
    """Whether a client of this database that sets no time zone works in UTC; always so on SQLite.

    On PostgreSQL a time without a zone means the session's zone, so elsewhere `'2026-11-26 10:00:00'` is hours off.
    """
    if connection.dialect.name == "sqlite":
        return True
    return bool(connection.exec_driver_sql(triggers_postgresql.ASK_CLIENTS_IN_UTC).scalar())


def _table_of(statement: str) -> str:
    return statement.split(" ON ", 1)[1].split()[0]
