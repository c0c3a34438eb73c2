"""Cards in words: what waits at the desk, and what is told of it. Codes, counts and times; nothing of a person."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from bot.dialog.flow import Talk
from bot.dialog.values import Choice, Move
from handlers import dates
from handlers.tellings import Told, tells
from services import ratings
from services.db.desk import Card
from services.desk.facade import Desk
from services.desk.staff import Member
from services.refusal import Refused

Opens = Callable[[Talk, Member, Card], Move]
OPENS: dict[str, Opens] = {}
"""What the owner of a card of each kind does with it, in her private chat."""


FLAGS = ("blurred", "dark", "glare", "cut-off", "small", "upside-down", "sideways", "not-a-paper", "twice")
"""What the photo coach may have seen."""


def opens(kind: str) -> Callable[[Opens], Opens]:
    """Register what opening a card of `kind` does; its button's label is the text `desk-open-KIND`."""

    def register(function: Opens) -> Opens:
        if kind in OPENS:
            raise ValueError(f"cards of kind {kind} are opened in two ways")
        OPENS[kind] = function
        return function

    return register


def desk(talk: Talk) -> Desk:
    """The desk's services."""
    found: Desk = talk.services.desk
    return found


def text(talk: Talk, card: Card) -> str:
    """A card as the desk reads it."""
    lines = [talk.text(f"desk-kind-{_kind(card)}", n=str(card.id), subject=card.subject.partition("#")[0])]
    if card.kind in ("check", "approve"):
        lines += _check(talk, card)
    elif card.kind == "talk" and (field := desk(talk).field_of(card)):
        lines.append(talk.text("desk-field", field=field))
    elif card.kind == "rating":
        month, of_field = ratings.card_facts(card.subject)
        month = f"{month[5:]}/{month[:4]}"
        lines.append(talk.text("rate-card", field=of_field or talk.text("rate-no-field"), month=month))
    if card.state == "open" and (waited := desk(talk).waited(card)) >= timedelta(minutes=1):
        lines.append(talk.text("desk-waited", span=span(talk, waited)))
    return "\n".join(lines)


def label(talk: Talk, card: Card) -> str:
    """A card in one short line, to be chosen."""
    waited = span(talk, desk(talk).waited(card))
    subject = card.subject.partition("#")[0] if card.kind in ("check", "approve", "complaint") else ""
    what = talk.text(f"desk-short-{_kind(card)}", subject=subject).strip()
    return talk.text("desk-one", n=str(card.id), what=what, span=waited)


def span(talk: Talk, spent: timedelta) -> str:
    """A span of working time: minutes, else hours and minutes."""
    minutes = int(spent.total_seconds()) // 60
    if minutes < 60:
        return talk.text("desk-minutes", minutes=str(minutes))
    return talk.text("desk-hours", hours=str(minutes // 60), minutes=str(minutes % 60))


def why(talk: Talk, refusal: Refused | str) -> str:
    """A refusal of the desk as a sentence."""
    key = refusal if isinstance(refusal, str) else refusal.key
    return talk.text(f"refused-{key}")


def _kind(card: Card) -> str:
    return card.kind if card.kind in ("check", "talk", "complaint", "rating", "approve") else "other"


def _check(talk: Talk, card: Card) -> list[str]:
    found = desk(talk).check_of(card)
    if found is None:
        return []
    lines = [talk.text("desk-procedure", name=found.procedure, code=found.procedure_code)]
    if found.round > 1:
        lines.append(talk.text("desk-round", round=str(found.round)))
    if found.case:
        lines.append(talk.text("desk-case", case="; ".join(found.case)))
    if found.pages:
        lines.append(talk.text("desk-papers", papers=str(found.papers), pages=str(found.pages)))
    else:
        lines.append(talk.text("desk-papers-none"))
    if found.brought:
        lines.append(talk.text("desk-brought", papers=str(found.brought)))
    if found.flags:
        seen = [
            f"{talk.text('desk-flag-' + (flag if flag in FLAGS else 'other'))} {count}"
            for flag, count in sorted(found.flags.items())
        ]
        lines.append(talk.text("desk-flags", flags=", ".join(seen)))
    return lines


# -- told to the desk -----------------------------------------------------------------------------------------------


def _card(talk: Talk, args: Mapping[str, Any], *states: str) -> Card | None:
    """The card that a telling is about, if it still is in one of these states."""
    card = desk(talk).card(int(args["card"]))
    return card if card is not None and card.state in states else None


def _offered(talk: Talk, card: Card, head: str = "") -> Told:
    """A card that waits, with its buttons."""
    choices = tuple(Choice(value, talk.text(f"desk-{value}")) for value in ("take", "see", "pass"))
    words = talk.text("desk-words-open", n=str(card.id))
    lines = "\n".join(line for line in (head, text(talk, card)) if line)
    return Told(lines, "desk.card", {"card": card.id}, choices, words)


@tells("desk-card")
def _(talk: Talk, args: Mapping[str, Any]) -> Told | None:
    """A new card, or one that is free again."""
    card = _card(talk, args, "open")
    return _offered(talk, card) if card else None


@tells("desk-reminded")
def _(talk: Talk, args: Mapping[str, Any]) -> Told | None:
    """Nobody took it for too long."""
    card = _card(talk, args, "open")
    return _offered(talk, card, talk.text("desk-still-waits")) if card else None


@tells("desk-escalated")
def _(talk: Talk, args: Mapping[str, Any]) -> Told | None:
    """The head hears of a card that nobody took."""
    card = _card(talk, args, "open")
    return _offered(talk, card, talk.text("desk-nobody-took")) if card else None


@tells("desk-taken")
def _(talk: Talk, args: Mapping[str, Any]) -> Told | None:
    """The group learns that somebody has it."""
    card = _card(talk, args, "claimed", "done")
    return Told(talk.text("desk-has-owner", n=str(card.id))) if card else None


@tells("desk-yours")
def _(talk: Talk, args: Mapping[str, Any]) -> Told | None:
    """To the owner: what to do next."""
    by, card = desk(talk).member(talk.who), _card(talk, args, "claimed")
    if by is None or card is None or card.owner_id != by.id:
        return None
    head = talk.text("desk-handed-to-you" if args.get("handed") else "desk-is-yours", n=str(card.id))
    until = [talk.text("desk-until", moment=dates.moment(talk, card.lease_until))] if card.lease_until else []
    return Told(
        "\n".join([head, text(talk, card), *until]), "desk.card", {"card": card.id}, own_choices(talk, card),
        talk.text("desk-words-own", n=str(card.id)),
    )  # fmt: skip


def own_choices(talk: Talk, card: Card) -> tuple[Choice, ...]:
    """What the owner may do with a card."""
    choices = [Choice("open", talk.text(f"desk-open-{_kind(card)}"))] if card.kind in OPENS else []
    return (*choices, Choice("release", talk.text("desk-release")), Choice("pass", talk.text("desk-pass-on")))


@tells("desk-pass")
def _(talk: Talk, args: Mapping[str, Any]) -> Told | None:
    """To whoever pressed "hand on" in a group: choose to whom, here."""
    card = _card(talk, args, "open", "claimed")
    if card is None:
        return None
    choices = (Choice("pass", talk.text("desk-pass-choose")),)
    words = talk.text("desk-words-pass", n=str(card.id))
    return Told(talk.text("desk-pass-here", n=str(card.id)), "desk.card", {"card": card.id}, choices, words)


@tells("desk-refused")
def _(talk: Talk, args: Mapping[str, Any]) -> Told:
    """To whoever pressed in a group in vain."""
    return Told(talk.text("desk-card-n", n=str(args["card"])) + " " + why(talk, str(args["why"])))


@tells("desk-lease-over")
def _(talk: Talk, args: Mapping[str, Any]) -> Told:
    """To who held it too long without doing anything."""
    return Told(talk.text("desk-lease-over", n=str(args["card"])))


@tells("desk-held")
def _(talk: Talk, args: Mapping[str, Any]) -> Told | None:
    """To the citizen who waits: which agency has it, and that she need do nothing."""
    card = _card(talk, args, "open", "claimed")
    if card is None:
        return None
    agency = talk.services.dossiers.agency(card.agency_code)
    kind = _kind(card)
    return Told(talk.text(f"desk-held-{kind}", subject=card.subject.partition("#")[0], agency=agency))
