"""The review page as HTML: the answers, each component with its files and its mark, and what can be done at the end.

Plain forms, one for the whole round: it works without scripts. A script only saves while the officer goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from html import escape
from typing import Any

from aiohttp import web

from bot.web.frame import page
from services.checks.access import Checker
from services.checks.marking import LONGEST, VERDICTS
from services.checks.returning import Asked
from services.checks.viewing import Component, Piece, Sheet
from services.dossiers.hand import HOME
from services.presubmissions import forms

ASKED_ROWS = (1, 2)
"""Rows of the form for papers beyond the published list."""
Text = Callable[..., str]


@dataclass(frozen=True, slots=True)
class Typed:
    """What an officer typed that could not be kept: it stands in the form again."""

    marks: dict[int, tuple[str, str]] = field(default_factory=dict)
    asked: tuple[Asked, ...] = ()
    reason: str = ""


def sheet(
    text: Text, locale: str, by: Checker, shown: Sheet, *, said: str, typed: Typed | None, mark: str, status: int
) -> web.Response:
    """The page of a round for one officer. `said` stands on top: what was saved, or why something was not done."""
    parts = [_head(text, by, shown), _said(said, good=status < 400)]
    if shown.state == "open":
        parts.append(_form(text, shown, typed or Typed(), mark, papers(text, by, shown, typed or Typed())))
    elif shown.state == "waiting":
        parts += [_banner(text("check-page-waiting")), _items(text, shown), _answers(text, shown)]
        parts.append(papers(text, by, shown, None))
    else:
        parts += [_banner(_outcome(text, shown)), _items(text, shown)]
    body = f'<div class="review">{"".join(parts)}</div>'
    title = text("check-page-title", code=shown.code)
    return page(title, body, locale, styles=("review.css",), script="review.js", status=status)


def _head(text: Text, by: Checker, shown: Sheet) -> str:
    sent = shown.sent_at.astimezone(HOME).strftime("%H:%M %d/%m/%Y") if shown.sent_at else ""
    facts = [text("check-page-round", round=str(shown.round)), *([text("check-page-sent", at=sent)] if sent else [])]
    facts.append(text("check-page-viewer", name=by.name or str(by.staff_id)))
    name = f"{shown.procedure} ({shown.procedure_code})".strip()
    case = "".join(f"<li>{escape(line)}</li>" for line in shown.case)
    return f"""<header class="head"><h1>{escape(text("check-page-title", code=shown.code))}</h1>
<p class="what">{escape(name)}</p>
{f'<ul class="case">{case}</ul>' if case else ""}<p class="facts">{escape(" · ".join(facts))}</p></header>"""


def _said(said: str, *, good: bool) -> str:
    kind = "good" if good else "bad"
    return f'<p class="said {kind}" role="status" data-part="said"{"" if said else " hidden"}>{escape(said)}</p>'


def _banner(said: str) -> str:
    return f'<p class="banner">{escape(said)}</p>'


def _outcome(text: Text, shown: Sheet) -> str:
    known = ("returned", "accepted", "withdrawn", "cancelled", "filed")
    return text(f"check-page-now-{shown.outcome}") if shown.outcome in known else text("check-page-now-other")


def _items(text: Text, shown: Sheet) -> str:
    """The list of defects that was given."""
    if not shown.items:
        return ""
    lines = "".join(
        f"<li><strong>{escape(item['title'])}</strong> ({escape(text('check-verdict-' + item['verdict']))}): "
        f"{escape(item['note'])}{_basis(text, item['basis'])}</li>"
        for item in shown.items
    )
    return f'<section class="card"><h2>{escape(text("check-page-list"))}</h2><ol class="given">{lines}</ol></section>'


def _basis(text: Text, basis: str) -> str:
    return f" <em>{escape(text('check-page-basis', basis=basis))}</em>" if basis else ""


def _answers(text: Text, shown: Sheet) -> str:
    if not shown.form:
        return ""
    rows = "".join(
        f"<div><dt>{escape(_field(text, line.field))}</dt><dd>{escape(line.value)}</dd></div>" for line in shown.form
    )
    other = _banner(text("check-page-for-other")) if shown.for_other else ""
    return (
        f'<section class="card answers"><h2>{escape(text("check-page-answers"))}</h2>{other}<dl>{rows}</dl></section>'
    )


def _field(text: Text, name: str) -> str:
    """What an answer is called; a procedure's own field by its name."""
    return text(f"check-page-field-{name.replace('_', '-')}") if name in forms.ASKED else name


def papers(text: Text, by: Checker, shown: Sheet, typed: Typed | None) -> str:
    """Every component, its files beside its mark; without marks to set when `typed` is None."""
    base = f"/review/at/{shown.code}/{shown.round}/file"
    return "".join(_paper(text, base, component, typed) for component in shown.components)


def _paper(text: Text, base: str, one: Component, typed: Typed | None) -> str:
    files = "".join(_piece(text, f"{base}/{one.n}/{piece.page}", one, piece) for piece in one.pieces)
    if not files:
        how = {"bring": "check-page-bring", "not-needed": "check-page-not-needed"}.get(one.how, "check-page-no-file")
        files = f'<p class="none">{escape(text(how))}</p>'
    told = f'<p class="told">{escape(text("check-page-told", note=one.told))}</p>' if one.told else ""
    basis = f'<p class="told">{escape(text("check-page-basis", basis=one.basis))}</p>' if one.basis else ""
    marks = _marks(text, one, typed) if typed is not None else _marked(text, one)
    side = f'<p class="tags">{escape(text(f"check-page-side-{one.side}"))}</p>'
    title = escape(one.title)
    return f"""<section class="card paper" id="p{one.n}" data-title="{title}"><h2>{one.n}. {title}</h2>
<div class="files">{files}</div><div class="judge">{side}{basis}{told}{marks}</div></section>"""


def _piece(text: Text, address: str, one: Component, piece: Piece) -> str:
    flags = [text(f"check-flag-{flag}") for flag in piece.flags]
    if piece.is_new:
        flags.insert(0, text("check-page-new"))
    tags = "".join(f'<span class="flag">{escape(flag)}</span>' for flag in flags)
    name = text("check-page-page", page=str(piece.page), count=str(len(one.pieces)))
    if piece.media == "application/pdf":
        label = text("check-page-pdf", pages=str(piece.pages), size=str(max(1, round(piece.size / 1024))))
        inside = f'<a class="pdf" href="{address}" target="_blank" rel="noopener">{escape(label)}</a>'
    else:
        alt = f"{one.title}, {name}"
        inside = (
            f'<a class="photo" href="{address}" target="_blank" rel="noopener">'
            f'<img src="{address}" alt="{escape(alt)}" loading="lazy"></a>'
        )
    return f"<figure>{inside}<figcaption>{escape(name)} {tags}</figcaption></figure>"


def _marked(text: Text, one: Component) -> str:
    if not one.verdict:
        return ""
    note = f": {one.note}" if one.note else ""
    return f'<p class="verdict {one.verdict}">{escape(text("check-verdict-" + one.verdict) + note)}</p>'


def _marks(text: Text, one: Component, typed: Typed) -> str:
    verdict, note = typed.marks.get(one.n, (one.verdict, one.note))
    if not verdict and one.how == "bring":
        verdict = "good"
    radios = "".join(
        f'<label class="{name}"><input type="radio" name="v-{one.n}" value="{name}"'
        f"{' checked' if verdict == name else ''}><span>{escape(_verdict(text, one, name))}</span></label>"
        for name in VERDICTS
    )
    is_mute = one.n in typed.marks and _is_mute(verdict, note)
    invalid, hidden = (' aria-invalid="true"', "") if is_mute else ("", " hidden")
    need = escape(text("refused-check-note-missing", titles=one.title))
    return f"""<fieldset class="marks"><legend class="unseen">{escape(one.title)}</legend>{radios}</fieldset>
<label class="note"><span>{escape(text("check-page-note"))}</span>
<input type="text" name="note-{one.n}" value="{escape(note)}" maxlength="{LONGEST}" list="phrases"
autocomplete="off" aria-describedby="need-{one.n}"{invalid}></label>
<p class="need" id="need-{one.n}"{hidden}>{need}</p>"""


def _is_mute(verdict: str, note: str) -> bool:
    """Whether a mark says that something is not good and nothing says what."""
    return verdict not in ("", "good") and not note.strip()


def _verdict(text: Text, one: Component, name: str) -> str:
    return text("check-page-will-bring") if one.how == "bring" and name == "good" else text(f"check-verdict-{name}")


def _form(text: Text, shown: Sheet, typed: Typed, mark: str, components: str) -> str:
    denied = _banner(text("check-page-denied")) if shown.denied else ""
    again = ""
    if shown.round > 1:
        again = f"""<section class="card"><h2>{escape(text("check-page-again"))}</h2>
<p>{escape(text("check-page-again-more"))}</p>
{_input(text("check-page-reason"), "reason", typed.reason)}</section>"""
    phrases = "".join(f'<option value="{escape(text(f"check-phrase-{n}"))}"></option>' for n in range(1, 7))
    left = _left(text, [(one, *typed.marks.get(one.n, (one.verdict, one.note))) for one in shown.components])
    return f"""{denied}{_answers(text, shown)}
<form method="post" action="/review/at/{escape(shown.code)}/{shown.round}" data-part="form" autocomplete="off">
<input type="hidden" name="mark" value="{mark}"><datalist id="phrases">{phrases}</datalist>
{components}{_beyond(text, typed)}{again}
<footer class="acts"><p class="left" data-part="left" data-none="{escape(text("check-page-all-marked"))}"
data-some="{escape(text("check-page-left", count="#"))}"
data-mute="{escape(text("refused-check-note-missing", titles="#"))}"
data-unmarked="{escape(text("refused-check-unmarked", titles="#"))}"
data-nothing="{escape(text("refused-check-nothing-wrong"))}"
data-bad="{escape(text("refused-check-not-good", titles="#"))}">{escape(left)}</p>
<div class="buttons"><button type="submit" name="do" value="save">{escape(text("check-page-save"))}</button>
<button type="submit" name="do" value="return" class="warn" data-sure="{escape(text("check-page-sure-return"))}">
{escape(text("check-page-return"))}</button>
<button type="submit" name="do" value="accept" class="go" data-sure="{escape(text("check-page-sure-accept"))}">
{escape(text("check-page-accept"))}</button></div></footer></form>"""


def _left(text: Text, marked: list[tuple[Component, str, str]]) -> str:
    """What is still to do before anything can be sent: (component, verdict, note) of each."""
    if count := sum(not verdict and one.how != "bring" for one, verdict, _ in marked):
        return text("check-page-left", count=str(count))
    mute = [one.title for one, verdict, note in marked if _is_mute(verdict, note)]
    return text("refused-check-note-missing", titles="; ".join(mute)) if mute else text("check-page-all-marked")


def _beyond(text: Text, typed: Typed) -> str:
    """Rows for papers beyond the published list, closed unless something was typed."""
    is_used = any(one.title or one.note or one.basis for one in typed.asked)
    rows = "".join(_row(text, n, one) for n, one in zip(ASKED_ROWS, _filled(typed.asked), strict=True))
    is_open = " open" if is_used else ""
    return f"""<details class="card beyond"{is_open}><summary>{escape(text("check-page-beyond"))}</summary>
<p>{escape(text("check-page-beyond-more"))}</p>{rows}</details>"""


def _filled(asked: Iterable[Asked]) -> list[Asked]:
    return [*asked, *(Asked("", "", "") for _ in ASKED_ROWS)][: len(ASKED_ROWS)]


def _row(text: Text, n: int, one: Asked) -> str:
    parts: list[tuple[str, Any]] = [("title", one.title), ("note", one.note), ("basis", one.basis)]
    inputs = "".join(_input(text(f"check-page-asked-{part}"), f"asked-{part}-{n}", value) for part, value in parts)
    return f'<div class="row">{inputs}</div>'


def _input(label: str, name: str, value: str) -> str:
    return (
        f'<label class="note"><span>{escape(label)}</span><input type="text" name="{name}" value="{escape(value)}" '
        f'maxlength="{LONGEST}" autocomplete="off"></label>'
    )
