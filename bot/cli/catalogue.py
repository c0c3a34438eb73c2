"""`catalog import | check | export | list | approve`."""

from __future__ import annotations

import argparse
import sys
import zlib
from pathlib import Path
from typing import Any

import msgspec

from bot.cli.refusal import Refusal
from bot.settings import Settings
from services.catalog import importing, lines, store
from services.clock import SystemClock
from services.db.session import Database, reading, unit


def add(commands: Any) -> None:
    """Add the commands."""
    catalog = commands.add_parser("catalog", help="the procedures and their everyday names").add_subparsers(
        dest="action", required=True, metavar="ACTION"
    )
    for name, run, text in (
        ("import", run_import, "bring in JSON Lines (plain or .gz), our own or the portal's shape"),
        ("check", run_check, "tell what an import would refuse"),
    ):
        part = catalog.add_parser(name, help=text)
        part.add_argument("file", type=Path)
        part.add_argument("--format", choices=("auto", "motcua", "portal"), default="auto")
        part.set_defaults(run=run)
    catalog.add_parser("export", help="write every procedure as our own JSON Lines").set_defaults(run=run_export)
    catalog.add_parser("list", help="code, name and approval of every procedure").set_defaults(run=run_list)
    approve = catalog.add_parser("approve", help="sign off the shown version of procedures")
    approve.add_argument("codes", nargs="+", metavar="CODE")
    approve.add_argument("--by", required=True, metavar="NAME")
    approve.add_argument("--decision", required=True, metavar="NO")
    approve.set_defaults(run=run_approve)


def run_import(arguments: argparse.Namespace, settings: Settings) -> int:
    """Import a file; exit 0 once it was read, whatever was refused."""
    db = Database(settings.database_url)
    try:
        with unit(db) as session:
            done = importing.import_lines(
                session, _lines(arguments.file), SystemClock().now(), origin="import", form=arguments.format
            )
    finally:
        db.close()
    for number, reason in done.refused:
        print(f"line {number}: refused: {reason}")
    print(f"{done.added} added, {done.changed} changed, {done.unchanged} unchanged, {len(done.refused)} refused")
    return 0


def run_check(arguments: argparse.Namespace, settings: Settings) -> int:
    """Tell what would be refused; exit 1 if anything would."""
    good, bad = 0, 0
    for read in lines.read_lines(_lines(arguments.file), arguments.format):
        good += not read.reason
        bad += bool(read.reason)
        if read.reason:
            print(f"line {read.number}: {read.reason}")
    print(f"{good} good, {bad} to be refused")
    return 1 if bad else 0


def run_export(arguments: argparse.Namespace, settings: Settings) -> int:
    """Write the catalogue to stdout."""
    db = Database(settings.database_url)
    try:
        with reading(db) as session:
            for record in importing.export(session):
                sys.stdout.write(msgspec.json.encode(record).decode() + "\n")
    finally:
        db.close()
    return 0


def run_list(arguments: argparse.Namespace, settings: Settings) -> int:
    """One line a procedure."""
    db = Database(settings.database_url)
    try:
        with reading(db) as session:
            for version in store.load_all(session):
                print(
                    "\t".join(
                        (
                            version.record.code,
                            "approved" if version.approved_by else "not approved",
                            version.record.name,
                        )
                    )
                )
    finally:
        db.close()
    return 0


def run_approve(arguments: argparse.Namespace, settings: Settings) -> int:
    """Sign off; refuses when a code is unknown, and then approves none."""
    if not (arguments.by.strip() and arguments.decision.strip()):
        raise Refusal("--by and --decision say who signed and under which decision; neither may be empty")
    db = Database(settings.database_url)
    try:
        with unit(db) as session:
            unknown = store.approve(
                session, arguments.codes, by=arguments.by, decision_no=arguments.decision, now=SystemClock().now()
            )
            if unknown:
                raise Refusal(f"not in the catalogue: {', '.join(unknown)}; nothing was approved")
    finally:
        db.close()
    print(f"{len(arguments.codes)} approved")
    return 0


def _lines(path: Path) -> list[tuple[int, bytes]]:
    try:
        return list(lines.lines_of(path))
    except (OSError, EOFError, zlib.error) as error:
        raise Refusal(f"{path} cannot be read ({type(error).__name__})") from None
