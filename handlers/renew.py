"""`đổi mã <mã hồ sơ>` at the counter: the old one-time codes count no more, and the owner gets a new one."""

from __future__ import annotations

from bot.dialog.flow import Talk
from bot.dialog.values import Goto, Move, Say
from bot.dialog.words import fold
from handlers import ask
from handlers.desk_cards import desk
from services.refusal import Refused

RENEW = r"[dđ]\S{1,6}\s+m\S{1,4}\s+"
"""`đổi mã `, before a dossier's code, with whatever marks a phone makes of it."""
_WORDS = "doi ma"


def renewed(talk: Talk, typed: str) -> Move:
    """An officer takes the old codes back; said by anybody else it is a question like any other."""
    by = desk(talk).member(talk.who)
    if by is None or not by.works or fold(" ".join(typed.split()[:2])) != _WORDS:
        return ask.search(talk, typed)
    code = typed.split(None, 2)[2]
    done = desk(talk).renew(by, code)
    if isinstance(done, Refused):
        return Goto("desk.home", say=(Say(talk.text(f"refused-{done.key}")),))
    lines = [talk.text("renew-done", code=done.code, receipt=done.receipt)]
    if done.unbound:
        lines.append(talk.text("renew-unbound", count=str(done.unbound)))
    return Goto("desk.home", say=(Say("\n".join(lines)),))
