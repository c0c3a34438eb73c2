"""What is due, in words: the desk's lists without anything personal, and the citizen's reminder."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from bot.dialog.flow import Talk
from bot.dialog.values import Choice
from handlers import dates, news
from handlers.tellings import Told, tells
from services import due, due_notices
from services.dossiers import followers
from services.due_notices import Part

_LONGEST_NAME = 80


@tells("due-list")
def _(talk: Talk, args: Mapping[str, Any]) -> Told | None:
    """The list of an agency; for a head only what is late or was not done today."""
    day, which = date.fromisoformat(args["day"]), args["which"]
    found = due_notices.lists(talk.services.session, args["agency"], day)
    if not found.has(which):
        return None
    today = "due-today" if which == "morning" else "due-not-done"
    parts = [_part(talk, talk.text(today, count=str(found.today.count)), found.today)]
    if which == "morning":
        head = talk.text("due-tomorrow", count=str(found.tomorrow.count), day=dates.day(talk, found.next_day))
        parts.append(_part(talk, head, found.tomorrow))
    parts.append(_part(talk, talk.text("due-late", count=str(found.late.count)), found.late))
    agency = talk.services.dossiers.agency(args["agency"])
    first = talk.text(f"due-{which}", agency=agency, day=dates.day(talk, day))
    last = talk.text("due-head-closing" if args.get("for_head") else "due-closing")
    return Told("\n".join([first, *(part for part in parts if part), last]))


def _part(talk: Talk, head: str, part: Part) -> str:
    """One part of a list: the first ones, and how many more there are."""
    if not part.count:
        return ""
    lines = [head]
    for item in part.items:
        line = item.code
        if name := talk.services.dossiers.procedure(item.procedure_code):
            line += f" – {name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1].rstrip() + '…'}"
        if item.days_late:
            line += f" – {talk.text('due-days-late', days=str(item.days_late))}"
        lines.append("• " + line)
    if part.more:
        lines.append("• " + talk.text("due-more", count=str(part.more)))
    return "\n".join(lines)


@tells("my-turn")
def _(talk: Talk, args: Mapping[str, Any]) -> Told | None:
    """A reminder that a dossier waits for its owner; nothing when it does not any more."""
    code, status = args["code"], args["status"]
    if talk.who not in followers.followers_of(talk.services.session, code):
        return None
    seen = talk.services.dossiers.owner(talk.who, code)
    if seen is None or seen.state.status != status:
        return None
    lines = [talk.text(f"due-turn-{status}", code=code)]
    if seen.note:
        lines.append(talk.text("news-note", note=seen.note))
    lines += news.to_do(talk, talk.services.dossiers, seen.state)
    lines += news.legal(talk, talk.services.dossiers, seen.state, seen.state.holder_code)
    lines.append(talk.text("news-more", code=code))
    return Told("\n".join(lines), "track.noticed", {"code": code}, (Choice("see", talk.text("news-see")),))


def explained(talk: Talk, code: str, promised: datetime | None) -> list[str]:
    """How a dossier's promised date was counted; nothing where another program promised it."""
    why = due.kept(talk.services.session, code, promised) if promised is not None else None
    if why is None:
        return []
    lines = [talk.text(f"due-rule-{why.rule}", count=str(why.count), day=dates.day(talk, why.received_on))]
    if why.after_cutoff:
        lines.append(talk.text("due-after-cutoff"))
    if why.rolled_from is not None:
        lines.append(talk.text("due-rolled", day=dates.day(talk, why.rolled_from)))
    named = [one for one in why.skipped if one.reason != "weekend"]
    if named:
        off = ", ".join(f"{one.day:%d/%m}" + (f" ({one.name})" if one.name else "") for one in named)
        lines.append(talk.text("due-skipped", days=off))
    return lines
