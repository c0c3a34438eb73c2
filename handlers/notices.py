"""What the office said by itself: every notice with its time, channel and fate; and in which chat notices come."""

from __future__ import annotations

from bot.dialog.flow import Flow, Talk
from bot.dialog.values import Again, Answer, Ask, Choice, Goto, Move, Say
from handlers import dates, details, news
from services.dossiers.notices import Said

notices = Flow("notices")


@notices.step
def history(talk: Talk) -> Ask:
    """The newest notices, or those before the ones just seen."""
    shown, more = talk.services.dossiers.history(talk.who, talk.data.get("before"))
    menu = Choice("menu.home", talk.text("to-menu"), ("menu",))
    if not shown:
        return Ask(talk.text("history-none"), (menu,))
    lines = [talk.text("history-older" if "before" in talk.data else "history-head")]
    lines += [f"• {_line(talk, one)}" for one in shown]
    older = (Choice("older", talk.text("history-more"), ("xem tiếp",)),) if more else ()
    return Ask("\n".join(lines), (*older, menu))


@history.takes
def _(talk: Talk, answer: Answer) -> Move:
    if answer.value != "older":
        return Goto(answer.value) if answer.value else Again(talk.text("choose-one"))
    shown, _ = talk.services.dossiers.history(talk.who, talk.data.get("before"))
    return Goto("history", {"before": shown[-1].id} if shown else {})


def _line(talk: Talk, one: Said) -> str:
    """When, where, what and what became of it; nothing of what the notice said about a person."""
    what = talk.text(f"history-{one.kind}", code=one.code, status=news.status(talk, one.status), count=one.count)
    moment = dates.moment(talk, dates.from_ms(one.at_ms))
    if one.state == "telephoned":
        return talk.text("history-telephoned", moment=moment, what=what)
    state = talk.text(f"history-is-{one.state}")
    return talk.text("history-one", moment=moment, way=channel(talk, one.channel), what=what, state=state)


def channel(talk: Talk, name: str) -> str:
    """A channel as people call it."""
    try:
        return talk.text(f"channel-{name}")
    except KeyError:
        return talk.text("channel-other")  # one that an office added


@notices.step
def where(talk: Talk) -> Ask:
    """In which chat: of one dossier, or of all."""
    dossiers, code = talk.services.dossiers, str(talk.data.get("code", ""))
    names = _names(talk)
    menu = Choice("menu.home", talk.text("to-menu"), ("menu",))
    if len(names) < 2:
        return Ask(talk.text("where-one"), (menu,))
    usual = talk.text("where-as-others" if code else "where-last")
    now = names.get(dossiers.told_in(talk.who, code), details.small(usual))
    head = talk.text("where-of-one", code=code, now=now) if code else talk.text("where-of-all", now=now)
    choices = [*(Choice(str(chat), name) for chat, name in names.items()), Choice("usual", usual)]
    if not code:
        choices.append(Choice("unlink", talk.text("where-unlink")))
    return Ask(head, (*choices, menu))


def told_in(talk: Talk) -> str:
    """The chat that news of all dossiers goes to, as a part of a sentence."""
    names = _names(talk)
    if len(names) < 2:
        return next(iter(names.values()), talk.text("channel-other"))
    return names.get(talk.services.dossiers.told_in(talk.who), details.small(talk.text("where-last")))


def _names(talk: Talk) -> dict[int | None, str]:
    """Her chats by number, each with a name of its own."""
    names: dict[int | None, str] = {}
    for chat in talk.services.dossiers.chats(talk.who):
        name = channel(talk, chat.channel)
        same = sum(said == name or said.startswith(f"{name} (") for said in names.values())
        if chat.is_here:
            name = talk.text("where-here", way=name)
        elif same:
            name = f"{name} ({same + 1})"
        names[chat.id] = name
    return names


@where.takes
def _(talk: Talk, answer: Answer) -> Move:
    dossiers, code = talk.services.dossiers, str(talk.data.get("code", ""))
    match answer.value:
        case None:
            return Again(talk.text("choose-one"))
        case "menu.home":
            return Goto("menu.home")
        case "unlink":
            dossiers.unlink(talk.who)
            return Goto("menu.home", say=(Say(talk.text("where-unlinked")),))
        case "usual":
            saved = dossiers.tell_in(talk.who, None, code)
        case chat:
            saved = dossiers.tell_in(talk.who, int(chat), code)
    if not saved:  # it was unlinked from the other side meanwhile
        return Goto("menu.home", say=(Say(talk.text("where-one")),))
    return Goto("menu.home", say=(Say(_saved(talk, code)),))


def _saved(talk: Talk, code: str) -> str:
    """What holds from now on."""
    if code:
        now = _names(talk).get(talk.services.dossiers.told_in(talk.who, code))
        return talk.text("where-saved-one", code=code, now=now or details.small(talk.text("where-as-others")))
    return talk.text("where-saved", now=told_in(talk))
