"""Putting a procedure into words: the first line alone answers, then the details, then where it comes from."""

from __future__ import annotations

from bot.dialog.flow import Talk
from handlers import cases, details, on_behalf
from services.catalog.model import Method, Paper, ProcedureRecord, Time, applies
from services.catalog.store import Version
from services.dossiers.hand import HOME

REFORM = "2025-07"
"""Records read before the two-level reform of 01/07/2025 may be out of date."""
_NOTES_INLINE = 4
"""More remarks than these are a part of their own, so that the list of papers stays on one screen."""


def knows(record: ProcedureRecord, aspect: str) -> bool:
    """Whether the record says anything on this part."""
    match aspect:
        case "documents":
            return bool(record.papers)
        case "notes":
            return sum(paper.kind == "note" for paper in record.papers) > _NOTES_INLINE
        case "fee":
            return any(method.fees for method in record.methods)
        case "time":
            return any(method.times for method in record.methods)
        case "where":
            return bool(record.where or record.agencies or record.authority)
        case "how":
            return bool(record.steps or record.methods)
        case "conditions":
            return bool(record.conditions or record.duty or record.subjects)
        case "form":
            return any(paper.form for paper in record.papers)
        case "result":
            return bool(record.results)
        case _:
            return bool(record.basis)


def card(talk: Talk, version: Version) -> str:
    """The procedure at a glance."""
    record = version.record
    lines = [talk.text("card-head", name=record.name, code=record.code)]
    if record.summary:
        lines.append(record.summary)
    for aspect in ("time", "fee", "where"):
        if knows(record, aspect):
            lines.append("• " + _first_line(talk, record, aspect, {}))
    return "\n".join([*lines, "", talk.text("card-choose"), *_footer(talk, version, full=True)])


def part(talk: Talk, version: Version, aspect: str, case: dict[str, str]) -> str:
    """One part in full. Unknown parts say so and lead to the counter."""
    record = version.record
    if aspect == on_behalf.ASPECT:
        lines = on_behalf.lines(talk, record)
    elif not knows(record, aspect):
        lines = [talk.text("part-unknown", part=talk.text(f"part-{aspect}").lower(), name=record.name)]
    elif aspect == "documents":
        lines = _papers(talk, record, case)
    else:
        lines = told(talk, record, aspect, case)
    lines.append("")
    lines.append(talk.text("about", name=record.name, code=record.code))
    return "\n".join([*lines, *_footer(talk, version, full=aspect == "documents")])


def told(talk: Talk, record: ProcedureRecord, aspect: str, case: dict[str, str]) -> list[str]:
    """A part other than the papers, whole: the line that alone answers, then every line it has not said itself."""
    said = in_short(talk, record, aspect, case) if aspect in ("fee", "time") else ""
    lines = in_full(talk, record, aspect, case)
    # compared whole: "5.000 đồng" is another fee than "15.000 đồng", although it is a part of those words
    more = [line for line in lines if line.removeprefix("• ").rstrip(".") != said]
    return [_first_line(talk, record, aspect, case), *more]


def _first_line(talk: Talk, record: ProcedureRecord, aspect: str, case: dict[str, str]) -> str:
    """The line that alone answers the question for this part."""
    match aspect:
        case "fee" | "time" | "where":
            return talk.text(f"{aspect}-first", **{aspect: in_short(talk, record, aspect, case)})
        case "result":
            return talk.text("result-first", result="; ".join(result.name for result in record.results))
        case _:
            return talk.text(f"{aspect}-first", name=record.name)


def in_full(talk: Talk, record: ProcedureRecord, aspect: str, case: dict[str, str]) -> list[str]:
    """All the record says on a part other than the papers, line by line."""
    if aspect == "notes":
        return _notes(talk, record, case)
    return details.OF[aspect](talk, record, case)


def in_short(talk: Talk, record: ProcedureRecord, aspect: str, case: dict[str, str]) -> str:
    """The fee, the time or the place, as far as a few words can tell it."""
    match aspect:
        case "fee":
            rules = [
                _labels([details.fee_said(talk, fee) for fee in m.fees if applies(fee.when, case)])
                for m in record.methods
            ]
            return _agreed(rules) or talk.text("fee-varies")
        case "time":
            rules = [
                _labels([details.time_said(talk, time) for time in _mine(method, case)]) for method in record.methods
            ]
            every = [time for method in record.methods for time in _mine(method, case)]
            return _agreed(rules) or _between(talk, every) or talk.text("time-varies")
        case _:
            return _sentence(record.where) or "; ".join(record.agencies) or record.authority


def _labels(said: list[str]) -> str:
    """The first of several entries is the rule; the others qualify it."""
    return said[0].rstrip(".") if said else ""


def _agreed(rules: list[str]) -> str:
    """The rule, where every way of filing that has one has the same; else ""."""
    known = {rule for rule in rules if rule}
    return known.pop() if len(known) == 1 else ""


def _mine(method: Method, case: dict[str, str]) -> list[Time]:
    return [time for time in method.times if applies(time.when, case)]


def _between(talk: Talk, times: list[Time]) -> str:
    """The time, where only the remarks differ, or the shortest and the longest; "" where they cannot be compared."""
    values = sorted(time.value for time in times if time.value is not None)
    units = {time.unit for time in times}
    if not values or len(values) < len(times) or len(units) > 1 or any(time.same_day for time in times):
        return ""
    longest = details.time_said(talk, Time(value=values[-1], unit=units.pop()))
    return longest if values[0] == values[-1] else talk.text("time-between", low=str(values[0]), high=longest)


def _sentence(text: str) -> str:
    """The first paragraph of a longer text."""
    return text.split("\n", 1)[0].strip()


def _papers(talk: Talk, record: ProcedureRecord, case: dict[str, str]) -> list[str]:
    mine = [paper for paper in record.papers if applies(paper.when, case)]
    submit = [paper for paper in mine if paper.kind == "submit"]
    show = [paper for paper in mine if paper.kind == "show"]
    notes = [paper for paper in mine if paper.kind == "note"]
    lines = [talk.text("documents-first", count=str(len(submit)), show=len(show), name=record.name)]
    if case:
        lines += [talk.text("documents-case"), *(f"• {line}" for line in cases.told(record, case))]
    for head, papers in ((talk.text("documents-submit"), submit), (talk.text("documents-show"), show)):
        if papers:
            lines += ["", head, *(f"{number}) {_paper(talk, paper)}" for number, paper in enumerate(papers, 1))]
    if len(notes) <= _NOTES_INLINE and notes:
        lines += ["", talk.text("documents-notes"), *(f"• {note.name}" for note in notes)]
    elif notes:
        lines += ["", talk.text("documents-more-notes", count=str(len(notes)))]
    if record.copies_of_dossier > 1:
        lines.append(talk.text("documents-sets", count=str(record.copies_of_dossier)))
    return lines


def _notes(talk: Talk, record: ProcedureRecord, case: dict[str, str]) -> list[str]:
    return [f"• {paper.name}" for paper in record.papers if paper.kind == "note" and applies(paper.when, case)]


def _paper(talk: Talk, paper: Paper) -> str:
    more = paper_details(talk, paper)
    return f"{paper.name} ({'; '.join(more)})" if more else paper.name


def paper_details(talk: Talk, paper: Paper) -> list[str]:
    """How many of a paper, on which form, and what else to know of it; each only where the record tells it."""
    counts = []
    if paper.originals:
        counts.append(talk.text("originals", count=str(paper.originals)))
    if paper.copies:
        counts.append(talk.text("copies", count=str(paper.copies)))
    return [part for part in (", ".join(counts), _on_form(talk, paper.form), paper.note) if part]


def _on_form(talk: Talk, form: str) -> str:
    """On which form: some records call it a form themselves, and it is not said twice."""
    if form.casefold().startswith(talk.text("form-word")):
        return talk.text("on-form-named", form=details.small(form))
    return talk.text("on-form", form=form) if form else ""


def _footer(talk: Talk, version: Version, *, full: bool) -> list[str]:
    """Where it comes from, how sure it is, and what is never asked."""
    said, warned = origin(talk, version)
    return ["", *said, *warned, talk.text("never-asks")] if full else [*said, *warned]


def origin(talk: Talk, version: Version) -> tuple[list[str], list[str]]:
    """Where it comes from and who signed it off; and what a reader must be warned of."""
    record, said, warned = version.record, list[str](), list[str]()
    snapshot = record.source.snapshot
    when = "/".join(reversed(snapshot.split("-"))) if snapshot else ""
    source = ", ".join(
        part
        for part in (record.source.title, record.decision_no and talk.text("decision", no=record.decision_no))
        if part
    )
    if source:
        said.append(talk.text("source", source=source, when=when or "?"))
    if version.approved_by:
        at = version.approved_at.astimezone(HOME).strftime("%d/%m/%Y") if version.approved_at else ""
        said.append(talk.text("approved", decision=version.approval_decision or "", at=at))
    else:
        warned.append(talk.text("not-approved"))
    if snapshot and snapshot < REFORM:
        warned.append(talk.text("maybe-outdated"))
    return said, warned
