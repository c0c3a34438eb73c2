"""The command line. Exit 0 ok, 1 refused with one clear line on stderr, 2 usage."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence

from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from bot import logs, settings
from bot.cli import (
    api_keys,
    catalogue,
    doctor,
    dossiers,
    letters,
    office,
    reporting,
    serving,
    staff,
    talking,
    verifying,
    zalo_oa,
)
from bot.cli.refusal import Refusal
from bot.texts import BrokenTexts
from services.keys import BadKey

_DATABASES = ("sqlite", "sqlite+pysqlite", "postgresql+psycopg")


def parser() -> argparse.ArgumentParser:
    """All commands with their help."""
    top = argparse.ArgumentParser(prog="python -m bot", description="Một Cửa: the chat front door of a one-stop shop")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for part in (
        serving, doctor, talking, catalogue, office, api_keys, dossiers, verifying, reporting, letters, zalo_oa, staff,
    ):  # fmt: skip
        part.add(commands)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # whatever the machine's locale, and whatever bytes come in
            stream.reconfigure(encoding="utf-8", errors="replace")
    arguments = parser().parse_args(argv)
    try:
        loaded = settings.load()
        logs.set_up(loaded.log_format)
        _check_database(loaded.database_url)
        status = int(arguments.run(arguments, loaded) or 0)
        sys.stdout.flush()
        return status
    except (Refusal, settings.BadSettings, BrokenTexts, BadKey) as refusal:
        print(str(refusal), file=sys.stderr)
        return 1
    except SQLAlchemyError as error:
        print(
            f"the database cannot be used ({type(error).__name__}); is DATABASE_URL right, and was migrate run?",
            file=sys.stderr,
        )
        return 1
    except BrokenPipeError:
        # Whoever read us has gone. What is still buffered goes nowhere, or Python would complain of it at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        print(f"{error.filename or 'a file'}: {error.strerror or type(error).__name__}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _check_database(name: str) -> None:
    """Refuse a database of a kind that is not served, before its driver is looked for."""
    url = make_url(name)
    if url.drivername not in _DATABASES or (url.get_backend_name() == "sqlite" and url.database in (None, ":memory:")):
        raise Refusal("DATABASE_URL: write sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST/DATABASE")
