"""The planned steps of a dossier in words: which agency does what until when, and which one is late."""

from __future__ import annotations

from collections.abc import Sequence

from bot.dialog.flow import Talk
from handlers import dates
from services.dossiers.stages import Stage


def lines(talk: Talk, way: Sequence[Stage], *, over: bool) -> list[str]:
    """All steps in order, under a heading; [] where none were planned. `over`: what did not begin will not."""
    if not way:
        return []
    return [talk.text("track-stage-head"), *("• " + _line(talk, one, over=over) for one in way)]


def current(talk: Talk, stage: Stage | None) -> list[str]:
    """The step that is running, in a line of its own; [] where there is none."""
    return [talk.text("track-stage-current", step=_line(talk, stage, over=False))] if stage is not None else []


def _line(talk: Talk, stage: Stage, *, over: bool) -> str:
    now, agency = talk.services.dossiers.clock.now(), talk.services.dossiers.agency(stage.agency_code)
    said = {"name": stage.name, "agency": agency}
    if over and stage.started_at is None:
        return talk.text("track-stage-none", **said)
    if stage.done_at is not None:
        parts = [talk.text("track-stage-done", **said, day=dates.day(talk, stage.done_at))]
    else:
        parts = [talk.text("track-stage-now" if stage.is_running else "track-stage-later", **said)]
    if stage.due_at is not None:
        parts.append(talk.text("track-stage-due", day=dates.day(talk, stage.due_at)))
    if days := stage.days_late(now):
        parts.append(talk.text("track-stage-late", days=str(days)))
    elif stage.is_late(now):
        parts.append(talk.text("track-stage-late-hours"))
    return ", ".join(parts)
