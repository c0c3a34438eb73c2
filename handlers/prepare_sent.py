"""A pre-submission that was sent: how it stands, what to bring, and sending again what the officer gave back."""

from __future__ import annotations

from bot.dialog.flow import Talk
from bot.dialog.values import Again, Answer, Ask, Choice, FileRef, Goto, Move, Say
from handlers import dates, details, file_words, prepare_way
from handlers.prepare import prepare
from services.presubmissions import files, papers, unasked
from services.presubmissions.drafts import Draft

_LABEL = 60


@prepare.step
@prepare_way.hers
def shown(talk: Talk, draft: Draft) -> Ask | Goto:
    """How a pre-submission stands that was sent, or is over."""
    state, name = draft.row.state, prepare_way.name(talk, draft)
    if state in ("draft", "returned"):
        return Goto("resumed", {"code": draft.code})
    lines = [talk.text(f"prepare-state-{state}", code=draft.code), name]
    if draft.row.sent_at is not None:
        lines.append(talk.text("prepare-sent-at", moment=dates.moment(talk, draft.row.sent_at)))
    if state in ("sent", "checking"):
        lines += ["", talk.text("prepare-not-filed")]
    if state == "accepted":
        lines += ["", *hand_over(talk, draft)]
    choices = [Choice("menu.home", talk.text("to-menu"), ("menu",))]
    if state == "accepted":
        choices.insert(0, Choice("visit.offer", talk.text("check-good-book"), ("đặt lịch", "đặt lịch hẹn")))
    if state in ("sent", "checking", "accepted"):
        choices.insert(-1, Choice("prepare_review.withdraw", talk.text("prepare-withdraw"), ("rút hồ sơ",)))
    else:
        choices.insert(-1, Choice("prepare_review.delete", talk.text("prepare-delete"), ("xóa",)))
    return Ask("\n".join(lines), tuple(choices))


@shown.takes
def _(talk: Talk, answer: Answer) -> Move:
    return Goto(answer.value, {"code": talk.data["code"]}) if answer.value else Again(talk.text("choose-one"))


def hand_over(talk: Talk, draft: Draft) -> list[str]:
    """Where a checked pre-submission goes: with which papers to the counter, or over the national portal."""
    office, brought = talk.services.office, papers.of(draft)
    lines = [talk.text("prepare-bring-all"), *(f"• {component.title}" for component in brought)]
    if office is not None and office.address:
        lines.append(talk.text("prepare-bring-where", office=office.name, address=office.address))
    return [*lines, talk.text("prepare-or-portal")]


# -- sent back ------------------------------------------------------------------------------------------------------


@prepare.step
@prepare_way.hers
def resend(talk: Talk, draft: Draft) -> Ask | Goto:
    """The officer's complete list: each paper is sent again by itself, then all go back together."""
    if draft.row.state != "returned":
        return prepare_way.onward(talk, draft)
    lacking, returned = papers.lacking(draft), papers.returned(draft)
    left = {component.n for component in lacking}
    lines = [talk.text("prepare-resend" if left else "prepare-resend-done", code=draft.code)]
    for number, item in enumerate(returned, 1):
        state = talk.text("prepare-resend-left" if item["n"] in left else "prepare-resend-ready")
        lines.append(f"{number}) {item['title']}: {state}" + (f" {item['note']}" if item["n"] in left else ""))
    choices = [
        Choice(str(component.n), talk.text("prepare-again", title=details.short(component.title, _LABEL)))
        for component in lacking
    ]
    if not left:
        choices.append(Choice("prepare_review.bare", talk.text("prepare-send"), ("gửi", "send")))
    choices.append(Choice("prepare_review.answers", talk.text("prepare-see-all")))
    return Ask("\n".join(lines), tuple(choices))


def sent_unasked(talk: Talk, refs: tuple[FileRef, ...]) -> Goto | None:
    """Photos that no question waits for, of somebody with papers to send again: to the paper they are for, or to the
    list, to choose it. They are kept where that is safe, else asked for anew. None where nothing was given back to her.
    """
    draft: Draft | None = talk.services.presubmissions.given_back(talk.who)
    if draft is None:
        return None
    left, code = papers.lacking(draft), draft.code
    if not left:
        return Goto("prepare.resend", {"code": code}, say=(Say(talk.text("prepare-photo-none", code=code)),))
    one = {"code": code, "n": left[0].n} if len(left) == 1 else None
    if not unasked.keeps(draft, talk.who) or not all(ref.key or ref.why_not for ref in refs):
        said = Say(talk.text("prepare-photo-unasked" if one else "prepare-photo-which", code=code))
        return Goto("prepare_papers.one" if one else "prepare.resend", one or {"code": code}, say=(said,))
    if one:
        refused = [came.why_not for came in files.add(draft, left[0].n, refs) if came.why_not]
        kept = talk.text("prepare-photo-kept", code=code)
    else:
        refused = unasked.hold(draft, refs)
        kept = talk.text("prepare-photo-held", code=code, count=unasked.held(draft))
    lines = [file_words.why_not(talk, why) for why in dict.fromkeys(refused)]
    said = Say("\n".join([*lines, kept] if len(refused) < len(refs) else lines))
    if one:
        return Goto("prepare_papers.one", one, say=(said,))
    return Goto("prepare.resend", {"code": code, "held": True}, say=(said,))


@resend.takes
def _(talk: Talk, answer: Answer) -> Move:
    draft = prepare_way.draft_of(talk)
    if draft is None or draft.row.state != "returned":
        return prepare_way.gone(talk)
    if answer.value is None:
        return Again(talk.text("choose-one"))
    if answer.value.isdecimal():
        n = int(answer.value)
        if talk.data.get("held") and unasked.keeps(draft, talk.who):
            unasked.adopt(draft, n)
        return Goto("prepare_papers.one", {"code": draft.code, "n": n})
    return Goto(answer.value, {"code": draft.code})


__all__ = ["hand_over", "prepare"]
