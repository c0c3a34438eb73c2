"""`api-key create | revoke`."""

from __future__ import annotations

import argparse
from typing import Any

from bot.cli.refusal import Refusal
from bot.settings import Settings
from services import api_keys
from services.clock import SystemClock
from services.db.session import Database, unit
from services.refusal import Refused


def add(commands: Any) -> None:
    """Add the commands."""
    actions = commands.add_parser("api-key", help="keys of the programs that call the API").add_subparsers(
        dest="action", required=True, metavar="ACTION"
    )
    create = actions.add_parser("create", help="make a key and show it, once")
    create.add_argument("name", metavar="NAME")
    create.add_argument("--scope", action="append", required=True, choices=api_keys.SCOPES, help="repeatable")
    create.set_defaults(run=run_create)
    revoke = actions.add_parser("revoke", help="a key opens nothing any more")
    revoke.add_argument("name", metavar="NAME")
    revoke.set_defaults(run=run_revoke)


def run_create(arguments: argparse.Namespace, settings: Settings) -> int:
    """Make a key."""
    db = Database(settings.database_url)
    try:
        with unit(db) as session:
            key = api_keys.create(session, arguments.name, arguments.scope, SystemClock().now())
    finally:
        db.close()
    if isinstance(key, Refused):
        raise Refusal(f"there is a key called {arguments.name}; revoke it first")
    print(key)
    return 0


def run_revoke(arguments: argparse.Namespace, settings: Settings) -> int:
    """Revoke a key."""
    db = Database(settings.database_url)
    try:
        with unit(db) as session:
            done = api_keys.revoke(session, arguments.name, SystemClock().now())
    finally:
        db.close()
    if isinstance(done, Refused):
        raise Refusal(f"there is no key called {arguments.name}")
    print(f"{arguments.name} is revoked")
    return 0
