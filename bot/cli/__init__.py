"""The command line. Exit 0 ok, 1 refused with one clear line on stderr, 2 usage."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from sqlalchemy.exc import SQLAlchemyError

from bot import logs, settings
from bot.cli import catalogue, doctor, letters, office, serving, talking
from bot.cli.refusal import Refusal
from bot.texts import BrokenTexts


def parser() -> argparse.ArgumentParser:
    """All commands with their help."""
    top = argparse.ArgumentParser(prog="python -m bot", description="Một Cửa: the chat front door of a one-stop shop")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for part in (serving, doctor, talking, catalogue, office, letters):
        part.add(commands)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    arguments = parser().parse_args(argv)
    try:
        loaded = settings.load()
        logs.set_up(loaded.log_format)
        return int(arguments.run(arguments, loaded) or 0)
    except (Refusal, settings.BadSettings, BrokenTexts) as refusal:
        print(str(refusal), file=sys.stderr)
        return 1
    except SQLAlchemyError as error:
        print(
            f"the database cannot be used ({type(error).__name__}); is DATABASE_URL right, and was migrate run?",
            file=sys.stderr,
        )
        return 1
    except BrokenPipeError:
        return 0
    except KeyboardInterrupt:
        return 130
