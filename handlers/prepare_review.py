"""The review of a pre-submission: everything at one look, any answer changed, sent, moved, given up, deleted."""

from __future__ import annotations

from bot.dialog.flow import Flow, Talk
from bot.dialog.values import Again, Answer, Ask, Choice, Goto, Move, Say
from handlers import details, prepare_way
from services.presubmissions import delegation, drafts, forms, moves, papers, sending
from services.presubmissions.drafts import Draft
from services.refusal import Refused

review = Flow("prepare_review")

_YES, _NO, _CASE = "yes", "no", "case"
_LABEL = 60


@review.step
@prepare_way.editing
def answers(talk: Talk, draft: Draft) -> Ask | Goto:
    """All answers and papers, and what can be done now."""
    lines = [talk.text("prepare-review", code=draft.code), prepare_way.name(talk, draft)]
    if draft.row.for_other:
        owner = "agreed" if delegation.standing(draft) == "given" else "counter"
        lines.append(talk.text(f"prepare-review-owner-{owner}"))
    lines.append("")
    for line in forms.lines(draft):
        lines.append(f"• {prepare_way.label(talk, line.field)}: {line.shown}")
    lines += ["", talk.text("prepare-review-papers")]
    for number, component in enumerate(papers.of(draft), 1):
        lines.append(f"{number}) {component.title}: {_how(talk, component)}")
    lines += ["", talk.text("prepare-not-filed")]
    is_ready = forms.missing(draft) is None and not papers.lacking(draft)
    first = Choice("send", talk.text("prepare-send"), ("gửi", "gửi đi", "send"))
    choices = (
        first if is_ready else Choice("onward", talk.text("prepare-onward"), ("tiếp", "tiếp tục")),
        Choice("edit", talk.text("prepare-edit"), ("sửa",)),
        Choice("more", talk.text("prepare-other")),
    )
    return Ask("\n".join(lines), choices)


def _how(talk: Talk, component: papers.Component) -> str:
    if component.how == papers.BRING:
        return talk.text("prepare-how-bring")
    if not component.files:
        return talk.text("prepare-how-none")
    return talk.text("prepare-how-flagged" if component.flags else "prepare-how-sent", pages=component.pages)


@answers.takes
@prepare_way.editing
def _(talk: Talk, draft: Draft, answer: Answer) -> Move:
    if answer.value == "onward":
        return prepare_way.onward(talk, draft)
    step = "bare" if answer.value == "send" else answer.value
    return Goto(step, {"code": draft.code}) if step else Again(talk.text("choose-one"))


@review.step
@prepare_way.hers
def bare(talk: Talk, draft: Draft) -> Ask | Goto:
    """Answers alone are sent when that is meant: there is no picture of any paper yet."""
    if not draft.is_editable or papers.has_files(draft):
        return Goto("send", {"code": draft.code})
    choices = (
        Choice("papers", talk.text("prepare-bare-papers"), ("gửi ảnh", "không")),
        Choice("send", talk.text("prepare-bare-send"), ("vẫn gửi", "có", "gửi")),
    )
    return Ask(talk.text("prepare-bare"), choices)


@bare.takes
@prepare_way.editing
def _(talk: Talk, draft: Draft, answer: Answer) -> Move:
    if answer.value == "papers":
        first = next(iter(papers.asked(draft)), None)
        code = {"code": draft.code}
        return Goto("prepare_papers.one", {**code, "n": first.n}) if first else Goto("edit", code)
    return Goto("send", {"code": draft.code}, replace=True) if answer.value else Again(talk.text("choose-one"))


@review.step
@prepare_way.hers
def send(talk: Talk, draft: Draft) -> Ask | Goto:
    """Hand it to the desk."""
    refused = sending.send(draft)
    if refused is None or refused.key == "prepare-not-open":
        return Goto("prepare.shown", {"code": draft.code})
    return prepare_way.onward(talk, draft, (Say(prepare_way.refusal(talk, refused)),))


@review.step
@prepare_way.editing
def edit(talk: Talk, draft: Draft) -> Ask | Goto:
    """Which answer or paper to change?"""
    names = (*forms.ASKED, *(field.label for field in forms.own(draft)))
    choices = [Choice(f"field:{name}", details.short(prepare_way.label(talk, name), _LABEL)) for name in names]
    choices += [Choice(f"paper:{one.n}", details.short(one.title, _LABEL)) for one in papers.of(draft)]
    version = talk.services.presubmissions.version(draft)
    if draft.row.state == "draft" and version is not None and version.record.questions:
        choices.append(Choice(_CASE, talk.text("ask-other-case")))
    return Ask(talk.text("prepare-edit-which"), tuple(choices))


@edit.takes
@prepare_way.editing
def _(talk: Talk, draft: Draft, answer: Answer) -> Move:
    what, _, which = (answer.value or "").partition(":")
    match what:
        case "field":
            return Goto("prepare_form.field", {"code": draft.code, "field": which})
        case "paper":
            return Goto("prepare_papers.one", {"code": draft.code, "n": int(which)})
        case "case":
            data = {"procedure": draft.row.procedure_code, "case": {}, "draft": draft.code}
            return Goto("prepare.chosen", data)
    return Again(talk.text("choose-one"))


# -- other things ---------------------------------------------------------------------------------------------------


@review.step
@prepare_way.editing
def more(talk: Talk, draft: Draft) -> Ask | Goto:
    """What is not needed every day: another chat, giving up, deleting."""
    choices = [Choice("move", talk.text("prepare-move"))]
    if draft.row.state == "draft":
        choices.append(Choice("cancel", talk.text("prepare-cancel")))
    else:
        choices.append(Choice("withdraw", talk.text("prepare-withdraw")))
    choices.append(Choice("delete", talk.text("prepare-delete")))
    return Ask(talk.text("prepare-other-which", code=draft.code), tuple(choices))


@more.takes
@prepare_way.editing
def _(talk: Talk, draft: Draft, answer: Answer) -> Move:
    if answer.value == "move":
        return Again(talk.text("prepare-move-code", code=moves.code(draft)))
    return Goto(answer.value, {"code": draft.code}) if answer.value else Again(talk.text("choose-one"))


def moved_here(talk: Talk, typed: str) -> Move:
    """ "chuyển hồ sơ 482913" in the chat that the draft is to come to; without the digits, how to get them."""
    if not any(letter.isdigit() for letter in typed):
        return Goto("menu.home", say=(Say(talk.text("prepare-move-how")),))
    services = talk.services.presubmissions
    done = moves.here(services.hand(talk.who), talk.who, typed)
    if isinstance(done, Refused):
        return Goto("menu.home", say=(Say(prepare_way.refusal(talk, done)),))
    return Goto("prepare.resumed", {"code": done}, say=(Say(talk.text("prepare-move-done", code=done)),))


@review.step
def cancel(talk: Talk) -> Ask | Goto:
    """Give it up?"""
    return _asked(talk, "prepare-cancel-sure")


@review.step
def delete(talk: Talk) -> Ask | Goto:
    """Delete it for good?"""
    return _asked(talk, "prepare-delete-sure")


@review.step
def withdraw(talk: Talk) -> Ask | Goto:
    """Withdraw what was sent?"""
    return _asked(talk, "prepare-withdraw-sure")


@prepare_way.hers
def _asked(talk: Talk, draft: Draft, question: str) -> Ask | Goto:
    choices = (Choice(_NO, talk.text("prepare-no-keep")), Choice(_YES, talk.text("prepare-yes-end")))
    return Ask(talk.text(question, code=draft.code), choices)


@cancel.takes
def _(talk: Talk, answer: Answer) -> Move:
    return _ended(talk, answer, "cancelled")


@withdraw.takes
def _(talk: Talk, answer: Answer) -> Move:
    return _ended(talk, answer, "withdrawn")


@delete.takes
def _(talk: Talk, answer: Answer) -> Move:
    return _ended(talk, answer, "deleted")


@prepare_way.hers
def _ended(talk: Talk, draft: Draft, answer: Answer, how: str) -> Move:
    if answer.value == _NO:
        return Goto("prepare.resumed", {"code": draft.code})  # who does not agree is asked that again, nothing else
    if answer.value != _YES:
        return Again(talk.text("choose-one"))
    refused = _end(draft, how)
    if refused is not None:
        return prepare_way.onward(talk, draft, (Say(prepare_way.refusal(talk, refused)),))
    return Goto("menu.home", say=(Say(talk.text(f"prepare-{how}", code=draft.code)),), replace=True)


def _end(draft: Draft, how: str) -> Refused | None:
    if how == "cancelled":
        return sending.cancel(draft)
    if how == "withdrawn":
        return sending.withdraw(draft)
    if draft.row.state in drafts.WITH_THE_OFFICE:
        sending.withdraw(draft)
    drafts.delete(draft)
    return None


@send.takes
def _(talk: Talk, answer: Answer) -> Move:
    return Again(talk.text("choose-one"))
