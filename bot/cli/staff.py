"""`staff invite | list | end`."""

from __future__ import annotations

import argparse
from typing import Any

from sqlalchemy import select

from bot.cli.refusal import Refusal
from bot.cli.serving import keys_of
from bot.settings import Settings
from services.clock import SystemClock
from services.db.desk import Desk
from services.db.session import Database, reading, unit
from services.desk import invites, log, staff
from services.refusal import Refused

_WHY = {"agency-unknown": "there is no agency {code}; see `office import`", "role-unknown": "there is no role {role}"}


def add(commands: Any) -> None:
    """Add the commands."""
    actions = commands.add_parser("staff", help="who works at the office, and in which chats").add_subparsers(
        dest="action", required=True, metavar="ACTION"
    )
    invite = actions.add_parser("invite", help="print a code, valid once and for 24 hours")
    invite.add_argument("--agency", required=True, metavar="CODE")
    invite.add_argument(
        "--role", required=True, choices=(*staff.ROLES, invites.DESK),
        help="a person's code is sent to the bot in a private chat, a desk's in the group, by a head or admin",
    )  # fmt: skip
    invite.add_argument("--name", default="", help="how colleagues see her; never told to citizens")
    invite.set_defaults(run=run_invite)
    listed = actions.add_parser("list", help="number, agency, role, whether bound, and name; then the desks")
    listed.add_argument("--agency", default=None, metavar="CODE")
    listed.set_defaults(run=run_list)
    end = actions.add_parser("end", help="she works here no more: her chat is a citizen's again")
    end.add_argument("number", type=int, metavar="NUMBER", help="as `staff list` shows it")
    end.set_defaults(run=run_end)


def run_invite(arguments: argparse.Namespace, settings: Settings) -> int:
    """Make an invitation."""
    db = Database(settings.database_url)
    keys = keys_of(settings)
    try:
        with unit(db) as session:
            code = invites.make(
                session, keys, arguments.agency, arguments.role, SystemClock().now(), made_by="cli", name=arguments.name
            )
    finally:
        db.close()
    if isinstance(code, Refused):
        raise Refusal(_WHY[code.key].format(**code.args))
    print(code)
    return 0


def run_list(arguments: argparse.Namespace, settings: Settings) -> int:
    """One line each."""
    db = Database(settings.database_url)
    try:
        with reading(db) as session:
            for one in staff.of_agency(session, arguments.agency):
                bound = "bound" if one.conversation_id is not None else "invited or awaited"
                print("\t".join((str(one.id), one.agency_code, one.role, bound, one.name)))
            desks = select(Desk.agency_code, Desk.bound_at).where(Desk.ended_at.is_(None)).order_by(Desk.id)
            for agency, at in session.execute(desks):
                if arguments.agency in (None, agency):
                    print("\t".join(("group", agency, "desk", f"bound {at:%Y-%m-%d}", "")))
    finally:
        db.close()
    return 0


def run_end(arguments: argparse.Namespace, settings: Settings) -> int:
    """End a member's work; her cards go back to the desk when their time is over."""
    db, now = Database(settings.database_url), SystemClock().now()
    try:
        with unit(db) as session:
            ended = staff.end(session, arguments.number, now)
            if ended:
                log.note(session, now, "end", str(arguments.number), staff_id=arguments.number)
    finally:
        db.close()
    if not ended:
        raise Refusal(f"nobody who works here has number {arguments.number}; see `staff list`")
    print(f"{arguments.number} works here no more")
    return 0
