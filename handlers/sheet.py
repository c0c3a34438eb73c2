"""What stands on the picture of a checklist: the papers of this case to tick off, then fee, time and place."""

from __future__ import annotations

from dataclasses import replace

from bot.dialog.flow import Talk
from bot.dialog.values import Say, SendFile
from handlers import cases, details, wording
from services.catalog.checklist import Block, Recipe, Sheet, note, paper, sheets
from services.catalog.model import Paper, ProcedureRecord, applies
from services.catalog.store import Version

_MANY_NOTES = 4
_LONGEST_FACT = 240
"""A longer fee or place is a text of its own: the sheet says where to find it."""


def pictures(talk: Talk, version: Version, case: dict[str, str]) -> tuple[Say | SendFile, ...]:
    """The pictures of a checklist to be sent; its words where the channel carries no pictures or it is too long."""
    front, record = talk.services.office, version.record
    drafted = draft(talk, version, case, office=front.name if front else "", hotline=front.hotline if front else "")
    if not drafted:
        return (Say(talk.text("ask-picture-too-long")),)
    words = wording.part(talk, version, "documents", case)
    sent, of = [], len(drafted)
    for number in range(1, of + 1):
        page = talk.text("ask-picture-page", number=str(number), of=str(of)) if of > 1 else ""
        caption = talk.text("ask-picture-caption", name=record.name, code=record.code) if number == 1 else ""
        instead = f"{talk.text('ask-picture-instead')}\n\n{words}" if number == 1 else ""
        key = Recipe.of(record.code, version.id, case, talk.locale, number).key()
        name = file_name(talk, record.code, number, of)
        sent.append(SendFile(key, name, "image/png", " ".join(part for part in (caption, page) if part), instead))
    return tuple(sent)


def is_case(record: ProcedureRecord, case: dict[str, str]) -> bool:
    """Whether every answer in `case` is one that the procedure's questions offer."""
    known = {question.id: {choice.id for choice in question.choices} for question in record.questions}
    return all(choice in known.get(question, ()) for question, choice in case.items())


def draft(talk: Talk, version: Version, case: dict[str, str], *, office: str, hotline: str) -> list[Sheet]:
    """The sheets for a case of a procedure; none where the list is too long for pictures.

    `office` and `hotline` stand at the end, where they are known.
    """
    record = version.record
    mine = [paper for paper in record.papers if applies(paper.when, case)]
    papers = _papers(talk, "sheet-submit", [paper for paper in mine if paper.kind == "submit"])
    papers += _papers(talk, "sheet-show", [paper for paper in mine if paper.kind == "show"])
    remarks = _remarks(talk, record, [paper.name for paper in mine if paper.kind == "note"])
    end = [*_facts(talk, record, case), *_end(talk, version, office, hotline)]
    drafted = sheets(
        talk.text("sheet-over"),
        record.name,
        talk.text("sheet-code", code=record.code),
        [*_case(record, case), *papers, *remarks, *end],
        lambda number, of: talk.text("sheet-page", number=str(number), of=str(of)),
        talk.text("sheet-again"),
    )
    return [*drafted[:1], *(replace(one, title=details.short(one.title)) for one in drafted[1:])]


def _case(record: ProcedureRecord, case: dict[str, str]) -> list[Block]:
    """The questions that made the case, with their answers: whoever gets the picture was not asked them."""
    told = cases.told(record, case)
    return [Block("case", "\n".join(told))] if told else []


def _papers(talk: Talk, head: str, papers: list[Paper]) -> list[Block]:
    if not papers:
        return []
    blocks = [Block("head", talk.text(head), talk.text("sheet-count", count=str(len(papers))))]
    for number, one in enumerate(papers, 1):
        details = [detail[:1].upper() + detail[1:].rstrip(" .;") for detail in wording.paper_details(talk, one)]
        blocks += paper(number, one.name, "".join(f"{detail}. " for detail in details))
    return blocks


def _remarks(talk: Talk, record: ProcedureRecord, notes: list[str]) -> list[Block]:
    """The remarks; many of them would drown the papers."""
    if len(notes) > _MANY_NOTES:
        notes = [talk.text("sheet-more-notes", count=str(len(notes)))]
    if record.copies_of_dossier > 1:
        notes = [talk.text("documents-sets", count=str(record.copies_of_dossier)), *notes]
    told = [block for text in notes for block in note(text)]
    return [Block("head", talk.text("sheet-notes")), *told] if told else []


def _facts(talk: Talk, record: ProcedureRecord, case: dict[str, str]) -> list[Block]:
    facts = []
    for aspect in ("fee", "time", "where"):
        if wording.knows(record, aspect):
            label, said = talk.text(f"part-{aspect}"), wording.in_short(talk, record, aspect, case)
            if aspect != "where":
                lines = [line[2:] for line in wording.in_full(talk, record, aspect, case) if line.startswith("• ")]
                if said == talk.text(f"{aspect}-varies") or (aspect == "fee" and len(lines) > 1):
                    said = "\n".join(lines) or said
            if len(said) > _LONGEST_FACT:
                said = talk.text("sheet-long", part=label)
            facts.append(Block("fact", label, said[:1].upper() + said[1:]))
    return facts


def _end(talk: Talk, version: Version, office: str, hotline: str) -> list[Block]:
    """Warnings, what is never asked, whom to call, and where it comes from."""
    said, warned = wording.origin(talk, version)
    if not version.shown:
        warned.insert(0, talk.text("sheet-replaced"))
    end = [Block("warn", " ".join(warned))] if warned else []
    end.append(Block("safe", talk.text("never-asks")))
    if hotline:
        end.append(Block("call", talk.text("sheet-hotline", hotline=hotline)))
    return [*end, *(Block("small", line) for line in said), *([Block("small", office)] if office else [])]


def file_name(talk: Talk, code: str, number: int, of: int) -> str:
    """The file name of a sheet."""
    return talk.text("ask-picture-name", code=code) + (f"-{number}" if of > 1 else "") + ".png"
