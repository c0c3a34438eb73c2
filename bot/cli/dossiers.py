"""`dossiers import`, `verify` and `report`."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path
from typing import Any, get_args

from sqlalchemy.orm import Session

from bot.cli.refusal import Refusal
from bot.cli.serving import keys_of
from bot.settings import Settings
from services.clock import SystemClock
from services.db.session import Database, reading
from services.dossiers import chain, identities, imports, report_files, reports
from services.dossiers.codes import find
from services.sheets import BadFile


def add(commands: Any) -> None:
    """Add the commands."""
    actions = commands.add_parser("dossiers", help="the shared dossiers").add_subparsers(
        dest="action", required=True, metavar="ACTION"
    )
    part = actions.add_parser("import", help="bring in a .csv or .xlsx whose header has the columns of the table")
    part.add_argument("file", type=Path)
    part.set_defaults(run=run_import)
    verify = commands.add_parser("verify", help="check a dossier's chain of events, offline")
    verify.add_argument("code")
    verify.set_defaults(run=run_verify)
    report = commands.add_parser("report", help="the count book and its reconciliation line")
    report.add_argument("--from", dest="since", type=_day, metavar="D")
    report.add_argument("--to", dest="until", type=_day, metavar="D")
    report.add_argument("--by", choices=get_args(reports.By))
    report.add_argument("--out", type=Path, metavar="FILE", help=", ".join(report_files.KINDS))
    report.add_argument(
        "--declared", type=Path, metavar="FILE", help="compare an office's stated totals with their parts"
    )
    report.set_defaults(run=run_report)


def _day(text: str) -> date:
    """A day as 2026-11-30 or 30/11/2026."""
    parts = text.split("/")
    try:
        return date(int(parts[2]), int(parts[1]), int(parts[0])) if len(parts) == 3 else date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is no day: write 2026-11-30") from None


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


def run_verify(arguments: argparse.Namespace, settings: Settings) -> int:
    """Check one chain; exit 1 and a line for each break."""
    keys = keys_of(settings)
    db = Database(settings.database_url)
    try:
        with reading(db) as session:
            code = find(session, arguments.code)
            if code is None:
                raise Refusal(f"there is no dossier {arguments.code}")
            broken = chain.verify(session, keys, code)
    finally:
        db.close()
    for one in broken:
        print(f"{one.code} event {one.seq}: {one.why}", file=sys.stderr)
    if not broken:
        print(f"{code}: every event is as it was sealed")
    return 1 if broken else 0


def run_report(arguments: argparse.Namespace, settings: Settings) -> int:
    """Count a period, or compare stated totals."""
    if arguments.declared is not None:
        return _declared(arguments.declared)
    if arguments.since is None or arguments.until is None:
        raise Refusal("--from and --to are needed (or --declared FILE)")
    if arguments.out is not None and arguments.out.suffix.lower() not in report_files.KINDS:
        raise Refusal(f"--out takes {', '.join(report_files.KINDS)}")
    db = Database(settings.database_url)

    def count(session: Session) -> reports.Report:
        return reports.counts(session, arguments.since, arguments.until, SystemClock().now(), by=arguments.by)

    try:
        with reading(db) as session:
            report = count(session)
    except ValueError as error:
        raise Refusal(str(error)) from None
    finally:
        db.close()
    if arguments.out is not None:
        report_files.write(report, arguments.out)
        print(f"{arguments.out}: difference {report.difference}")
        return 0
    for row in report_files.rows(report):
        print("\t".join(str(cell) for cell in row))
    return 0


def _declared(path: Path) -> int:
    try:
        found = identities.declared(path)
    except (BadFile, OSError) as error:
        raise Refusal(str(error) if isinstance(error, BadFile) else f"{path} cannot be read") from None
    for one in found:
        name = one.label or f"line {one.line}"
        if one.reason:
            print(f"{name}: cannot be compared: {one.reason}")
            continue
        for check in one.checks:
            verdict = "adds up" if check.difference == 0 else f"differs by {abs(check.difference)}"
            print(f"{name}: {check.name}: stated {check.stated}, parts {check.parts}: {verdict}")
    return 0
