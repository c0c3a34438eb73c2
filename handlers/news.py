"""News of a dossier in words: action first, then what the law asks every notice to say.

Decree 224/2026 Art. 15(1)(g): agency, who handles it, times of receipt, processing and return.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.dialog.flow import Talk
from handlers import counters, dates
from services.dossiers.changes import Change
from services.dossiers.facade import Dossiers
from services.dossiers.followers import News
from services.dossiers.hand import HOME
from services.dossiers.states import DONE, ENDED, WAITING, Understood

_OF_A_STATUS = ("status", "correction", "words")
"""News that say what a status asks of the owner."""


def notice(talk: Talk, dossiers: Dossiers, change: Change, kind: News) -> str:
    """The notice of one change to one follower."""
    state = change.state
    first = talk.text(f"news-{kind}", code=change.code, status=status(talk, change.status)) if kind != "status" else ""
    lines = [first or talk.text(f"news-status-{change.status or 0}", code=change.code)]
    if kind == "due" and change.due_at is not None:
        lines.append(talk.text("news-new-date", day=dates.day(talk, change.due_at)))
    if change.note:
        lines.append(talk.text("news-reason" if kind == "due" else "news-note", note=change.note))
    if change.status == state.status and kind in _OF_A_STATUS:  # what is over by now is not asked for
        lines += to_do(talk, dossiers, state)
    said = change.due_at if kind == "due" else None  # the date that was said above is not said twice
    lines += legal(talk, dossiers, state, change.holder_code, said=said)
    lines.append(talk.text("news-updated", moment=dates.moment(talk, change.at)))
    lines.append(talk.text("news-more", code=change.code))
    return "\n".join(lines)


def template(talk: Talk, dossiers: Dossiers, change: Change) -> dict[str, Any]:
    """The same news for a platform that takes approved wordings only: the event, and values for its parameters.

    The event is `dossier-status-9`; an office that has one wording for all calls it `dossier-status`.
    """
    state = change.state
    values = {
        "code": change.code, "status": status(talk, change.status),
        "procedure": dossiers.procedure(state.procedure_code),
        "agency": dossiers.agency(change.holder_code or state.holder_code or state.agency_code),
        "updated": change.at.astimezone(HOME).strftime("%H:%M %d/%m/%Y"),
        "received": state.received_at.astimezone(HOME).strftime("%d/%m/%Y") if state.received_at else "",
        "due": state.due_at.astimezone(HOME).strftime("%d/%m/%Y") if state.due_at else "",
    }  # fmt: skip
    return {"event": f"dossier-status-{change.status or 0}", "data": values}


def to_do(talk: Talk, dossiers: Dossiers, state: Understood) -> list[str]:
    """What its owner is to do now, where, at which counter and when it is open; [] when it is not her turn."""
    if state.status != DONE and state.status not in WAITING:
        return []
    place = dossiers.counter(state.agency_code, state.procedure_code)
    if state.status == DONE:
        return [*counters.lines(talk, "news-collect", place), talk.text("news-collect-bring")]
    return [*counters.lines(talk, f"news-do-{state.status}", place), talk.text("news-do-online")]


def legal(
    talk: Talk, dossiers: Dossiers, state: Understood, holder: str | None, *, said: datetime | None = None
) -> list[str]:
    """The lines that every notice and every owner's view has: agency, receipt, promised and actual return. `said` is a
    promised date that was told already."""
    lines = []
    if name := dossiers.agency(holder or state.holder_code or state.agency_code):
        over = state.status in ENDED and state.status != DONE  # then nobody holds it any more
        lines.append(talk.text("legal-handled" if over else "legal-holder", agency=name))
    if state.received_at is not None:
        lines.append(talk.text("legal-received", moment=dates.moment(talk, state.received_at)))
    told = promised(talk, state.due_at, state.first_due_at)
    lines += told[1:] if said is not None and said == state.due_at else told
    if state.returned_at is not None:
        lines.append(talk.text("legal-returned", moment=dates.moment(talk, state.returned_at)))
    return lines


def promised(talk: Talk, due_at: datetime | None, first: datetime | None) -> list[str]:
    """When it is promised, and what was promised first where that was another date."""
    if due_at is None:
        return []
    lines = [talk.text("legal-due", day=dates.day(talk, due_at))]
    if first is not None and first != due_at:
        lines.append(talk.text("legal-first-due", day=dates.day(talk, first)))
    return lines


def status(talk: Talk, number: int | None) -> str:
    """A status by its national name."""
    return talk.text(f"status-{number or 0}")
