"""Invitations: a code said in a private chat makes it an officer's, one said in a group makes that an agency's desk."""

from __future__ import annotations

from bot.dialog.flow import Command, Talk
from bot.dialog.values import Done, Goto, Move, Say
from handlers.desk_cards import desk, why
from services.desk import invites
from services.refusal import Refused


def invited(talk: Talk, typed: str) -> Move:
    """An invitation in a private chat."""
    done = desk(talk).accept(talk.who, typed)
    if isinstance(done, Refused):
        return Goto("menu.home", say=(Say(why(talk, done)),))
    agency = talk.services.dossiers.agency(done.agency_code)
    said = Say(talk.text("desk-welcome", role=talk.text(f"desk-role-{done.role}"), agency=agency))
    return Goto("desk.home" if done.works else "menu.home", say=(said,))


def group_invited(talk: Talk, typed: str) -> Move:
    """An invitation in a group."""
    done = desk(talk).accept_desk(talk.who, talk.sender, typed)
    if isinstance(done, Refused):
        return Done(say=(Say(why(talk, done)),))
    return Done(say=(Say(talk.text("desk-group-welcome", agency=talk.services.dossiers.agency(done))),))


def started(talk: Talk, payload: str) -> Move | None:
    """An invitation out of a deep link; None when it is none."""
    return invited(talk, payload) if invites.looks_like_code(payload) else None


GROUP_COMMANDS = (
    Command((), group_invited, pattern=invites.PATTERN),
    Command(("/start", "start"), group_invited, rest=True),
)

COMMANDS = (Command((), invited, pattern=invites.PATTERN),)
