"""What the conversations about an officer's work share: who she is, the day she types, why something cannot be done."""

from __future__ import annotations

from datetime import date, datetime

from bot.dialog.flow import Talk
from handlers.desk_cards import desk
from services.desk.staff import Member
from services.refusal import Refused


def officer(talk: Talk) -> Member | None:
    """The officer in this chat; None for anybody else."""
    by = desk(talk).member(talk.who)
    return by if by is not None and by.works else None


def typed_day(typed: str) -> date | None:
    """A day as people type it, `26/11/2026`; None for anything else."""
    for form in ("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y"):
        try:
            return datetime.strptime(typed.strip(), form).date()
        except ValueError:
            continue
    return None


def why(talk: Talk, refusal: Refused) -> str:
    """A refusal of work on a dossier as a sentence."""
    shown = {name: value for name, value in refusal.args.items() if name in ("code", "state", "most")}
    if refusal.key == "counter-not-accepted":
        return talk.text("refused-counter-not-accepted", state=talk.text(f"counter-state-{shown['state']}"))
    known = ("counter-filed", "counter-unknown", "counter-elsewhere", "counter-erased", "counter-day", "reason-missing",
             "note-long", "work-elsewhere", "agency-unknown", "children-open", "nothing-new", "dossier-unknown",
             "transition-impossible", "procedure-unknown", "no-due", "due-not-later", "extension-used")  # fmt: skip
    if refusal.key not in known:
        return talk.text("refused-work-other")
    args = {"counter-filed": ("code",), "note-long": ("most",)}.get(refusal.key, ())
    return talk.text(f"refused-{refusal.key}", **{name: str(shown.get(name, "")) for name in args})
