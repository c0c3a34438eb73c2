"""The way to the counter in words: which office, which counter, when it is open next."""

from __future__ import annotations

from bot.dialog.flow import Talk
from handlers import dates
from services.counter import Place


def lines(talk: Talk, first: str, place: Place) -> list[str]:
    """Where and when to go. `first` is the text that names the office and its address; `first-short` the office alone.

    A day that is partly over is told with the hours that are left of it.
    """
    where = f"{first}-short" if not place.address else first
    said = [talk.text(where, agency=place.agency, address=place.address)]
    if place.counters:
        said.append(talk.text("check-good-counter", counter=", ".join(place.counters)))
    for day, spans in place.open:
        hours = [talk.text("hours-span", begin=f"{begin:%H:%M}", end=f"{end:%H:%M}") for begin, end in spans]
        said.append(talk.text("check-good-open", day=dates.day(talk, day), when=talk.text("and").join(hours)))
    return said
