"""`report`: the count book with its reconciliation line, and beside it the ratings and the returns of the period."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import Any, get_args

from bot.cli.refusal import Refusal
from bot.settings import Settings
from services import quality
from services.clock import SystemClock
from services.db.session import Database, reading
from services.dossiers import identities, report_files, reports
from services.sheets import BadFile


def add(commands: Any) -> None:
    """Add the command."""
    report = commands.add_parser("report", help="the count book and its reconciliation line; ratings and returns")
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


def run_report(arguments: argparse.Namespace, settings: Settings) -> int:
    """Count a period, or compare stated totals."""
    if arguments.declared is not None:
        return _declared(arguments.declared)
    if arguments.since is None or arguments.until is None:
        raise Refusal("--from and --to are needed (or --declared FILE)")
    if arguments.out is not None and arguments.out.suffix.lower() not in report_files.KINDS:
        raise Refusal(f"--out takes {', '.join(report_files.KINDS)}")
    db = Database(settings.database_url)
    try:
        with reading(db) as session:
            report = reports.counts(session, arguments.since, arguments.until, SystemClock().now(), by=arguments.by)
            beside = quality.tables(session, *reports.span(arguments.since, arguments.until))
    except ValueError as error:
        raise Refusal(str(error)) from None
    finally:
        db.close()
    if arguments.out is not None:
        report_files.write(report, arguments.out, beside=beside)
        print(f"{arguments.out}: difference {report.difference}")
        return 0
    for row in report_files.rows(report, beside):
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
