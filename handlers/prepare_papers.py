"""The papers of a pre-submission, one by one: photos as pages, PDFs, what the photo coach says, what is brought.

Whatever the coach sees, a page is kept: it says what to do better and never stands in the way.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.dialog.flow import Flow, Talk
from bot.dialog.values import Again, Answer, Ask, Choice, FileRef, Goto, Move, Say, Stay
from handlers import file_words, prepare_way
from services import links
from services.presubmissions import consents, files, forms, papers
from services.presubmissions.drafts import Draft
from services.presubmissions.files import Came
from services.presubmissions.papers import Component

paper = Flow("prepare_papers")

_DONE, _BRING, _DROP, _DROP_FLAGGED, _PDF, _REVIEW = "done", "bring", "drop", "drop-flagged", "pdf", "review"
_YES, _NO = "yes", "no"
_ORDER = ("dark", "glare", "blurred", "cut-off", "small", "upside-down", "sideways", "not-a-paper")
"""Which of several things the coach saw is said: one, the one that helps most."""


def _open(talk: Talk) -> tuple[Draft, Component] | None:
    """The pre-submission and the paper that the question is about."""
    draft = prepare_way.editable(talk)
    component = papers.one(draft, int(talk.data["n"])) if draft is not None else None
    return (draft, papers.anew(draft, component)) if draft is not None and component is not None else None


def _lost(talk: Talk) -> Goto:
    """The paper is not on the list any more, or nothing can be changed."""
    draft = prepare_way.editable(talk)
    return prepare_way.gone(talk) if draft is None else prepare_way.onward(talk, draft)


# -- before an identity paper ---------------------------------------------------------------------------------------


@paper.step
@prepare_way.editing
def identity(talk: Talk, draft: Draft) -> Ask | Goto:
    """A consent of its own before the first picture of an identity paper; the number is usually enough."""
    about = "prepare-identity" if talk.data["n"] else "prepare-identity-card"
    text = talk.text(about) + "\n\n" + talk.text("prepare-identity-ask", version=consents.VERSIONS["identity"])
    return Ask(text, (Choice(_YES, talk.text("agree")), Choice(_NO, talk.text("agree-not"))))


@identity.takes
@prepare_way.editing
def _(talk: Talk, draft: Draft, answer: Answer) -> Move:
    if answer.value not in (_YES, _NO):
        return Again(talk.text("choose-one"))
    n = int(talk.data["n"])
    talk.services.presubmissions.consent(talk.who, "identity", answer.value == _YES)
    if answer.value == _YES:
        code = {"code": draft.code}
        return Goto("one", {**code, "n": n}, replace=True) if n else Goto("prepare_form.card", code, replace=True)
    if n and papers.one(draft, n) is not None:
        papers.bring(draft, n)
        return prepare_way.onward(talk, draft, (Say(talk.text("prepare-identity-brought")),))
    return Goto("prepare_form.field", {"code": draft.code, "field": forms.missing(draft) or "name"}, replace=True)


# -- one paper ------------------------------------------------------------------------------------------------------


@paper.step
def one(talk: Talk) -> Ask | Goto:
    """One paper: what came of it so far, and how to go on."""
    found = _open(talk)
    if found is None:
        return _lost(talk)
    draft, component = found
    if component.is_identity and not talk.services.presubmissions.agrees(talk.who, "identity"):
        return Goto("prepare_papers.identity", {"code": draft.code, "n": component.n})
    return Ask(_text(talk, draft, component), _choices(talk, component), files_ok=True)


def _text(talk: Talk, draft: Draft, component: Component) -> str:
    asked = [known.n for known in papers.asked(draft)]
    head = component.title  # alone where it is the only one, or none of those that are asked for in turn
    if component.n in asked and len(asked) > 1:
        place = asked.index(component.n) + 1
        head = talk.text("prepare-paper", number=str(place), of=str(len(asked)), title=component.title)
    if not component.files:
        return "\n".join(
            line for line in (head, papers.defect(draft, component.n), talk.text("prepare-paper-send")) if line
        )
    lines = [head, talk.text("prepare-paper-have", pages=component.pages)]
    if flag := _first(component.files[-1].flags or ()):
        lines.append(talk.text(f"coach-{flag}"))
    return "\n".join([*lines, talk.text("prepare-paper-more")])


def _first(flags: Sequence[str]) -> str:
    return next((flag for flag in _ORDER if flag in flags), "")


def _choices(talk: Talk, component: Component) -> tuple[Choice, ...]:
    offered = []
    if component.files:
        offered.append(Choice(_DONE, talk.text("prepare-paper-done"), ("xong", "done")))
        offered.append(Choice(_DROP, talk.text("prepare-paper-drop"), ("bỏ ảnh", "xóa ảnh")))
        if files.unclear(component.files) not in ([], [component.files[-1]]):  # the last alone has a button already
            offered.append(Choice(_DROP_FLAGGED, talk.text("prepare-paper-drop-flagged")))
    offered.append(Choice(_BRING, talk.text("prepare-paper-bring"), ("mang theo",)))
    offered.append(Choice(_PDF, talk.text("prepare-paper-pdf"), ("pdf", "gửi pdf")))
    offered.append(Choice(_REVIEW, talk.text("prepare-paper-review"), ("xem lại",)))
    return tuple(offered)


@one.takes
def _(talk: Talk, answer: Answer) -> Move:
    found = _open(talk)
    if found is None:
        return _lost(talk)
    draft, component = found
    if answer.files:
        return _came(talk, draft, component, answer.files)
    match answer.value:
        case "done" if component.files:
            papers.sent(draft, component.n)
            return prepare_way.onward(talk, draft)
        case "bring" if component.files:
            return Goto("instead", {"code": draft.code, "n": component.n})
        case "bring":
            papers.bring(draft, component.n)
            return prepare_way.onward(talk, draft)
        case "drop" | "drop-flagged":
            drop = files.drop_last if answer.value == _DROP else files.drop_flagged
            dropped = drop(draft, component.n)
            return Again(talk.text("prepare-dropped" if dropped else "prepare-nothing-dropped", count=dropped))
        case "pdf":
            return Stay((Say(talk.text("prepare-pdf", link=_link(talk, draft, component.n))),))
        case "review":
            return Goto("prepare_review.answers", {"code": draft.code})
    return Again(talk.text("choose-one"))


@paper.step
def instead(talk: Talk) -> Ask | Goto:
    """It is to be brought although pages came, perhaps by the web page since the question was asked: is that meant?"""
    found = _open(talk)
    if found is None:
        return _lost(talk)
    text = talk.text("prepare-bring-instead", title=found[1].title, pages=found[1].pages)
    return Ask(text, (Choice(_NO, talk.text("prepare-no-keep")), Choice(_YES, talk.text("prepare-yes-end"))))


@instead.takes
def _(talk: Talk, answer: Answer) -> Move:
    found = _open(talk)
    if found is None:
        return _lost(talk)
    draft, component = found
    if answer.value not in (_YES, _NO):
        return Again(talk.text("choose-one"))
    if answer.value == _NO:
        return Goto("one", {"code": draft.code, "n": component.n}, replace=True)
    papers.bring(draft, component.n)
    return prepare_way.onward(talk, draft)


def _link(talk: Talk, draft: Draft, n: int) -> str:
    services = talk.services
    token = links.make(
        services.session, services.keys, "upload", f"{draft.code}#{n}", talk.now, conversation_id=talk.who
    )
    return f"{services.public_url}/upload/{token}"


# -- pages ----------------------------------------------------------------------------------------------------------


def _came(talk: Talk, draft: Draft, component: Component, refs: Sequence[FileRef]) -> Move:
    """Pages of one message: a short word for each further good one, else the whole question with what to do."""
    before = _choices(talk, component)
    came = files.add(draft, component.n, refs)
    now = papers.one(draft, component.n)
    told = [text for one in came if (text := _told(talk, one))]
    if now is None or (not told and _choices(talk, now) != before):
        return Again()
    if told or any(one.flags for one in came):
        return Again("\n".join(dict.fromkeys(told)))
    return Stay((Say(talk.text("prepare-page", page=str(came[-1].page), pages=now.pages)),))


def _told(talk: Talk, one: Came) -> str:
    """What to say of one file besides that it came; "" for nothing."""
    if one.why_not:
        return file_words.why_not(talk, one.why_not)
    if one.again:
        return talk.text("prepare-page-again", other=str(one.same_as))
    if one.same_as and not one.flags:  # an unclear picture looks like many
        return talk.text("prepare-page-same", page=str(one.page), other=str(one.same_as))
    return ""
