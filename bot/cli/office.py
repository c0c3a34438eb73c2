"""`office import`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from bot.cli.refusal import Refusal
from bot.settings import Settings
from services import office
from services.db.session import Database, unit


def add(commands: Any) -> None:
    """Add the commands."""
    actions = commands.add_parser("office", help="agencies, hours and channel accounts").add_subparsers(
        dest="action", required=True, metavar="ACTION"
    )
    part = actions.add_parser("import", help="bring in an office file (see examples/office.toml)")
    part.add_argument("file", type=Path)
    part.set_defaults(run=run_import)


def run_import(arguments: argparse.Namespace, settings: Settings) -> int:
    """Import an office file, wholly or not at all."""
    try:
        read = office.read(arguments.file)
    except office.BadOffice as bad:
        raise Refusal(str(bad)) from None
    db = Database(settings.database_url)
    try:
        with unit(db) as session:
            added, changed = office.bring_in(session, read)
    finally:
        db.close()
    print(f"{added} agencies added, {changed} changed")
    return 0
