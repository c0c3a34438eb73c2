"""`dossiers import`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from bot.cli.refusal import Refusal
from bot.cli.serving import keys_of
from bot.settings import Settings
from services.clock import SystemClock
from services.db.session import Database
from services.dossiers import imports
from services.sheets import BadFile


def add(commands: Any) -> None:
    """Add the commands."""
    actions = commands.add_parser("dossiers", help="the shared dossiers").add_subparsers(
        dest="action", required=True, metavar="ACTION"
    )
    part = actions.add_parser("import", help="bring in a .csv or .xlsx whose header has the columns of the table")
    part.add_argument("file", type=Path)
    part.set_defaults(run=run_import)


def run_import(arguments: argparse.Namespace, settings: Settings) -> int:
    """Import a file; exit 0 once it was read, whatever was refused."""
    keys = keys_of(settings)
    db = Database(settings.database_url)
    try:
        done = imports.import_file(db, keys, SystemClock(), arguments.file)
    except (BadFile, OSError) as error:
        raise Refusal(str(error) if isinstance(error, BadFile) else f"{arguments.file} cannot be read") from None
    finally:
        db.close()
    for line, reason in done.refused:
        print(f"line {line}: refused: {reason}")
    print(f"{done.added} added, {done.changed} changed, {done.unchanged} unchanged, {len(done.refused)} refused")
    return 0
