"""All that one person has here, followed dossiers and papers in preparation; and how she wants to be told of them."""

from __future__ import annotations

from dataclasses import replace

from bot.dialog.flow import Talk
from bot.dialog.values import Again, Answer, Ask, Choice, Goto, Move, Say
from handlers import details, news, notices
from handlers.track import named, refusal, track
from services.dossiers.followers import Wishes
from services.refusal import Refused

_QUIET = {"none": None, "21-7": (21 * 60, 7 * 60), "22-6": (22 * 60, 6 * 60)}
_LABEL = 60


@track.step
def mine(talk: Talk) -> Ask:
    """The dossiers this person follows, and the pre-submissions that are not over."""
    followed = talk.services.dossiers.mine(talk.who)
    prepared = talk.services.presubmissions.mine(talk.who)
    if not followed and not prepared:
        return Ask(talk.text("track-none"), text_ok=True)
    choices = [
        Choice(code, talk.text("track-mine-one", code=code, status=news.status(talk, status)))
        for code, status in followed
    ]
    for row in prepared:
        name = details.short(talk.services.catalog.name(row.procedure_code), _LABEL)
        label = talk.text("track-mine-prepared", code=row.code, state=talk.text(f"track-is-{row.state}"), name=name)
        choices.append(Choice(f"prepared:{row.code}", label))
    if followed:
        choices.append(Choice("settings", talk.text("track-settings")))
    head = "track-mine-head" if not prepared else "track-mine-both" if followed else "track-mine-only-prepared"
    return Ask(talk.text(head), tuple(choices), text_ok=not followed)


@mine.takes
def _(talk: Talk, answer: Answer) -> Move:
    what, _, code = (answer.value or "").partition(":")
    if what == "settings":
        return Goto("settings")
    if what == "prepared":
        return Goto("prepare.resumed", {"code": code})
    return Goto("owner", {"code": what}) if what else named(talk, answer.text or "")


# -- how I am told --------------------------------------------------------------------------------------------------


@track.step
def settings(talk: Talk) -> Ask:
    """How this person wants to be told: all that holds now, and what can be changed."""
    wished = talk.services.dossiers.wishes(talk.who)
    choices = [
        Choice("mode:at-once", talk.text("settings-at-once")),
        Choice("mode:digest", talk.text("settings-digest")),
        *(Choice(f"quiet:{name}", talk.text(f"settings-quiet-{name}")) for name in _QUIET),
        Choice("where", talk.text("settings-where")),
        Choice(
            "go" if wished.stopped_at else "stop", talk.text("settings-go" if wished.stopped_at else "settings-stop")
        ),
        Choice("home", talk.text("to-menu"), ("menu",)),
    ]
    lines = [talk.text("settings-head"), *_in_force(talk, wished), talk.text("settings-ask")]
    return Ask("\n".join(lines), tuple(choices))


def _in_force(talk: Talk, wished: Wishes) -> list[str]:
    """When, at night, and in which chat she is told; first of all whether she is told at all."""
    lines = [talk.text("settings-now-stopped")] if wished.stopped_at else []
    lines.append(talk.text(f"settings-now-{wished.mode}"))
    lines.append(_night(talk, wished.quiet))
    lines.append(talk.text("settings-now-where", way=notices.told_in(talk)))
    return [f"• {line}" for line in lines]


def _night(talk: Talk, quiet: tuple[int, int] | None) -> str:
    if quiet is None:
        return talk.text("settings-now-night")
    begin, end = (_clock(talk, *divmod(at, 60)) for at in quiet)
    return talk.text("settings-now-quiet", begin=begin, end=end)


def _clock(talk: Talk, hour: int, minute: int) -> str:
    return talk.text("settings-clock", hour=str(hour), minute=minute, two=f"{minute:02}")


@settings.takes
def _(talk: Talk, answer: Answer) -> Move:
    what, _, which_one = (answer.value or "").partition(":")
    wished = talk.services.dossiers.wishes(talk.who)
    match what:
        case "mode":
            wished, said = replace(wished, mode=which_one, stopped_at=None), f"settings-saved-{which_one}"
        case "quiet":
            quiet = _QUIET[which_one]
            wished, said = replace(wished, quiet=quiet), "settings-saved-quiet" if quiet else "settings-saved-night"
        case "where":
            return Goto("notices.where")
        case "stop":
            return stop_all(talk, "")
        case "go":
            return go_on(talk, "")
        case "home":
            return Goto("menu.home")
        case _:
            return Again(talk.text("choose-one"))
    talk.services.dossiers.wish(talk.who, wished)
    return Goto("settings", say=(Say(talk.text(said, night=_night(talk, wished.quiet))),), replace=True)


def stop_all(talk: Talk, rest: str) -> Move:
    """No more notices at all, by one word; the dossiers stay followed and can be looked up."""
    wished = talk.services.dossiers.wishes(talk.who)
    talk.services.dossiers.wish(talk.who, replace(wished, stopped_at=talk.now))
    return Goto("menu.home", say=(Say(talk.text("settings-stopped-now")),))


def go_on(talk: Talk, rest: str) -> Move:
    """Notices again, by one word, as she had them before."""
    wished = replace(talk.services.dossiers.wishes(talk.who), stopped_at=None)
    talk.services.dossiers.wish(talk.who, wished)
    return Goto("track.settings", say=(Say(talk.text("settings-begun-again")),), replace=True)


def link(talk: Talk, typed: str) -> Move:
    """Link two chats of one person, so that news goes to the other where one cannot be reached."""
    if not typed.strip():
        return Goto("menu.home", say=(Say(talk.text("link-code", code=talk.services.dossiers.link_code(talk.who))),))
    done = talk.services.dossiers.link(talk.who, typed)
    if isinstance(done, Refused):
        return Goto("menu.home", say=(Say(refusal(talk, done)),))
    return Goto("menu.home", say=(Say(talk.text("link-done")),))
