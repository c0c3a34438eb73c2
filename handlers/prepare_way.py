"""What a pre-submission needs next, and the few things that all its conversations say."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from bot.dialog.flow import Talk
from bot.dialog.values import Goto, Say, SendFile
from handlers import details
from services.presubmissions import delegation, forms, papers
from services.presubmissions.drafts import Draft
from services.presubmissions.papers import Changes
from services.refusal import Refused

P = ParamSpec("P")
R = TypeVar("R")


def draft_of(talk: Talk) -> Draft | None:
    """The pre-submission this question is about; None when it is not hers any more."""
    draft: Draft | None = talk.services.presubmissions.open(talk.who, str(talk.data["code"]))
    return draft


def editable(talk: Talk) -> Draft | None:
    """The same, where its answers and papers may still be changed."""
    draft = draft_of(talk)
    return draft if draft is not None and draft.is_editable else None


def gone(talk: Talk) -> Goto:
    """It cannot be changed here: it was moved, deleted or sent. Says so, or shows how it stands."""
    draft = draft_of(talk)
    if draft is not None:
        return Goto("prepare.shown", {"code": draft.code}, replace=True)
    return Goto("menu.home", say=(Say(talk.text("prepare-gone")),), replace=True)


def hers(work: Callable[Concatenate[Talk, Draft, P], R]) -> Callable[Concatenate[Talk, P], R | Goto]:
    """A step, or what takes its answer, that is handed the pre-submission it is about; without one it is not run."""
    return _given(draft_of, work)


def editing(work: Callable[Concatenate[Talk, Draft, P], R]) -> Callable[Concatenate[Talk, P], R | Goto]:
    """The same for what changes it: run only while its answers and papers may still be changed."""
    return _given(editable, work)


def _given(
    find: Callable[[Talk], Draft | None], work: Callable[Concatenate[Talk, Draft, P], R]
) -> Callable[Concatenate[Talk, P], R | Goto]:
    @wraps(work)  # a step is called as its function is
    def run(talk: Talk, /, *args: P.args, **kwargs: P.kwargs) -> R | Goto:
        draft = find(talk)
        return gone(talk) if draft is None else work(talk, draft, *args, **kwargs)

    return run


def onward(talk: Talk, draft: Draft, say: tuple[Say | SendFile, ...] = ()) -> Goto:
    """To the first thing that is still missing; with nothing missing, to the review."""
    code = {"code": draft.code}
    if not draft.is_editable:
        return Goto("prepare.shown", code, say=say)
    if draft.row.state == "returned":
        return Goto("prepare.resend", code, say=say)
    if forms.WHO not in draft.form:
        return Goto("prepare_form.who", code, say=say)
    if draft.row.for_other and draft.form.get(forms.OWNER) != "counter" and delegation.standing(draft) != "given":
        return Goto("prepare_helper.owner", code, say=say)
    field = forms.missing(draft)
    if field is not None:
        return Goto("prepare_form.field", {**code, "field": field}, say=say)
    lacking = papers.lacking(draft)
    if lacking:
        return Goto("prepare_papers.one", {**code, "n": lacking[0].n}, say=say)
    return Goto("prepare_review.answers", code, say=say)


def name(talk: Talk, draft: Draft) -> str:
    """The procedure's name."""
    version = talk.services.presubmissions.version(draft)
    return version.record.name if version else draft.row.procedure_code


def label(talk: Talk, field: str) -> str:
    """What a field of the form is called; a procedure's own field has its name from the catalogue."""
    return talk.text(f"prepare-field-{field.replace('_', '-')}") if field in forms.ASKED else field


def changed(talk: Talk, changes: Changes) -> tuple[Say, ...]:
    """What a new version of the procedure, or another case, changed for this person; () when it changed nothing."""
    lines = [talk.text("prepare-changed-added", title=title) for title in changes.added]
    lines += [talk.text("prepare-changed-removed", title=title) for title in changes.removed]
    return (Say("\n".join([talk.text("prepare-changed"), *lines])),) if lines else ()


def refusal(talk: Talk, refused: Refused) -> str:
    """Why it cannot be sent, or done, as a sentence with a way on."""
    args = {name: value for name, value in refused.args.items() if isinstance(value, str | int)}
    if "titles" in refused.args:
        args["titles"] = "; ".join(details.short(title) for title in refused.args["titles"])
    if "field" in args:
        args["field"] = details.small(label(talk, str(args["field"])))
    return talk.text(f"refused-{refused.key}", **args)
